"""The panel of coins: daily bars of the largest coins, in dollars, on the venues that are stored
side by side.

Which coins these are, and which markets they have, is the views stg.coin_universe and
stg.coin_market: every coin that was ever among the `settings.coins` largest of CoinGecko's nightly
list, but for stablecoins, wrapped, staked and tokenised ones, where the venue's newest list of
markets says that it trades. A coin that falls out of the list stays, so that nothing of what
follows is missing.

Both lists land in the first wave of a night and are loaded before its second, which asks for the
bars: through the client that the venue was asked with already, which keeps its rate limit.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb

from marketwake.base.clock import midnight
from marketwake.base.series import Series, Window
from marketwake.base.settings import Settings
from marketwake.coverage.watermarks import Watermarks
from marketwake.sources.repairs import within_reach
from marketwake.sources.source import Request
from marketwake.sources.spot.client import Spot
from marketwake.sources.spot.venues import VENUES
from marketwake.warehouse.build import stage

INTERVAL = "1d"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CoinBars:
    """The bars of the panel on one venue: a source that shares the venue's client, and its name."""

    spot: Spot
    windows: tuple[Window, ...]

    @property
    def name(self) -> str:
        """The venue's."""
        return self.spot.name

    def requests(self) -> list[Request]:
        """The fewest pages of what the venue still serves. Raises SourceError as the venue does."""
        return self.spot.ask(within_reach(self.spot, self.windows))

    def fetch(self, request: Request) -> bytes:
        """The venue's answer. Raises SourceError as the venue does."""
        return self.spot.fetch(request)


def expected_series(
    con: duckdb.DuckDBPyConnection, settings: Settings, now: datetime, venues: Collection[str]
) -> list[Window]:
    """The panel's series on some venues, from `settings.history_from` to the last finished day
    (UTC).

    There are none before a night has made the views. A list of markets says nothing of the past: a
    coin that was listed later has its holes before that, which an answer confirms.
    """
    if not _is_built(con):
        return []
    first, last = midnight(settings.history_from), midnight(now.date()) - timedelta(days=1)
    rows = con.execute(
        """
        select venue, symbol from stg.coin_market
        where best_rank <= ? and list_contains(?, venue) order by all
        """,
        [settings.coins, list(venues)],
    ).fetchall()
    return [
        Window(Series("spot_bar", venue, symbol, INTERVAL), first, last)
        for venue, symbol in rows
        if first <= last
    ]


def sources(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    spots: Mapping[str, Spot],
    watermarks: Watermarks,
    now: datetime,
) -> list[CoinBars]:
    """What to ask for beside what these venues were asked for already: of each series what is new,
    a lookback, and its holes.

    Args:
        con: the writer's file; its reference data and staging views are brought to the form of this
            program.
        settings: of the run.
        spots: by name of venue, those that have answered.
        watermarks: what the warehouse held when the run began.
        now: the present, UTC.

    Raises:
        DefinitionError: the views cannot be made.
    """
    if not spots:
        return []
    stage(con)
    asked_already = {
        VENUES[venue].market(symbol) for venue in spots for symbol in settings.spot_symbols
    }
    panel = [
        window
        for window in expected_series(con, settings, now, spots)
        if settings.spot_interval != INTERVAL or window.series.symbol not in asked_already
    ]
    log.info("panel of coins: %d markets on %s", len(panel), ", ".join(spots))
    _tell_of_strangers(con, settings, spots)
    windows: dict[str, list[Window]] = {venue: [] for venue in spots}
    for expected in panel:
        windows[expected.series.venue] += _windows(expected, settings, watermarks)
    return [
        CoinBars(spots[venue], tuple(of_venue)) for venue, of_venue in windows.items() if of_venue
    ]


def _windows(expected: Window, settings: Settings, watermarks: Watermarks) -> list[Window]:
    """The holes of a series, then what is new."""
    series = expected.series
    newest = watermarks.newest.get(series)
    since = newest - timedelta(hours=settings.lookback_hours) if newest else expected.first
    holes = [hole for hole in watermarks.holes.get(series.venue, ()) if hole.series == series]
    return [*holes, replace(expected, first=max(since, expected.first))]


def _tell_of_strangers(
    con: duckdb.DuckDBPyConnection, settings: Settings, venues: Collection[str]
) -> None:
    rows = con.execute(
        """
        select coin from stg.coin_universe
        where best_rank <= ? and has_own_price
            and coin not in (select coin from stg.coin_market where list_contains(?, venue))
        order by coin
        """,
        [settings.coins, list(venues)],
    ).fetchall()
    if rows:
        log.info(
            "coins without a dollar market on %s: %s",
            ", ".join(venues),
            ", ".join(coin for (coin,) in rows),
        )


def _is_built(con: duckdb.DuckDBPyConnection) -> bool:
    return bool(
        con.execute(
            "select 1 from duckdb_views() where schema_name = 'stg' and view_name = 'coin_market'"
        ).fetchall()
    )
