"""The loopback venues: a real client reads the recorded figures, rate limits are counted, nothing
is left over.
"""

import signal
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import ccxt  # type: ignore[import-untyped]
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.asking import ask
from tests.support.servers import VENUES, Ask, Running, Venue, serve
from tests.support.servers.core import Limit, Response
from tests.support.servers.data import HOUR, bars, hourly

HOST = {"coinbase": "", "kraken": "", "bitstamp": "/api", "binance": "/api/v3"}
CLIENT = {
    "coinbase": ccxt.coinbaseexchange,
    "kraken": ccxt.kraken,
    "bitstamp": ccxt.bitstamp,
    "binance": ccxt.binance,
}
EXCHANGES = tuple(HOST)
AUGUST_7 = datetime(2025, 8, 7, 16, 0, tzinfo=UTC)
ONE_O_CLOCK = 1754571600  # 2025-08-07 13:00 UTC: date -u -d '2025-08-07 13:00' +%s
# Coinbase's and Binance's own figures, as the bundled sample states them: open, high, low, close,
# volume.
COINBASE_BTC = [116390.66, 116791.7, 116201.45, 116673.7, 254.30706756]
BINANCE_BTC = [116390.01, 116741.05, 116200.0, 116640.0, 668.99023]
CANDLES = (
    "/products/BTC-USD/candles?granularity=3600&start=2025-08-07T04:00:00Z&end=2025-08-07T13:00:00Z"
)


def client(running: Running, venue: str) -> ccxt.Exchange:
    made = CLIENT[venue](
        {"options": {"fetchMarkets": {"types": ["spot"]}}} if venue == "binance" else {}
    )
    made.urls["api"] = {**made.urls["api"], "public": running.addresses[venue] + HOST[venue]}
    return made


def candles(running: Running, path: str = CANDLES) -> list[list[float]]:
    page: list[list[float]] = ask(running.addresses["coinbase"] + path).raise_for_status().json()
    return page


@pytest.fixture
def coinbase() -> Iterator[Running]:
    with serve("coinbase", now=AUGUST_7) as running:
        yield running


def test_every_venue_of_the_live_sources_is_registered() -> None:
    assert {"coinbase", "kraken", "bitstamp", "binance"} <= VENUES.keys()


@pytest.mark.parametrize("venue", EXCHANGES)
def test_ccxt_reads_markets_and_the_sample_s_figures(venue: str) -> None:
    with serve(venue, now=AUGUST_7) as running:
        exchange = client(running, venue)
        dollar = "USDT" if venue == "binance" else "USD"
        assert {f"BTC/{dollar}", f"ETH/{dollar}", f"SOL/{dollar}", "ETH/BTC"} <= set(
            exchange.load_markets()
        )
        got = exchange.fetch_ohlcv(f"BTC/{dollar}", "1h", ONE_O_CLOCK * 1000, 2)
        assert got[0] == [
            ONE_O_CLOCK * 1000,
            *(BINANCE_BTC if venue == "binance" else COINBASE_BTC),
        ]
        assert got[1][0] == (ONE_O_CLOCK + HOUR) * 1000
        # ETH / BTC at open and close: 3849.89 / 116390.66 = 0.033077, 3859.09 / 116673.7 = 0.033076
        # on Coinbase; 3849.68 / 116390.01 = 0.033076, 3857.69 / 116640 = 0.033073 on Binance.
        (ratio,) = exchange.fetch_ohlcv("ETH/BTC", "1h", ONE_O_CLOCK * 1000, 1)
        assert (ratio[1], ratio[4]) == (
            (0.03308, 0.03307) if venue == "binance" else (0.03308, 0.03308)
        )
        assert running.violations == 0


