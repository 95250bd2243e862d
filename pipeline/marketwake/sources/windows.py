"""What a request to a live source asks for: the series, and the first and last stamp of each.

Pure, like parsers: the request, the instant of asking and what the answer held are enough, so that
a replay records the same. Files ask for nothing in particular.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache

import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.seeds import seed_rows
from marketwake.base.series import Series, Window
from marketwake.sources.coingecko import chart as coingecko
from marketwake.sources.farside import source as farside
from marketwake.sources.issuers import funds as issuers
from marketwake.sources.source import Request
from marketwake.sources.spot.binance_months import Month
from marketwake.sources.spot.client import MONTH
from marketwake.sources.spot.venue import Page
from marketwake.sources.spot.venues import VENUES
from marketwake.sources.yahoo.contracts import stored_name
from marketwake.sources.yahoo.request import CALENDARS, VENDOR, read_what

WindowsAsked = Callable[[Request, datetime, Mapping[str, pl.DataFrame]], list[Window]]
"""Request, instant of asking, and the frames that came of the answer (none where it failed or was
refused) -> what it asked for.

Raises SourceChangedError when another version of the program wrote the request.
"""


@cache
def launched_funds() -> tuple[tuple[str, str, date], ...]:
    """Ticker, asset and first session of every fund of seed.fund."""
    return tuple(
        (row["ticker"], row["asset"], date.fromisoformat(row["launched_on"]))
        for row in seed_rows("fund")
    )


def flow_series(asset: str, ticker: str) -> Series:
    """The series of a fund's net flows."""
    return Series("etf_flow", farside.VENDOR, f"{asset} {ticker}", "1d")


def _spot(request: Request, _: datetime, __: Mapping[str, pl.DataFrame]) -> list[Window]:
    if request.dataset == MONTH:
        return [Month.read(request.what).window]
    if request.dataset != "spot_bar":
        return []
    page = Page.read(request.what)
    return [
        Window(Series("spot_bar", page.venue, page.symbol, page.interval), page.first, page.last)
    ]


def _yahoo(request: Request, _: datetime, __: Mapping[str, pl.DataFrame]) -> list[Window]:
    if request.dataset not in CALENDARS:
        return []
    what = read_what(request)
    series = Series(request.dataset, VENDOR, stored_name(what.symbol), "1d")
    return [Window(series, midnight(what.first), midnight(what.last))]


def _coingecko(request: Request, _: datetime, __: Mapping[str, pl.DataFrame]) -> list[Window]:
    chart = coingecko.read_chart(request)
    if chart is None:
        return []
    series = Series(coingecko.DATASET, coingecko.VENDOR, chart.coin, "1d")
    return [Window(series, chart.first, chart.last)]


def _farside(
    request: Request, requested_at: datetime, frames: Mapping[str, pl.DataFrame]
) -> list[Window]:
    """A page covers every fund of its asset: all sessions, or those from its first on."""
    asset = (farside.HISTORY | farside.RECENT).get(request.what)
    begin = date.min
    if request.what in farside.RECENT:
        # From the page itself where it came.
        sessions: Iterable[str] = frames["etf_flow"]["session"] if "etf_flow" in frames else ()
        first = min(sessions, default=f"{requested_at - farside.RECENT_REACH:%Y-%m-%d}")
        begin = date.fromisoformat(first)
    last = requested_at.date()
    return [
        Window(flow_series(asset, ticker), midnight(max(begin, launched_on)), midnight(last))
        for ticker, fund_asset, launched_on in launched_funds()
        if fund_asset == asset and launched_on <= last
    ]


def _issuers(
    request: Request, requested_at: datetime, frames: Mapping[str, pl.DataFrame]
) -> list[Window]:
    """A workbook covers all days of its fund since its launch, up to the newest that it has: one
    that is late is not denied. Where none came, those up to the asking.
    """
    fund = issuers.funds().get(request.what)
    if fund is None:
        return []
    last = requested_at.date()
    if issuers.DATASET in frames:
        days = frames[issuers.DATASET]["dated_on"].str.to_date(strict=False).drop_nulls()
        last = max((day for day in days if day <= last), default=date.min)
    if last < fund.launched_on:
        return []
    series = Series(issuers.DATASET, issuers.VENDOR, fund.ticker, "1d")
    return [Window(series, midnight(fund.launched_on), midnight(last))]


WINDOWS_ASKED: Mapping[str, WindowsAsked] = {
    "farside": _farside,
    "issuers": _issuers,
    "yahoo": _yahoo,
    "coingecko": _coingecko,
} | {venue.source: _spot for venue in VENUES.values()}
"""What a request asks for, by the name that a source leaves on its receipts; sources of files are
not in it.
"""
