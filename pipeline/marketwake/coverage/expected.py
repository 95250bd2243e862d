"""Which series a live run wants, by its settings: what should exist, whether or not it does."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from marketwake.base.clock import midnight
from marketwake.base.csv_text import read_csv_text
from marketwake.base.resources import SQL
from marketwake.base.series import SECONDS, Series, Window
from marketwake.base.settings import Settings
from marketwake.calendars import contract_month, expiry_at
from marketwake.sources.farside.source import Farside
from marketwake.sources.spot.client import Spot, side_by_side
from marketwake.sources.spot.venues import VENUES
from marketwake.sources.windows import WINDOWS_ASKED
from marketwake.sources.yahoo.source import GRACE, Yahoo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def expected_series(settings: Settings, now: datetime) -> list[Window]:
    """Every series that a live run with these settings keeps, up to `now` (UTC): each source's
    requests, as if nothing were held yet.

    Bars of all spot symbols on the venues that are stored side by side, from `history_from` or the
    listing on; flows of every launched fund since its launch; the listed futures contracts until
    they expire; fed funds futures, indices, bars of the funds. Coins are not among them, nor are
    venues that stand in: the ledger adds the coins of the newest list, and whatever is held.

    Raises:
        BadInputError: the settings name an unknown venue or interval, or one that no venue has.
    """
    found = list(_spot(settings, now))
    for source in (Farside(settings), Yahoo(settings, lambda: now, {})):
        for request in source.requests():
            found += WINDOWS_ASKED[source.name](request, now, {})
    merged: dict[Series, Window] = {}
    for one in found:
        other = merged.get(one.series, one)
        merged[one.series] = Window(
            one.series,
            min(one.first, other.first),
            _until_expiry(one.series, max(one.last, other.last), now),
        )
    return list(merged.values())


def _spot(settings: Settings, now: datetime) -> Iterator[Window]:
    listed = _listed()
    for venue in side_by_side(settings, settings.spot_interval):
        # Refuses names that are not known, as the run does.
        Spot(venue, settings, lambda: now, {})
        step = timedelta(seconds=SECONDS[settings.spot_interval])
        last = now - (now - _EPOCH) % step - step
        for symbol in dict.fromkeys(
            VENUES[venue].market(symbol) for symbol in settings.spot_symbols
        ):
            first, end = listed.get((venue, symbol), (None, None))
            start = max(midnight(settings.history_from), first or midnight(settings.history_from))
            yield Window(
                Series("spot_bar", venue, symbol, settings.spot_interval),
                start,
                min(last, end or last),
            )


def _listed() -> dict[tuple[str, str], tuple[datetime | None, datetime | None]]:
    """First and last instant of trading by venue and market, as far as seed.market knows."""
    path = SQL / "seeds" / "market.csv"
    columns = ["venue", "symbol", "listed_on", "delisted_on", "source"]
    table = read_csv_text("seed", path.name, path.read_bytes(), columns)
    return {
        (row["venue"], row["symbol"]): (
            datetime.fromisoformat(row["listed_on"]).replace(tzinfo=UTC)
            if row["listed_on"]
            else None,
            datetime.combine(datetime.fromisoformat(row["delisted_on"]), time.max, UTC)
            if row["delisted_on"]
            else None,
        )
        for row in table.iter_rows(named=True)
    }


def _until_expiry(series: Series, last: datetime, now: datetime) -> datetime:
    if series.dataset != "futures_price" or series.symbol.endswith("=F"):
        return last
    root, month = contract_month(series.symbol, (now - GRACE - timedelta(days=1)).date())
    return min(last, expiry_at(root, month))
