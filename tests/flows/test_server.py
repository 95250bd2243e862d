"""A server of our own: found by other processes, closed to strangers, gone with its parent."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from marketwake.base.errors import WarehouseError
from marketwake_flows.api import PROFILE, Api, ApiError, find, home
from marketwake_flows.server import running
from tests.support.stranger import tried

SECONDS_TO_BE_GONE = 20
"""A server whose parent was killed: it takes one or two, and more on a busy machine."""
_PARENT = """
import sys, time
from pathlib import Path
from marketwake_flows.server import running
with running(Path(sys.argv[1]), int(sys.argv[2])):
    print("up", flush=True)
    time.sleep(1000)
"""


@pytest.fixture(scope="module")
def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, migrated: Callable[[Path], Path]) -> Path:
    """A warehouse whose folder has a name of its own."""
    return migrated(tmp_path_factory.mktemp("is a # folder ä%20?"))


@pytest.fixture(scope="module")
def api(root: Path, free_port: int) -> Iterator[Api]:
    """A server that another process keeps; that process is killed in the end."""
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(root), str(free_port)], stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"up\n"
        found = find(root)
        assert found
        yield found
        parent.send_signal(signal.SIGKILL)
    began = time.monotonic()
    while _answers(free_port):
        assert time.monotonic() - began < SECONDS_TO_BE_GONE, "the server outlives its parent"
        time.sleep(0.2)
    assert find(root) is None


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _client(api: Api) -> httpx.Client:
    assert api.key
    user, _, password = api.key.partition(":")
    return httpx.Client(base_url=api.url, auth=(user, password), timeout=60)


def test_it_is_found_by_its_file_and_needs_its_key(api: Api, root: Path, free_port: int) -> None:
    assert api.url == f"http://127.0.0.1:{free_port}/api"
    assert (home(root) / PROFILE).stat().st_mode & 0o777 == 0o600
    assert (home(root) / "prefect.db").exists()
    assert httpx.get(f"{api.url}/flows/count").status_code == 401
    assert str(api.key) not in repr(api)


def test_the_command_line_of_no_process_shows_the_key(api: Api) -> None:
    shown = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            shown += path.read_bytes()
    assert b"marketwake_flows.child" in shown
    assert str(api.key).encode() not in shown


def test_a_second_server_for_the_warehouse_is_refused(api: Api, root: Path) -> None:  # noqa: ARG001
    with pytest.raises(ApiError, match="another marketwake keeps a Prefect server"), running(root):
        pytest.fail("two servers on one database")


def test_a_foreign_host_is_refused_even_with_the_key(api: Api) -> None:
    with _client(api) as client:
        assert client.get("/admin/version").status_code == 200
        for path in ("/admin/version", "/health"):
            foreign = client.get(path, headers={"Host": "rebound.example:4200"})
            assert foreign.status_code == 403


def test_a_page_of_another_origin_can_neither_read_nor_change_anything(
    api: Api, tmp_path: Path
) -> None:
    browser = shutil.which("chromium")
    if not browser:
        pytest.skip("needs the browser chromium")
    told = tried(browser, api.url, str(api.key), tmp_path)
    with _client(api) as client:
        flows = client.post("/flows/filter", json={}).raise_for_status().json()
    assert flows == []
    assert told.pop("own") == "basic 200"
    # What needs no preflight gets an answer that the page cannot read.
    assert told.pop("blob") == "opaque 0"
    assert told.pop("credentials") in {"opaque 0", "refused"}
    assert told == {
        "read": "refused",
        "health": "refused",
        "json": "refused",
        "out": "closed 1006",
        "in": "closed 1006",
    }


def test_a_server_that_is_still_starting_ends_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys\n"
        "child = [sys.executable, '-m', 'marketwake_flows.child', '0', '0']\n"
        "print(subprocess.Popen(child, stdin=subprocess.PIPE).pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, check=False
    )
    assert done.returncode == -signal.SIGKILL
    deadline = time.monotonic() + SECONDS_TO_BE_GONE
    while Path(f"/proc/{int(done.stdout)}/fd").is_dir() and _runs(int(done.stdout)):
        assert time.monotonic() < deadline, "it outlives its parent"
        time.sleep(0.2)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class _Healthy(BaseHTTPRequestHandler):
    """Answers as a Prefect server does that is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


def test_a_server_that_is_there_already_is_not_taken_for_ours(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Healthy) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        port = other.server_address[1]
        with (
            pytest.raises(
                ApiError, match=f"port {port} of 127.0.0.1 cannot be had: Address already in use"
            ),
            running(tmp_path, port),
        ):
            pytest.fail("the other server was used")
        other.shutdown()


def test_a_folder_that_cannot_hold_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with (
        pytest.raises(WarehouseError, match="cannot be written: Not a directory"),
        running(tmp_path),
    ):
        pytest.fail("it started")
