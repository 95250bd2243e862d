"""Schedule, worker and, where none is given, server in one process: what `marketwake serve` runs."""

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx
from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.types.entrypoint import EntrypointType

from marketwake.base.errors import MarketwakeError
from marketwake.sources.registry import Kind
from marketwake_flows import pages
from marketwake_flows.backfill import backfill
from marketwake_flows.nightly import nightly
from marketwake_flows.study import study

log = logging.getLogger(__name__)

SERVER_SECONDS = 120
"""What a server may take to start: the first time it makes its database."""
SECONDS_TO_END = 30
"""What it may take to end, before it is killed."""
ONE_AT_A_TIME = ConcurrencyLimitConfig(
    limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
)
"""A night that begins while another still runs is dropped: the one that runs fetches up to its own
present, and the next one the rest.
"""


class ServerError(MarketwakeError):
    """The Prefect server did not start."""


def deployments(warehouse: Path, cron: str, source: Kind) -> list[RunnerDeployment]:
    """The flows as deployments: `nightly` by cron in UTC, the others when they are triggered. The
    flows are found by their module.
    """
    where = str(warehouse)
    return [
        RunnerDeployment.from_flow(
            nightly,
            "nightly",
            schedule=Cron(cron, timezone="UTC"),
            parameters={"source": source, "warehouse": where},
            concurrency_limit=ONE_AT_A_TIME,
            description=nightly.description,
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        RunnerDeployment.from_flow(
            backfill,
            "backfill",
            parameters={"warehouse": where},
            concurrency_limit=ConcurrencyLimitConfig(
                limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE
            ),
            description=backfill.description,
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        RunnerDeployment.from_flow(
            study,
            "study",
            parameters={"warehouse": where},
            description=study.description,
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
    ]


@contextmanager
def server(port: int) -> Iterator[str]:
    """The address of the API of $PREFECT_API_URL or of the profile, else of a server started here
    on 127.0.0.1, which ends with the block.

    Raises:
        ServerError: the port is taken, or the server does not answer in time.
    """
    given = PREFECT_API_URL.value()
    if given:
        yield given
        return
    _demand_free(port)
    url = f"http://127.0.0.1:{port}/api"
    command = [
        sys.executable,
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    # Its pages would look for the API on port 4200, whatever the port.
    environment = os.environ | {"PREFECT_SERVER_UI_API_URL": url}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait_for(url, process)
        # The runs are processes of their own: they find the server through the environment.
        os.environ["PREFECT_API_URL"] = url
        with temporary_settings({PREFECT_API_URL: url}):
            yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _demand_free(port: int) -> None:
    # Another server at the port would answer in the place of ours, which could not start, and keep
    # our deployments.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServerError(
                f"port {port} of 127.0.0.1 cannot be had: {error.strerror}",
                "Choose another with --port. Where a Prefect server runs already, name it: export PREFECT_API_URL=http://...",
            ) from error


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/health", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError as error:
            log.debug("the Prefect server does not answer yet: %s", error)
        time.sleep(0.5)
    raise ServerError(
        f"the Prefect server did not start at {url}",
        "What it printed says why; `--port` or PREFECT_API_URL choose another.",
    )


def run(served: list[RunnerDeployment], port: int, reports: Path | None) -> None:
    """Serve the deployments until interrupted, and a folder of reports at the next port. Schedules
    pause while nobody serves them.

    Raises:
        ServerError: the port is taken, or the server does not answer in time.
    """
    with server(port), pages.shown(reports, port + 1) if reports else nullcontext():
        serve(*served, print_starting_message=False)
