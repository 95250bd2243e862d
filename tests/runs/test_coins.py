"""The panel of coins by the night: daily bars of the coins on CoinGecko's list, where a venue says
that it has a market.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from marketwake.base.series import Series
from marketwake.base.settings import read_settings
from marketwake.runs import steps
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import Order
from marketwake.runs.nightly import nightly
from marketwake.runs.result import RunFailedError
from marketwake.sources import retry
from marketwake.sources.coingecko import source as coingecko
from marketwake.warehouse.files import Warehouse
from tests.support.servers import Misbehaviour, Running, Seen, serve, settings

pytestmark = pytest.mark.usefixtures("without_pictures", "brief_study", "few_series")

NIGHT = datetime(2025, 8, 22, 6, 15, tzinfo=UTC)


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Venues of the panel; nights of which only the raw tables are looked at."""
    monkeypatch.setattr(steps, "study", lambda _con: [])
    monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
    monkeypatch.setattr(coingecko, "SECONDS_BETWEEN_REQUESTS", 0.0)
    with serve(now=NIGHT) as running:
        yield running


@pytest.fixture
def root(venues: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty warehouse folder whose settings point at the loopback venues."""
    _settings(venues, tmp_path, monkeypatch)
    return tmp_path / "warehouse"


def _settings(
    running: Running, folder: Path, monkeypatch: pytest.MonkeyPatch, **changed: object
) -> None:
    chosen = {
        "history_from": date(2025, 8, 1),
        "coins": 4,
        "spot_venues": ["Coinbase", "Bitstamp", "Binance"],
        "spot_symbols": ["BTC/USD"],
    }
    (folder / "marketwake.toml").write_text(settings(running, **(chosen | changed)))
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(folder / "marketwake.toml"))


def _ask(root: Path, query: str) -> list[tuple[Any, ...]]:
    with Warehouse(root).reader() as con:
        return con.execute(query).fetchall()


def _days(root: Path) -> dict[tuple[str, str], tuple[int, date, date]]:
    """Number, first and last of the daily bars, by venue and symbol."""
    rows = _ask(
        root,
        """
        select venue, symbol, count(*), min(opened_at)::date, max(opened_at)::date
        from raw.spot_bar where bar_interval = '1d' group by all
        """,
    )
    return {(venue, symbol): tuple(span) for venue, symbol, *span in rows}


def _asked_days(seen: Sequence[Seen]) -> list[str]:
    """Paths of the requests to Coinbase for daily bars."""
    return [
        request.path
        for request in seen
        if request.venue == "coinbase" and request.query.get("granularity") == "86400"
    ]


AUGUST = (21, date(2025, 8, 1), date(2025, 8, 21))
"""From the beginning of the history to the day before the night."""


def test_a_first_night_learns_the_universe_and_stores_its_days(venues: Running, root: Path) -> None:
    assert nightly(root).problems == ()
    assert venues.violations == 0
    # The four largest on that day: BTC, ETH, XRP, USDT. The venues have no XRP here, USDT is a
    # stablecoin, and SOL is not on the list.
    assert _days(root) == dict.fromkeys(
        product(("Coinbase", "Bitstamp"), ("BTC/USD", "ETH/USD")), AUGUST
    )
    ranks = """
        select rank, coin, symbol, class from stg.coin_rank
        where ranked_on = '2025-08-22' order by rank
        """
    assert _ask(root, ranks) == [
        (1, "bitcoin", "BTC", "bitcoin"), (2, "ethereum", "ETH", "ether"),
        (3, "ripple", "XRP", "altcoin"), (4, "tether", "USDT", "stablecoin"),
    ]  # fmt: skip
    assert [seen.path for seen in venues.seen("coinbase")].count("/products") == 1
    # A day has the first open, highest high, lowest low and last close of its hours.
    compared = """
        select
            count(*),
            count(*) filter (
                (hours.open, hours.high, hours.low, hours.close)
                = (days.open, days.high, days.low, days.close)
            )
        from mart.spot_daily as hours
        inner join mart.coin_daily as days using (venue, symbol, day)
        """
    assert _ask(root, compared) == [(42, 42)]
    # CoinGecko's price at midnight is a mean over venues.
    assert _ask(
        root, "select count(*), bool_and(abs(close / price_usd - 1) < 0.01) from mart.coin_daily"
    ) == [(84, True)]
    ledger = """
        select venue, symbol, expected, missing, wanted_to::date from ops.series
        where dataset = 'spot_bar' and "interval" = '1d'
        """
    assert _ask(root, f"{ledger} and venue = 'Coinbase' order by symbol") == [
        ("Coinbase", symbol, 21, 0, date(2025, 8, 21)) for symbol in ("BTC/USD", "ETH/USD")
    ]


def test_the_next_night_asks_one_page_a_coin_and_a_coin_that_has_left_the_list_stays(
    venues: Running, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues.now = NIGHT - timedelta(days=1)
    _settings(venues, root.parent, monkeypatch)
    nightly(root)
    with Warehouse(root).writer() as con:
        con.execute(
            """
            insert into raw.coin_rank by name
            select
                'CoinGecko' as vendor, date '2025-08-05' as ranked_on, 3 as rank,
                'solana' as coin, 'SOL' as symbol,
                timestamptz '2025-08-05 06:15Z' as recorded_at, 'test' as payload_sha256
            """
        )
        con.execute(
            "create or replace view stg.coin_market as select 'that of an older program' as view"
        )
        con.execute("update ops.stage set fingerprint = 'that of an older program'")
    asked = len(venues.requests)
    venues.now = NIGHT
    _settings(venues, root.parent, monkeypatch)
    assert nightly(root).problems == ()
    assert sorted(_asked_days(venues.requests[asked:])) == [
        f"/products/{coin}-USD/candles" for coin in ("BTC", "ETH", "SOL")
    ]
    assert _days(root) == dict.fromkeys(
        product(("Coinbase", "Bitstamp"), ("BTC/USD", "ETH/USD", "SOL/USD")), AUGUST
    )
    assert _ask(root, "select count(*) from raw.spot_bar where superseded_at is not null") == [(0,)]


def test_a_market_that_failed_is_named_and_the_next_night_makes_up_for_it(
    venues: Running, root: Path
) -> None:
    venues.misbehave(
        "coinbase",
        Misbehaviour("status", times=3, status=503, match="ETH-USD/candles?granularity=86400"),
    )
    with pytest.raises(
        RunFailedError,
        match=r"spot-coinbase: 1 of \d+ requests failed, "
        r"first Coinbase ETH/USD 1d 2025-08-01T00:00Z",
    ):
        nightly(root)
    kept = {("Coinbase", "BTC/USD"), ("Bitstamp", "BTC/USD"), ("Bitstamp", "ETH/USD")}
    assert _days(root) == dict.fromkeys(kept, AUGUST)
    # Hours that came need no stand-in.
    assert venues.seen("binance") == []
    nightly(root)
    assert _days(root) == dict.fromkeys(kept | {("Coinbase", "ETH/USD")}, AUGUST)


def test_days_that_are_missing_in_the_middle_are_asked_for_by_a_night_and_by_a_backfill(
    venues: Running, root: Path
) -> None:
    nightly(root)
    with Warehouse(root).writer() as con:
        # As if 5 and 6 August had come to nothing that night.
        con.execute(
            "delete from raw.spot_bar where bar_interval = '1d' "
            "and symbol = 'ETH/USD' and day(opened_at) in (5, 6)"
        )
        con.execute(
            "delete from ops.coverage_month; delete from ops.coverage_gap; delete from ops.request"
        )
    steps.keep_ledger(Warehouse(root), read_settings(root), NIGHT)
    plan = backfill.plan(root, read_settings(root), Order("spot_bar", interval="1d"))
    assert sorted(request.what for part in plan.parts for request in part.requests) == [
        f"{venue} ETH/USD 1d 2025-08-05T00:00Z..2025-08-06T00:00Z"
        for venue in ("Bitstamp", "Coinbase")
    ]
    # Without an interval too, beside the hours; not where other bars are ordered, or another
    # market.
    every = backfill.plan(root, read_settings(root), Order("spot_bar"))
    assert {window.series.interval for window in every.windows} == {"1h", "1d"}
    hourly = backfill.plan(root, read_settings(root), Order("spot_bar", interval="1h"))
    assert {window.series.interval for window in hourly.windows} == {"1h"}
    named = backfill.plan(
        root, read_settings(root), Order("spot_bar", symbols=("ETH/USD",), venues=("Coinbase",))
    )
    assert {window.series for window in named.windows} == {
        Series("spot_bar", "Coinbase", "ETH/USD", "1h"),
        Series("spot_bar", "Coinbase", "ETH/USD", "1d"),
    }
    asked = len(venues.requests)
    nightly(root)
    # The hole and the lookback are on one page.
    assert len(_asked_days(venues.requests[asked:])) == 2
    assert set(_days(root).values()) == {AUGUST}


def test_a_list_of_markets_that_does_not_come_costs_no_bar(
    venues: Running, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues.now = NIGHT - timedelta(days=1)
    _settings(venues, root.parent, monkeypatch)
    nightly(root)
    venues.now = NIGHT
    _settings(venues, root.parent, monkeypatch)
    venues.misbehave("coinbase", Misbehaviour("renamed_column", match="/products$"))
    with pytest.raises(
        RunFailedError,
        match=r"spot-coinbase: 1 of \d+ requests failed, "
        r".*Coinbase markets: expected markets with id",
    ):
        nightly(root)
    # Yesterday's list stands in for it, and no other venue for this one.
    assert _days(root) == dict.fromkeys(
        product(("Coinbase", "Bitstamp"), ("BTC/USD", "ETH/USD")), AUGUST
    )
    assert venues.seen("binance") == []
    assert _ask(root, "select max(seen_on) from raw.spot_listing where venue = 'Coinbase'") == [
        (date(2025, 8, 21),)
    ]


def test_without_a_universe_there_is_no_panel_and_the_rest_is_kept(
    venues: Running, root: Path
) -> None:
    venues.misbehave("coingecko", Misbehaviour("status", times=99, status=503))
    with pytest.raises(RunFailedError, match="coingecko"):
        nightly(root)
    assert _days(root) == {}
    assert _ask(root, "select count(*) > 0 from raw.spot_bar") == [(True,)]
    assert _ask(root, "select count(*) > 0 from stg.coin_market") == [(False,)]


def test_a_venue_that_shuts_us_out_is_left_alone_and_the_next_has_the_panel(
    venues: Running, root: Path
) -> None:
    venues.misbehave("coinbase", Misbehaviour("status", times=99, status=403))
    with pytest.raises(RunFailedError, match="spot-coinbase"):
        nightly(root)
    assert len(venues.seen("coinbase")) == 1
    assert set(_days(root)) == {
        ("Bitstamp", "BTC/USD"),
        ("Bitstamp", "ETH/USD"),
        ("Binance", "BTC/USDT"),
        ("Binance", "ETH/USDT"),
    }


def test_a_market_that_is_stored_by_the_day_anyway_is_asked_for_once(
    venues: Running, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _settings(venues, root.parent, monkeypatch, spot_interval="1d")
    assert nightly(root).problems == ()
    assert sorted(_asked_days(venues.requests)) == [
        "/products/BTC-USD/candles",
        "/products/ETH-USD/candles",
    ]
    assert set(_days(root).values()) == {AUGUST}
