"""Which Prefect API is used: found without Prefect, judged within seconds, told in a sentence."""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from marketwake_flows.api import Api, ApiError, environment, find, leave_profile


@contextmanager
def _answering(status: int, body: bytes, seen: list[str | None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()


@contextmanager
def _silent(*, listens: bool) -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listens:
            taken.listen()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/api"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets PREFECT_API_URL; a proxy that nobody keeps must not be asked about this machine."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    monkeypatch.delenv("PREFECT_API_KEY", raising=False)
    return lambda url: monkeypatch.setenv("PREFECT_API_URL", url)


def test_a_server_that_is_named_is_asked_with_its_key(
    named: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    with _answering(200, b'"3.9.1"', seen) as url:
        named(url)
        assert find(tmp_path) == Api(url)
        monkeypatch.setenv("PREFECT_API_KEY", "pnu_1")
        find(tmp_path)
        monkeypatch.setenv("PREFECT_API_AUTH_STRING", "ann:key")
        assert find(tmp_path) == Api(url, "ann:key")
    # base64 of ann:key, as RFC 7617 has it.
    assert seen == [None, "Bearer pnu_1", "Basic YW5uOmtleQ=="]


def test_a_named_server_of_no_use_is_told_within_three_seconds(
    named: Callable[[str], None], tmp_path: Path
) -> None:
    cases = [
        (_silent(listens=False), "does not answer: .*refused"),
        (_silent(listens=True), "does not answer"),
        (_answering(401, b"", []), "wants another key"),
        (_answering(404, b"", []), "answers, but is no Prefect API"),
        (_answering(200, b"<html>", []), "answers, but is no Prefect API"),
        (_answering(503, b"", []), "answers with HTTP 503"),
    ]
    for server, what in cases:
        with server as url:
            named(url)
            began = time.monotonic()
            with pytest.raises(ApiError, match=f"^PREFECT_API_URL names {url}, which {what}") as e:
                find(tmp_path)
            # 3 s, and what a busy machine takes.
            assert time.monotonic() - began < 6
            assert e.value.exit_code == 8


def test_what_is_no_address_is_told_too(named: Callable[[str], None], tmp_path: Path) -> None:
    for url in ("4200", "ftp://127.0.0.1/api", "http://127.0.0.1:port/api", "http://[::1/api"):
        named(url)
        with pytest.raises(ApiError, match="does not answer"):
            find(tmp_path)
    named("http://ann:secret@127.0.0.1:9/api")
    with pytest.raises(ApiError) as told:
        find(tmp_path)
    assert "secret" not in str(told.value)


def test_without_a_name_the_server_of_this_warehouse_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert find(tmp_path) is None
    seen: list[str | None] = []
    with _answering(200, b'"3.9.1"', seen) as url:
        path = leave_profile(tmp_path, Api(url, "marketwake:key"))
        assert path.stat().st_mode & 0o777 == 0o600
        assert find(tmp_path) == Api(url, "marketwake:key")
        # None is wanted: the empty name is a name.
        monkeypatch.setenv("PREFECT_API_URL", "")
        assert find(tmp_path) is None
        monkeypatch.delenv("PREFECT_API_URL")
    assert len(seen) == 1
    with caplog.at_level(logging.WARNING):
        assert find(tmp_path) is None
    (line,) = caplog.messages
    assert "left from a server that is gone" in line
    path.write_text("[profiles", encoding="utf-8")
    assert find(tmp_path) is None


def test_no_profile_and_no_other_key_is_used_and_loopback_passes_by_proxies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        set_for = environment(Path("warehouse"), Api("https://prefect.example.org/api"))
    assert set_for["NO_PROXY"] == "example.org,127.0.0.1,localhost"
    assert "no_proxy" not in set_for
    assert set_for["PREFECT_HOME"] == str(tmp_path / "warehouse" / "state" / "prefect")
    code = (
        "import json\n"
        "from prefect.settings import get_current_settings as now\n"
        "api = now().api\n"
        "print(json.dumps([api.url, bool(api.auth_string)]))"
    )
    home = leave_profile(tmp_path / "warehouse", Api("http://127.0.0.1:9/api", "our:key")).parent
    (home / ".env").write_text('PREFECT_API_URL="http://127.0.0.1:9/api"\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | dict(set_for),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    url, has_key = json.loads(done.stdout)
    assert url == "https://prefect.example.org/api"
    assert not has_key


def test_none_of_this_imports_prefect_or_a_client_of_http() -> None:
    code = (
        "import sys\n"
        "import marketwake_flows.api, marketwake_flows.server, marketwake_flows.serve\n"
        "assert not {'prefect', 'httpx', 'uvicorn', 'polars'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
