"""Which series a live run wants, by its settings: what should exist, whether or not it does."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from marketwake.base.clock import midnight
from marketwake.base.seeds import seed_rows
from marketwake.base.series import SECONDS, Series, Window
from marketwake.base.settings import Settings
from marketwake.calendars.futures import (
    contract_month,
    expiry_at,
    rates_last_day,
    rates_month,
)
from marketwake.sources.farside.source import Farside
from marketwake.sources.issuers.source import Issuers
from marketwake.sources.spot.client import side_by_side
from marketwake.sources.spot.pages import floor
from marketwake.sources.spot.venues import VENUES
from marketwake.sources.windows import WINDOWS_ASKED
from marketwake.sources.yahoo.contracts import GRACE
from marketwake.sources.yahoo.source import Yahoo

_MICROSECOND = timedelta(microseconds=1)


def expected_series(settings: Settings, now: datetime) -> list[Window]:
    """Every series that a live run with these settings keeps, up to `now` (UTC): each source's
    requests, as if nothing were held yet.

    Bars of all spot symbols on the venues that are stored side by side, from `history_from` or the
    listing on; flows of every launched fund since its launch, and the
    issuers' own days of those that publish them; the listed futures contracts until
    they expire; fed funds futures, indices, bars of the funds. Coins are not among them, nor are
    venues that stand in: the ledger adds the coins of the newest list, and whatever is held.

    Raises:
        BadInputError: no venue of the settings has bars of their interval.
    """
    windows = list(_spot(settings, now))
    for source in (Farside(settings), Issuers(settings), Yahoo(settings, lambda: now, {})):
        for request in source.requests():
            windows += WINDOWS_ASKED[source.name](request, now, {})
    merged: dict[Series, Window] = {}
    for window in windows:
        series, other = window.series, merged.get(window.series, window)
        last = _until_expiry(series, max(window.last, other.last), now)
        merged[series] = Window(series, min(window.first, other.first), last)
    return list(merged.values())


def _spot(settings: Settings, now: datetime) -> Iterator[Window]:
    listed = _listed()
    begin, interval = midnight(settings.history_from), settings.spot_interval
    for venue in side_by_side(settings, interval):
        step = timedelta(seconds=SECONDS[interval])
        newest = floor(now, step) - step
        markets = (VENUES[venue].market(symbol) for symbol in settings.spot_symbols)
        for market in dict.fromkeys(markets):
            first, end = listed.get((venue, market), (None, None))
            yield Window(
                Series("spot_bar", venue, market, interval),
                max(begin, first or begin),
                min(newest, end or newest),
            )


def _listed() -> dict[tuple[str, str], tuple[datetime | None, datetime | None]]:
    """First and last instant of trading by venue and market, as far as seed.market knows."""
    listed = {}
    for row in seed_rows("market"):
        first = midnight(date.fromisoformat(row["listed_on"])) if row["listed_on"] else None
        end = (
            midnight(date.fromisoformat(row["delisted_on"]) + timedelta(days=1)) - _MICROSECOND
            if row["delisted_on"]
            else None
        )
        listed[row["venue"], row["symbol"]] = first, end
    return listed


def _until_expiry(series: Series, last: datetime, now: datetime) -> datetime:
    on = (now - GRACE - timedelta(days=1)).date()
    if series.dataset == "fed_funds_price":
        return min(last, midnight(rates_last_day(rates_month(series.symbol, on))))
    if series.dataset != "futures_price" or series.symbol.endswith("=F"):
        return last
    root, month = contract_month(series.symbol, on)
    return min(last, expiry_at(root, month))
