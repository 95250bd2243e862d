"""Splits: Yahoo tells history in the shares of today, so that a split restates all of it at once. A
night that is told of one asks for the whole series again.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from marketwake.sources.source import Request

if TYPE_CHECKING:
    from marketwake.sources.yahoo.source import Yahoo


def last_split(body: bytes) -> date | None:
    """The day of the newest split that a chart tells of; None where it tells of none, or is no
    chart.
    """
    try:
        (result,) = json.loads(body)["chart"]["result"]
        stamps = [int(event["date"]) for event in result["events"]["splits"].values()]
        return max(datetime.fromtimestamp(stamp, UTC).date() for stamp in stamps)
    # Whatever else the answer is, its parser says.
    except Exception:  # noqa: BLE001
        return None


class AfterSplits:
    """Whole series of what has been split, to be asked for when `yahoo` has answered; none where
    nothing held is older than the split.

    Args:
        yahoo: the source whose answers tell.
        held_since: the first day held, by symbol as the warehouse has it.
    """

    name = "yahoo"

    def __init__(self, yahoo: "Yahoo", held_since: Mapping[str, date]) -> None:
        self._yahoo = yahoo
        self._held_since = held_since

    def requests(self) -> list[Request]:
        """One request per symbol, from the first day held on."""
        return self._yahoo.whole(
            {
                symbol: self._held_since[symbol]
                for symbol, split in self._yahoo.splits.items()
                if symbol in self._held_since and self._held_since[symbol] < split
            }
        )

    def fetch(self, request: Request) -> bytes:
        """As Yahoo fetches."""
        return self._yahoo.fetch(request)
