"""Spot bars through the real client, over loopback: what is asked for, what arrives, and what each
misbehaviour comes to.
"""

import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import ccxt  # type: ignore[import-untyped]
import duckdb
import polars as pl
import pytest

from marketwake.base.errors import (
    BlockedError,
    RateLimitedError,
    SourceChangedError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
)
from marketwake.base.resources import SAMPLE
from marketwake.base.series import SECONDS
from marketwake.base.settings import Settings
from marketwake.checks.run import run_checks
from marketwake.sources.source import Request
from marketwake.sources.spot.bars import parse
from marketwake.sources.spot.client import Spot
from marketwake.sources.spot.venues import VENUES
from marketwake.warehouse.contracts import read_contracts
from tests.conftest import Insert
from tests.support.rows import bar, marts
from tests.support.servers import Misbehaviour, Running, serve

CONTRACT = read_contracts("raw")["spot_bar"]
HOUR = timedelta(hours=1)
JULY = datetime(2025, 7, 1, tzinfo=UTC)
AUGUST = datetime(2025, 8, 1, tzinfo=UTC)
PAIR = ("BTC/USD", "ETH/USD")
NAMES = ("Coinbase", "Kraken", "Bitstamp", "Binance")
FIGURES = ["symbol", "opened_at", "open", "high", "low", "close", "volume_base"]


def client(
    running: Running,
    venue: str,
    *symbols: str,
    since: Mapping[str, datetime] | None = None,
    timeout: float = 20,
) -> Spot:
    settings = Settings(
        spot_symbols=symbols or PAIR,
        history_from=date(2025, 7, 1),
        timeout_seconds=timeout,
        addresses=dict(running.addresses),
    )
    return Spot(venue, settings, lambda: running.now, since or {})


def pages_of(source: Spot) -> list[Request]:
    """The requests for bars: the last one is for the list of markets."""
    *pages, markets = source.requests()
    assert markets.dataset == "spot_listing"
    return pages


def brought(source: Spot, at: datetime) -> pl.DataFrame:
    """The accepted rows of all bars that the source asks for; nothing may be rejected."""
    frames = [parse(request, source.fetch(request), at)["spot_bar"] for request in pages_of(source)]
    validated = CONTRACT.validate(pl.concat(frames))
    assert validated.rejected.is_empty()
    return validated.accepted.sort("symbol", "opened_at")


def recorded(venue: str, first: datetime = JULY, last: datetime = AUGUST - HOUR) -> pl.DataFrame:
    """The sample's bars: its own for Binance; those of Coinbase also stand in for Kraken and
    Bitstamp on loopback.
    """
    sample = pl.read_csv(SAMPLE / "spot_bar.csv", infer_schema=False)
    bars = sample.filter(pl.col("venue") == ("Binance" if venue == "Binance" else "Coinbase"))
    return (
        CONTRACT.validate(bars)
        .accepted.filter(pl.col("opened_at").is_between(first, last))
        .sort("symbol", "opened_at")
    )


@pytest.mark.parametrize(
    ("venue", "requests"),
    [
        ("Coinbase", 6),  # 31 * 24 = 744 bars are 300 + 300 + 144, for each of two symbols
        ("Binance", 2),
        ("Bitstamp", 2),
        ("Kraken", 2),
    ],
)
def test_a_month_of_two_symbols_costs_the_fewest_requests_and_gives_the_venues_figures(
    venue: str, requests: int
) -> None:
    with serve(venue.lower(), now=AUGUST) as running:
        source = client(running, venue)
        bars = brought(source, AUGUST)
        source.fetch(source.requests()[-1])
    assert len(running.requests) == requests + 1  # the list of markets, once
    assert running.violations == 0
    # Kraken's 720 hold the running bar, and reach back to 1 August less 719 hours.
    expected = recorded(venue, AUGUST - 719 * HOUR if venue == "Kraken" else JULY)
    assert bars.height == (2 * 719 if venue == "Kraken" else 2 * 744)
    assert bars.select(FIGURES).equals(expected.select(FIGURES))
    assert set(bars["venue"]) == {venue}


