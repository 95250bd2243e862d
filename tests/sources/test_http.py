"""One GET: what comes back, what is kept, and which error stands for which fault."""

import pickle
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from marketwake.base.errors import (
    BlockedError,
    RateLimitedError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
)
from marketwake.sources import http
from marketwake.sources.http import connecting_within, get, refusal, retry_after_seconds
from tests.support.servers import Misbehaviour, Running, serve

# The example of RFC 9110, 10.2.3, is of 1999; a minute later it is over.
RFC_DATE = "Fri, 31 Dec 1999 23:59:59 GMT"


class _Odd(BaseHTTPRequestHandler):
    """What the loopback venues do not do: a redirect, an endless drip of bytes, garbled
    compression, and an echo of the headers.
    """

    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(301)
            self.send_header("Location", "/echo")
            self.end_headers()
            return
        self.send_response(200)
        if self.path.startswith("/garbled"):
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.path.startswith("/garbled"):
            self.wfile.write(b"no gzip at all")
        elif self.path.startswith("/drip"):
            try:
                for _ in range(400):
                    self.wfile.write(b".")
                    time.sleep(0.05)
            except OSError:
                return
        else:
            self.wfile.write(
                f"{self.path} {self.headers['User-Agent']} {self.headers['X-Key']}".encode()
            )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - signature of the base class
        """Say nothing."""


@pytest.fixture
def odd() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Odd) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def farside() -> Iterator[Running]:
    with serve("farside") as running:
        yield running


def test_query_and_headers_are_sent_and_redirects_followed(odd: str) -> None:
    path, agent = get(f"{odd}/echo", {"days": 3}, {"X-Key": "secret"}).decode().split(" ", 1)
    assert path == "/echo?days=3"
    assert agent.startswith("Mozilla/5.0 ")
    assert agent.endswith(" secret")
    assert get(f"{odd}/moved").startswith(b"/echo")


def test_a_drip_that_never_ends_is_cut_off_in_time(odd: str) -> None:
    started = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=r"/drip: no complete answer within 0\.3 s"):
        get(f"{odd}/drip", timeout=0.3)
    assert time.monotonic() - started < 10  # of the twenty seconds that the drops fall


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, RateLimitedError),
        (418, RateLimitedError),
        (401, BlockedError),
        (403, BlockedError),
        (451, BlockedError),
        (500, SourceUnavailableError),
        (502, SourceUnavailableError),
        (503, SourceUnavailableError),
        (404, SourceError),
        (410, SourceError),
    ],
)
def test_a_status_becomes_an_error_with_its_first_bytes(
    farside: Running, status: int, error: type[SourceError]
) -> None:
    farside.misbehave("farside", Misbehaviour("status", status=status))
    with pytest.raises(SourceError, match=f"/btc/: HTTP {status}") as caught:
        get(farside.addresses["farside"] + "/btc/", {"key": "secret"})
    assert type(caught.value) is error
    assert (caught.value.status, caught.value.first_bytes[:6]) == (status, b"<html>")
    assert caught.value.retryable == (status in (429, 418, 500, 502, 503))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("retry_after", "seconds"), [(17, 17.0), (None, None)])
def test_retry_after_is_kept(
    farside: Running, retry_after: int | None, seconds: float | None
) -> None:
    farside.misbehave("farside", Misbehaviour("status", status=429, retry_after=retry_after))
    with pytest.raises(RateLimitedError) as caught:
        get(farside.addresses["farside"] + "/btc/")
    assert caught.value.retry_after_seconds == seconds
    assert pickle.loads(pickle.dumps(caught.value)).retry_after_seconds == seconds  # noqa: S301 - our own bytes


def test_retry_after_holds_seconds_or_a_date() -> None:
    now = datetime(1999, 12, 31, 23, 58, 59, tzinfo=UTC)
    assert retry_after_seconds("120", now) == 120
    assert retry_after_seconds(RFC_DATE, now) == 60
    assert retry_after_seconds(RFC_DATE.replace("GMT", "").strip(), now) == 60
    assert retry_after_seconds(RFC_DATE, datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert retry_after_seconds("soon", now) is None
    assert retry_after_seconds(None, now) is None


def test_a_refusal_says_how_long_to_wait() -> None:
    error = refusal("yahoo: MBTQ25.CME", 429, b"Edge: Too Many Requests", "30")
    assert error.what == "yahoo: MBTQ25.CME: HTTP 429, asks for a pause of 30 s"
    assert isinstance(error, RateLimitedError)
    assert (error.first_bytes, error.retry_after_seconds) == (b"Edge: Too Many Requests", 30)


def test_what_breaks_off_keeps_its_status_and_what_had_come(farside: Running, odd: str) -> None:
    url = farside.addresses["farside"] + "/btc/"
    farside.misbehave("farside", Misbehaviour("reset"))
    with pytest.raises(SourceUnavailableError, match=r"/btc/: .*reset") as caught:
        get(url)
    assert (caught.value.status, caught.value.first_bytes[:9]) == (200, b"<!DOCTYPE")
    with pytest.raises(SourceUnavailableError, match=r"/garbled: .*encoding") as caught:
        get(f"{odd}/garbled")
    assert caught.value.status == 200
    farside.misbehave("farside", Misbehaviour("hang"))
    with pytest.raises(
        SourceUnavailableError, match=r"/btc/: no complete answer within 0\.2 s"
    ) as caught:
        get(url, timeout=0.2)
    assert (type(caught.value), caught.value.status) == (SourceUnavailableError, None)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://nobody.invalid/", "farside.example/btc/"]
)
def test_who_is_not_there_is_unreachable(url: str) -> None:
    # Nobody listens on port 1; no name of these two top-level domains exists (RFC 2606).
    with pytest.raises(UnreachableError, match="no connection: ") as caught:
        get(url)
    assert caught.value.retryable


def test_a_network_that_swallows_everything_costs_a_connection_and_not_the_time_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.3)
    with ExitStack() as held, socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        # The kernel drops connections that its queue has no room for.
        full.listen(0)
        for _ in range(4):
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        started = time.monotonic()
        with pytest.raises(UnreachableError, match=r"no connection: .*timed out"):
            get(f"http://127.0.0.1:{full.getsockname()[1]}/", timeout=60)
        assert time.monotonic() - started < 5
        monkeypatch.setattr(http, "CONNECT_SECONDS", 60)
        started = time.monotonic()
        with (
            connecting_within(0.3),
            pytest.raises(UnreachableError, match=r"no connection: .*timed out"),
        ):
            get(f"http://127.0.0.1:{full.getsockname()[1]}/", timeout=60)
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("kind", ["html", "challenge", "truncated"])
def test_a_complete_answer_comes_back_whatever_it_holds(farside: Running, kind: str) -> None:
    farside.misbehave("farside", Misbehaviour(kind))
    assert get(farside.addresses["farside"] + "/btc/").startswith(b"<")
