"""What passes the gate of the raw tables, and what it says of a row that does not."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.series import SECONDS
from marketwake.warehouse.contracts import Validated, read_contracts
from marketwake.warehouse.gate import rules

# A Wednesday.
ASKED_AT = datetime(2026, 1, 7, 12, tzinfo=UTC)
SOUND: dict[str, dict[str, Any]] = {
    "coin_rank": {
        "vendor": "CoinGecko",
        "ranked_on": "2026-01-07",
        "rank": "1",
        "coin": "bitcoin",
        "symbol": "BTC",
        "market_cap_usd": "1e12",
    },
    "coin_snapshot": {
        "vendor": "CoinGecko",
        "coin": "aave",
        "symbol": "AAVE",
        "snapshot_at": "2026-01-07T00:00:00Z",
        "price_usd": "170",
        "market_cap_usd": None,
        "volume_24h_usd": None,
    },
    "etf_bar": {
        "ticker": "IBIT",
        "session": "2026-01-06",
        "close_usd": "53",
        "volume_shares": "100",
    },
    "etf_flow": {
        "asset": "BTC",
        "ticker": "IBIT",
        "session": "2026-01-06",
        "net_flow_usd": "1000000",
    },
    "etf_flow_total": {"asset": "BTC", "session": "2026-01-06", "net_flow_usd": "1000000"},
    "etf_nav": {
        "ticker": "IBIT",
        "dated_on": "2026-01-06",
        "shares_outstanding": "1435600000",
        "nav_usd": "53.1",
        "net_assets_usd": None,
    },
    "etf_shares": {
        "ticker": "IBIT",
        "kind": "quote",
        "observed_on": "2026-01-07",
        "shares_outstanding": "1000",
    },
    "fed_funds_price": {
        "contract": "ZQF6",
        "session": "2026-01-06",
        "price": "96.3",
        "volume_contracts": "5",
    },
    "fed_probability": {
        "meeting": "2026-01-28",
        "quoted_on": "2026-01-06",
        "lower_bps": "350",
        "upper_bps": "375",
        "probability": "0.9",
    },
    "futures_price": {
        "vendor": "CME",
        "root": "BTC",
        "contract": "BTCF6",
        "price_kind": "settlement",
        "day": "2026-01-06",
        "observed_at": "2026-01-06T21:00:00Z",
        "price_usd": "91000",
        "volume_contracts": None,
        "open_interest_contracts": None,
    },
    "index_bar": {
        "symbol": "^GSPC",
        "bar_interval": "1d",
        "session": "2026-01-06",
        "close": "6900",
    },
    "reference_figure": {
        "figure": "plan_assets_401k",
        "as_of": "2026-01-06",
        "value": "1",
        "unit": "USD",
        "publisher": "ICI",
        "source": "a table",
    },
    "spot_bar": {
        "venue": "Kraken",
        "symbol": "BTC/USD",
        "bar_interval": "1h",
        "opened_at": "2026-01-07T11:00:00Z",
        "open": "1",
        "high": "1",
        "low": "1",
        "close": "1",
        "volume_base": "1",
    },
    "spot_listing": {
        "venue": "Kraken",
        "symbol": "BTC/USD",
        "seen_on": "2026-01-07",
        "is_trading": "true",
    },
}
"""A row of each raw table that passes."""


def through(
    table: str, cells: Mapping[str, str] = MappingProxyType({}), asked_at: datetime = ASKED_AT
) -> Validated:
    """The gate's word on the sound row of a table with some cells changed."""
    contract = read_contracts("raw")[table]
    row = pl.DataFrame([SOUND[table] | dict(cells)], schema=dict.fromkeys(SOUND[table], pl.String))
    return contract.validate(row, rules(contract, asked_at))


def test_a_sound_row_of_every_raw_table_passes() -> None:
    assert set(SOUND) == set(read_contracts("raw"))
    assert {table: through(table).rejected.rows() for table in SOUND} == {
        table: [] for table in SOUND
    }


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("coin_rank", "ranked_on"),
        ("coin_snapshot", "snapshot_at"),
        ("etf_bar", "session"),
        ("etf_flow", "session"),
        ("etf_flow_total", "session"),
        ("etf_nav", "dated_on"),
        ("etf_shares", "observed_on"),
        ("fed_funds_price", "session"),
        ("fed_probability", "quoted_on"),
        ("futures_price", "day"),
        ("futures_price", "observed_at"),
        ("index_bar", "session"),
        ("reference_figure", "as_of"),
        ("spot_bar", "opened_at"),
        ("spot_listing", "seen_on"),
    ],
)
@pytest.mark.parametrize("day", ["2026-01-09", "2027-08-06", "9999-12-31"])
def test_nothing_is_known_of_a_day_to_come(table: str, column: str, day: str) -> None:
    cell = day if column not in {"opened_at", "snapshot_at", "observed_at"} else f"{day}T00:00:00Z"
    validated = through(table, {column: cell})
    assert validated.accepted.is_empty()
    assert f"{column}: {day}" in validated.rejected["reason"][0]
    assert "the asking" in validated.rejected["reason"][0]