@pytest.mark.parametrize("venue", NAMES)
def test_the_running_bar_is_not_stored(venue: str) -> None:
    now = AUGUST + timedelta(minutes=30)
    with serve(venue.lower(), now=now) as running:
        running.misbehave(venue.lower(), Misbehaviour("unfinished"))
        source = client(
            running,
            venue,
            "BTC/USD",
            since={"BTC/USD": AUGUST - 2 * HOUR, "BTC/USDT": AUGUST - 2 * HOUR},
        )
        (request,) = pages_of(source)
        body = source.fetch(request)
    assert str(int(AUGUST.timestamp())).encode() in body
    opened = parse(request, body, now)["spot_bar"]["opened_at"].to_list()
    assert "2025-07-31T23:00:00Z" in opened
    assert "2025-08-01T00:00:00Z" not in opened


@pytest.mark.parametrize("venue", NAMES)
@pytest.mark.parametrize(
    "kind", ["duplicate", "overlapping", "out_of_order", "short_page", "gap", "restated"]
)
def test_odd_pages_bring_right_bars_only(venue: str, kind: str) -> None:
    first = AUGUST - 100 * HOUR
    since = {"ETH/USD": first, "ETH/USDT": first}
    with serve(venue.lower(), now=AUGUST) as running:
        running.misbehave(venue.lower(), Misbehaviour(kind))
        bars = brought(client(running, venue, "ETH/USD", since=since), AUGUST)
        assert [seen.fault for seen in running.requests] == [kind]
        again = brought(client(running, venue, "ETH/USD", since=since), AUGUST)
    sample = recorded(venue, first - 4 * HOUR).filter(pl.col("symbol").str.starts_with("ETH"))
    wrong = bars.select(FIGURES).join(sample.select(FIGURES), on=FIGURES, how="anti")
    assert wrong.height == (1 if kind == "restated" else 0)
    assert not bars["opened_at"].is_duplicated().any()
    missing = {"short_page": range(50, 52), "gap": range(2, 4)}.get(kind, range(1))
    assert again.join(bars, on="opened_at", how="anti").height in missing
    assert (
        again.filter(pl.col("opened_at") >= first)
        .select(FIGURES)
        .equals(sample.filter(pl.col("opened_at") >= first).select(FIGURES))
    )


@pytest.mark.parametrize(
    ("kind", "venues"),
    [
        ("html", NAMES),
        ("challenge", NAMES),
        ("microseconds", NAMES),
        ("renamed_column", ("Bitstamp",)),
    ],
)
def test_another_layout_lands_and_is_refused(kind: str, venues: tuple[str, ...]) -> None:
    for venue in venues:
        with serve(venue.lower(), now=AUGUST) as running:
            running.misbehave(venue.lower(), Misbehaviour(kind))
            source = client(running, venue, "BTC/USD")
            request = source.requests()[0]
            body = source.fetch(request)
        with pytest.raises(
            SourceChangedError, match=rf"spot-{venue.lower()}: {request.what}: expected .*, found "
        ):
            parse(request, body, AUGUST)


def test_another_name_for_the_pair_changes_nothing_on_kraken() -> None:
    with serve("kraken", now=AUGUST) as running:
        running.misbehave("kraken", Misbehaviour("renamed_column"))
        assert brought(client(running, "Kraken", "BTC/USD"), AUGUST).height == 719


@pytest.mark.parametrize("venue", NAMES)
@pytest.mark.parametrize(
    ("misbehaviour", "error"),
    [
        (Misbehaviour("status", status=429, retry_after=7), RateLimitedError),
        (Misbehaviour("status", status=429), RateLimitedError),
        (Misbehaviour("status", status=418, retry_after=7), RateLimitedError),
        (Misbehaviour("status", status=401), BlockedError),
        (Misbehaviour("status", status=403), BlockedError),
        (Misbehaviour("status", status=451), BlockedError),
        (Misbehaviour("status", status=500), SourceUnavailableError),
        (Misbehaviour("status", status=502), SourceUnavailableError),
        (Misbehaviour("status", status=503), SourceUnavailableError),
    ],
)
def test_a_status_becomes_our_error_in_one_attempt(
    venue: str, misbehaviour: Misbehaviour, error: type[SourceError]
) -> None:
    with serve(venue.lower(), now=AUGUST) as running:
        running.misbehave(venue.lower(), misbehaviour)
        source = client(
            running,
            venue,
            "BTC/USD",
            since={"BTC/USD": AUGUST - 2 * HOUR, "BTC/USDT": AUGUST - 2 * HOUR},
        )
        (request,) = pages_of(source)
        with pytest.raises(error) as caught:
            source.fetch(request)
    assert len(running.requests) == 1
    assert type(caught.value) is error
    assert caught.value.what.startswith(request.what)
    assert caught.value.status == misbehaviour.status
    assert caught.value.first_bytes.startswith(b"{")
    if isinstance(caught.value, RateLimitedError):
        assert caught.value.retry_after_seconds == misbehaviour.retry_after


