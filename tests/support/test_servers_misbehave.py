"""The loopback venues' misbehaviours: each happens, once per order, to the request that it was
ordered for.
"""

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from tests.support.asking import ask
from tests.support.servers import BENDS, VENUES, Misbehaviour, Running, serve
from tests.support.servers.data import HOUR
from tests.support.test_servers import AUGUST_7, CANDLES, EXCHANGES, ONE_O_CLOCK, candles


@pytest.fixture
def coinbase() -> Iterator[Running]:
    with serve("coinbase", now=AUGUST_7) as running:
        yield running


@pytest.mark.parametrize(
    ("status", "retry_after"),
    [(429, 7), (429, None), (418, 120), (451, None), (403, None), (500, None), (502, None)],
)
@pytest.mark.parametrize("venue", EXCHANGES)
def test_status(venue: str, status: int, retry_after: int | None) -> None:
    with serve(venue) as running:
        running.misbehave(
            venue, Misbehaviour("status", status=status, retry_after=retry_after, match="/")
        )
        got = ask(running.addresses[venue] + "/anything")
        assert got.status_code == status
        assert got.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))
        assert got.json()
        assert [seen.fault for seen in running.requests] == ["status"]
        assert ask(running.addresses[venue] + "/anything").status_code != status


def test_hang(coinbase: Running) -> None:
    coinbase.misbehave("coinbase", Misbehaviour("hang"))
    with pytest.raises(httpx.ReadTimeout):
        ask(coinbase.addresses["coinbase"] + CANDLES, timeout=0.2)
    assert len(candles(coinbase)) == 10


def test_a_hang_ends_when_the_servers_stop() -> None:
    started = time.monotonic()
    with serve("coinbase") as running:
        running.misbehave("coinbase", Misbehaviour("hang", seconds=60))
        with socket.create_connection(
            ("127.0.0.1", int(running.addresses["coinbase"].rsplit(":", 1)[1]))
        ) as connection:
            connection.sendall(b"GET /products HTTP/1.0\r\n\r\n")
            while not running.requests:
                time.sleep(0.01)
    assert time.monotonic() - started < 30  # not the sixty seconds of the hang


def test_reset_in_the_body(coinbase: Running) -> None:
    coinbase.misbehave("coinbase", Misbehaviour("reset"))
    received = b""
    with socket.create_connection(
        ("127.0.0.1", int(coinbase.addresses["coinbase"].rsplit(":", 1)[1]))
    ) as connection:
        connection.sendall(f"GET {CANDLES} HTTP/1.0\r\n\r\n".encode())

        def read() -> None:
            nonlocal received
            while chunk := connection.recv(65536):
                received += chunk

        with pytest.raises(ConnectionResetError):
            read()
    head, _, body = received.partition(b"\r\n\r\n")
    promised = next(
        int(line.split(b":")[1])
        for line in head.splitlines()
        if line.lower().startswith(b"content-length")
    )
    assert 0 < len(body) < promised


def test_truncated_is_complete_http_and_broken_json(coinbase: Running) -> None:
    coinbase.misbehave("coinbase", Misbehaviour("truncated"))
    got = ask(coinbase.addresses["coinbase"] + CANDLES)
    assert got.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        got.json()


@pytest.mark.parametrize(
    ("kind", "mark"), [("html", "502 Bad Gateway"), ("challenge", "Just a moment...")]
)
def test_pages_in_place_of_json(coinbase: Running, kind: str, mark: str) -> None:
    coinbase.misbehave("coinbase", Misbehaviour(kind))
    got = ask(coinbase.addresses["coinbase"] + CANDLES)
    assert got.status_code == 200
    assert got.headers["Content-Type"].startswith("text/html")
    assert mark in got.text


def test_faults_of_the_content(coinbase: Running) -> None:
    right = candles(coinbase)

    def bent(kind: str) -> list[list[float]]:
        coinbase.misbehave("coinbase", Misbehaviour(kind))
        return candles(coinbase)

    assert sorted(bent("duplicate")) == sorted([*right, right[4]])
    assert bent("overlapping")[:10] == right
    assert [row[0] for row in bent("overlapping")[10:]] == [
        ONE_O_CLOCK - hour * HOUR for hour in (10, 11, 12)
    ]
    shuffled = bent("out_of_order")
    assert shuffled != right
    assert sorted(shuffled) == sorted(right)
    assert bent("short_page") == right[5:]
    assert bent("gap") == right[:2] + right[5:]
    (changed,) = [
        (old, new) for old, new in zip(right, bent("restated"), strict=True) if old != new
    ]
    assert changed[1][4] == round(changed[0][4] * 1.01, 2)
    assert bent("microseconds")[0] == [ONE_O_CLOCK * 1_000_000, *right[0][1:]]
    coinbase.now = datetime(2025, 8, 7, 15, 30, tzinfo=UTC)
    running = bent("unfinished")
    assert running[1:] == right
    # Half of 414.55370274
    assert (running[0][0], running[0][5]) == (ONE_O_CLOCK + 2 * HOUR, 207.27685137)
    assert candles(coinbase) == right


def test_renamed_columns() -> None:
    with serve("kraken", "bitstamp", now=AUGUST_7) as running:
        for venue in ("kraken", "bitstamp"):
            running.misbehave(venue, Misbehaviour("renamed_column"))
        ohlc = ask(running.addresses["kraken"] + "/0/public/OHLC?pair=XXBTZUSD&interval=60").json()
        assert sorted(ohlc["result"]) == ["XBTUSD", "last"]
        row = ask(running.addresses["bitstamp"] + "/api/v2/ohlc/btcusd/?step=3600&limit=1").json()[
            "data"
        ]["ohlc"][0]
        assert sorted(row) == ["high", "last", "low", "open", "timestamp", "volume"]


def test_a_misbehaviour_waits_for_its_request(coinbase: Running) -> None:
    coinbase.misbehave("coinbase", Misbehaviour("status", times=2, match="ETH-USD", status=500))
    coinbase.misbehave("coinbase", Misbehaviour("duplicate"))
    assert ask(coinbase.addresses["coinbase"] + "/products").status_code == 200
    assert len(candles(coinbase)) == 11
    ether = coinbase.addresses["coinbase"] + CANDLES.replace("BTC", "ETH")
    assert [ask(ether).status_code for _ in range(3)] == [500, 500, 200]
    assert [seen.fault for seen in coinbase.seen("coinbase")] == [
        None,
        "duplicate",
        "status",
        "status",
        None,
    ]
    coinbase.misbehave("coinbase", Misbehaviour("hang"))
    coinbase.behave()
    assert len(candles(coinbase)) == 10


def test_what_a_venue_cannot_do_is_refused() -> None:
    with (
        serve("farside") as running,
        pytest.raises(ValueError, match=r"farside cannot do 'microseconds'; it can do .*duplicate"),
    ):
        running.misbehave("farside", Misbehaviour("microseconds"))
    assert all(venue.bends <= BENDS for venue in VENUES.values())
