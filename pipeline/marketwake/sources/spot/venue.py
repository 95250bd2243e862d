"""What there is to know of a spot venue, and the page of bars that one request asks it for. The
venues themselves are the modules beside this one, each under its name.

Volumes are in base currency. A venue puts the running bar into its answer, or does not: the clock
tells it, never its position.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from marketwake.base.errors import SourceChangedError
from marketwake.base.seeds import seed_rows
from marketwake.base.series import SECONDS

DOLLARS = {row["venue"]: row["quote"] for row in seed_rows("venue")}
"""What each venue of seed.venue is read in: USD, or what stands for it."""

_STAMP = "%Y-%m-%dT%H:%MZ"

Market = Mapping[str, object]
"""A market as a venue's list of markets describes it."""


@dataclass(frozen=True)
class Page:
    """The bars that one request asks for: those that open from `first` to `last`, both included, on
    the interval's grid, UTC.
    """

    venue: str
    symbol: str
    interval: str
    first: datetime
    last: datetime

    @property
    def step(self) -> timedelta:
        """Length of a bar."""
        return timedelta(seconds=SECONDS[self.interval])

    @property
    def bars(self) -> int:
        """How many bars the page spans."""
        return (self.last - self.first) // self.step + 1

    @property
    def what(self) -> str:
        """The page as text: `Coinbase BTC/USD 1h 2025-08-01T00:00Z..2025-08-13T11:00Z`."""
        window = f"{self.first:{_STAMP}}..{self.last:{_STAMP}}"
        return f"{self.venue} {self.symbol} {self.interval} {window}"

    @classmethod
    def read(cls, what: str) -> "Page":
        """The page that `what` describes.

        Raises:
            SourceChangedError: it describes none.
        """
        try:
            venue, symbol, interval, window = what.split(" ")
            first, last = (
                datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC) for stamp in window.split("..")
            )
        except ValueError:
            venue = ""
        if venue in DOLLARS and interval in SECONDS and re.fullmatch(r"[^/]+/[^/]+", symbol):
            return cls(venue, symbol, interval, first, last)
        raise SourceChangedError(
            "spot", what, "venue, symbol, interval and window of a page of bars", what
        )


@dataclass(frozen=True)
class Candles:
    """How a venue tells its bars.

    `endpoint` is ccxt's method for the venue's own candle request, which needs no market metadata;
    `query` gives its parameters. A page holds `page_bars` at most. `rows` finds the list of bars in
    a decoded answer (None where there is none); a bar has `width` figures, of which stamp, open,
    high, low, close and volume stand at `columns`. Stamps count `per_second` to the second.
    `lacks`: intervals that it does not serve. `reach`: only so many bars back, the running one
    included, are ever served. `cost`: of a page, in units of ccxt's rate limit.
    """

    endpoint: str
    query: Callable[[Page], dict[str, str | int]]
    page_bars: int
    rows: Callable[[Page, object], object]
    columns: tuple[int, ...]
    width: int
    per_second: int = 1
    lacks: frozenset[str] = frozenset()
    reach: int | None = None
    cost: float = 1.0


@dataclass(frozen=True)
class Listing:
    """How a venue tells its markets.

    `endpoint` is ccxt's method, asked with `query`; `rows` finds the markets in a decoded answer
    (None where there are none), `symbol` the market's name in ours (None for what is no spot
    market), and it trades where every field of `trading` has that value.
    """

    endpoint: str
    rows: Callable[[object], object]
    symbol: Callable[[Market], str | None]
    trading: Mapping[str, object]
    query: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Venue:
    """One exchange: `name` is its own in seed.venue, `ccxt_id` ccxt's for it. `unknown_market`
    stands in its answers of status 200 about a market that it does not know, where ccxt does not
    see it. `mirror` is an address of the venue's own that has the same public answers, for where
    the usual one refuses: `addresses` has it under the venue's name and `-mirror`.
    """

    name: str
    ccxt_id: str
    candles: Candles
    listing: Listing
    unknown_market: str | None = None
    mirror: str = ""

    @property
    def source(self) -> str:
        """Name of the source: `spot-` and the venue in lower case, which is its key in the
        settings' addresses.
        """
        return f"spot-{self.name.lower()}"

    def market(self, symbol: str) -> str:
        """The symbol that stands for `symbol` here, and under which its bars are stored: BTC/USD is
        BTC/USDT on Binance.
        """
        base, quote = symbol.split("/")
        return f"{base}/{DOLLARS[self.name] if quote == 'USD' else quote}"


def seconds(instant: datetime) -> int:
    """Unix seconds."""
    return int(instant.timestamp())
