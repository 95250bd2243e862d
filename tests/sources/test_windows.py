"""Sources asked for stretches of their series: what they ask, what they say cannot be had."""

from datetime import UTC, date, datetime

from marketwake.base.series import Series, Window
from marketwake.base.settings import Settings
from marketwake.sources.coingecko.source import CoinGecko
from marketwake.sources.farside.source import Farside
from marketwake.sources.source import Request
from marketwake.sources.yahoo.source import Yahoo

NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)


def _day(month: int, day: int, year: int = 2025) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def _series(dataset: str, symbol: str) -> Series:
    return Series(
        dataset,
        {"etf_flow": "Farside", "coin_snapshot": "CoinGecko"}.get(dataset, "Yahoo"),
        symbol,
        "1d",
    )


def test_yahoo_gives_all_holes_of_a_series_in_one_answer() -> None:
    yahoo = Yahoo(Settings(), lambda: NOW, {})
    windows = [
        Window(_series("futures_price", "METQ5"), _day(8, 5), _day(8, 6)),
        Window(_series("etf_bar", "IBIT"), _day(7, 1), _day(7, 1)),
        Window(_series("futures_price", "METQ5"), _day(7, 7), _day(7, 8)),
        Window(_series("fed_funds_price", "ZQU5"), _day(7, 1), _day(7, 2)),
    ]
    assert yahoo.ask(windows) == [
        Request("futures_price", "METQ25.CME 1d 2025-07-07..2025-08-06"),
        Request("etf_bar", "IBIT 1d 2025-07-01..2025-07-01"),
        Request("fed_funds_price", "ZQU25.CBT 1d 2025-07-01..2025-07-02"),
    ]
    assert yahoo.ask([]) == []


def test_yahoo_has_no_contract_that_expired_more_than_a_week_ago() -> None:
    # July 2025 expired on Friday the 25th: 28 days before.
    yahoo = Yahoo(Settings(), lambda: NOW, {})
    assert yahoo.reach(_series("futures_price", "METN5")).first is None
    assert "vanish there after their expiry" in yahoo.reach(_series("futures_price", "METN5")).why
    assert yahoo.reach(_series("fed_funds_price", "ZQN5")).first is None
    assert yahoo.reach(_series("futures_price", "METQ5")).first is not None
    # iShares' fund launched on 2024-01-11, the index of Yahoo begins on 1927-12-30.
    assert yahoo.reach(_series("etf_bar", "IBIT")).first == _day(1, 11, 2024)
    assert yahoo.reach(_series("index_bar", "^GSPC")).first == _day(12, 30, 1927)
    assert yahoo.reach(_series("index_bar", "SHILLER")).first is None


def test_coingecko_gives_a_year_of_a_coin_and_never_less_than_a_day() -> None:
    coins = CoinGecko(Settings(), lambda: NOW, {}, tickers={"bitcoin": "BTC", "ethereum": "ETH"})
    windows = [
        Window(_series("coin_snapshot", "bitcoin"), _day(8, 6), _day(8, 8)),
        Window(_series("coin_snapshot", "ethereum"), _day(8, 6), _day(8, 6)),
        Window(_series("coin_snapshot", "bitcoin"), _day(8, 1), _day(8, 1)),
    ]
    assert coins.ask(windows) == [
        Request("coin_snapshot", "market_chart of bitcoin (BTC), daily 2025-08-01 to 2025-08-08"),
        # A span of less than a day comes back empty.
        Request("coin_snapshot", "market_chart of ethereum (ETH), daily 2025-08-05 to 2025-08-06"),
    ]
    # 364 days before 2025-08-22.
    assert coins.reach(_series("coin_snapshot", "bitcoin")).first == _day(8, 23, 2024)
    assert coins.reach(_series("coin_snapshot", "nocoin")).first is None
    assert (
        coins.pace_seconds,
        CoinGecko(Settings(coingecko_api_key="k"), lambda: NOW, {}).pace_seconds,
    ) == (12.0, 2.1)


def test_farside_is_asked_for_the_asset_and_the_recent_page_has_the_last_word() -> None:
    farside = Farside(Settings(history_from=date(2024, 1, 11)))
    windows = [
        Window(_series("etf_flow", f"ETH {ticker}"), _day(8, 5), _day(8, 5))
        for ticker in ("ETHA", "FETH")
    ]
    assert farside.ask(windows) == [
        Request("farside", "/ethereum-etf-flow-all-data/"),
        Request("farside", "/eth/"),
    ]
    assert farside.reach(_series("etf_flow", "ETH ETHA")).first is not None
