"""Raw rows in few words: each function gives one row with the columns that the contract of its
table asks for.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

from marketwake.coverage import counts as coverage
from marketwake.warehouse.build import run_folder

Row = dict[str, Any]
QUOTE = {"Coinbase": "USD", "Binance": "USDT"}
SAMPLE_BARS = 2 * (387 + 343) * 24
"""Spot bars of the sample: two assets, on Coinbase for 387 days, on Binance for 343."""


def at(text: str) -> datetime:
    """`2025-08-08 21:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def bar(
    opened_at: datetime,
    close: float,
    *,
    asset: str = "ETH",
    venue: str = "Coinbase",
    **other: object,
) -> Row:
    """An hourly bar that traded at one price only; `other` overrides columns."""
    prices = dict.fromkeys(("open", "high", "low", "close"), close)
    symbol = f"{asset}/{QUOTE[venue]}"
    return {
        "venue": venue,
        "symbol": symbol,
        "bar_interval": "1h",
        "opened_at": opened_at,
        **prices,
        "volume_base": 1.0,
        **other,
    }


def bar_closing(
    closed_at: str, close: float, *, asset: str = "ETH", venue: str = "Coinbase"
) -> Row:
    """The hourly bar that is finished at `closed_at`."""
    return bar(at(closed_at) - timedelta(hours=1), close, asset=asset, venue=venue)


def flow(session: str, ticker: str, million_usd: float, asset: str = "ETH") -> Row:
    """A fund's net flow."""
    return {
        "asset": asset,
        "ticker": ticker,
        "session": date.fromisoformat(session),
        "net_flow_usd": million_usd * 1e6,
    }


def nav(dated_on: str, ticker: str, shares: float, nav_usd: float) -> Row:
    """A row of raw.etf_nav, without net assets."""
    return {
        "ticker": ticker,
        "dated_on": date.fromisoformat(dated_on),
        "shares_outstanding": shares,
        "nav_usd": nav_usd,
        "net_assets_usd": None,
    }


def total(session: str, million_usd: float, asset: str = "ETH") -> Row:
    """A published total."""
    return {
        "asset": asset,
        "session": date.fromisoformat(session),
        "net_flow_usd": million_usd * 1e6,
    }


def future(
    contract: str,
    observed_at: str,
    price_usd: float,
    price_kind: str = "last_trade",
    **other: object,
) -> Row:
    """A futures price of the day of `observed_at`, or of the day before where that is midnight."""
    stamp = at(observed_at)
    return {
        "vendor": "Vendor",
        "root": contract[:3],
        "contract": contract,
        "price_kind": price_kind,
        "day": (stamp - timedelta(microseconds=1)).date(),
        "observed_at": stamp,
        "price_usd": price_usd,
        "volume_contracts": None,
        "open_interest_contracts": None,
        **other,
    }


def index(session: str, close: float, symbol: str = "^GSPC", bar_interval: str = "1d") -> Row:
    """An index close."""
    return {
        "symbol": symbol,
        "bar_interval": bar_interval,
        "session": date.fromisoformat(session),
        "close": close,
    }


def snapshot(day: str, coin: str = "bitcoin", vendor: str = "CoinGecko") -> Row:
    """A coin at midnight UTC."""
    return {
        "vendor": vendor,
        "coin": coin,
        "symbol": coin.upper(),
        "snapshot_at": at(day),
        "price_usd": 1.0,
        "market_cap_usd": None,
        "volume_24h_usd": None,
    }


def ranked(ranked_on: str, rank: int, coin: str, symbol: str) -> Row:
    """A coin's place on the list of a day."""
    day = date.fromisoformat(ranked_on)
    return {
        "vendor": "CoinGecko",
        "ranked_on": day,
        "rank": rank,
        "coin": coin,
        "symbol": symbol,
        "market_cap_usd": 1e12 / rank,
    }


def listing(seen_on: str, symbol: str, *, venue: str = "Coinbase", is_trading: bool = True) -> Row:
    """A market that a venue listed on a day."""
    return {
        "venue": venue,
        "symbol": symbol,
        "seen_on": date.fromisoformat(seen_on),
        "is_trading": is_trading,
    }


def probability(quoted_on: str, lower_bps: int, value: float) -> Row:
    """The probability of one target range after the September 2025 meeting."""
    return {
        "meeting": date(2025, 9, 17),
        "quoted_on": date.fromisoformat(quoted_on),
        "lower_bps": lower_bps,
        "upper_bps": lower_bps + 25,
        "probability": value,
    }


def marts(con: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    """Rebuild the marts that a query names and those that they come after, or all where it names
    none, and answer it, rows as dicts.
    """
    names = set(re.findall(r"\bmart\.(\w+)", query))
    if not names or "coverage" in names:
        coverage.keep(con)
    run_folder(con, "marts", names or None)
    rows: list[Row] = con.sql(query).pl().to_dicts()
    return rows
