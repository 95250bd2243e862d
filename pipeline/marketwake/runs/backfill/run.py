"""The backfill: fill the holes of the ledger in batches, so that it may die at any instant and
never stands in the way of a night.

All sources are asked side by side, batch after batch, while one thread loads what lands. Where
somebody waits for the warehouse, each source ends with its batch, what landed is loaded, and the
backfill lets go; whoever waits is then next. A backfill that was killed is continued by ordering
the same again: what it had landed is loaded first, and is no hole any more.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import duckdb

from marketwake.base.settings import Settings
from marketwake.coverage.ledger import Hole, find_holes
from marketwake.runs.backfill.order import Order, days, settings_for
from marketwake.runs.backfill.plan import Part, Plan, make_plan
from marketwake.runs.backlog import Backlog, Came, asked
from marketwake.runs.current import is_published
from marketwake.runs.fetch import Fetched, fetched_alone
from marketwake.runs.pending import load_pending
from marketwake.runs.result import RunResult
from marketwake.runs.run import PLAIN, Hooks, Run
from marketwake.sources.source import Request, Source
from marketwake.sources.spot.binance_months import ByMonths, NotInArchiveError
from marketwake.sources.spot.client import MONTH
from marketwake.warehouse.ddl import create_tables
from marketwake.warehouse.files import Warehouse

BATCH_SECONDS = 30.0
"""Of requests, at the pace of their source: so long, and for what waits to be loaded, does a night
wait at most.
"""
BATCH_REQUESTS = 50
"""Of one source: an answer takes its time, whatever pace is allowed."""
PATIENCE_SECONDS = 3600.0
"""For another run to end."""


class Watch(Protocol):
    """Who is told how a backfill goes. `answered` and `settled` are called from several threads,
    for each source from its own.
    """

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
class BackfillResult:
    """What a backfill came to: `run` is null where there was nothing to do, `missing` is what the
    series still lack.
    """

    run: RunResult | None
    missing: tuple[Hole, ...]


def plan(root: Path, settings: Settings, order: Order) -> Plan:
    """The plan alone: nothing is asked, and nothing below `root` is made, locked or written.

    What a killed run has landed and nothing has loaded yet still counts as missing.

    Raises:
        BadInputError: the order cannot be.
        WarehouseError: the tables cannot be read, because a run holds them.
    """
    warehouse = Warehouse(root)
    if not warehouse.exists():
        return _plan_from_nothing(settings, order)
    with warehouse.store.look() as con:
        return make_plan(con, settings, order, settings.clock())


def _plan_from_nothing(settings: Settings, order: Order) -> Plan:
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_tables(con, "raw")
        create_tables(con, "ops")
        return make_plan(con, settings, order, settings.clock())


def backfill(
    root: Path, settings: Settings, order: Order, watch: Watch, hooks: Hooks = PLAIN
) -> BackfillResult:
    """Fill what the order names, build, check, publish and report. The result names what failed;
    what is good is published all the same.

    Raises:
        BadInputError: the order cannot be.
        RunFailedError: nothing came, and there is no warehouse yet.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed, or another run held the warehouse too long; what has
            landed is loaded by the next run.
    """
    run = Run(Warehouse(root), "backfill", "live", settings)
    # Refuses what cannot be before the folder is touched.
    settings_for(settings, order, days(settings, order, run.clock())[0], run.clock)
    with run.hold(PATIENCE_SECONDS):
        planned = _plan_of(run, order)
        is_done = is_published(run.warehouse)
    watch.planned(planned)
    if not planned.parts and not run.loads and is_done:
        return BackfillResult(None, (*planned.others, *(lack.hole for lack in planned.lacks)))
    missed = _ask_all(run, planned, watch)
    more = _by_pages(planned, missed)
    if more.parts:
        watch.planned(more)
        _ask_all(run, more, watch)
    names = [part.source.name for part in planned.parts]
    run.fetched.sort(key=lambda part: names.index(part.source))
    watch.concluding()
    with run.hold(PATIENCE_SECONDS):
        result = run.finish(hooks)
        with run.warehouse.writer() as con:
            return BackfillResult(result, tuple(find_holes(con, planned.windows, run.clock())))


def _by_pages(planned: Plan, missed: Sequence[Request]) -> Plan:
    """Of months that an archive did not give, the pages that hold them."""
    parts = tuple(
        Part(
            part.source.pages, tuple(replace(r, ordered_by=missed[0].ordered_by) for r in pages), ()
        )
        for part in planned.parts
        if isinstance(part.source, ByMonths)
        for pages in [part.source.instead(missed)]
        if pages
    )
    return replace(planned, parts=parts, lacks=(), notes=())


def _plan_of(run: Run, order: Order) -> Plan:
    """The plan, once what a killed run has landed is loaded."""
    if not run.warehouse.exists() and not run.landing.receipts():
        return _plan_from_nothing(run.settings, order)
    with run.warehouse.writer() as con:
        run.loads += load_pending(con, run.landing, run.warehouse.commit)
        return make_plan(con, run.settings, order, run.clock)


@dataclass
class _Queue:
    """What is still to be asked of one source; its circuit and its client outlive the turns."""

    part: Part
    worker: ThreadPoolExecutor
    asked: int = 0
    is_broken: bool = False

    def is_done(self, run: Run) -> bool:
        is_gone = self.is_broken or run.circuit(self.part.source).is_open
        return is_gone or self.asked == len(self.part.requests)

    def next_requests(self) -> list[Request]:
        pace = self.part.source.pace_seconds
        count = min(BATCH_REQUESTS, max(1, int(BATCH_SECONDS / pace))) if pace else BATCH_REQUESTS
        return list(self.part.requests[self.asked : self.asked + count])

    def ask(self, run: Run, watch: Watch, backlog: Backlog) -> None:
        """Batch after batch, until all is asked, the source is gone, or somebody waits for the
        warehouse; one in any case.
        """
        is_over = False
        while not is_over:
            batch = _Batch(self.part.source, self.next_requests(), watch)
            fetched = fetched_alone(batch, partial(run.fetch, batch, backlog))
            self.is_broken = fetched.is_broken
            self.asked += len(batch.chosen)
            backlog.bring(fetched)
            watch.settled(batch.name, self.asked)
            is_over = self.is_done(run) or run.stop.is_set() or run.warehouse.is_waited_for()


def _ask_all(run: Run, planned: Plan, watch: Watch) -> list[Request]:
    """Turn after turn until every source has been asked everything, or is gone. Returns the months
    that an archive did not give.
    """
    missed = list[Request]()
    with ExitStack() as stack:
        # One thread for each source as long as it is asked: its client belongs to a thread.
        queues = [
            _Queue(part, stack.enter_context(ThreadPoolExecutor(1))) for part in planned.parts
        ]
        while True:
            with run.hold(PATIENCE_SECONDS):
                missed += _turn(run, queues, watch)
            queues = [queue for queue in queues if not queue.is_done(run)]
            if not queues:
                break
    return missed


def _turn(run: Run, queues: Sequence[_Queue], watch: Watch) -> list[Request]:
    """Ask, and load what lands, until all is done or somebody waits for the warehouse."""
    missed = list[Request]()

    def told(backlog: Backlog) -> Iterator[Came]:
        for came in backlog:
            if isinstance(came, Fetched):
                missed.extend(request for request, _ in came.failures if request.dataset == MONTH)
                yield _without_missing(came)
            else:
                yield came

    asks = [(queue.worker, partial(queue.ask, run, watch)) for queue in queues]
    with asked(run.landing, asks, run.stop) as backlog:
        run.load(told(backlog))
    return missed


def _without_missing(part: Fetched) -> Fetched:
    """What a source brought, without the months that its pages will bring: no failure."""
    failures = (each for each in part.failures if not isinstance(each[1], NotInArchiveError))
    return replace(part, failures=tuple(failures))


@dataclass(frozen=True)
class _Batch:
    """Some requests of a source, whose answers are told to who watches."""

    source: Source
    chosen: list[Request]
    watch: Watch

    @property
    def name(self) -> str:
        return self.source.name

    def requests(self) -> list[Request]:
        return self.chosen

    def fetch(self, request: Request) -> bytes:
        body = self.source.fetch(request)
        self.watch.answered(self.source.name)
        return body
