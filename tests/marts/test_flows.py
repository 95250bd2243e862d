"""Flows of the funds per session. The figures of August 2025 are those that Farside Investors
published.
"""

from datetime import UTC, date, datetime

import duckdb
import pytest

from tests.conftest import Insert
from tests.support.rows import at, flow, marts, total

Con = duckdb.DuckDBPyConnection
# 103.5 + 31.8 + 24.8 + 0.0 + 7.0 + 3.9 + 5.8 + 10.9 + 34.6 = 222.3
AUGUST_7 = {
    "ETHA": 103.5,
    "FETH": 31.8,
    "ETHW": 24.8,
    "TETH": 0.0,
    "ETHV": 7.0,
    "QETH": 3.9,
    "EZET": 5.8,
    "ETHE": 10.9,
    "ETH": 34.6,
}
# 254.7 + 132.3 + 7.8 + 0.0 + 0.0 + 1.2 + 0.0 + 26.8 + 38.2 = 461.0
AUGUST_8 = {
    "ETHA": 254.7,
    "FETH": 132.3,
    "ETHW": 7.8,
    "TETH": 0.0,
    "ETHV": 0.0,
    "QETH": 1.2,
    "EZET": 0.0,
    "ETHE": 26.8,
    "ETH": 38.2,
}


def _load_august(con: Con, insert: Insert) -> None:
    days = {"2025-08-07": AUGUST_7, "2025-08-08": AUGUST_8}
    insert(
        con,
        "etf_flow",
        [
            flow(session, ticker, value)
            for session, funds in days.items()
            for ticker, value in funds.items()
        ],
    )
    insert(con, "etf_flow_total", [total("2025-08-07", 222.3), total("2025-08-08", 461.0)])


def test_the_two_sessions_of_the_order_sum_to_683_3_million(con: Con, insert: Insert) -> None:
    _load_august(con, insert)
    first, second = marts(con, "select * from mart.etf_flow_daily order by session")
    assert first["net_flow_usd"] == pytest.approx(222.3e6)
    assert second["net_flow_usd"] == pytest.approx(461.0e6)
    assert second["cumulative_usd"] == pytest.approx(683.3e6)
    assert second["gap_usd"] == pytest.approx(0.0, abs=1)
    assert (second["funds_reporting"], second["net_flow_rank"], first["net_flow_rank"]) == (9, 1, 2)
    assert second["available_at"] == at("2025-08-09 05:00")


def test_the_year_to_date_starts_anew_and_the_cumulative_sum_does_not(
    con: Con, insert: Insert
) -> None:
    flows = [
        flow("2024-12-31", "ETHA", 5.0),
        flow("2025-01-02", "ETHA", -2.0),
        flow("2025-01-03", "ETHA", 4.5),
    ]
    insert(con, "etf_flow", [*flows, flow("2025-01-02", "IBIT", 100.0, "BTC")])
    rows = marts(
        con,
        "select cumulative_usd, year_to_date_usd from mart.etf_flow_daily where asset = 'ETH' "
        "order by session",
    )
    assert [row["cumulative_usd"] for row in rows] == [5e6, 3e6, 7.5e6]
    assert [row["year_to_date_usd"] for row in rows] == [5e6, -2e6, 2.5e6]


def test_a_session_without_a_fund_has_no_row_and_a_reported_zero_has_one(
    con: Con, insert: Insert
) -> None:
    # Farside prints holidays as a total of 0.0 with every fund empty.
    insert(con, "etf_flow", [flow("2025-06-18", "ETHA", 0.0)])
    insert(con, "etf_flow_total", [total("2025-06-18", 0.0), total("2025-06-19", 0.0)])
    rows = marts(
        con,
        "select session, net_flow_usd, funds_reporting, published_total_usd from "
        "mart.etf_flow_daily",
    )
    assert rows == [
        {
            "session": date(2025, 6, 18),
            "net_flow_usd": 0.0,
            "funds_reporting": 1,
            "published_total_usd": 0.0,
        }
    ]


def test_a_fund_that_is_missing_shows_as_a_gap(con: Con, insert: Insert) -> None:
    _load_august(con, insert)
    con.execute("delete from raw.etf_flow where ticker = 'ETHE' and session = '2025-08-07'")
    (row,) = marts(
        con, "select gap_usd, funds_reporting from mart.etf_flow_daily where session = '2025-08-07'"
    )
    assert row == {"gap_usd": pytest.approx(-10.9e6), "funds_reporting": 8}


def test_only_the_current_version_counts(con: Con, insert: Insert) -> None:
    insert(
        con,
        "etf_flow",
        [flow("2025-08-08", "ETHA", 250.0)],
        recorded_at=datetime(2025, 8, 9, 1, tzinfo=UTC),
    )
    con.execute("update raw.etf_flow set superseded_at = '2025-08-09 05:00:00+00'")
    insert(
        con,
        "etf_flow",
        [flow("2025-08-08", "ETHA", 254.7)],
        recorded_at=datetime(2025, 8, 9, 5, tzinfo=UTC),
    )
    assert marts(con, "select net_flow_usd, funds_reporting from mart.etf_flow_daily") == [
        {"net_flow_usd": 254.7e6, "funds_reporting": 1}
    ]