@pytest.mark.parametrize(
    ("asked_at", "kind", "day", "passes"),
    [
        # Thursday's session of CME opens on Wednesday at 17:00 Chicago, 23:00 UTC in winter; before
        # that, from 16:00 on, it is the next one.
        ("2026-01-07T21:59:00Z", "continuous", "2026-01-08", False),
        ("2026-01-07T22:30:00Z", "continuous", "2026-01-08", True),
        ("2026-01-07T23:30:00Z", "continuous", "2026-01-09", False),
        # On Saturday the next one is Monday's.
        ("2026-01-10T12:00:00Z", "settlement", "2026-01-12", True),
        ("2026-01-10T12:00:00Z", "settlement", "2026-01-13", False),
        # A last trade is of its UTC day, a Sunday's too.
        ("2026-01-11T23:30:00Z", "last_trade", "2026-01-11", True),
        ("2026-01-11T23:30:00Z", "last_trade", "2026-01-12", False),
    ],
)
def test_a_session_is_at_most_the_next_one_and_a_last_trade_is_of_its_day(
    asked_at: str, kind: str, day: str, *, passes: bool
) -> None:
    asked = datetime.fromisoformat(asked_at)
    seen = f"{asked - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    validated = through(
        "futures_price", {"price_kind": kind, "day": day, "observed_at": seen}, asked
    )
    assert validated.rejected.is_empty() == passes


@pytest.mark.parametrize(
    ("interval", "opened_at", "reason"),
    [
        ("1d", "2026-01-05T16:00:00Z", "opened_at: no 1d bar opens at 2026-01-05 16:00:00 UTC"),
        ("4h", "2026-01-05T02:00:00Z", "opened_at: no 4h bar opens at 2026-01-05 02:00:00 UTC"),
        ("5m", "2026-01-05T02:01:00Z", "opened_at: no 5m bar opens at 2026-01-05 02:01:00 UTC"),
        ("1h", "2026-01-05T02:00:00.500Z", "opened_at: no 1h bar opens at 2026-01-05 02:00:00 UTC"),
        (
            "1d",
            "2026-01-07T00:00:00Z",
            "opened_at: the 1d bar of 2026-01-07 00:00:00 UTC was not finished at the asking "
            "(2026-01-07 12:00 UTC)",
        ),
    ],
)
def test_a_bar_stands_on_the_grid_of_its_length_and_is_finished(
    interval: str, opened_at: str, reason: str
) -> None:
    validated = through("spot_bar", {"bar_interval": interval, "opened_at": opened_at})
    assert validated.rejected["reason"].to_list() == [reason]


@given(interval=st.sampled_from(sorted(SECONDS)), number=st.integers(1, 10**9))
def test_a_bar_passes_from_the_instant_of_its_end_on(interval: str, number: int) -> None:
    step = SECONDS[interval]
    # From Bitcoin's first block on.
    first = -(-datetime(2009, 1, 3, tzinfo=UTC).timestamp() // step)
    opened = datetime.fromtimestamp((first + number % (500_000_000 // step)) * step, UTC)
    cells = {"bar_interval": interval, "opened_at": f"{opened:%Y-%m-%dT%H:%M:%SZ}"}
    end = opened + timedelta(seconds=step)
    assert through("spot_bar", cells, end).rejected.is_empty()
    early = through("spot_bar", cells, end - timedelta(microseconds=1))
    assert "was not finished" in early.rejected["reason"][0]


@pytest.mark.parametrize(
    ("table", "cells", "reason"),
    [
        (
            "coin_snapshot",
            {"snapshot_at": "2026-01-06T00:00:01Z"},
            "snapshot_at: 2026-01-06 00:00:01 UTC is no midnight",
        ),
        (
            "index_bar",
            {"symbol": "SHILLER", "bar_interval": "1mo", "session": "2025-12-02"},
            "session: 2025-12-02 is not the first of a month",
        ),
        # Saturday; Martin Luther King's day of 2025.
        (
            "etf_flow",
            {"session": "2026-01-03"},
            "session: 2026-01-03 is no session of the New York Stock Exchange",
        ),
        (
            "etf_flow_total",
            {"session": "2025-01-20"},
            "session: 2025-01-20 is no session of the New York Stock Exchange",
        ),
        (
            "etf_bar",
            {"session": "2025-01-20"},
            "session: 2025-01-20 is no session of the New York Stock Exchange",
        ),
        (
            "spot_bar",
            {"venue": "OKX"},
            "venue: 'OKX' is none of Coinbase, Binance, Kraken, Bitstamp",
        ),
        (
            "spot_bar",
            {"venue": "binance"},
            "venue: 'binance' is none of Coinbase, Binance, Kraken, Bitstamp",
        ),
        (
            "spot_listing",
            {"venue": "OKX"},
            "venue: 'OKX' is none of Coinbase, Binance, Kraken, Bitstamp",
        ),
        ("futures_price", {"root": "XRP"}, "root: 'XRP' is none of BTC, ETH, MBT, MET"),
        ("index_bar", {"symbol": "^FTSE"}, "symbol: '^FTSE' is none of ^GSPC, ^DJI, SHILLER"),
        ("spot_bar", {"symbol": "BTCUSDT"}, "symbol: 'BTCUSDT' is no market like BTC/USD"),
        ("spot_bar", {"symbol": "btc/usd"}, "symbol: 'btc/usd' is no market like BTC/USD"),
        (
            "spot_bar",
            {"symbol": "BTC/USDT:USDT"},
            "symbol: 'BTC/USDT:USDT' is no market like BTC/USD",
        ),
    ],
)
def test_what_no_table_can_place_is_told(table: str, cells: dict[str, str], reason: str) -> None:
    assert through(table, cells).rejected["reason"].to_list() == [reason]


def test_chinese_names_and_odd_days_of_an_index_pass() -> None:
    assert through("spot_bar", {"symbol": "币安人生/USDT"}).rejected.is_empty()
    # A Saturday on which it traded; of later ones a check warns.
    assert through("index_bar", {"session": "1952-05-17"}).rejected.is_empty()