@pytest.mark.parametrize("venue", NAMES)
def test_a_date_to_wait_for_is_understood(venue: str) -> None:
    until = datetime.now(UTC) + timedelta(seconds=90)
    with serve(venue.lower(), now=AUGUST) as running:
        running.misbehave(
            venue.lower(),
            Misbehaviour("status", status=429, retry_after=format_datetime(until, usegmt=True)),
        )
        source = client(running, venue, "BTC/USD")
        with pytest.raises(RateLimitedError, match="asks for a pause of") as caught:
            source.fetch(source.requests()[0])
    # The import of ccxt may take some of it.
    assert 30 < (caught.value.retry_after_seconds or 0) <= 90


@pytest.mark.parametrize("venue", NAMES)
@pytest.mark.parametrize(("kind", "status"), [("hang", None), ("reset", 200), ("truncated", 200)])
def test_an_answer_that_does_not_come_or_breaks_off_is_worth_another_try(
    venue: str, kind: str, status: int | None
) -> None:
    with serve(venue.lower(), now=AUGUST) as running:
        running.misbehave(venue.lower(), Misbehaviour(kind))
        source = client(running, venue, "BTC/USD", timeout=0.5 if kind == "hang" else 5)
        request = source.requests()[0]
        with pytest.raises(SourceUnavailableError) as caught:
            source.fetch(request)
    assert len(running.requests) == 1
    assert type(caught.value) is SourceUnavailableError
    assert caught.value.what.startswith(request.what)
    assert caught.value.status == status
    # What had come before it broke off is kept.
    assert caught.value.first_bytes[:1] == {"hang": b""}.get(
        kind, b"{" if venue in {"Kraken", "Bitstamp"} else b"["
    )
    assert ("within 0.5 s" in caught.value.what) == (kind == "hang")


def test_an_answer_in_drops_ends_with_the_time_out() -> None:
    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
            for _ in range(400):
                connection.sendall(b" ")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        pool.submit(drip, server)
        settings = Settings(
            timeout_seconds=0.6,
            addresses={"coinbase": f"http://127.0.0.1:{server.getsockname()[1]}"},
        )
        source = Spot("Coinbase", settings, lambda: AUGUST, {})
        started = time.monotonic()
        with pytest.raises(SourceUnavailableError, match="broke off") as caught:
            source.fetch(source.requests()[0])
        # Of the twenty seconds that the drops fall; importing ccxt takes some of its own.
        assert time.monotonic() - started < 15
        assert caught.value.first_bytes.startswith(b"[  ")


@pytest.mark.parametrize("venue", NAMES)
def test_the_client_goes_on_after_a_fault(venue: str) -> None:
    with serve(venue.lower(), now=AUGUST) as running:
        running.misbehave(venue.lower(), Misbehaviour("reset"))
        source = client(running, venue, "BTC/USD")
        request = source.requests()[0]
        with pytest.raises(SourceUnavailableError):
            source.fetch(request)
        assert parse(request, source.fetch(request), AUGUST)["spot_bar"].height >= 300


