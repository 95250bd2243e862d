"""The backfill: fill the holes of the ledger in batches, so that it may die at any instant and
never stands in the way of a night.

A batch holds the warehouse, asks all sources side by side, loads what landed, and lets go; whoever
waits is then next. A backfill that was killed is continued by ordering the same again: what it had
landed is loaded first, and is no hole any more.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Protocol

import duckdb

from marketwake.base.errors import WarehouseError
from marketwake.base.log import run_log
from marketwake.base.settings import Settings
from marketwake.coverage.ledger import Hole, find_holes
from marketwake.landing.store import Landing
from marketwake.runs import steps
from marketwake.runs.backfill.order import Order, days, settings_for
from marketwake.runs.backfill.plan import Part, Plan, make_plan
from marketwake.runs.fetch import Fetched, fetch, nothing_came, summed
from marketwake.runs.finish import Ending, closing, conclude, is_concluded
from marketwake.runs.load import Loaded
from marketwake.runs.result import RunFailedError, RunResult
from marketwake.sources.retry import Circuit
from marketwake.sources.source import Clock, Request, Source
from marketwake.warehouse.ddl import create_tables
from marketwake.warehouse.files import BUILT_IN_ONLY, Warehouse

BATCH_SECONDS = 30.0
"""Of requests, at the pace of their source: so long, and for their loading, does a night wait at
most.
"""
BATCH_REQUESTS = 50
"""Of one source: an answer takes its time, whatever pace is allowed."""
PATIENCE_SECONDS = 3600.0
"""For another run to end."""


class Watch(Protocol):
    """Who is told how a backfill goes. `answered` is called from several threads."""

    def planned(self, plan: Plan) -> None:
        """The plan stands."""

    def answered(self, source: str) -> None:
        """A request has been answered."""

    def settled(self, source: str, done: int) -> None:
        """At the end of a batch: so many requests of a source have been answered or given up so
        far.
        """

    def concluding(self) -> None:
        """Nothing more is asked; what came is built, checked and published."""


@dataclass(frozen=True)
class Result:
    """What a backfill came to: `outcome` is null where there was nothing to do, `missing` is what
    the series still lack.
    """

    outcome: RunResult | None
    missing: tuple[Hole, ...]


def plan(root: Path, settings: Settings, order: Order) -> Plan:
    """The plan alone: nothing is asked, and nothing below `root` is made, locked or written.

    What a killed run has landed and nothing has loaded yet still counts as missing.

    Raises:
        BadInputError: the order cannot be.
        WarehouseError: the writer's file cannot be read, because a run holds it.
    """
    path = root / "writer.duckdb"
    if not path.exists():
        return _plan_from_nothing(settings, order)
    try:
        con = duckdb.connect(path, read_only=True, config=BUILT_IN_ONLY)
    except duckdb.Error as error:
        raise WarehouseError(
            f"the warehouse file {path} cannot be read: {error}",
            "If a run holds it, wait until it is done.",
        ) from error
    with con:
        con.execute("set timezone = 'UTC'")
        return make_plan(con, settings, order, settings.clock())


def _plan_from_nothing(settings: Settings, order: Order) -> Plan:
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_tables(con, "raw")
        create_tables(con, "ops")
        return make_plan(con, settings, order, settings.clock())


def run(root: Path, settings: Settings, order: Order, watch: Watch, ending: Ending) -> Result:
    """Fill what the order names, build, check, publish and report. The outcome names what failed;
    what is good is published all the same.

    Raises:
        BadInputError: the order cannot be.
        RunFailedError: nothing came, and there is no warehouse yet.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed, or another run held the warehouse too long; what has
            landed is loaded by the next run.
    """
    clock = settings.clock()
    settings_for(
        settings, order, days(settings, order, clock())[0], clock
    )  # refuses what cannot be before the folder is touched
    with Warehouse(root).exclusive("backfill", PATIENCE_SECONDS):
        landing = Landing(root, clock)
        under_way = _UnderWay(
            root, clock, steps.new_run_id(landing), clock(), watch, settings.alert_webhook
        )
        if (root / "writer.duckdb").exists() or landing.receipts():
            with Warehouse(root).writer() as con:
                under_way.loads += steps.load_pending(con, landing)
                planned = make_plan(con, settings, order, clock)
        else:
            planned = _plan_from_nothing(settings, order)
        is_done = is_concluded(root)
    watch.planned(planned)
    if not planned.parts and not under_way.loads and is_done:
        return Result(None, (*planned.others, *(lack.hole for lack in planned.lacks)))
    with run_log(root, under_way.run_id):
        _ask_all(under_way, planned)
        watch.concluding()
        with under_way.held() as landing:
            outcome = conclude(
                root, landing, under_way.run_id, summed(under_way.fetched), under_way.loads,
                live=settings, ending=ending, webhook=settings.alert_webhook,
            )  # fmt: skip
            with Warehouse(root).writer() as con:
                return Result(outcome, tuple(find_holes(con, planned.windows, clock())))


@dataclass
class _Queue:
    """What is still to be asked of one source; `circuit` and the source's client outlive the
    batches.
    """

    part: Part
    worker: ThreadPoolExecutor
    circuit: Circuit
    asked: int = 0

    @property
    def is_done(self) -> bool:
        return self.circuit.is_open or self.asked == len(self.part.requests)

    def next_requests(self) -> list[Request]:
        pace = self.part.source.pace_seconds
        count = min(BATCH_REQUESTS, max(1, int(BATCH_SECONDS / pace))) if pace else BATCH_REQUESTS
        return list(self.part.requests[self.asked : self.asked + count])


@dataclass
class _UnderWay:
    """A backfill that has begun, and what it has brought so far."""

    root: Path
    clock: Clock
    run_id: str
    started_at: datetime
    watch: Watch
    webhook: str | None
    fetched: list[Fetched] = field(default_factory=list)
    loads: list[Loaded] = field(default_factory=list)
    is_entered: bool = False

    @contextmanager
    def held(self) -> Iterator[Landing]:
        """The warehouse for a batch, and its landing as it is now; a failure closes the run."""
        with Warehouse(self.root).exclusive(f"backfill {self.run_id}", PATIENCE_SECONDS):
            landing = Landing(self.root, self.clock)
            with (
                closing(self.root, landing, self.run_id, self.webhook)
                if self.is_entered
                else nullcontext()
            ):
                yield landing

    def load(self, landing: Landing, fetched: list[Fetched]) -> None:
        """Store what a batch landed.

        Raises:
            RunFailedError: nothing came, and there is no warehouse yet: then none is made.
        """
        self.fetched += fetched
        if nothing_came(self.root, fetched):
            raise RunFailedError(RunResult.of(self.run_id, fetched, [], []), published=False)
        if not self.is_entered:
            steps.start_run(self.root, self.run_id, "backfill", "live", self.started_at)
            self.is_entered = True
        self.loads += steps.load(self.root, landing, self.run_id, fetched)


def _ask_all(under_way: _UnderWay, planned: Plan) -> None:
    """Batch after batch until every source has been asked everything, or is gone."""
    stop = Event()
    with ExitStack() as stack:
        # One thread for each source as long as it is asked: its client belongs to a thread.
        queues = [
            _Queue(part, stack.enter_context(ThreadPoolExecutor(1)), Circuit(part.source.name))
            for part in planned.parts
        ]
        stack.callback(stop.set)
        while True:
            batch = [(queue, queue.next_requests()) for queue in queues if not queue.is_done]
            with under_way.held() as landing:
                _batch(under_way, landing, batch, stop)
            if all(queue.is_done for queue in queues):
                return


def _batch(
    under_way: _UnderWay, landing: Landing, batch: list[tuple[_Queue, list[Request]]], stop: Event
) -> None:
    futures = [
        # In the context of who called: the log of a flow finds its run through it.
        queue.worker.submit(
            copy_context().run,
            partial(
                fetch,
                landing,
                _Batch(queue.part.source, requests, under_way.watch, stop),
                under_way.run_id,
                circuit=queue.circuit,
            ),
        )
        for queue, requests in batch
    ]
    fetched = [future.result() for future in futures]
    under_way.load(landing, fetched)
    for queue, requests in batch:
        queue.asked += len(requests)
        under_way.watch.settled(queue.part.source.name, queue.asked)


class _StoppedError(Exception):
    """The run ends before its time."""


@dataclass(frozen=True)
class _Batch:
    """Some requests of a source, which can be stopped between two of them."""

    source: Source
    chosen: list[Request]
    watch: Watch
    stop: Event

    @property
    def name(self) -> str:
        return self.source.name

    def requests(self) -> list[Request]:
        return self.chosen

    def fetch(self, request: Request) -> bytes:
        if self.stop.is_set():
            raise _StoppedError
        body = self.source.fetch(request)
        self.watch.answered(self.source.name)
        return body
