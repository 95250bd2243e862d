"""The gate: what a row must keep beside the contract of its table. What is true of a row depends
here on the instant of asking, the calendars and the names that are known; every row of every source
and file passes on its way into a raw table.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime
from operator import attrgetter

import polars as pl

from marketwake.base.seeds import seed_rows
from marketwake.base.series import SECONDS, SYMBOL
from marketwake.calendars.local import LAST
from marketwake.calendars.sessions import cme_sessions, xnys_days
from marketwake.warehouse.contracts import Contract, Rule

_DAY_SECONDS = 86_400
_NAMES = {
    "spot_bar": ("venue", "venue", "spot"),
    "spot_listing": ("venue", "venue", "spot"),
    "futures_price": ("root", "futures_root", None),
    "index_bar": ("symbol", "instrument", "index"),
}
"""By table: the column whose names only a seed table can place, that table, and the kind of its
rows. New funds and coins come by themselves: what is not known of them is a warning.
"""
_NEW_YORK = ("etf_bar", "etf_flow", "etf_flow_total")
_CHICAGO = ("fed_funds_price", "futures_price")


def rules(contract: Contract, asked_at: datetime) -> list[Rule]:
    """What rows of a raw table must keep that were asked for at an instant, UTC.

    * no instant after the asking, and no day after that of the asking in UTC; a session of CME at
      most the one that trades then or comes next, whose name evening and weekend trades carry
    * a bar stands on the grid of its length and has ended; a snapshot is of midnight, UTC
    * a session of a fund is one of the New York Stock Exchange
    * a market is `BASE/QUOTE` in capitals; venues, roots and indices are known by their seeds
    """
    table = contract.table.removeprefix("raw.")
    return [
        *_not_after(table, contract, asked_at),
        *_on_its_grid(table, asked_at),
        *_in_session(table),
        *_named(table),
    ]


def _not_after(table: str, contract: Contract, asked_at: datetime) -> Iterator[Rule]:
    for column in contract.columns:
        if column.duckdb_type == "TIMESTAMP WITH TIME ZONE":
            text = f"{column.name}: {{}} lies after the asking ({asked_at:%Y-%m-%d %H:%M} UTC)"
            shown = pl.col(column.name).dt.strftime("%Y-%m-%d %H:%M UTC")
            yield Rule(pl.col(column.name) > asked_at, pl.format(text, shown))
    days = [column.name for column in contract.columns if column.duckdb_type == "DATE"]
    stamp = next((name for name in reversed(contract.key) if name in days), None)
    if stamp:
        last = pl.lit(asked_at.date())
        if table in _CHICAGO:
            session = pl.lit(_session_after(asked_at))
            is_future = table == "futures_price"
            is_trade = pl.col("price_kind") == "last_trade" if is_future else pl.lit(value=False)
            last = pl.when(is_trade).then(last).otherwise(session)
        text = f"{stamp}: {{}} lies after {{}}, the last that can be known at the asking"
        yield Rule(pl.col(stamp) > last, pl.format(text, pl.col(stamp), last))


def _session_after(instant: datetime) -> date:
    """The session of CME that trades at an instant, or the next."""
    after = bisect_right(cme_sessions(), instant, key=attrgetter("closes_at"))
    # Where the calendar ends, nothing can be told.
    return cme_sessions()[after].day if after < len(cme_sessions()) else date.max


def _on_its_grid(table: str, asked_at: datetime) -> Iterator[Rule]:
    if table == "spot_bar":
        opened_at, length = pl.col("opened_at"), pl.col("bar_interval")
        seconds = length.replace_strict(SECONDS, default=None, return_dtype=pl.Int64())
        shown = opened_at.dt.strftime("%Y-%m-%d %H:%M:%S UTC")
        yield Rule(
            opened_at.dt.epoch("us") % (seconds * 1_000_000) != 0,
            pl.format("opened_at: no {} bar opens at {}", length, shown),
        )
        yield Rule(
            opened_at.dt.epoch("us") + seconds * 1_000_000 > _microseconds(asked_at),
            pl.format(
                f"opened_at: the {{}} bar of {{}} was not finished at the asking "
                f"({asked_at:%Y-%m-%d %H:%M} UTC)",
                length,
                shown,
            ),
        )
    elif table == "coin_snapshot":
        at = pl.col("snapshot_at")
        yield Rule(
            at.dt.epoch("us") % (_DAY_SECONDS * 1_000_000) != 0,
            pl.format("snapshot_at: {} is no midnight", at.dt.strftime("%Y-%m-%d %H:%M:%S UTC")),
        )
    elif table == "index_bar":
        yield Rule(
            (pl.col("bar_interval") == "1mo") & (pl.col("session").dt.day() != 1),
            pl.format("session: {} is not the first of a month", pl.col("session")),
        )


def _microseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1_000_000)


def _in_session(table: str) -> Iterator[Rule]:
    if table in _NEW_YORK:
        session = pl.col("session")
        yield Rule(
            ~session.is_in(xnys_days().implode()) & (session <= LAST),
            pl.format("session: {} is no session of the New York Stock Exchange", session),
        )


def _named(table: str) -> Iterator[Rule]:
    if table == "spot_bar":
        yield Rule(
            ~pl.col("symbol").str.contains(f"^{SYMBOL}$"),
            pl.format("symbol: '{}' is no market like BTC/USD", pl.col("symbol")),
        )
    if table in _NAMES:
        column, seed, kind = _NAMES[table]
        known = [next(iter(row.values())) for row in seed_rows(seed) if row.get("kind") == kind]
        text = f"{column}: '{{}}' is none of {', '.join(known)}"
        yield Rule(~pl.col(column).is_in(known), pl.format(text, pl.col(column)))
