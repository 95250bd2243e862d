"""Staging views: current versions only, and from which instant the public could know each row."""

from datetime import UTC, date, datetime

import duckdb
import pytest

from tests.conftest import Insert
from tests.support.rows import at, bar, flow, future, index, nav, probability, snapshot, total

Con = duckdb.DuckDBPyConnection


def _available(con: Con, view: str) -> list[datetime]:
    return [
        row[0] for row in con.execute(f"select available_at from stg.{view} order by 1").fetchall()
    ]


def test_a_bar_is_public_when_it_is_finished(con: Con, insert: Insert) -> None:
    insert(
        con,
        "spot_bar",
        [
            bar(at("2025-08-07 16:00"), 3838.0),
            bar(at("2025-08-07 00:00"), 3838.0, bar_interval="1d"),
        ],
    )
    assert _available(con, "spot_bar") == [at("2025-08-07 17:00"), at("2025-08-08 00:00")]
    rows = con.execute("select distinct asset, quote from stg.spot_bar").fetchall()
    assert rows == [("ETH", "USD")]


def test_a_flow_is_public_the_morning_after(con: Con, insert: Insert) -> None:
    insert(con, "etf_flow", [flow("2025-08-08", "ETHA", 254.7)])
    insert(con, "etf_flow_total", [total("2025-08-08", 461.0)])
    assert (
        _available(con, "etf_flow") == _available(con, "etf_flow_total") == [at("2025-08-09 05:00")]
    )


def test_stamps_do_not_depend_on_the_readers_time_zone(con: Con, insert: Insert) -> None:
    insert(con, "etf_flow", [flow("2025-08-08", "ETHA", 254.7)])
    insert(con, "spot_bar", [bar(at("2025-11-01 12:00"), 1.0, bar_interval="1d")])
    # New York leaves summer time on 2 November 2025: a day of its own clock would have 25 hours.
    con.execute("set timezone = 'America/New_York'")
    assert con.execute("select epoch(available_at) from stg.etf_flow").fetchall() == [
        (at("2025-08-09 05:00").timestamp(),)
    ]
    assert con.execute("select epoch(closed_at) from stg.spot_bar").fetchall() == [
        (at("2025-11-02 12:00").timestamp(),)
    ]
    con.execute("set timezone = 'UTC'")


def test_an_index_is_public_after_the_close_and_a_month_when_it_is_over(
    con: Con, insert: Insert
) -> None:
    # New York closes at 16:00: 21:00 UTC in winter, 20:00 in summer. The Dow traded on Saturday 26
    # October 1929.
    insert(
        con,
        "index_bar",
        [
            index("1929-10-26", 298.97, "^DJI"),
            index("2025-08-07", 6340.0),
            index("2025-01-01", 5980.0, "SHILLER", "1mo"),
        ],
    )
    assert _available(con, "index_bar") == [
        at("1929-10-26 21:00"),
        at("2025-02-01 21:00"),
        at("2025-08-07 21:00"),
    ]


def test_prices_snapshots_and_quotes(con: Con, insert: Insert) -> None:
    insert(
        con,
        "futures_price",
        [
            future("METQ5", "2025-08-08 21:00", 4082.5),
            future("METQ5", "2025-08-08 20:00", 4080.0, "settlement"),
        ],
    )
    insert(
        con,
        "coin_snapshot",
        [snapshot("2025-08-08"), snapshot("2025-08-09", coin="never-heard-of")],
    )
    insert(con, "fed_probability", [probability("2025-08-08", 400, 0.884)])
    assert _available(con, "futures_price") == [at("2025-08-08 21:00"), at("2025-08-08 22:00")]
    assert _available(con, "coin_snapshot") == [at("2025-08-08 01:00"), at("2025-08-09 01:00")]
    assert _available(con, "fed_probability") == [at("2025-08-09 06:00")]
    assert con.execute("select class from stg.coin_snapshot order by snapshot_at").fetchall() == [
        ("bitcoin",),
        (None,),
    ]
    assert con.execute(
        "select distinct asset, contract_size_coin from stg.futures_price"
    ).fetchall() == [("ETH", pytest.approx(0.1))]


def test_a_quoted_count_of_shares_is_public_that_day_and_a_dated_one_when_it_was_stored(
    con: Con, insert: Insert
) -> None:
    count = {"ticker": "IBIT", "observed_on": date(2025, 8, 8), "shares_outstanding": 1_250_000_000}
    insert(
        con,
        "etf_shares",
        [{**count, "kind": kind} for kind in ("history", "quote")],
        recorded_at=at("2025-09-01 00:00"),
    )
    assert con.execute(
        "select kind, asset, available_at from stg.etf_shares order by 1"
    ).fetchall() == [
        ("history", "BTC", at("2025-09-01 00:00")),
        ("quote", "BTC", at("2025-08-09 00:00")),
    ]


def test_an_issuers_day_is_public_the_morning_after(con: Con, insert: Insert) -> None:
    insert(con, "etf_nav", [nav("2025-08-08", "IBIT", 1.2e9, 66.2)])
    assert con.execute("select asset, issuer, available_at from stg.etf_nav").fetchall() == [
        ("BTC", "BlackRock", at("2025-08-09 06:00"))
    ]


def test_superseded_versions_are_not_shown(con: Con, insert: Insert) -> None:
    figure = {
        "figure": "plan_assets",
        "as_of": date(2025, 3, 31),
        "unit": "usd",
        "publisher": "P",
        "source": "S",
    }
    insert(
        con,
        "reference_figure",
        [{**figure, "value": 12.1e12}],
        recorded_at=datetime(2025, 8, 1, tzinfo=UTC),
    )
    con.execute("update raw.reference_figure set superseded_at = '2025-08-02 00:00:00+00'")
    insert(
        con,
        "reference_figure",
        [{**figure, "value": 12.2e12}],
        recorded_at=datetime(2025, 8, 2, tzinfo=UTC),
    )
    assert con.execute("select value from stg.reference_figure").fetchall() == [(12.2e12,)]
