"""Coverage counts what a calendar expects; a hole is counted and never filled. August 2025: the 7th
is a Thursday, the 9th a Saturday.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from tests.conftest import Insert
from tests.support.rows import Row, at, bar, flow, future, index, marts, probability, snapshot

Con = duckdb.DuckDBPyConnection
MIDNIGHT = at("2025-08-07 00:00")


def _coverage(con: Con) -> list[tuple[Any, ...]]:
    rows = marts(
        con,
        'select series, "interval", expected, present, missing, outside_calendar from '
        "mart.coverage order by all",
    )
    return [tuple(row.values()) for row in rows]


def _hours(*hours: int, venue: str = "Coinbase", bar_interval: str = "1h") -> list[Row]:
    return [
        bar(MIDNIGHT + timedelta(hours=hour), 100.0, venue=venue, bar_interval=bar_interval)
        for hour in hours
    ]


def test_spot_is_expected_by_the_clock(con: Con, insert: Insert) -> None:
    insert(
        con,
        "spot_bar",
        _hours(0, 1, 3) + _hours(0, 24, bar_interval="1d") + _hours(5, venue="Binance"),
    )
    assert _coverage(con) == [
        ("Binance ETH/USDT", "1h", 1, 1, 0, 0),
        ("Coinbase ETH/USD", "1d", 2, 2, 0, 0),
        ("Coinbase ETH/USD", "1h", 4, 3, 1, 0),
    ]


def test_flows_are_expected_on_sessions_since_a_funds_first_row(con: Con, insert: Insert) -> None:
    # Thursday to Monday: three sessions, of which Friday is missing for one fund; the other starts
    # on Friday.
    insert(con, "etf_flow", [flow("2025-08-07", "ETHA", 1.0), flow("2025-08-11", "ETHA", 1.0)])
    insert(con, "etf_flow", [flow("2025-08-08", "FETH", 1.0), flow("2025-08-11", "FETH", 1.0)])
    assert _coverage(con) == [("ETH ETHA", "1d", 3, 2, 1, 0), ("ETH FETH", "1d", 2, 2, 0, 0)]


def test_last_trades_are_expected_on_the_days_that_sessions_touch_and_settlements_on_sessions(
    con: Con, insert: Insert
) -> None:
    # Friday, Sunday evening, Monday; no session touches Saturday.
    last_trades = [
        future("METQ5", stamp, 4000.0)
        for stamp in ("2025-08-08 21:00", "2025-08-11 00:00", "2025-08-12 00:00")
    ]
    settlements = [
        future("METQ5", stamp, 4000.0, "settlement")
        for stamp in ("2025-08-07 20:00", "2025-08-11 20:00")
    ]
    insert(con, "futures_price", last_trades + settlements)
    assert _coverage(con) == [
        ("Vendor METQ5", "1d", 3, 2, 1, 0),
        ("Vendor METQ5 last_trade", "1d", 3, 3, 0, 0),
    ]


def test_an_index_day_that_the_calendar_does_not_know_is_set_apart(
    con: Con, insert: Insert
) -> None:
    # Thursday, (Friday missing), Saturday, Monday.
    insert(
        con, "index_bar", [index(day, 6300.0) for day in ("2025-08-07", "2025-08-09", "2025-08-11")]
    )
    assert _coverage(con) == [("^GSPC", "1d", 3, 2, 1, 1)]


def test_before_the_calendar_starts_no_hole_is_told(con: Con, insert: Insert) -> None:
    # New York's holidays are known from 1970 on: of 1969-12-30, 12-31, 1970-01-02 and 01-05 only
    # the last two are expected.
    insert(
        con,
        "index_bar",
        [index(day, 92.0) for day in ("1969-12-30", "1969-12-31", "1970-01-02", "1970-01-05")],
    )
    assert _coverage(con) == [("^GSPC", "1d", 2, 2, 0, 2)]


def test_a_monthly_index_is_expected_every_month(con: Con, insert: Insert) -> None:
    insert(
        con,
        "index_bar",
        [index(day, 6.0, "SHILLER", "1mo") for day in ("1900-11-01", "1900-12-01", "1901-02-01")],
    )
    assert _coverage(con) == [("SHILLER", "1mo", 4, 3, 1, 0)]


def test_snapshots_are_expected_every_day_of_the_week(con: Con, insert: Insert) -> None:
    insert(
        con, "coin_snapshot", [snapshot(day) for day in ("2025-08-08", "2025-08-09", "2025-08-11")]
    )
    assert _coverage(con) == [("CoinGecko bitcoin", "1d", 4, 3, 1, 0)]


def test_a_quote_day_counts_once_whatever_its_ranges(con: Con, insert: Insert) -> None:
    days = ("2025-08-07", "2025-08-11")
    insert(
        con,
        "fed_probability",
        [probability(day, lower, 0.5) for day in days for lower in (400, 425)],
    )
    assert _coverage(con) == [("2025-09-17", "1d", 3, 2, 1, 0)]


def test_the_outages_of_coinbase_are_the_only_holes_in_its_recorded_hours(
    con: Con, shared: Path
) -> None:
    # Two outages of five hours each are on record: 2025-10-25 16:00-21:00 and 2026-05-08
    # 02:00-07:00. From 2024-04-18 17:00 to 2026-05-08 16:00 are 750 days less one hour, so 18,000
    # bars with both ends.
    path = shared / "spot" / "coinbase" / "ETH_USD-1h.feather"
    frame = pl.read_ipc(path).select(
        pl.lit("Coinbase").alias("venue"), pl.lit("ETH/USD").alias("symbol"),
        pl.lit("1h").alias("bar_interval"),
        pl.col("date").dt.cast_time_unit("us").dt.convert_time_zone("UTC").alias("opened_at"),
        "open", "high", "low", "close", pl.col("volume").alias("volume_base"),
    )  # fmt: skip
    con.register("bars", frame.to_arrow())
    con.execute(
        "insert into raw.spot_bar by name select *, timestamptz '2026-06-01 00:00:00+00' as "
        "recorded_at, 'test' as payload_sha256 from bars"
    )
    assert [row[2:5] for row in _coverage(con)] == [(18_000, 17_990, 10)]
