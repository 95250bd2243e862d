"""What a live run wants, by its settings."""

from datetime import date

from marketwake.base.series import Series
from marketwake.base.settings import Settings
from marketwake.coverage.expected import expected_series
from tests.support.rows import at

NOW = at("2025-08-22 06:15")


def test_the_venues_side_by_side_are_wanted_from_the_first_day_to_the_last_finished_bar() -> None:
    windows = {
        window.series: window
        for window in expected_series(Settings(spot_venues=("Coinbase", "Binance", "Kraken")), NOW)
    }
    bars = {series for series in windows if series.dataset == "spot_bar"}
    assert {(series.venue, series.symbol) for series in bars} == {
        ("Coinbase", "BTC/USD"), ("Coinbase", "ETH/USD"), ("Coinbase", "ETH/BTC"),
        ("Binance", "BTC/USDT"), ("Binance", "ETH/USDT"), ("Binance", "ETH/BTC"),
    }  # fmt: skip
    # At 06:15 the hour that opened at 05:00 is the last that has finished.
    assert {(windows[series].first, windows[series].last) for series in bars} == {
        (at("2025-06-01 00:00"), at("2025-08-22 05:00"))
    }


def test_a_market_is_wanted_from_its_listing_where_that_is_known() -> None:
    settings = Settings(
        spot_venues=("Binance",), spot_side_by_side=1, history_from=date(2017, 1, 1)
    )
    first = {
        window.series.symbol: window.first
        for window in expected_series(settings, NOW)
        if window.series.dataset == "spot_bar"
    }
    assert first == {
        "BTC/USDT": at("2017-08-17 00:00"),
        "ETH/USDT": at("2017-08-17 00:00"),
        "ETH/BTC": at("2017-07-14 00:00"),
    }


def test_flows_are_wanted_of_every_launched_fund_since_its_launch() -> None:
    first = {
        window.series.symbol: window.first
        for window in expected_series(Settings(), NOW)
        if window.series.dataset == "etf_flow"
    }
    assert len(first) == 20
    assert first["BTC IBIT"] == at("2024-01-11 00:00")
    assert first["ETH ETHA"] == at("2024-07-23 00:00")
    assert "ETH ETHB" not in first


def test_days_are_wanted_of_the_funds_whose_issuers_publish_them() -> None:
    first = {
        (window.series.venue, window.series.symbol): window.first
        for window in expected_series(Settings(), NOW)
        if window.series.dataset == "etf_nav"
    }
    assert len(first) == 6
    # The trust is older, and is a listed fund since 2024-01-11.
    assert first["Issuers", "GBTC"] == at("2024-01-11 00:00")
    assert first["Issuers", "BTC"] == at("2024-07-31 00:00")


def test_listed_contracts_are_wanted_until_they_expire() -> None:
    # Three days after the August contracts expired: Friday the 29th, 16:00 London.
    windows = {
        window.series: window for window in expected_series(Settings(), at("2025-09-01 06:15"))
    }
    august, september = (
        windows[Series("futures_price", "Yahoo", f"MET{code}5", "1d")] for code in "QU"
    )
    assert august.last == at("2025-08-29 15:00")
    assert september.last == at("2025-09-01 00:00")
    assert windows[Series("futures_price", "Yahoo", "BTC=F", "1d")].last == at("2025-09-01 00:00")
    assert Series("futures_price", "Yahoo", "METN5", "1d") not in windows


def test_a_fed_funds_contract_is_wanted_until_its_last_business_day() -> None:
    # August 2025 ended on a Sunday: Friday the 29th was its last business day.
    last = {
        window.series.symbol: window.last
        for window in expected_series(Settings(), at("2025-09-01 06:15"))
        if window.series.dataset == "fed_funds_price"
    }
    assert last["ZQQ5"] == at("2025-08-29 00:00")
    assert last["ZQU5"] == at("2025-09-01 00:00")
