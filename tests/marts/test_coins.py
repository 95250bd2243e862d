"""The panel of coins: who belongs to it, which markets are theirs, and daily bars that stay when a
coin or a market has gone.
"""

import re
from datetime import date, timedelta
from math import log
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Insert
from tests.support.rows import Row, at, bar, listing, marts, ranked, snapshot

Con = duckdb.DuckDBPyConnection


def daily(day: str, close: float, asset: str, *, venue: str = "Coinbase", **other: object) -> Row:
    """A daily bar that traded at one price only."""
    return bar(at(day), close, asset=asset, venue=venue, bar_interval="1d", **other)


def test_lists_are_public_by_the_end_of_the_day_of_asking(con: Con, insert: Insert) -> None:
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-08", 1, "bitcoin", "BTC"), ranked("2025-08-08", 2, "new-coin", "NEW")],
    )
    insert(con, "spot_listing", [listing("2025-08-08", "BTC/USD")])
    for view in ("coin_rank", "spot_listing"):
        assert con.execute(f"select distinct available_at from stg.{view}").fetchall() == [
            (at("2025-08-09 00:00"),)
        ]
    assert con.execute("select coin, class from stg.coin_rank order by rank").fetchall() == [
        ("bitcoin", "bitcoin"),
        ("new-coin", None),
    ]
    assert con.execute("select asset, quote from stg.spot_listing").fetchall() == [("BTC", "USD")]


def test_a_coin_that_left_the_list_stays_in_the_universe_with_its_days(
    con: Con, insert: Insert
) -> None:
    days = [
        ranked("2025-08-07", 1, "bitcoin", "BTC"),
        ranked("2025-08-07", 2, "cardano", "ADA"),
        ranked("2025-08-07", 3, "stellar", "XLM"),
        ranked("2025-08-08", 1, "bitcoin", "BTC"),
        ranked("2025-08-08", 2, "stellar", "XLM"),
        ranked("2025-08-08", 3, "cardano", "ADA"),
        ranked("2025-08-09", 1, "bitcoin", "BTC"),
        ranked("2025-08-09", 2, "stellar", "XLM"),
    ]
    insert(con, "coin_rank", days)
    query = (
        "select coin, symbol, class, first_ranked_on, last_ranked_on, best_rank, last_rank from "
        "stg.coin_universe order by coin"
    )
    first, second, third = (date(2025, 8, day) for day in (7, 8, 9))
    assert con.execute(query).fetchall() == [
        ("bitcoin", "BTC", "bitcoin", first, third, 1, 1),
        # Second, then third, then gone.
        ("cardano", "ADA", "altcoin", first, second, 2, 3),
        ("stellar", "XLM", "altcoin", first, third, 2, 2),
    ]


def _owners(con: Con) -> list[tuple[object, ...]]:
    return con.execute(
        "select symbol, coin, is_current from stg.coin_ticker order by symbol"
    ).fetchall()


def test_a_shared_ticker_belongs_to_who_bore_it_on_the_newest_list_and_then_to_the_larger(
    con: Con, insert: Insert
) -> None:
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-07", 3, "old-coin", "XYZ"), ranked("2025-08-07", 4, "ripple", "XRP")],
    )
    insert(con, "coin_rank", [ranked("2025-08-08", 9, "young-coin", "XYZ")])
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-08", 40, "another-xrp", "XRP"), ranked("2025-08-08", 4, "ripple", "XRP")],
    )
    # The old XYZ was third and is not listed any more: the ninth of today is meant. Of two of
    # today, the fourth.
    assert _owners(con) == [("XRP", "ripple", True), ("XYZ", "young-coin", True)]