def test_krakens_rate_limit_comes_with_status_200() -> None:
    with serve("kraken", now=AUGUST) as running, ThreadPoolExecutor() as pool:
        sources = [client(running, "Kraken", "BTC/USD") for _ in range(6)]
        (request,) = pages_of(sources[0])
        outcomes = [pool.submit(source.fetch, request) for source in sources]
        errors = [outcome.exception() for outcome in outcomes]
    limited = [error for error in errors if isinstance(error, RateLimitedError)]
    assert len(limited) == running.violations > 0
    assert limited[0].status == 200
    assert b"EGeneral:Too many requests" in limited[0].first_bytes
    assert [error for error in errors if error not in limited] == [None] * (6 - len(limited))


@pytest.mark.parametrize("venue", NAMES)
def test_an_unknown_market_is_not_asked_for_again(venue: str) -> None:
    with serve(venue.lower(), now=AUGUST) as running:
        source = client(running, venue, "NOPE/USD")
        with pytest.raises(SourceError, match="NOPE") as caught:
            source.fetch(source.requests()[0])
    assert type(caught.value) is SourceError
    assert not caught.value.retryable


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    source = Spot("Binance", Settings(addresses={"binance": address}), lambda: AUGUST, {})
    with pytest.raises(
        UnreachableError, match=r"Binance BTC/USDT 1h .*: no connection: HTTPConnection.*refused"
    ) as caught:
        source.fetch(source.requests()[0])
    assert caught.value.status is None


def test_venues_and_symbols_at_once_break_no_rate_limit() -> None:
    symbols = ("BTC/USD", "ETH/USD", "SOL/USD", "ETH/BTC")
    now = datetime(2025, 8, 22, tzinfo=UTC)
    first = now - 1250 * HOUR  # five pages of Coinbase's: 20 requests, and 15 may come in a burst
    with serve("coinbase", "kraken", now=now) as running, ThreadPoolExecutor(16) as pool:
        sources = [
            client(running, venue, *symbols, since=dict.fromkeys(symbols, first))
            for venue in ("Coinbase", "Kraken")
        ]
        asked = [(source, request) for source in sources for request in pages_of(source)]
        bodies = list(pool.map(lambda pair: pair[0].fetch(pair[1]), asked))
    assert running.violations == 0
    assert len(running.requests) == len(asked) == 4 * 5 + 4
    frames = [
        parse(request, body, now)["spot_bar"]
        for (_, request), body in zip(asked, bodies, strict=True)
    ]
    accepted = CONTRACT.validate(pl.concat(frames)).accepted
    assert sorted(accepted.group_by("venue", "symbol").len().rows()) == sorted(
        (venue, symbol, bars)
        for venue, bars in (("Coinbase", 1250), ("Kraken", 719))
        for symbol in symbols
    )


@pytest.mark.parametrize(
    ("venue", "interval"),
    [
        (venue, interval)
        for venue in NAMES
        for interval in SECONDS
        if interval not in VENUES[venue].candles.lacks
    ],
)
def test_any_interval(venue: str, interval: str) -> None:
    now = AUGUST + timedelta(minutes=7)
    with serve(venue.lower(), now=now) as running:
        settings = Settings(
            spot_symbols=("BTC/USD",), spot_interval=interval, addresses=running.addresses
        )
        first = AUGUST - 3 * timedelta(seconds=SECONDS[interval])
        bars = brought(
            Spot(venue, settings, lambda: now, {"BTC/USD": first, "BTC/USDT": first}), now
        )
    # Of the seven minutes of August some short bars are finished.
    finished = {"1m": 7, "3m": 2, "5m": 1}.get(interval, 0)
    assert bars.filter(pl.col("opened_at") >= first).height == 3 + finished
    assert set(bars["bar_interval"]) == {interval}


def test_an_address_may_have_a_path() -> None:
    with serve("coinbase", now=AUGUST) as running:
        settings = Settings(
            spot_symbols=("BTC/USD",),
            addresses={"coinbase": running.addresses["coinbase"] + "/proxy/"},
        )
        source = Spot("Coinbase", settings, lambda: AUGUST, {"BTC/USD": AUGUST - HOUR})
        with pytest.raises(SourceError) as caught:
            source.fetch(source.requests()[0])
        assert caught.value.status == 404
        assert running.requests[0].path == "/proxy/products/BTC-USD/candles"