@pytest.mark.parametrize("venue", EXCHANGES)
def test_the_running_bar_is_unfinished_and_later_ones_are_not_served(venue: str) -> None:
    with serve(venue, now=datetime(2025, 8, 7, 13, 15, tzinfo=UTC)) as running:
        exchange = client(running, venue)
        symbol = "BTC/USDT" if venue == "binance" else "BTC/USD"
        got = exchange.fetch_ohlcv(symbol, "1h", (ONE_O_CLOCK - HOUR) * 1000, 10)
        assert [row[0] // 1000 for row in got] == [ONE_O_CLOCK - HOUR, ONE_O_CLOCK]
        # A quarter of the hour: 254.30706756 / 4 = 63.57676689 on Coinbase, 668.99023 / 4 =
        # 167.2475575 on Binance.
        assert got[1][5] == pytest.approx(167.2475575 if venue == "binance" else 63.57676689)
        running.now = datetime(2025, 8, 7, 14, 0, tzinfo=UTC)
        again = exchange.fetch_ohlcv(symbol, "1h", (ONE_O_CLOCK - HOUR) * 1000, 10)
        assert again[-1] == [
            ONE_O_CLOCK * 1000,
            *(BINANCE_BTC if venue == "binance" else COINBASE_BTC),
        ]


def test_coinbase_sends_newest_first_and_refuses_wide_windows(coinbase: Running) -> None:
    page = candles(coinbase)
    # time, low, high, open, close, volume
    assert page[0] == [ONE_O_CLOCK, 116201.45, 116791.7, 116390.66, 116673.7, 254.30706756]
    assert [row[0] for row in page] == [ONE_O_CLOCK - hour * HOUR for hour in range(10)]
    wide = ask(
        coinbase.addresses["coinbase"] + "/products/BTC-USD/candles?granularity=3600"
        "&start=2025-07-25T00:00:00Z&end=2025-08-07T13:00:00Z"
    )
    assert (wide.status_code, "exceeds 300" in wide.text) == (400, True)
    # 299 hours before 13:00 opens the first of 300 bars.
    window = (
        "/products/BTC-USD/candles?granularity=3600"
        "&start=2025-07-26T0{}:00:00Z&end=2025-08-07T13:00:00Z"
    )
    answers = [ask(coinbase.addresses["coinbase"] + window.format(hour)) for hour in (2, 1)]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert len(answers[0].json()) == 300
    unknown = ask(coinbase.addresses["coinbase"] + "/products/XYZ-USD/candles")
    assert (unknown.status_code, unknown.json()) == (404, {"message": "NotFound"})


def test_kraken_ignores_an_old_since_and_binance_pages_from_the_start() -> None:
    # 2025-06-24 23:00 UTC, the first bar that is served, 1049 hours before 2025-08-07 16:00.
    since = 1750806000
    with serve("kraken", "binance", now=AUGUST_7) as running:
        ohlc = ask(
            f"{running.addresses['kraken']}/0/public/OHLC?pair=XBTUSD&interval=60&since={since}"
        ).json()["result"]
        # 720 intervals up to the one that opens at 16:00 sharp, in which nothing has been traded
        # yet.
        assert len(ohlc["XXBTZUSD"]) == 719
        assert ohlc["XXBTZUSD"][0][0] == int(AUGUST_7.timestamp()) - 719 * HOUR
        assert ohlc["last"] == int(AUGUST_7.timestamp()) - HOUR
        # The last entry is there whatever `since` says.
        running.now = datetime(2025, 8, 7, 13, 15, tzinfo=UTC)
        late = ask(
            f"{running.addresses['kraken']}/0/public/OHLC"
            f"?pair=XBTUSD&interval=60&since={ONE_O_CLOCK + HOUR}"
        ).json()["result"]
        assert [row[0] for row in late["XXBTZUSD"]] == [ONE_O_CLOCK]
        question = f"symbol=BTCUSDT&interval=1h&startTime={since * 1000}"
        klines = f"{running.addresses['binance']}/api/v3/klines?{question}"
        assert len(ask(klines).json()) == 500
        first = ask(klines + "&limit=1500").json()
        assert (len(first), first[0][0], first[0][6]) == (
            1000,
            since * 1000,
            (since + HOUR) * 1000 - 1,
        )
        assert all(isinstance(figure, str) for figure in first[0][1:6])


def test_longer_bars_are_made_of_hours(coinbase: Running) -> None:
    coinbase.now = datetime(2025, 8, 8, 0, 0, tzinfo=UTC)
    ((_, _, high, _, _, _),) = candles(
        coinbase,
        "/products/BTC-USD/candles?granularity=86400&start=2025-08-07T00:00:00Z&end=2025-08-07T00:00:00Z",
    )
    # grep 'Coinbase,BTC/USD,1h,2025-08-07' warehouse/sample/spot_bar.csv | cut -d, -f6 | sort -n |
    # tail -1
    assert high == 117687


@given(st.sampled_from([60, 300, 900, 3600, 21600, 86400]), st.integers(0, 47 * 60))
def test_bars_know_nothing_of_the_future(interval: int, minutes: int) -> None:
    hours = hourly(None, "coinbase", "BTC", "USD")
    start = 1754438400  # 2025-08-06 00:00 UTC
    now = datetime.fromtimestamp(start + minutes * 60, UTC)
    seen = bars(hours, interval, start, start + 2 * 86400, now)
    later = bars(
        hours, interval, start, start + 2 * 86400, datetime.fromtimestamp(start + 3 * 86400, UTC)
    )
    assert all(bar.opened_at < now.timestamp() for bar in seen)
    finished = [bar for bar in seen if bar.opened_at + interval <= now.timestamp()]
    assert finished == later[: len(finished)]
    assert len(seen) - len(finished) in (0, 1)
    assert all(
        bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in seen
    )


def test_coinbase_s_limit_is_counted_and_answered(coinbase: Running) -> None:
    # One client: to make a client takes longer than the limit's tenth of a second where the machine
    # is busy.
    with httpx.Client(base_url=coinbase.addresses["coinbase"]) as client:
        codes = [client.get("/time").status_code for _ in range(40)]
    # 15 at once, and 10 more for every second that the forty took.
    assert codes[:15] == [200] * 15
    assert coinbase.violations == codes.count(429) > 0
    assert [seen.violation for seen in coinbase.requests] == [code == 429 for code in codes]


def test_kraken_s_limit_comes_with_status_200() -> None:
    with serve("kraken") as running:
        answers = [ask(running.addresses["kraken"] + "/0/public/Time") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200] * 5
        assert answers[-1].json() == {"error": ["EGeneral:Too many requests"]}
        assert running.violations >= 1


def test_binance_weighs_its_requests() -> None:
    venue = VENUES["binance"](None)
    assert [
        venue.cost(path, {}) for path in ("/api/v3/exchangeInfo", "/api/v3/klines", "/api/v3/time")
    ] == [20, 2, 1]


def test_recorded_files_replace_the_sample(shared: Path) -> None:
    with serve("coinbase", now=datetime(2025, 12, 1, tzinfo=UTC), recorded=shared) as running:
        page = candles(
            running,
            "/products/SOL-USD/candles?granularity=3600&start=2025-10-25T13:00:00Z&end=2025-10-25T23:00:00Z",
        )
        # Coinbase was down that day: no bar between those of 15:00 and 21:00.
        assert [datetime.fromtimestamp(row[0], UTC).hour for row in reversed(page)] == [
            13,
            14,
            15,
            21,
            22,
            23,
        ]


def test_nothing_is_left_over() -> None:
    before = set(threading.enumerate())
    descriptors = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
    with serve(*EXCHANGES) as running:
        ports = [int(address.rsplit(":", 1)[1]) for address in running.addresses.values()]
        idle = socket.create_connection(("127.0.0.1", ports[0]))
        idle.close()
        for venue in EXCHANGES:
            ask(running.addresses[venue] + "/")
    assert set(threading.enumerate()) == before
    assert not descriptors or len(list(Path("/proc/self/fd").iterdir())) == descriptors
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()


def test_a_venue_that_breaks_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Venue):
        name = "broken"
        limit = Limit(10, 10)

        def handle(self, ask: Ask) -> Response:
            raise LookupError(ask.path)

    monkeypatch.setitem(VENUES, "broken", Broken)
    with (
        pytest.raises(RuntimeError, match="LookupError"),
        serve("broken") as running,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        ask(running.addresses["broken"] + "/x")


def test_the_command_prints_settings_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.support.servers",
        "coinbase",
        "kraken",
        "--now",
        "2025-08-07T16:00",
        "--write",
        str(tmp_path / "marketwake.toml"),
    ]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            printed = "".join(process.stdout.readline() for _ in range(5))
            printed_settings = tomllib.loads(printed)
            assert printed_settings["now"] == datetime(2025, 8, 7, 16, tzinfo=UTC)
            assert list(printed_settings["addresses"]) == ["coinbase", "kraken"]
            assert (tmp_path / "marketwake.toml").read_text(encoding="utf-8") == printed
            assert len(ask(printed_settings["addresses"]["coinbase"] + CANDLES).json()) == 10
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()
        assert process.returncode == 0
        assert errors == "\nstopped; 1 requests served, 0 broke a rate limit\n"
