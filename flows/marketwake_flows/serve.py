"""Schedule, worker and, where none is given, server in one process: what `marketwake serve` runs.

Prefect is imported once the environment names its server.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from marketwake.base.paths import check_folder
from marketwake_flows import api as prefect_api
from marketwake_flows import pages
from marketwake_flows.cron import check_cron
from marketwake_flows.gate import OPEN
from marketwake_flows.server import running

if TYPE_CHECKING:
    from marketwake.sources.registry import Kind


def run(
    root: Path,
    cron: str,
    source: "Kind",
    port: int,
    reports: Path | None,
    say: Callable[[str, str | None], None],
) -> None:
    """Serve the deployments until interrupted, and a folder of reports at the next port. Schedules
    pause while nobody serves them.

    Args:
        root: the warehouse, absolute.
        cron: when nights begin, UTC, in five fields.
        source: where their figures come from.
        port: of the server and its pages, where PREFECT_API_URL names none.
        reports: the folder of pages, none where they are served elsewhere.
        say: is told where the pages of the server are, once it answers, and where the index of the
            reports is, None where they are served elsewhere or their port is taken.

    Raises:
        BadInputError: `cron` is no line of crontab; nothing has begun then.
        ApiError: the port is taken, another server keeps this warehouse, ours does not start, or
            the one of PREFECT_API_URL does not answer.
        WarehouseError: the folder cannot be used or written.
    """
    check_cron(cron)
    check_folder(root)
    with (
        _server(root, port) as page,
        pages.shown(reports, port + 1) if reports else nullcontext() as index,
    ):
        from prefect import serve

        from marketwake_flows.deployments import deployments

        served = deployments(root, cron, source)
        say(page, index)
        serve(*served, print_starting_message=False)


@contextmanager
def _server(root: Path, port: int) -> Iterator[str]:
    """The server of PREFECT_API_URL, else one of our own; gives the address of its pages."""
    given = prefect_api.find(root) if os.environ.get("PREFECT_API_URL") else None
    if given:
        prefect_api.prepare(root, given)
        yield given.url.removesuffix("/api")
        return
    with running(root, port) as api:
        yield f"{api.url.removesuffix('/api')}{OPEN}#{api.key}"