def test_a_ticker_that_was_given_up_is_the_coins_still_but_not_a_market_to_ask_for(
    con: Con, insert: Insert
) -> None:
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-07", 20, "polygon", "MATIC"), ranked("2025-08-08", 21, "polygon", "POL")],
    )
    insert(
        con, "spot_listing", [listing("2025-08-08", "MATIC/USD"), listing("2025-08-08", "POL/USD")]
    )
    insert(con, "spot_bar", [daily("2025-08-06", 0.2, "MATIC"), daily("2025-08-08", 0.3, "POL")])
    assert _owners(con) == [("MATIC", "polygon", False), ("POL", "polygon", True)]
    assert con.execute("select symbol from stg.coin_market").fetchall() == [("POL/USD",)]
    rows = marts(con, "select symbol, coin from mart.coin_daily order by day")
    assert rows == [
        {"symbol": "MATIC/USD", "coin": "polygon"},
        {"symbol": "POL/USD", "coin": "polygon"},
    ]


def test_markets_to_ask_for_are_those_that_trade_now_in_the_dollar_of_the_venue(
    con: Con, insert: Insert
) -> None:
    coins = [
        ("bitcoin", "BTC"),
        ("ethereum", "ETH"),
        ("cardano", "ADA"),
        ("stellar", "XLM"),
        ("solana", "SOL"),
        ("new-coin", "NEW"),
    ]
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-01", rank, *coin) for rank, coin in enumerate(coins, start=1)],
    )
    insert(
        con,
        "coin_rank",
        [
            ranked("2025-08-08", rank, *coin)
            for rank, coin in enumerate(reversed(coins[:4]), start=1)
        ],
    )
    old = [listing("2025-08-07", f"{asset}/USD") for asset in ("BTC", "XLM", "SOL")]
    halted = listing("2025-08-08", "ADA/USD", is_trading=False)
    other = [listing("2025-08-08", symbol) for symbol in ("BTC/EUR", "ETH/USDT", "DOGE/USD")]
    newest = [listing("2025-08-08", f"{asset}/USD") for asset in ("BTC", "ETH", "SOL")]
    # Binance was last asked a day earlier: its newest list is that one.
    binance = [
        listing("2025-08-07", "NEW/USDT", venue="Binance"),
        listing("2025-08-07", "BTC/USD", venue="Binance"),
    ]
    insert(con, "spot_listing", [*old, halted, *other, *newest, *binance])
    query = (
        "select venue, symbol, coin, class, best_rank, first_ranked_on, last_ranked_on from "
        "stg.coin_market order by venue, symbol"
    )
    first, last = date(2025, 8, 1), date(2025, 8, 8)
    assert con.execute(query).fetchall() == [
        ("Binance", "NEW/USDT", "new-coin", None, 6, first, first),
        # On the second list, in reverse, bitcoin was fourth and ether third: their best ranks are
        # of the first.
        ("Coinbase", "BTC/USD", "bitcoin", "bitcoin", 1, first, last),
        ("Coinbase", "ETH/USD", "ethereum", "ether", 2, first, last),
        # It left the list and is asked for all the same.
        ("Coinbase", "SOL/USD", "solana", "altcoin", 5, first, first),
    ]


@pytest.mark.parametrize(
    ("coin", "symbol"),
    [
        ("usd-coin", "USDC"),
        ("wrapped-bitcoin", "WBTC"),
        ("staked-ether", "STETH"),
        ("figure-heloc", "FIGR_HELOC"),
    ],
)
def test_a_coin_whose_price_is_that_of_something_else_is_no_market_to_ask_for(
    con: Con, insert: Insert, coin: str, symbol: str
) -> None:
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-08", 1, coin, symbol), ranked("2025-08-08", 2, "unheard-of", symbol)],
    )
    insert(con, "spot_listing", [listing("2025-08-08", f"{symbol}/USD")])
    # Nor does the smaller coin of the same ticker get its market.
    assert con.execute("from stg.coin_market").fetchall() == []


