"""Spot marts: log returns, days, venues together, ether in bitcoin."""

from datetime import date, timedelta
from math import log

import duckdb
import pytest

from tests.conftest import Insert
from tests.support.rows import at, bar, marts

Con = duckdb.DuckDBPyConnection
MIDNIGHT = at("2025-08-07 00:00")
HOUR = timedelta(hours=1)


def test_a_return_over_a_missing_hour_is_null(con: Con, insert: Insert) -> None:
    insert(
        con,
        "spot_bar",
        [bar(MIDNIGHT, 100.0), bar(MIDNIGHT + HOUR, 110.0), bar(MIDNIGHT + 3 * HOUR, 121.0)],
    )
    rows = marts(
        con,
        "select opened_at, closed_at, volume_quote, log_return from mart.spot_hourly order by "
        "opened_at",
    )
    assert [row["opened_at"] - MIDNIGHT for row in rows] == [0 * HOUR, HOUR, 3 * HOUR]
    assert rows[0]["closed_at"] == MIDNIGHT + HOUR
    assert [row["log_return"] for row in rows] == [None, pytest.approx(log(1.1)), None]
    assert rows[1]["volume_quote"] == 110.0  # 1 coin at 110


def test_returns_do_not_run_from_one_market_into_another(con: Con, insert: Insert) -> None:
    insert(
        con,
        "spot_bar",
        [
            bar(MIDNIGHT, 100.0),
            bar(MIDNIGHT + HOUR, 110.0, venue="Binance"),
            bar(MIDNIGHT + HOUR, 9.0, asset="BTC"),
        ],
    )
    assert marts(con, "select 1 from mart.spot_hourly where log_return is not null") == []


def test_bars_longer_than_an_hour_do_not_enter(con: Con, insert: Insert) -> None:
    insert(con, "spot_bar", [bar(MIDNIGHT, 100.0), bar(MIDNIGHT, 105.0, bar_interval="1d")])
    assert marts(con, "select close from mart.spot_hourly") == [{"close": 100.0}]


def test_an_hour_that_shorter_bars_cover_is_made_of_them(con: Con, insert: Insert) -> None:
    minute = timedelta(minutes=1)
    # The minute m of the first hour trades between 100 + m - 1 and 100 + m + 2; the second lacks
    # its last minute.
    minutes = [
        bar(
            MIDNIGHT + m * minute,
            100.0 + m,
            high=102.0 + m,
            low=99.0 + m,
            bar_interval="1m",
            volume_base=2.0,
        )
        for m in range(119)
    ]
    insert(con, "spot_bar", minutes)
    assert marts(
        con, "select * exclude (venue, symbol, asset, quote, log_return) from mart.spot_hourly"
    ) == [
        {
            "opened_at": MIDNIGHT,
            "closed_at": MIDNIGHT + HOUR,
            "open": 100.0,
            "high": 161.0,
            "low": 99.0,
            "close": 159.0,
            "volume_base": 120.0,
            "volume_quote": 15540.0,  # 2 * (100 + 101 + ... + 159) = 2 * 60 * 129.5
        }
    ]


def test_the_venues_own_hour_comes_first_and_then_the_shortest_bars(
    con: Con, insert: Insert
) -> None:
    halves = [bar(MIDNIGHT + n * HOUR / 2, 200.0 + n, bar_interval="30m") for n in range(6)]
    quarters = [bar(MIDNIGHT + n * HOUR / 4, 300.0 + n, bar_interval="15m") for n in range(4, 8)]
    insert(con, "spot_bar", [bar(MIDNIGHT, 100.0), *halves, *quarters])
    # Hour 0 is stored; hour 1 is quarters 4 to 7; hour 2 is halves 4 and 5.
    rows = marts(con, "select close, log_return from mart.spot_hourly order by opened_at")
    assert [row["close"] for row in rows] == [100.0, 307.0, 205.0]
    assert [row["log_return"] for row in rows] == [
        None,
        pytest.approx(log(3.07)),
        pytest.approx(log(205 / 307)),
    ]


def test_a_day_is_complete_with_24_bars_and_not_with_23(con: Con, insert: Insert) -> None:
    # The hour h of 7 August trades between 100 + h - 1 and 100 + h + 2; the last hour of 8 August
    # is missing.
    day = [
        bar(MIDNIGHT + h * HOUR, 100.0 + h, high=102.0 + h, low=99.0 + h, volume_base=2.0)
        for h in range(24)
    ]
    next_day = [bar(MIDNIGHT + h * HOUR, 200.0) for h in range(24, 47)]
    insert(con, "spot_bar", day + next_day)
    first, second = marts(
        con, "select * exclude (venue, symbol, asset, quote) from mart.spot_daily order by day"
    )
    assert first == {
        "day": date(2025, 8, 7),
        "open": 100.0,
        "high": 125.0,
        "low": 99.0,
        "close": 123.0,
        "volume_base": 48.0,
        "volume_quote": 5352.0,  # 2 * (100 + 101 + ... + 123) = 2 * 24 * 111.5
        "bars": 24,
        "is_complete": True,
    }
    assert (second["day"], second["bars"], second["is_complete"]) == (date(2025, 8, 8), 23, False)


def test_consensus_is_the_median_of_the_venues_and_states_their_spread(
    con: Con, insert: Insert
) -> None:
    insert(
        con,
        "spot_bar",
        [
            bar(MIDNIGHT, 101.0),
            bar(MIDNIGHT, 99.0, venue="Binance"),
            bar(MIDNIGHT + HOUR, 102.0),
            bar(MIDNIGHT, 0.03, symbol="ETH/BTC"),  # a cross rate: no dollar price
        ],
    )
    both, alone = marts(
        con, "select close, venues, spread_bps from mart.spot_consensus order by opened_at"
    )
    assert both == {"close": 100.0, "venues": 2, "spread_bps": pytest.approx(2 / 99 * 10_000)}
    assert alone == {"close": 102.0, "venues": 1, "spread_bps": 0.0}


def test_ether_in_bitcoin_needs_both_markets_in_both_hours(con: Con, insert: Insert) -> None:
    ether = [
        bar(MIDNIGHT + h * HOUR, price, volume_base=7.0)
        for h, price in enumerate([4000.0, 4200.0, 4300.0, 4400.0])
    ]
    # Bitcoin's third hour is missing.
    bitcoin = [bar(MIDNIGHT + h * HOUR, 100_000.0, asset="BTC", volume_base=3.0) for h in (0, 1, 3)]
    insert(con, "spot_bar", ether + bitcoin)
    rows = marts(
        con,
        "select ratio, log_return, volume_base_eth, volume_base_btc from mart.eth_btc order by "
        "opened_at",
    )
    assert [row["ratio"] for row in rows] == pytest.approx([0.040, 0.042, 0.044])
    assert [row["log_return"] for row in rows] == [None, pytest.approx(log(1.05)), None]
    assert (rows[0]["volume_base_eth"], rows[0]["volume_base_btc"]) == (7.0, 3.0)
