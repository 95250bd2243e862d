"""The nightly run: fetch every source at once, load with one writer, build, study, check, publish,
report.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from prefect import flow, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from marketwake.base import log as runlog
from marketwake.base import settings
from marketwake.base.errors import SourceError
from marketwake.coverage import watermarks as held
from marketwake.landing import store as landing
from marketwake.runs import coins, steps
from marketwake.runs import fetch as fetching
from marketwake.runs import finish as ending
from marketwake.runs import load as batches
from marketwake.runs import result as outcome
from marketwake.runs import selection as asked_for
from marketwake.sources import registry as sources
from marketwake.sources import retry
from marketwake.sources.files import inbox
from marketwake.sources.source import Request, Source
from marketwake.warehouse.files import Warehouse
from marketwake_flows.tasks import ENDING

log = logging.getLogger("marketwake.nightly")
"""Below the program's own logger, whose lines are kept and shown."""
PATIENCE_SECONDS = 600.0
"""For another run to end; a backfill lets go of the warehouse after each batch."""


@task(cache_policy=NO_CACHE)
def fetch(
    landed: landing.Landing, source: Source, run_id: str, circuit: retry.Circuit
) -> fetching.Fetched:
    """Land what one source has. Retries are per request (sources/retry.py): asking a whole source
    again would repeat what has landed.
    """
    return fetching.fetch(landed, source, run_id, circuit=circuit)


@task(cache_policy=NO_CACHE)
def load(
    root: Path, landed: landing.Landing, run_id: str, fetched: list[fetching.Fetched]
) -> list[batches.Loaded]:
    """Store what landed, one transaction per payload."""
    return steps.load(root, landed, run_id, fetched)


@flow(name="nightly")
def nightly(
    source: sources.Kind = "live", warehouse: Path = Path("warehouse"), archive: Path | None = None
) -> outcome.RunResult:
    """One night. What is good is published even when a source failed; the run then ends failed and
    names it.

    A scheduled run that comes late, after another has begun since the hour that it was meant for,
    leaves at once with an empty outcome that names the other: what it would ask for has been asked.

    Raises:
        RunFailedError: a source failed, or rows were rejected; everything else is loaded and
            published.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    sources.check_source(source, archive)
    configured = settings.read_settings(warehouse)
    done_by = _covered_by(warehouse, source)
    if done_by:
        log.info(
            "nothing to do: run %s has begun since the hour that this one was scheduled for",
            done_by,
        )
        return outcome.RunResult.of(done_by, [], [], [])
    with Warehouse(warehouse).exclusive("nightly", PATIENCE_SECONDS):
        landed = landing.Landing(warehouse, configured.clock())
        run_id = steps.new_run_id(landed)
        with runlog.run_log(warehouse, run_id):
            done = _night(source, warehouse, archive, configured, landed, run_id)
    if done.problems:
        raise outcome.RunFailedError(done)
    return done


def _night(
    source: sources.Kind,
    warehouse: Path,
    archive: Path | None,
    configured: settings.Settings,
    landed: landing.Landing,
    run_id: str,
) -> outcome.RunResult:
    started_at = landed.clock()
    known = held.read_watermarks(warehouse)
    asked = asked_for.select_sources(source, warehouse, archive, configured, landed.clock, known)
    waves = _Waves(landed, run_id)
    fetched = waves.first(asked)
    if fetching.nothing_came(warehouse, fetched):
        raise outcome.RunFailedError(outcome.RunResult.of(run_id, fetched, [], []), published=False)
    steps.start_run(warehouse, run_id, "nightly", source, started_at)
    webhook = configured.alert_webhook
    with ending.closing(warehouse, landed, run_id, webhook):
        loads = load(warehouse, landed, run_id, fetched)
        inbox.settle(warehouse, landed.clock)
        if source == "live":
            more = waves.coins(warehouse, configured, known, asked, fetched)
            loads += load(warehouse, landed, run_id, more)
            fetched = fetching.summed(fetched + more)
        live = configured if source == "live" else None
        return ending.conclude(
            warehouse, landed, run_id, fetched, loads, live=live, ending=ENDING, webhook=webhook
        )


def _covered_by(root: Path, source: str) -> str | None:
    """The finished run that makes this one, started by a schedule and late, needless."""
    if runtime.deployment.id is None or not (root / "market.duckdb").exists():
        return None
    with Warehouse(root).reader() as con:
        found = con.execute(
            "select max(run_id) from ops.run where flow = 'nightly' and source = ? and started_at >= ? and finished_at is not null",
            [source, runtime.flow_run.scheduled_start_time],
        ).fetchall()
    run_id: str | None = found[0][0]
    return run_id


@dataclass
class _Waves:
    """Asks sources, many at once, in one wave after another; a source that has shut us out is left
    alone in later ones too.
    """

    landed: landing.Landing
    run_id: str
    circuits: dict[str, retry.Circuit] = field(default_factory=dict)

    def first(self, asked: asked_for.Selection) -> list[fetching.Fetched]:
        """All sources; then, for every spot venue that failed or lacks the history, the next in
        reserve.
        """
        fetched = self.wave(asked.first)
        reserves = list(asked.reserves)
        lacking = sum(map(fetching.needs_stand_in, fetched))
        while lacking and reserves:
            wave, reserves = reserves[:lacking], reserves[lacking:]
            more = self.wave(wave)
            fetched += more
            lacking = sum(map(fetching.needs_stand_in, more))
        return fetched

    def coins(
        self,
        warehouse: Path,
        configured: settings.Settings,
        known: held.Watermarks,
        asked: asked_for.Selection,
        fetched: list[fetching.Fetched],
    ) -> list[fetching.Fetched]:
        """The panel of coins, on the preferred venues of those that have answered so far."""
        answering = {one.source for one in fetched if not self.circuits[one.source].is_open}
        able = ((venue, spot) for venue, spot in asked.spots.items() if spot.name in answering)
        chosen = dict(islice(able, configured.spot_side_by_side))
        with Warehouse(warehouse).writer() as con:
            panel = coins.sources(con, configured, chosen, known, self.landed.clock())
        return self.wave(panel)

    def wave(self, asked: Sequence[Source]) -> list[fetching.Fetched]:
        """Some sources at once."""
        futures = [
            fetch.submit(self.landed, source, self.run_id, self._circuit(source))
            for source in asked
        ]
        return [
            _settled(source, future.wait() or future.state)
            for source, future in zip(asked, futures, strict=True)
        ]

    def _circuit(self, source: Source) -> retry.Circuit:
        return self.circuits.setdefault(source.name, retry.Circuit(source.name))


def _settled(source: Source, state: State[Any]) -> fetching.Fetched:
    # A source that breaks in a way nobody foresaw must not stop the others either; Prefect has
    # logged its traceback.
    result = state.result(raise_on_failure=False)
    if isinstance(result, fetching.Fetched):
        return result
    error = SourceError(
        f"{type(result).__name__}: {result}",
        "This is a defect of the source module: see the run's log.",
    )
    return fetching.Fetched(source.name, 0, 0, ((Request("*", source.name), error),))
