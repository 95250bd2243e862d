"""What a warehouse already holds, so that a live run asks only for what is new and for a lookback."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from marketwake.base.series import Series, Window
from marketwake.warehouse.files import Warehouse

ASSETS = ("BTC", "ETH")
"""What the US spot funds hold."""


@dataclass(frozen=True)
class Watermarks:
    """The newest instant held of each series, UTC."""

    bars: Mapping[tuple[str, str, str], datetime] = field(default_factory=dict)
    """Newest bar open by venue, symbol and length of bar."""
    days: Mapping[str, datetime] = field(default_factory=dict)
    """Newest day or snapshot by contract, index, fund or coin, under the name that its source uses
    for `since`.
    """
    flows_until: datetime | None = None
    """Newest session of the asset whose flows are furthest behind; null where one of them has none."""
    holes: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    """By venue, vendor or publisher: what the ledger says that nobody got an answer for, each
    before the newest stamp of its series. Those that were asked for least often come first, and of
    these the oldest: one that is asked for in vain lets the others pass.
    """


def read_watermarks(warehouse: Warehouse) -> Watermarks:
    """What the writer's file holds; nothing where there is none yet. Raises WarehouseError when the
    file cannot be opened.
    """
    if not warehouse.file.exists():
        return Watermarks()
    with warehouse.writer() as con:
        bars = con.execute(
            "select venue, symbol, bar_interval, max(opened_at) from raw.spot_bar where superseded_at is null group by all"
        ).fetchall()
        days = con.execute(
            """
            select contract, max(day)::timestamptz from raw.futures_price where vendor = 'Yahoo' group by all union all
            select contract, max(session)::timestamptz from raw.fed_funds_price group by all union all
            select symbol, max(session)::timestamptz from raw.index_bar where bar_interval = '1d' group by all union all
            select ticker, max(session)::timestamptz from raw.etf_bar group by all union all
            select coin, max(snapshot_at) from raw.coin_snapshot group by all
            """
        ).fetchall()
        flows = con.execute(
            "select max(session)::timestamptz from raw.etf_flow group by asset"
        ).fetchall()
        holes: dict[str, list[Window]] = {}
        for dataset, venue, symbol, interval, first, last in con.execute(_HOLES).fetchall():
            holes.setdefault(venue, []).append(
                Window(Series(dataset, venue, symbol, interval), first, last)
            )
    return Watermarks(
        {(venue, symbol, interval): newest for venue, symbol, interval, newest in bars},
        dict(days),
        min(row[0] for row in flows) if len(flows) == len(ASSETS) else None,
        {venue: tuple(windows) for venue, windows in holes.items()},
    )


_HOLES = """
select dataset, venue, symbol, "interval", hole.first_at, hole.last_at
from ops.hole as hole
inner join ops.series as series using (dataset, venue, symbol, "interval")
where
    reason in ('not fetched', 'source error')
    and hole.last_at < series.last_at
order by venue, attempts, hole.first_at, dataset, symbol, "interval"
"""
