"""The HTTP side of the loopback venues, with the faults of the transport.

HTTP/1.0, a connection per request: a kept connection would hold a thread that nobody can join.
"""

import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.servers.core import (
    DEFAULT_NOW,
    FAULTS,
    VENUES,
    Ask,
    Misbehaviour,
    Response,
    Running,
    Venue,
    html_response,
)

_BAD_GATEWAY = (
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad "
    "Gateway</h1><hr>cloudflare</body></html>"
)
_CHALLENGE = (
    '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title><meta '
    'http-equiv="refresh" content="360"></head><body>'
    "<noscript>Enable JavaScript and cookies to continue</noscript><script "
    'src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1">'
    "</script></body></html>"
)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, running: Running, name: str, port: int) -> None:
        self.running = running
        self.name = name
        super().__init__(("127.0.0.1", port), _Handler)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        # An orderly shutdown would send a FIN ahead of the reset that SO_LINGER asks for.
        if isinstance(request, socket.socket) and any(
            request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)[:1]
        ):
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - signature of the base class
        error = sys.exc_info()[1]
        if error and not isinstance(error, ConnectionError | TimeoutError):
            self.running.crashes.append(error)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5  # a client that connects and says nothing must not keep a thread

    def do_GET(self) -> None:
        target = unquote(self.path)
        path = unquote(urlsplit(self.path).path)
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        running, name = self.server.running, self.server.name
        agent = self.headers.get("User-Agent", "")
        venue, fault, over = running.arrive(name, path, query, target, agent)
        if over:
            self._send(venue.refuse(429))
            return
        bend = fault.kind if fault and fault.kind not in FAULTS else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        habits = running.habits.get(name, frozenset())
        answer = venue.handle(Ask(path, query, headers, running.now, bend, habits))
        if fault and fault.kind in FAULTS:
            self._fail(venue, fault, answer)
        else:
            self._send(answer)

    def _fail(self, venue: Venue, fault: Misbehaviour, answer: Response) -> None:
        if fault.kind == "hang":
            self.server.running.stopping.wait(fault.seconds)
        elif fault.kind == "reset":
            self._send(answer, answer.body[: len(answer.body) // 2])
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif fault.kind == "truncated":
            self._send(
                Response(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
            )
        elif fault.kind == "html":
            self._send(html_response(_BAD_GATEWAY))
        elif fault.kind == "challenge":
            self._send(html_response(_CHALLENGE))
        else:
            refusal = venue.refuse(fault.status)
            extra = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            self._send(Response(fault.status, {**refusal.headers, **extra}, refusal.body))

    def _send(self, answer: Response, sent: bytes | None = None) -> None:
        self.send_response(answer.status)
        for name, value in {
            **answer.headers,
            "Content-Length": str(len(answer.body)),
            "Connection": "close",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body if sent is None else sent)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """For the `Date` header: the simulated clock, or what `Running.dates` says instead."""
        if timestamp is not None:
            return super().date_time_string(timestamp)
        running = self.server.running
        at = running.dates.get(self.server.name, running.now) or datetime.now(UTC)
        return f"{format_datetime(at.astimezone(UTC), usegmt=True)}"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - signature of the base class
        """Say nothing: `Running.requests` is the record."""


@contextmanager
def _listen(running: Running, name: str, port: int) -> Iterator[str]:
    """Serve one venue in a thread of its own until the block ends; the address without a trailing
    slash.
    """
    with _Server(running, name, port) as server:
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, name=f"loopback {name}"
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serve(
    *names: str, now: datetime = DEFAULT_NOW, recorded: Path | None = None, first_port: int = 0
) -> Iterator[Running]:
    """Serve venues (all registered ones when none is named) on 127.0.0.1 until the block ends; then
    no thread and no socket is left.

    `now` is the simulated clock at start; `recorded` a folder of recorded data to serve instead of
    the bundled sample; `first_port` the port of the first name, the others following (0: free
    ports).

    Raises:
        KeyError: a name that is not registered.
        RuntimeError: at the end, when a venue's own code failed on a request (the client saw a
            dropped connection).
    """
    names = names or tuple(sorted(VENUES))
    running = Running(names, now, recorded)
    with ExitStack() as stack:
        for offset, name in enumerate(names):
            port = first_port + offset if first_port else 0
            running.addresses[name] = stack.enter_context(_listen(running, name, port))
        # Last in, first out: nothing hangs on while the servers are joined.
        stack.callback(running.stopping.set)
        yield running
    if running.crashes:
        raise RuntimeError(
            f"a venue's code failed {len(running.crashes)} times; the first: {running.crashes[0]!r}"
        ) from running.crashes[0]
