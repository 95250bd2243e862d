"""What the loopback exchanges share: lists of markets, pages of bars, and the faults of both."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tests.support.servers.core import Ask, Venue
from tests.support.servers.data import Bar, bars, hourly, symbols
from tests.support.servers.misbehave import BEND


@dataclass(frozen=True)
class Market:
    """One market: the venue's id for it, the two currencies by their usual names, and whether it is
    open for trading.
    """

    id: str
    base: str
    quote: str
    is_open: bool = True


class Exchange(Venue):
    """An exchange that serves bars of `folder` ('coinbase' or 'binance', whose figures were
    recorded).
    """

    bends: ClassVar[frozenset[str]] = frozenset(BEND) | {"microseconds", "renamed_column"}
    folder: ClassVar[str]
    list_path: ClassVar[str]
    """Where the list of markets is asked for."""
    list_symbol: ClassVar[str]
    """The field of an entry of that list that holds the market's symbol."""
    idle: ClassVar[Mapping[str, bool]]
    """Markets that are listed while no bars of them are served: symbol -> whether it is open for
    trading.
    """
    intervals: ClassVar[Mapping[str, int]]
    """The venue's word for an interval -> seconds."""
    stamps_per_second: ClassVar[int] = 1
    has_named_bars: ClassVar[bool] = False
    """Whether a page of bars has names in it, so that one of them can change."""

    @abstractmethod
    def market_id(self, base: str, quote: str) -> str:
        """The venue's id for a market."""

    @abstractmethod
    def is_bars(self, path: str) -> bool:
        """Whether bars are asked for at this path."""

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets whose bars are served."""
        return tuple(self._market(symbol) for symbol in symbols(self.recorded, self.folder))

    @property
    def listed(self) -> tuple[Market, ...]:
        """The markets whose bars are served, and after them the idle ones."""
        served = symbols(self.recorded, self.folder)
        return self.markets + tuple(
            self._market(symbol, is_open)
            for symbol, is_open in self.idle.items()
            if symbol not in served
        )

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies of all listed markets."""
        return tuple(
            dict.fromkeys(name for market in self.listed for name in (market.base, market.quote))
        )

    def market(self, name: str) -> Market | None:
        """The market with this id, of those whose bars are served."""
        return next((market for market in self.markets if market.id == name), None)

    def _market(self, symbol: str, is_open: bool = True) -> Market:
        base, quote = symbol.split("/")
        return Market(self.market_id(base, quote), base, quote, is_open)

    def can_bend(self, path: str, kind: str) -> bool:
        if path == self.list_path:
            return kind == "renamed_column"
        return self.is_bars(path) and (kind != "renamed_column" or self.has_named_bars)

    def entry(self, ask: Ask, fields: Mapping[str, object]) -> dict[str, object]:
        """An entry of the list of markets; its symbol under another name when that is the fault to
        commit.
        """
        renamed = ask.bend == "renamed_column"
        return {
            "ticker" if renamed and name == self.list_symbol else name: value
            for name, value in fields.items()
        }

    def page(
        self,
        ask: Ask,
        market: Market,
        interval: int,
        first: float,
        last: float,
        limit: int,
        newest: bool = False,
    ) -> list[Bar]:
        """Up to `limit` bars with first <= opened_at <= last (Unix seconds), ascending: the
        earliest, or the newest of them.
        """
        hours = hourly(self.recorded, self.folder, market.base, market.quote)
        known = bars(hours, interval, first, last, ask.now)
        page = known[-limit:] if newest else known[:limit]
        if ask.bend not in BEND or not page:
            return page
        before = bars(
            hours, interval, page[0].opened_at - 3 * interval, page[0].opened_at - 1, ask.now
        )
        running = bars(
            hours, interval, ask.now.timestamp() - interval + 1e-6, ask.now.timestamp(), ask.now
        )
        return BEND[ask.bend](page, before, running)

    def stamp(self, ask: Ask, seconds: int) -> int:
        """Unix seconds in the venue's unit, or in microseconds when that is the fault to commit."""
        return seconds * (1_000_000 if ask.bend == "microseconds" else self.stamps_per_second)
