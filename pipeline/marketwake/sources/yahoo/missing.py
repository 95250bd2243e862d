"""Which futures Yahoo has: it drops contracts after their expiry, lacks far months, and has perhaps
no month at all of some roots. What is missing is told, and is an error only where nothing of an
asset is left.
"""

from collections.abc import Iterable
from datetime import date

from marketwake.base.errors import SourceError, counted
from marketwake.calendars.futures import expiry_at, rates_last_day
from marketwake.sources.source import Request
from marketwake.sources.yahoo.contracts import DATED, FED_FUNDS, futures_roots, month_of
from marketwake.sources.yahoo.request import read_what

_SHOWN = 6
"""Symbols that a remark names."""


class Answered:
    """What Yahoo has said of symbols in one run."""

    def __init__(self) -> None:
        self._last: dict[str, Request] = {}
        self._there: dict[str, str] = {}
        self._absent: list[str] = []
        self._untraded: dict[str, int] = {}

    def expect(self, requests: Iterable[Request]) -> None:
        """What is about to be asked for: with the last of an asset it is known what there is."""
        for request in requests:
            asset = asset_of(read_what(request).symbol)
            if asset:
                self._last[asset] = request

    def there(self, symbol: str, short_name: str = "", untraded: int = 0) -> None:
        """Yahoo knows a symbol, by a name of its own; on so many days nobody traded it."""
        self._there[symbol] = short_name
        if untraded:
            self._untraded[symbol] = untraded

    def absent(self, request: Request, symbol: str) -> bool:
        """Yahoo does not know a symbol. Whether that is let pass, as it is of a future.

        Raises:
            SourceError: it was the last of its asset, and none has been there.
        """
        asset = asset_of(symbol)
        if not asset:
            return False
        self._absent.append(symbol)
        if self._last.get(asset) == request and not self._of(asset, self._there):
            raise SourceError(
                f"yahoo: it has none of the {len(self._of(asset, self._absent))} futures of "
                f"{asset} that were asked for",
                "They were renamed or dropped: look for them at Yahoo.",
                404,
            )
        return True

    def remarks(self, today: date) -> list[str]:
        """What has been missing since the last call, an asset a line, and days without a trade."""
        said = []
        for asset in dict.fromkeys(asset_of(symbol) for symbol in self._absent):
            missing = [name for name in self._of(asset, self._absent) if not _is_over(name, today)]
            if missing:
                said.append(self._lacking(asset, missing))
        if self._untraded:
            days = sum(self._untraded.values())
            said.append(
                f"{counted(days, 'day')} without a trade (a close of 0.00 and no volume) gave no "
                f"row: {_named(list(self._untraded))}"
            )
        self._absent, self._untraded = [], {}
        return said

    def _lacking(self, asset: str, missing: list[str]) -> str:
        there = self._of(asset, self._there)
        dated = [symbol for symbol in there if DATED.fullmatch(symbol)]
        names = [
            f"{name} ({self._there[name] or 'unnamed'})" for name in there if name not in dated
        ]
        return (
            f"{counted(len(missing), 'symbol')} of {asset} not at Yahoo: {_named(missing)}; "
            f"there are {_named([*dated, *names])}"
        )

    @staticmethod
    def _of(asset: str, symbols: Iterable[str]) -> list[str]:
        return [symbol for symbol in symbols if asset_of(symbol) == asset]


def asset_of(symbol: str) -> str:
    """What a future is of: BTC of MBTQ25.CME and of MBT=F, ZQ of a fed funds contract; empty for
    what is no future.
    """
    dated = DATED.fullmatch(symbol)
    root = dated["root"] if dated else symbol.removesuffix("=F") if symbol.endswith("=F") else ""
    if root == FED_FUNDS:
        return FED_FUNDS
    return next((asset for asset, roots in futures_roots().items() if root in roots), "")


def _is_over(symbol: str, today: date) -> bool:
    """Whether a contract has come to its end: then nobody misses it."""
    dated = DATED.fullmatch(symbol)
    if dated is None:
        return False
    month = month_of(dated)
    last = (
        rates_last_day(month)
        if dated["root"] == FED_FUNDS
        else expiry_at(dated["root"], month).date()
    )
    return last < today


def _named(symbols: list[str]) -> str:
    more = len(symbols) - _SHOWN
    return ", ".join(symbols[:_SHOWN]) + (f" and {more} more" if more > 0 else "") or "none"