def test_a_daily_return_over_a_missing_day_is_null_and_coin_and_market_keep_their_days(
    con: Con, insert: Insert
) -> None:
    # Cardano has left the list, and the venue has delisted it.
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-01", 2, "cardano", "ADA"), ranked("2025-08-09", 1, "bitcoin", "BTC")],
    )
    insert(
        con, "spot_listing", [listing("2025-08-01", "ADA/USD"), listing("2025-08-09", "BTC/USD")]
    )
    closes = {"2025-08-05": 0.50, "2025-08-06": 0.55, "2025-08-08": 0.44}
    insert(
        con,
        "spot_bar",
        [daily(day, close, "ADA", volume_base=1000.0) for day, close in closes.items()],
    )
    rows = marts(
        con,
        "select day, closed_at, symbol, coin, class, close, volume_quote, log_return from "
        "mart.coin_daily order by day",
    )
    assert [(row["day"].day, row["close"], row["volume_quote"]) for row in rows] == [
        (5, 0.50, 500.0),
        (6, 0.55, 550.0),
        (8, 0.44, 440.0),
    ]
    # 0.55 / 0.50 = 1.1; the 7th has no bar.
    assert [row["log_return"] for row in rows] == [None, pytest.approx(log(1.1)), None]
    assert rows[0]["closed_at"] - at("2025-08-05") == timedelta(days=1)
    assert {(row["symbol"], row["coin"], row["class"]) for row in rows} == {
        ("ADA/USD", "cardano", "altcoin")
    }
    assert con.execute("from stg.coin_market where coin = 'cardano'").fetchall() == []


def test_a_day_has_the_snapshot_of_its_end(con: Con, insert: Insert) -> None:
    insert(con, "coin_rank", [ranked("2025-08-08", 1, "bitcoin", "BTC")])
    insert(
        con,
        "spot_bar",
        [daily("2025-08-06", 115_000.0, "BTC"), daily("2025-08-07", 117_500.0, "BTC")],
    )
    figures = {"price_usd": 117_463.47, "market_cap_usd": 2.3377e12}
    insert(
        con,
        "coin_snapshot",
        [
            snapshot("2025-08-08") | figures,
            snapshot("2025-08-08", vendor="Another"),
            snapshot("2025-08-08", "tether"),
        ],
    )
    # Midnight of the 8th ends the 7th.
    assert marts(
        con, "select day, price_usd, market_cap_usd from mart.coin_daily order by day"
    ) == [
        {"day": date(2025, 8, 6), "price_usd": None, "market_cap_usd": None},
        {"day": date(2025, 8, 7), **figures},
    ]


def test_only_daily_bars_in_the_dollar_of_the_venue_of_coins_of_the_universe_enter(
    con: Con, insert: Insert
) -> None:
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-08", 1, "bitcoin", "BTC"), ranked("2025-08-08", 2, "ethereum", "ETH")],
    )
    other = [
        bar(at("2025-08-07"), 1.0, asset="BTC"),
        daily("2025-08-07", 2.0, "ADA"),
        daily("2025-08-07", 0.03, "ETH", symbol="ETH/BTC"),
    ]
    insert(
        con,
        "spot_bar",
        [
            *other,
            daily("2025-08-07", 3.0, "BTC", venue="Binance"),
            daily("2025-08-07", 4.0, "BTC", symbol="BTC/EUR"),
        ],
    )
    assert marts(con, "select venue, symbol, close from mart.coin_daily") == [
        {"venue": "Binance", "symbol": "BTC/USDT", "close": 3.0}
    ]


def test_the_page_on_the_panel_takes_a_coin_from_the_day_after_its_first_list(
    con: Con, insert: Insert
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "coins.md").read_text(encoding="utf-8")
    (query,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-05", 1, "bitcoin", "BTC"), ranked("2025-08-06", 2, "ethereum", "ETH")],
    )
    closes = {"BTC": (100.0, 100.0, 110.0, 99.0), "ETH": (200.0, 200.0, 210.0, 231.0)}
    insert(
        con,
        "spot_bar",
        [
            daily(f"2025-08-0{day}", close, coin)
            for coin, of in closes.items()
            for day, close in enumerate(of, start=4)
        ],
    )
    # Bitcoin rises by a tenth on the 6th. On the 7th it falls by a tenth and ether rises by one: in
    # their middle, the root of 0.99.
    assert marts(con, query) == [
        {"day": date(2025, 8, 6), "coins": 1, "median_percent": 10.0},
        {"day": date(2025, 8, 7), "coins": 2, "median_percent": -0.5},
    ]
