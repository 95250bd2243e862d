"""What requests ask for, and that loading records it the same way whatever becomes of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from marketwake.base.errors import SourceUnavailableError
from marketwake.base.series import Series, Window
from marketwake.base.settings import Settings
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import Landing
from marketwake.runs import load as batches
from marketwake.sources.farside.source import Farside
from marketwake.sources.registry import PARSERS
from marketwake.sources.source import Request
from marketwake.sources.spot.client import Spot
from marketwake.sources.windows import WINDOWS_ASKED
from marketwake.sources.yahoo.source import Yahoo
from marketwake.warehouse.ddl import create_tables
from tests.support.rows import at

NOW = at("2025-08-22 06:15")


@pytest.fixture
def raw() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_tables(con, "raw")
        create_tables(con, "ops")
        yield con


def _asked(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute(
        "select symbol, first_at, last_at, requested_at, status, error from ops.request order by "
        "all"
    ).fetchall()


def test_every_live_source_tells_its_spans_and_files_do_not() -> None:
    assert set(PARSERS) - set(WINDOWS_ASKED) == {"sample", "archive", "inbox"}


@pytest.mark.parametrize(
    ("source", "request_", "series", "first", "last"),
    [
        (
            "spot-binance",
            Request("spot_bar", "Binance ETH/USDT 1h 2025-08-01T00:00Z..2025-08-13T11:00Z"),
            Series("spot_bar", "Binance", "ETH/USDT", "1h"),
            "2025-08-01 00:00",
            "2025-08-13 11:00",
        ),
        (
            "yahoo",
            Request("futures_price", "METQ25.CME 1d 2025-07-01..2025-08-22"),
            Series("futures_price", "Yahoo", "METQ5", "1d"),
            "2025-07-01 00:00",
            "2025-08-22 00:00",
        ),
        (
            "yahoo",
            Request("index_bar", "^GSPC 1d 2025-07-01..2025-08-22"),
            Series("index_bar", "Yahoo", "^GSPC", "1d"),
            "2025-07-01 00:00",
            "2025-08-22 00:00",
        ),
        (
            "coingecko",
            Request(
                "coin_snapshot", "market_chart of ripple (XRP), daily 2025-08-01 to 2025-08-22"
            ),
            Series("coin_snapshot", "CoinGecko", "ripple", "1d"),
            "2025-08-01 00:00",
            "2025-08-22 00:00",
        ),
    ],
)
def test_a_request_names_its_series_and_window(
    source: str, request_: Request, series: Series, first: str, last: str
) -> None:
    assert WINDOWS_ASKED[source](request_, NOW, {}) == [Window(series, at(first), at(last))]


@pytest.mark.parametrize("dataset", ["coin_rank", "coin_snapshot"])
def test_a_list_of_coins_asks_for_no_series(dataset: str) -> None:
    assert (
        WINDOWS_ASKED["coingecko"](
            Request(dataset, "coins/markets, page 1 of the 50 largest by market value"), NOW, {}
        )
        == []
    )


def test_a_page_of_all_history_covers_every_fund_since_its_launch() -> None:
    windows = WINDOWS_ASKED["farside"](Request("farside", "/bitcoin-etf-flow-all-data/"), NOW, {})
    first = {window.series.symbol: window.first for window in windows}
    # Ten funds opened on 2024-01-11, the Mini Trust on 2024-07-31; MSBT came in 2026.
    assert len(first) == 11
    assert first["BTC IBIT"] == at("2024-01-11 00:00")
    assert first["BTC BTC"] == at("2024-07-31 00:00")
    assert {window.last for window in windows} == {at("2025-08-22 00:00")}


def test_a_recent_page_covers_what_it_holds() -> None:
    frames = {"etf_flow": pl.DataFrame({"session": ["2025-08-05", "2025-08-04"]})}
    page = Request("farside", "/eth/")
    assert {window.first for window in WINDOWS_ASKED["farside"](page, NOW, frames)} == {
        at("2025-08-04 00:00")
    }
    # A page that did not come: ten days.
    assert {window.first for window in WINDOWS_ASKED["farside"](page, NOW, {})} == {
        at("2025-08-12 00:00")
    }


def test_every_request_of_a_first_night_has_spans() -> None:
    settings = Settings()
    for source in (
        Farside(settings),
        Yahoo(settings, lambda: NOW, {}),
        Spot("Coinbase", settings, lambda: NOW, {}),
    ):
        for request in source.requests():
            # Counts of shares, and lists of markets, are promised for no day.
            assert bool(WINDOWS_ASKED[source.name](request, NOW, {})) == (
                request.dataset not in {"etf_shares", "spot_listing"}
            ), request


def test_loading_records_what_was_asked_for_and_what_came_of_it(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    good, bad, lost = (
        Request("spot_bar", f"Coinbase ETH/USD 1h 2025-08-0{day}T00:00Z..2025-08-0{day}T23:00Z")
        for day in (1, 2, 3)
    )
    for request, body in (
        (good, b"[]"),
        (bad, b"<html>"),
        (Request("spot_bar", "by another version"), b"[]"),
    ):
        receipt = landing.put("spot-coinbase", request, body, NOW, "run")
        assert receipt
        batches.load(raw, receipt, body)
    failed = Receipt("run-failed", "run", "spot-coinbase", "spot_bar", lost.what, "", NOW, NOW)
    batches.record_failed_fetch(raw, failed, SourceUnavailableError("503", "Ask again."))
    # A source that could not even tell its requests asked for none.
    batches.record_failed_fetch(
        raw,
        Receipt("all", "run", "yahoo", "*", "yahoo", "", NOW, NOW),
        SourceUnavailableError("no", "Wait."),
    )
    asked = _asked(raw)
    assert [(row[1], row[2], row[3], row[4]) for row in asked] == [
        (at(f"2025-08-0{day} 00:00"), at(f"2025-08-0{day} 23:00"), NOW, status)
        for day, status in ((1, "loaded"), (2, "refused"), (3, "fetch_failed"))
    ]
    assert asked[2][5] == "503"


def test_failed_fetches_that_were_carried_over_are_known_again(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    lost = Request("spot_bar", "Coinbase ETH/USD 1h 2025-08-01T00:00Z..2025-08-01T23:00Z")
    failed = Receipt("run-failed", "run", "spot-coinbase", lost.dataset, lost.what, "", NOW, NOW)
    batches.record_failed_fetch(raw, failed, SourceUnavailableError("503", "Ask again."))
    before = _asked(raw)
    raw.execute("delete from ops.request")
    batches.record_failed_again(raw)
    assert _asked(raw) == before
    batches.record_failed_again(raw)
    assert _asked(raw) == before


def test_files_ask_for_nothing_in_particular(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    body = b"asset,ticker,session,net_flow_usd\nETH,ETHA,2025-08-08,254700000\n"
    receipt = Landing(tmp_path).put(
        "sample", Request("etf_flow", "etf_flow.csv"), body, datetime(2025, 9, 1, tzinfo=UTC), "run"
    )
    assert receipt
    assert batches.load(raw, receipt, body).new == 1
    assert _asked(raw) == []
