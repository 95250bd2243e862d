"""The nightly run: fetch every source at once, load with one writer, build, study, check, publish, report."""

import logging
from pathlib import Path
from typing import Any

from prefect import flow, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from flows.shared import ENDING
from pipeline import batches, ending, held, landing, outcome, runlog, settings, sources, steps
from pipeline import warehouse as files
from pipeline.errors import SourceError
from pipeline.sources import asked as asked_for
from pipeline.sources import inbox
from pipeline.sources.base import Request, Source
from pipeline.wanted import wanted

log = logging.getLogger("pipeline.nightly")
"""Below the program's own logger, whose lines are kept and shown."""
PATIENCE_SECONDS = 600.0
"""For another run to end; a backfill lets go of the warehouse after each batch."""


@task(cache_policy=NO_CACHE)
def fetch(landed: landing.Landing, source: Source, run_id: str) -> steps.Fetched:
    """Land what one source has. Retries are per request, in pipeline.retry: asking a whole source again would repeat what has landed."""
    return steps.fetch(landed, source, run_id)


@task(cache_policy=NO_CACHE)
def load(root: Path, landed: landing.Landing, run_id: str, fetched: list[steps.Fetched]) -> list[batches.Loaded]:
    """Store what landed, one transaction per payload."""
    return steps.load(root, landed, run_id, fetched)


@flow(name="nightly")
def nightly(source: sources.Kind = "live", warehouse: Path = Path("warehouse"), archive: Path | None = None) -> outcome.Outcome:
    """One night. What is good is published even when a source failed; the run then ends failed and names it.

    A scheduled run that comes late, after another has begun since the hour that it was meant for, leaves at once with an
    empty outcome that names the other: what it would ask for has been asked.

    Raises:
        RunFailedError: a source failed, or rows were rejected; everything else is loaded and published.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    sources.check_source(source, archive)
    configured = settings.read_settings(warehouse)
    done_by = _covered_by(warehouse, source)
    if done_by:
        log.info("nothing to do: run %s has begun since the hour that this one was scheduled for", done_by)
        return outcome.Outcome.of(done_by, [], [], [])
    with files.exclusive(warehouse, "nightly", PATIENCE_SECONDS):
        landed = landing.Landing(warehouse, configured.clock())
        run_id = steps.new_run_id(landed)
        with runlog.run_log(warehouse, run_id):
            done = _night(source, warehouse, archive, configured, landed, run_id)
    if done.problems:
        raise outcome.RunFailedError(done)
    return done


def _night(
    source: sources.Kind, warehouse: Path, archive: Path | None, configured: settings.Settings, landed: landing.Landing, run_id: str
) -> outcome.Outcome:
    started_at = landed.clock()
    known = held.read_held(warehouse, configured.spot_interval)
    asked, reserves = asked_for.sources_for(source, warehouse, archive, configured, landed.clock, known)
    fetched = _fetch_all(landed, run_id, asked, reserves)
    if steps.nothing_came(warehouse, fetched):
        raise outcome.RunFailedError(outcome.Outcome.of(run_id, fetched, [], []), published=False)
    steps.start_run(warehouse, run_id, "nightly", source, started_at)
    webhook = configured.alert_webhook
    with ending.closing(warehouse, landed, run_id, webhook):
        loads = load(warehouse, landed, run_id, fetched)
        inbox.settle(warehouse, landed.clock)
        series = wanted(configured, landed.clock()) if source == "live" else []
        return ending.conclude(warehouse, landed, run_id, fetched, loads, wanted=series, ending=ENDING, webhook=webhook)


def _covered_by(root: Path, source: str) -> str | None:
    """The finished run that makes this one, started by a schedule and late, needless."""
    if runtime.deployment.id is None or not (root / "market.duckdb").exists():
        return None
    with files.reader(root) as con:
        found = con.execute(
            "select max(run_id) from ops.run where flow = 'nightly' and source = ? and started_at >= ? and finished_at is not null",
            [source, runtime.flow_run.scheduled_start_time],
        ).fetchall()
    run_id: str | None = found[0][0]
    return run_id


def _fetch_all(landed: landing.Landing, run_id: str, asked: list[Source], reserves: list[Source]) -> list[steps.Fetched]:
    """Ask all sources at once; for every spot venue that failed or lacks the history, the next in reserve."""
    fetched = _wave(landed, run_id, asked)
    wanted = sum(map(steps.needs_stand_in, fetched))
    while wanted and reserves:
        wave, reserves = reserves[:wanted], reserves[wanted:]
        more = _wave(landed, run_id, wave)
        fetched += more
        wanted = sum(map(steps.needs_stand_in, more))
    return fetched


def _wave(landed: landing.Landing, run_id: str, asked: list[Source]) -> list[steps.Fetched]:
    futures = [fetch.submit(landed, source, run_id) for source in asked]
    return [_settled(source, future.wait() or future.state) for source, future in zip(asked, futures, strict=True)]


def _settled(source: Source, state: State[Any]) -> steps.Fetched:
    # A source that breaks in a way nobody foresaw must not stop the others either; Prefect has logged its traceback.
    result = state.result(raise_on_failure=False)
    if isinstance(result, steps.Fetched):
        return result
    error = SourceError(f"{type(result).__name__}: {result}", "This is a defect of the source module: see the run's log.")
    return steps.Fetched(source.name, 0, 0, ((Request("*", source.name), error),))
