"""What a warehouse already holds: a live run asks only for what is new, and for a lookback."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from marketwake.base.duck import transaction
from marketwake.base.resources import SQL
from marketwake.base.series import Series, Window
from marketwake.coverage import counts
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.renewal import BARS

ASSETS = ("BTC", "ETH")
"""What the US spot funds hold."""


@dataclass(frozen=True)
class Watermarks:
    """How far a warehouse has come, and what it lacks before that."""

    newest: Mapping[Series, datetime] = field(default_factory=dict)
    """The newest stamp held of each series, UTC."""
    oldest: Mapping[Series, datetime] = field(default_factory=dict)
    """The oldest stamp held of each series, UTC."""
    recorded: Mapping[Series, datetime] = field(default_factory=dict)
    """When the longest standing figure of each series was recorded, UTC; bars of spot aside."""
    holes: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    """By venue, vendor or publisher: what the ledger says that nobody got an answer for, each
    before the newest stamp of its series. Those that were asked for least often come first, and of
    these the oldest: one that is asked for in vain lets the others pass.
    """

    def flows_until(self) -> datetime | None:
        """Newest session of the asset whose flows are furthest behind; null where one of them has
        none.
        """
        newest: dict[str, datetime] = {}
        for series, stamp in self.newest.items():
            if series.dataset == "etf_flow":
                asset = series.symbol.split(" ")[0]
                newest[asset] = max(stamp, newest.get(asset, stamp))
        return min(newest.values()) if newest.keys() >= set(ASSETS) else None


def read_watermarks(warehouse: Warehouse) -> Watermarks:
    """What the writer's file holds; nothing where there is none yet. Raises WarehouseError when the
    file cannot be opened.
    """
    if not warehouse.exists():
        return Watermarks()
    with warehouse.writer() as con:
        ends = _ends(con)
        holes: dict[str, list[Window]] = {}
        for dataset, venue, symbol, interval, first, last in con.execute(_HOLES).fetchall():
            series = Series(dataset, venue, symbol, interval)
            holes.setdefault(venue, []).append(Window(series, first, last))
    return Watermarks(
        {Series(*names): newest for *names, _, newest, _ in ends},
        {Series(*names): oldest for *names, oldest, _, _ in ends},
        {Series(*names): recorded for *names, _, _, recorded in ends if recorded},
        {venue: tuple(windows) for venue, windows in holes.items()},
    )


def _ends(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Names, oldest and newest stamp of every series, and when its longest standing figure was
    recorded. Bars are read where this program has not counted them yet.
    """
    if counts.counted_to(con) is None:
        # Names every raw table that follows a calendar or the clock.
        con.execute((SQL / "coverage" / "counts" / "stamp.sql").read_text(encoding="utf-8"))
        return con.execute(f"{_ENDS} union all {_READ}").fetchall()
    with transaction(con):
        counts.count(con)
    return con.execute(f"{_ENDS} union all {_COUNTED}").fetchall()


_READ = f"""
select dataset, venue, symbol, "interval", min(stamp_at), max(stamp_at), null
from coverage_stamp
where dataset = '{BARS}' and superseded_at is null
group by all
"""
_COUNTED = f"""
select dataset, venue, symbol, "interval", min(first_at), max(last_at), null
from coverage_month
where dataset = '{BARS}'
group by all
"""
_ENDS = f"""
select dataset, venue, symbol, "interval", min(stamp_at), max(stamp_at), min(recorded_at)
from coverage_stamp
where
    dataset <> '{BARS}' and superseded_at is null
    -- An index is asked for from its beginning on; the bundled stretches of it do not reach there.
    and not (
        dataset = 'index_bar'
        and recorded_at in (select landed_at from ops.load where source = 'sample')
    )
group by all
"""
_HOLES = """
select dataset, venue, symbol, "interval", hole.first_at, hole.last_at
from ops.hole as hole
inner join ops.series as series using (dataset, venue, symbol, "interval")
where
    reason in ('not fetched', 'source error')
    and hole.last_at < series.last_at
order by venue, attempts, hole.first_at, dataset, symbol, "interval"
"""
