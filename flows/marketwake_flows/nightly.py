"""The nightly run as a flow: what `marketwake.runs.nightly` does, with a task for each step."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from prefect import flow, runtime, task
from prefect.cache_policies import NO_CACHE

from marketwake.base.settings import read_settings
from marketwake.runs import nightly as plain
from marketwake.runs.backlog import Backlog, Came
from marketwake.runs.fetch import Fetched
from marketwake.runs.result import RunResult
from marketwake.runs.run import Run
from marketwake.sources.registry import Kind, check_source
from marketwake.sources.source import Source
from marketwake.warehouse.files import Warehouse
from marketwake_flows import tasks
from marketwake_flows.shutdown import end_quietly

log = logging.getLogger("marketwake.nightly")
"""Below the program's own logger, whose lines are kept and shown."""


@task(cache_policy=NO_CACHE)
def fetch(run: Run, source: Source, backlog: Backlog) -> Fetched:
    """Land what one source has. Retries are per request (sources/retry.py): asking a whole source
    again would repeat what has landed.
    """
    return run.fetch(source, backlog)


@task(cache_policy=NO_CACHE)
def load(run: Run, came: Iterable[Came]) -> None:
    """Store what lands while sources are asked, one transaction per payload."""
    run.load(came)


HOOKS = replace(tasks.HOOKS, fetch=fetch, load=load)


@flow(name="nightly")
def nightly(
    source: Kind = "live",
    warehouse: Path = Path("warehouse"),
    archive: Path | None = None,
    *,
    supersede: bool = False,
) -> RunResult:
    """One night. What is good is published even when a source failed; the run then ends failed and
    names it.

    A scheduled run that comes late, after another has begun since the hour that it was meant for,
    leaves at once with an empty result that names the other: what it would ask for has been asked.

    Raises:
        RunFailedError: a source failed, rows were rejected, or a study, a claim or a page broke;
            everything else is loaded and published.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    end_quietly()
    check_source(source, archive)
    read_settings(warehouse)
    done_by = _covered_by(Warehouse(warehouse), source)
    if done_by:
        log.info(
            "nothing to do: run %s has begun since the hour that this one was scheduled for",
            done_by,
        )
        return RunResult.of(done_by, [], [], [])
    return plain.nightly(warehouse, source, archive, HOOKS, supersede=supersede)


def _covered_by(warehouse: Warehouse, source: str) -> str | None:
    """The finished run that makes this one, started by a schedule and late, needless."""
    if runtime.deployment.id is None or not warehouse.is_published():
        return None
    with warehouse.reader() as con:
        rows = con.execute(
            "select max(run_id) from ops.run "
            "where flow = 'nightly' and source = ? and started_at >= ? "
            "and finished_at is not null",
            [source, runtime.flow_run.scheduled_start_time],
        ).fetchall()
    run_id: str | None = rows[0][0]
    return run_id
