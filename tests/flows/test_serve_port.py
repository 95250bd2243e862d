"""The server of `marketwake serve` takes a port of its own or says that it cannot."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from marketwake_flows import serve as serving


class _Healthy(BaseHTTPRequestHandler):
    """Answers as a Prefect server does that is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


def test_a_server_that_is_there_already_is_not_taken_for_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        serving, "PREFECT_API_URL", type("None", (), {"value": staticmethod(lambda: None)})
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), _Healthy) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        port = other.server_address[1]
        with (
            pytest.raises(
                serving.ServerError,
                match=f"port {port} of 127.0.0.1 cannot be had: Address already in use",
            ),
            serving.server(port),
        ):
            pytest.fail("the other server was used")
        other.shutdown()


def test_a_server_that_is_named_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    named = "http://127.0.0.1:1/api"
    monkeypatch.setattr(
        serving, "PREFECT_API_URL", type("Named", (), {"value": staticmethod(lambda: named)})
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with serving.server(taken.getsockname()[1]) as used:
            assert used == named
