"""The nightly run: fetch every source at once, load with one writer, build, study, check, publish, report."""

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from flows.shared import ENDING
from pipeline import batches, held, landing, outcome, settings, sources, steps
from pipeline import warehouse as files
from pipeline.errors import MarketwakeError, SourceError
from pipeline.sources import asked as asked_for
from pipeline.sources import inbox
from pipeline.sources.base import Request, Source

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
def nightly(source: str, warehouse: Path, archive: Path | None = None) -> outcome.Outcome:
    """One night. What is good is published even when a source failed; the run then ends failed and names it.

    Raises:
        RunFailedError: a source failed, or rows were rejected; everything else is loaded and published.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    sources.check_source(source, archive)
    configured = settings.read_settings(warehouse)
    with files.exclusive(warehouse, "nightly", PATIENCE_SECONDS):
        landed = landing.Landing(warehouse, configured.clock())
        run_id, started_at = steps.new_run_id(landed), landed.clock()
        asked, reserves = asked_for.sources_for(
            source, warehouse, archive, configured, landed.clock, held.read_held(warehouse, configured.spot_interval)
        )
        fetched = _fetch_all(landed, run_id, asked, reserves)
        if steps.nothing_came(warehouse, fetched):
            raise outcome.RunFailedError(outcome.Outcome.of(run_id, fetched, [], []), published=False)
        steps.start_run(warehouse, run_id, "nightly", source, started_at)
        try:
            done = _run(warehouse, landed, run_id, fetched)
        except MarketwakeError as error:
            steps.finish_run(warehouse, landed, run_id, error.what)
            raise
    if done.problems:
        raise outcome.RunFailedError(done)
    return done


def _fetch_all(landed: landing.Landing, run_id: str, asked: list[Source], reserves: list[Source]) -> list[steps.Fetched]:
    """Ask all sources at once; for every spot venue that failed, the next in reserve."""
    fetched = _wave(landed, run_id, asked)
    failed = sum(bool(one.failures) for one in fetched if one.source.startswith("spot-"))
    while failed and reserves:
        wave, reserves = reserves[:failed], reserves[failed:]
        more = _wave(landed, run_id, wave)
        fetched += more
        failed = sum(bool(one.failures) for one in more)
    return fetched


def _wave(landed: landing.Landing, run_id: str, asked: list[Source]) -> list[steps.Fetched]:
    futures = [fetch.submit(landed, source, run_id) for source in asked]
    return [_settled(source, future.wait() or future.state) for source, future in zip(asked, futures, strict=True)]


def _run(root: Path, landed: landing.Landing, run_id: str, fetched: list[steps.Fetched]) -> outcome.Outcome:
    loads = load(root, landed, run_id, fetched)
    inbox.settle(root, landed.clock)
    return outcome.conclude(root, landed, run_id, fetched, loads, ENDING)


def _settled(source: Source, state: State[Any]) -> steps.Fetched:
    # A source that breaks in a way nobody foresaw must not stop the others either; Prefect has logged its traceback.
    result = state.result(raise_on_failure=False)
    if isinstance(result, steps.Fetched):
        return result
    error = SourceError(f"{type(result).__name__}: {result}", "This is a defect of the source module: see the run's log.")
    return steps.Fetched(source.name, 0, 0, ((Request("*", source.name), error),))
