"""Splits: Yahoo tells history in the shares of today, so that a split restates all of it at once. A
night that is told of one asks for the whole series again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from marketwake.sources.source import Request

if TYPE_CHECKING:
    from marketwake.sources.yahoo.source import Yahoo

MALFORMED = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    OSError,
    RecursionError,
)
"""What reading an answer that has another form than a chart's raises."""


def split_instants(result: Any) -> list[datetime]:  # noqa: ANN401 - decoded JSON
    """The instants of the splits that a chart's result tells of, UTC: the openings of the first
    sessions in new shares. Raises one of MALFORMED where they are told in another form.
    """
    splits = (result.get("events") or {}).get("splits") or {}
    return [datetime.fromtimestamp(int(split["date"]), UTC) for split in splits.values()]


def last_split(body: bytes) -> datetime | None:
    """The instant of the newest split that a chart tells of, UTC; None where it tells of none."""
    try:
        (result,) = json.loads(body)["chart"]["result"]
        return max(split_instants(result), default=None)
    except MALFORMED:
        # Its parser reads it by the same rules, and says what is wrong with it.
        return None


@dataclass(frozen=True)
class Held:
    """What the warehouse has of a series: its first day, and when the longest standing of its
    figures was recorded, UTC.
    """

    since: date
    recorded_at: datetime


class AfterSplits:
    """Whole series of what has been split, to be asked for when `yahoo` has answered; none where
    all that is held was recorded after the split, as it is once a series has been asked for again.

    Args:
        yahoo: the source whose answers tell.
        held: by symbol as the warehouse has it, before this run.
    """

    name = "yahoo"

    def __init__(self, yahoo: "Yahoo", held: Mapping[str, Held]) -> None:
        self._yahoo = yahoo
        self._held = held

    def requests(self) -> list[Request]:
        """One request per symbol, from the first day held on."""
        return self._yahoo.whole(
            {
                symbol: self._held[symbol].since
                for symbol, split in self._yahoo.splits.items()
                if symbol in self._held and self._held[symbol].recorded_at < split
            }
        )

    def fetch(self, request: Request) -> bytes:
        """As Yahoo fetches."""
        return self._yahoo.fetch(request)
