"""Requests for daily bars of a symbol of Yahoo's, days included: `MBTQ25.CME 1d
2025-07-01..2025-08-22`.
"""

import re
from dataclasses import dataclass
from datetime import date

from marketwake.base.clock import midnight
from marketwake.base.errors import SourceChangedError
from marketwake.sources.source import Request

VENDOR = "Yahoo"
CALENDARS = {
    "etf_bar": "XNYS",
    "futures_price": "CME_CRYPTO",
    "fed_funds_price": "CME_CRYPTO",
    "index_bar": "XNYS",
}
"""The sessions of each dataset. Fed funds futures have the holidays and the end of session (16:00
Chicago) of CME's other products.
"""
_WHAT = re.compile(r"(?P<symbol>\S+) 1d (?P<first>\d{4}-\d\d-\d\d)\.\.(?P<last>\d{4}-\d\d-\d\d)")


@dataclass(frozen=True)
class What:
    """What a request asks for: daily bars of `symbol` from `first` to `last`, both included."""

    symbol: str
    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.symbol} 1d {self.first}..{self.last}"


def read_what(request: Request) -> What:
    """The parts of a request.

    Raises:
        SourceChangedError: it is written otherwise, by another version of this program.
    """
    what = _WHAT.fullmatch(request.what)
    if what is None or request.dataset not in CALENDARS:
        raise SourceChangedError(
            "yahoo",
            request.what,
            f"symbol 1d day..day of {', '.join(CALENDARS)}",
            f"a request of {request.dataset}",
        )
    return What(what["symbol"], date.fromisoformat(what["first"]), date.fromisoformat(what["last"]))


def unix_seconds(day: date) -> int:
    """00:00 UTC of a day: daily stamps of an American session lie at 04:00 UTC or later of its
    day.
    """
    return int(midnight(day).timestamp())
