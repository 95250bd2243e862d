"""`marketwake serve` as a person runs it: a server on loopback, a nightly run by the clock, runs
that are triggered, and a quiet end.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from marketwake.warehouse.files import Warehouse
from marketwake_flows.api import PROFILE, find, home
from tests.support.servers import Running, serve

pytestmark = pytest.mark.timeout(900)
PATIENCE_SECONDS = 150
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class _Patient(httpx.HTTPTransport):
    """Asks again while the server says 503: its SQLite database is locked for a moment by what the
    runs write.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            response = super().handle_request(request)
            if (
                response.status_code != httpx.codes.SERVICE_UNAVAILABLE
                or time.monotonic() > deadline
            ):
                return response
            response.close()
            time.sleep(1)


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    shown_sample_root: Path,
    migrated: Callable[[Path], Path],
) -> Path:
    """Where the warehouse is, and in it what the server keeps. It holds the sample and its pages,
    which take most of a night: the nights of this module are about how they start and end.
    """
    path = tmp_path_factory.mktemp("serving")
    root = Path(shutil.copytree(shown_sample_root, path / "warehouse", symlinks=True))
    migrated(root)
    return path


@pytest.fixture(scope="module")
def venues(folder: Path) -> Iterator[Running]:
    """Coinbase as the sample knows it; the settings of the runs point at it."""
    with serve("coinbase", now=datetime(2025, 8, 22, 9, 30, tzinfo=UTC)) as running:
        # Flows of a server begin by the wall clock.
        running.dates["coinbase"] = None
        (folder / "marketwake.toml").write_text(
            f'[addresses]\ncoinbase = "{running.addresses["coinbase"]}"\n'
        )
        yield running


@pytest.fixture(scope="module")
def elsewhere(folder: Path) -> Path:
    """The folder that the program is started in: somebody else's project, with flows, settings and
    secrets of its own.
    """
    path = folder / "elsewhere"
    (path / "flows").mkdir(parents=True)
    (path / "flows" / "__init__.py").write_text('raise ImportError("flows of somebody else")\n')
    (path / "pipeline.py").write_text('raise ImportError("a pipeline of somebody else")\n')
    (path / ".env").write_text(
        "PREFECT_API_URL=http://127.0.0.1:9/api\nPREFECT_API_AUTH_STRING=other:key\n"
    )
    (path / "prefect.toml").write_text(
        '[server.database]\nconnection_url = "sqlite+aiosqlite:////nowhere/x.db"\n'
    )
    return path