def test_venues_that_disagree_are_named_with_their_closes(
    con: duckdb.DuckDBPyConnection, insert: Insert
) -> None:
    closes = {"Coinbase": 4000.0, "Kraken": 4001.0, "Bitstamp": 4100.0, "Binance": 4002.0}
    for hour, bitstamp, crossed in ((AUGUST, 4100.0, 0.03), (AUGUST + HOUR, 4003.0, 0.0315)):
        for venue, close in (closes | {"Bitstamp": bitstamp}).items():
            row = bar(hour, close) | {"venue": venue, "symbol": VENUES[venue].market("ETH/USD")}
            # A price in bitcoin is compared with such prices only.
            cross = bar(hour, crossed if venue == "Binance" else 0.03) | {
                "venue": venue,
                "symbol": "ETH/BTC",
            }
            insert(con, "spot_bar", [row, cross])
    for venue, close in (("Coinbase", 4000.0), ("Binance", 4060.0)):
        insert(
            con,
            "spot_bar",
            [
                bar(AUGUST, close)
                | {"venue": venue, "symbol": VENUES[venue].market("ETH/USD"), "bar_interval": "1d"}
            ],
        )
    marts(con, "select 1")
    found = {each.name: each.detail for each in run_checks(con, {"venue_agreement"})}
    # 4100 / 4000 - 1 = 2.5 %; 0.0315 / 0.03 - 1 = 5 %; 4060 / 4000 - 1 = 1.5 %
    assert found == {
        "ETH 2025-08-01 00:00:00+00": "250 bps between 4 venues: "
        "Coinbase 4000.0, Kraken 4001.0, Binance 4002.0, Bitstamp 4100.0",
        "ETH/BTC 2025-08-01 01:00:00+00": "500 bps between 4 venues: "
        "Bitstamp 0.03, Coinbase 0.03, Kraken 0.03, Binance 0.0315",
        "ETH 1d 2025-08-01 00:00:00+00": "150 bps between 2 venues: "
        "Coinbase 4000.0, Binance 4060.0",
    }


def _binance(running: Running, **addresses: str) -> Spot:
    settings = Settings(spot_symbols=("BTC/USD",), addresses=running.addresses | addresses)
    return Spot("Binance", settings, lambda: AUGUST, {"BTC/USDT": AUGUST - 3 * HOUR})


def test_where_binance_refuses_its_mirror_is_asked_and_has_the_same_bars() -> None:
    with serve("binance", now=AUGUST) as running:
        open_ = brought(_binance(running), AUGUST)
        running.habits["binance"] = frozenset({"restricted"})
        before = len(running.requests)
        mirror = f"{running.addresses['binance']}/mirror/"
        assert brought(_binance(running, **{"binance-mirror": mirror}), AUGUST).equals(open_)
        asked = [seen.path for seen in running.requests[before:]]
    assert asked == ["/api/v3/klines", "/mirror/api/v3/klines"]
    assert open_.height == 3


def test_a_mirror_that_refuses_too_is_a_block_and_none_is_asked_behind_ones_back() -> None:
    with serve("binance", now=AUGUST) as running:
        running.habits["binance"] = frozenset({"restricted"})
        wrong = f"{running.addresses['binance']}/api"  # no mirror stands there: 451 again
        for source, paths in (
            (_binance(running), ["/api/v3/klines"]),
            (
                _binance(running, **{"binance-mirror": wrong}),
                ["/api/v3/klines", "/api/api/v3/klines"],
            ),
        ):
            before = len(running.requests)
            with pytest.raises(BlockedError) as caught:
                source.fetch(source.requests()[0])
            assert caught.value.status == 451
            assert [seen.path for seen in running.requests[before:]] == paths


def test_the_mirror_of_binance_is_asked_by_the_path_that_ccxt_has() -> None:
    # Binance's documents: https://data-api.binance.vision/api/v3.
    source = Spot("Binance", Settings(), lambda: AUGUST, {})
    source._client = source._connect(ccxt)
    assert source._turn_to_mirror(BlockedError("451", "", 451))
    assert source._client.urls["api"]["public"] == "https://data-api.binance.vision/api/v3"
    assert not source._turn_to_mirror(BlockedError("451", "", 451))
