"""What the loopback exchanges share: markets, pages of bars, and the faults of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tests.servers.core import Ask, Venue
from tests.servers.data import Bar, bars, hourly
from tests.servers.misbehave import BEND


@dataclass(frozen=True)
class Market:
    """One market: the venue's id for it, and the two currencies by their usual names."""

    id: str
    base: str
    quote: str


class Exchange(Venue):
    """An exchange that serves bars of `folder` ('coinbase' or 'binance', whose figures were recorded)."""

    bends: ClassVar[frozenset[str]] = frozenset(BEND) | {"microseconds"}
    folder: ClassVar[str]
    markets: ClassVar[tuple[Market, ...]]
    intervals: ClassVar[Mapping[str, int]]
    """The venue's word for an interval -> seconds."""
    stamps_per_second: ClassVar[int] = 1

    def market(self, name: str) -> Market | None:
        """The market with this id."""
        return next((market for market in self.markets if market.id == name), None)

    def page(self, ask: Ask, market: Market, interval: int, first: float, last: float, limit: int, newest: bool = False) -> list[Bar]:
        """Up to `limit` bars with first <= opened_at <= last (Unix seconds), ascending: the earliest, or the newest of them."""
        hours = hourly(self.recorded, self.folder, market.base, market.quote)
        found = bars(hours, interval, first, last, ask.now)
        page = found[-limit:] if newest else found[:limit]
        if ask.bend not in BEND or not page:
            return page
        before = bars(hours, interval, page[0].opened_at - 3 * interval, page[0].opened_at - 1, ask.now)
        running = bars(hours, interval, ask.now.timestamp() - interval + 1e-6, ask.now.timestamp(), ask.now)
        return BEND[ask.bend](page, before, running)

    def stamp(self, ask: Ask, seconds: int) -> int:
        """Unix seconds in the venue's unit, or in microseconds when that is the fault to commit."""
        return seconds * (1_000_000 if ask.bend == "microseconds" else self.stamps_per_second)
