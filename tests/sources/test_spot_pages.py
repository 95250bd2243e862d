"""What the spot source would ask for, without asking."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import ceil
from pathlib import Path

import ccxt  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError, SourceError
from marketwake.base.resources import SQL
from marketwake.base.seeds import seed_rows
from marketwake.base.series import INTERVALS, SECONDS, Series, Window
from marketwake.base.settings import Settings
from marketwake.coverage.expected import expected_series
from marketwake.coverage.watermarks import Watermarks
from marketwake.runs.selection import select_sources
from marketwake.sources.source import Request
from marketwake.sources.spot.bars import without_history
from marketwake.sources.spot.client import Spot
from marketwake.sources.spot.venue import Page, Venue
from marketwake.sources.spot.venues import VENUES, serving

AUGUST = datetime(2025, 8, 1, tzinfo=UTC)


@given(
    venue=st.sampled_from(sorted(VENUES)),
    interval=st.sampled_from(sorted(SECONDS)),
    bars=st.integers(0, 5000),
    seconds=st.integers(0, 59),
)
def test_pages_hold_every_finished_bar_once_in_the_fewest_requests(
    venue: str, interval: str, bars: int, seconds: int
) -> None:
    step = timedelta(seconds=SECONDS[interval])
    first = datetime(2025, 8, 1, tzinfo=UTC)
    running = first + bars * step
    into = timedelta(seconds=seconds)
    known = VENUES[venue]
    settings = Settings(spot_symbols=("BTC/USD",), spot_interval=interval)
    source = Spot(venue, settings, lambda: running + into, {known.market("BTC/USD"): first + into})
    if interval in known.candles.lacks:
        with pytest.raises(SourceError, match=f"{venue} has no {interval} bars"):
            source.requests()
        return
    pages = [Page.read(request.what) for request in source.requests()[:-1]]
    served = min(bars, 719) if venue == "Kraken" else bars
    assert len(pages) == ceil(served / known.candles.page_bars)
    assert sum(page.bars for page in pages) == served
    assert all(page.bars <= known.candles.page_bars for page in pages)
    assert all(after.first == before.last + step for before, after in pairwise(pages))
    if pages:
        assert (pages[0].first, pages[-1].last) == (running - served * step, running - step)


@given(
    venue=st.sampled_from(["Coinbase", "Bitstamp", "Binance"]),
    runs=st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 1200)), min_size=1, max_size=8),
)
def test_windows_anywhere_are_covered_by_the_fewest_pages(
    venue: str, runs: list[tuple[int, int]]
) -> None:
    hour = timedelta(hours=1)
    known = VENUES[venue]
    windows = [
        Window(
            Series("spot_bar", venue, "BTC/USD", "1h"),
            AUGUST + first * hour,
            AUGUST + (first + bars - 1) * hour,
        )
        for first, bars in runs
    ]
    wanted = sorted({first + bar for first, bars in runs for bar in range(bars)})
    source = Spot(venue, Settings(), lambda: AUGUST + 6000 * hour, {})
    pages = [Page.read(request.what) for request in source.ask(windows)]
    asked = {(page.first - AUGUST) // hour + bar for page in pages for bar in range(page.bars)}
    assert asked >= set(wanted)
    assert all(page.bars <= known.candles.page_bars for page in pages)
    assert all(before.last < after.first for before, after in pairwise(pages))
    # No two of these bars fit on one page, so that no plan has fewer pages than there are of them.
    apart = [wanted[0]]
    for bar in wanted:
        if bar - apart[-1] >= known.candles.page_bars:
            apart.append(bar)
    assert len(pages) == len(apart)
    # A page begins and ends with a bar that is wanted.
    assert all(
        (stamp - AUGUST) // hour in wanted for page in pages for stamp in (page.first, page.last)
    )


def test_the_history_begins_where_the_settings_say_and_the_request_says_what_it_is() -> None:
    settings = Settings(
        history_from=date(2025, 8, 13), spot_symbols=("BTC/USD", "BTC/USDT", "ETH/BTC")
    )
    now = datetime(2025, 8, 13, 12, 30, tzinfo=UTC)
    requests = Spot(
        "Binance", settings, lambda: now, {"ETH/BTC": datetime(2025, 8, 13, 9, 59, tzinfo=UTC)}
    ).requests()
    assert [(request.dataset, request.what) for request in requests] == [
        ("spot_bar", "Binance BTC/USDT 1h 2025-08-13T00:00Z..2025-08-13T11:00Z"),
        ("spot_bar", "Binance ETH/BTC 1h 2025-08-13T09:00Z..2025-08-13T11:00Z"),
        ("spot_listing", "Binance markets"),
    ]


def test_what_kraken_cannot_serve_is_said(caplog: pytest.LogCaptureFixture) -> None:
    source = Spot(
        "Kraken",
        Settings(spot_symbols=("BTC/USD",), history_from=date(2025, 6, 1)),
        lambda: AUGUST,
        {},
    )
    with caplog.at_level("INFO"):
        request, _ = source.requests()
    assert request.what == "Kraken BTC/USD 1h 2025-07-02T01:00Z..2025-07-31T23:00Z"  # 719 hours
    assert "BTC/USD 1h bars begin at 2025-07-02 01:00" in caplog.text


@pytest.mark.parametrize("venue", VENUES.values(), ids=lambda venue: venue.name)
def test_the_lengths_of_bars_are_all_that_the_venue_has_from_a_minute_to_a_day(
    venue: Venue,
) -> None:
    # ccxt keeps each venue's own list, by the same names.
    offered = getattr(ccxt, venue.ccxt_id)().timeframes
    assert SECONDS.keys() - venue.candles.lacks == offered.keys() & SECONDS.keys()
    assert {
        name
        for name in offered
        if name[-1] in "mhd" and ccxt.Exchange.parse_timeframe(name) <= 86_400
    } <= SECONDS.keys()
    assert {name: ccxt.Exchange.parse_timeframe(name) for name in SECONDS} == SECONDS


def test_the_table_of_bars_admits_the_same_lengths() -> None:
    checks = (SQL / "raw" / "spot_bar.sql").read_text(encoding="utf-8")
    assert f"bar_interval in {INTERVALS!r}" in checks


def test_every_venue_of_the_seed_is_known_by_its_name() -> None:
    names = [row["venue"] for row in seed_rows("venue")]
    assert [(name, venue.name) for name, venue in VENUES.items()] == [(n, n) for n in names]


def test_a_venue_without_bars_of_the_length_is_passed_over() -> None:
    # By the exchanges' documents: Coinbase has none of 4 and 2 hours, Kraken none of 2 hours.
    assert serving(("Coinbase", "Kraken", "Bitstamp", "Binance"), "4h") == (
        "Kraken",
        "Bitstamp",
        "Binance",
    )
    assert serving(("Coinbase", "Kraken", "Bitstamp", "Binance"), "2h") == ("Bitstamp", "Binance")
    assert serving(("Kraken", "Coinbase"), "1h") == ("Kraken", "Coinbase")
    with pytest.raises(BadInputError, match="no venue of spot_venues has 8h bars") as caught:
        serving(("Coinbase", "Kraken"), "8h")
    assert caught.value.fix == "Add one that has: Binance."


def test_a_run_asks_the_next_venue_in_the_place_of_one_without_such_bars(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = datetime(2025, 8, 22, 6, 15, tzinfo=UTC)
    configured = Settings(spot_interval="4h", history_from=date(2025, 8, 15))
    with caplog.at_level("INFO"):
        selection = select_sources("live", tmp_path, None, configured, lambda: now, Watermarks())
    assert [source.name for source in selection.first if source.name.startswith("spot-")] == [
        "spot-kraken",
        "spot-bitstamp",
    ]
    assert [source.name for source in selection.reserves] == ["spot-binance"]
    assert "Coinbase has no 4h bars: the next of spot_venues takes its place" in caplog.text
    series = {
        window.series
        for window in expected_series(configured, now)
        if window.series.dataset == "spot_bar"
    }
    assert {(market.venue, market.interval) for market in series} == {
        ("Kraken", "4h"),
        ("Bitstamp", "4h"),
    }


def _market(venue: str, interval: str) -> Series:
    return Series("spot_bar", venue, "BTC/USD", interval)


def test_what_of_a_market_can_be_had() -> None:
    assert Spot("Kraken", Settings(), lambda: AUGUST, {}).reach(
        _market("Kraken", "1h")
    ).first == datetime(2025, 7, 2, 1, tzinfo=UTC)
    assert Spot("Coinbase", Settings(), lambda: AUGUST, {}).reach(
        _market("Coinbase", "1h")
    ).first == datetime(2009, 1, 3, tzinfo=UTC)
    none = Spot("Coinbase", Settings(), lambda: AUGUST, {}).reach(_market("Coinbase", "4h"))
    assert (none.first, none.why) == (None, "Coinbase has no 4h bars")


@pytest.mark.parametrize(
    ("venue", "path"),
    [
        ("Coinbase", "products/{id}/candles"),
        ("Kraken", "OHLC"),
        ("Bitstamp", "ohlc/{pair}/"),
        ("Binance", "klines"),
    ],
)
def test_the_pace_is_what_ccxt_waits_between_two_pages(venue: str, path: str) -> None:
    client = getattr(ccxt, VENUES[venue].ccxt_id)()
    waits = client.rateLimit * client.api["public"]["get"][path]["cost"]
    assert Spot(venue, Settings(), lambda: AUGUST, {}).pace_seconds == pytest.approx(waits / 1000)


def test_planning_does_not_import_the_client() -> None:
    code = "import sys, marketwake.sources.spot.client; sys.exit('ccxt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_market_lacks_its_history_when_its_first_page_is_empty() -> None:
    def page(symbol: str, day: int) -> Request:
        first = datetime(2025, 8, day, tzinfo=UTC)
        return Request(
            "spot_bar", Page("Coinbase", symbol, "1h", first, first + timedelta(hours=23)).what
        )

    rows = {
        page("BTC/USD", 1): 24, page("BTC/USD", 2): 0, page("BTC/USD", 3): 24,
        page("ETH/USD", 1): 0, page("ETH/USD", 2): 24,
        page("ETH/BTC", 1): 0,
    }  # fmt: skip
    # A day without bars in between is a hole, for the ledger; one at the beginning is history that
    # another venue may have.
    assert without_history(rows) == ["ETH/USD", "ETH/BTC"]
    assert without_history({}) == []