@pytest.fixture(scope="module")
def api(folder: Path, elsewhere: Path, venues: Running) -> Iterator[httpx.Client]:  # noqa: ARG001 - the settings must be there first
    """The API of a server that `marketwake serve` has started, with a nightly run on the sample
    every minute.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")
    }
    environment |= {
        "MARKETWAKE_WAREHOUSE": str(folder / "warehouse"),
        "NO_COLOR": "1",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    environment |= {"MARKETWAKE_CONFIG": str(folder / "marketwake.toml")}
    code = "from marketwake.cli.main import main; main()"
    command = [sys.executable, "-c", code, "serve"]
    command += ["--source", "sample", "--cron", "* * * * *", "--port", str(port)]
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=elsewhere,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _until(lambda: find(folder / "warehouse") is not None, folder)
            found = find(folder / "warehouse")
            assert found
            assert found.url == f"http://127.0.0.1:{port}/api"
            assert found.key
            user, _, password = found.key.partition(":")
            with httpx.Client(
                base_url=found.url, auth=(user, password), timeout=30, transport=_Patient()
            ) as client:
                _until(lambda: _deployments(client).keys() >= {"nightly", "study"}, folder)
                yield client
            os.kill(process.pid, signal.SIGINT)
            assert process.wait(timeout=60) == 0
        finally:
            # Whatever it has started is in its group, but for the server, which ends with it.
            try:
                os.killpg(process.pid, signal.SIGKILL)
                left = True
            except ProcessLookupError:
                left = False
    assert not left, "processes were left behind"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server was left behind"
    assert not (home(folder / "warehouse") / PROFILE).exists()
    printed = (folder / "serve.log").read_text()
    assert f"runs:  http://127.0.0.1:{port}/open#marketwake:" in printed
    assert f"pages: http://127.0.0.1:{port + 1}\n" in printed
    assert "leaked" not in printed


def _until(holds: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass  # the server is starting
        time.sleep(1)
    pytest.fail((folder / "serve.log").read_text()[-3000:])


def _deployments(api: httpx.Client) -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = api.post("/deployments/filter", json={}).raise_for_status().json()
    return {one["name"]: one for one in found}


def _runs(api: httpx.Client, deployment: str) -> list[dict[str, Any]]:
    wanted = {"deployments": {"name": {"any_": [deployment]}}, "sort": "EXPECTED_START_TIME_ASC"}
    found: list[dict[str, Any]] = (
        api.post("/flow_runs/filter", json=wanted).raise_for_status().json()
    )
    return found


def _triggered(
    api: httpx.Client, folder: Path, deployment: str, **given: dict[str, Any]
) -> dict[str, Any]:
    """A run that was triggered, once it is over."""
    created = api.post(
        f"/deployments/{_deployments(api)[deployment]['id']}/create_flow_run", json=given
    )
    assert created.status_code == 201, created.text
    run_id = created.json()["id"]
    _until(lambda: api.get(f"/flow_runs/{run_id}").json()["state_type"] in FINAL, folder)
    found: dict[str, Any] = api.get(f"/flow_runs/{run_id}").json()
    return found


def test_a_nightly_run_starts_by_the_clock_and_late_ones_leave_at_once(
    api: httpx.Client, folder: Path
) -> None:
    nightly = _deployments(api)["nightly"]
    assert nightly["schedules"][0]["schedule"] == {
        "cron": "* * * * *",
        "timezone": "UTC",
        "day_or": True,
    }
    assert nightly["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    # The first, not any: on a busy machine the next minute's run may be cancelled before the first
    # is done.
    _until(
        lambda: (
            [run["state_type"] for run in _runs(api, "nightly")[:1]] in [[state] for state in FINAL]
        ),
        folder,
    )
    first = _runs(api, "nightly")[0]
    assert first["auto_scheduled"]
    assert first["state_type"] == "COMPLETED", first["state"]["message"]
    api.patch(f"/deployments/{nightly['id']}", json={"paused": True})
    _until(
        lambda: all(run["state_type"] in FINAL | {"SCHEDULED"} for run in _runs(api, "nightly")),
        folder,
    )
    with Warehouse(folder / "warehouse").reader() as con:
        ran = con.execute("select count(*) from ops.run where flow = 'nightly'").fetchall()
    # A machine that was down for three days finds the runs that it has missed.
    due = datetime.now(UTC) - timedelta(days=3)
    late = _triggered(
        api,
        folder,
        "nightly",
        state={"type": "SCHEDULED", "state_details": {"scheduled_time": due.isoformat()}},
    )
    assert late["state_type"] == "COMPLETED", late["state"]["message"]
    with Warehouse(folder / "warehouse").reader() as con:
        assert con.execute("select count(*) from ops.run where flow = 'nightly'").fetchall() == ran


def test_a_study_is_triggered_with_parameters_that_are_checked(
    api: httpx.Client, folder: Path
) -> None:
    done = _triggered(
        api,
        folder,
        "study",
        parameters={
            "event": "midday",
            "at": "2025-08-07T16:00:00Z",
            "warehouse": str(folder / "warehouse"),
        },
    )
    assert done["state_type"] == "COMPLETED", done["state"]["message"]
    artifacts = {one["key"] for one in api.post("/artifacts/filter", json={}).json()}
    assert artifacts >= {"claims", "coverage", "reports", "study"}
    refused = api.post(
        f"/deployments/{_deployments(api)['nightly']['id']}/create_flow_run",
        json={"parameters": {"source": "teletype"}},
    )
    assert refused.status_code == 409
    assert "'teletype' is not one of ['live', 'sample', 'archive']" in refused.text


def test_a_backfill_is_triggered_with_parameters(
    api: httpx.Client, folder: Path, venues: Running
) -> None:
    root = folder / "filled"
    asked = {
        "dataset": "spot_bar",
        "first": "2025-07-01",
        "last": "2025-07-02",
        "symbols": ["ETH/USD"],
        "venues": ["Coinbase"],
    }
    done = _triggered(api, folder, "backfill", parameters={**asked, "warehouse": str(root)})
    assert done["state_type"] == "COMPLETED", done["state"]["message"]
    # Two days are 48 bars: one page.
    assert len(venues.requests) == 1
    with Warehouse(root).reader() as con:
        assert con.execute(
            "select count(*), min(opened_at)::varchar, max(opened_at)::varchar from stg.spot_bar"
        ).fetchall() == [(48, "2025-07-01 00:00:00+00", "2025-07-02 23:00:00+00")]
    artifacts = {
        one["key"]
        for one in api.post(
            "/artifacts/filter", json={"flow_runs": {"id": {"any_": [done["id"]]}}}
        ).json()
    }
    assert artifacts >= {"backfill-plan", "still-missing", "claims", "coverage", "changes"}
