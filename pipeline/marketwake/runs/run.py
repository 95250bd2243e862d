"""A run on a warehouse: its id and log, what it fetched and loaded, and how it ends."""

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Event

import duckdb

from marketwake.base.clock import Clock
from marketwake.base.errors import (
    ChecksFailedError,
    MarketwakeError,
    SourceError,
    SourceUnavailableError,
)
from marketwake.base.log import log_sources, run_log, timed
from marketwake.base.settings import Settings
from marketwake.base.under_way import step
from marketwake.checks.run import Offender, hold_back
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import FILE_SOURCES, Landing
from marketwake.runs import steps
from marketwake.runs.backlog import Backlog, Came
from marketwake.runs.fetch import Fetched, fetch, summed
from marketwake.runs.load import Loaded, record_failed_fetch
from marketwake.runs.pending import load_one, pending
from marketwake.runs.readings import Readings
from marketwake.runs.rehearsal import refuse_mixture, refuse_venue
from marketwake.runs.result import BESIDE, RunFailedError, RunResult, is_offline
from marketwake.sources.retry import NOT_ASKED, Circuit
from marketwake.sources.source import Request, Source
from marketwake.warehouse.files import Warehouse

log = logging.getLogger(__name__)


class Run:
    """One run on a warehouse: a night, or a backfill.

    No dataclass: Prefect walks through the fields of one that a task is given.

    Attributes:
        warehouse: what it runs on.
        flow: `nightly` or `backfill`.
        source: where figures come from: `live`, `sample` or `archive`.
        settings: of the installation.
        clock: what time it is, UTC.
        id: instant of its beginning and a random suffix; empty before it holds the warehouse.
        landing: as it is since the run holds the warehouse.
        fetched: what each source brought so far.
        loads: what came of each payload so far.
        stop: set where nothing more is to be asked for.
    """

    landing: Landing
    started_at: datetime

    def __init__(self, warehouse: Warehouse, flow: str, source: str, settings: Settings) -> None:
        self.warehouse = warehouse
        self.flow = flow
        self.source = source
        self.settings = settings
        self.clock: Clock = settings.clock()
        self.id = ""
        self.fetched: list[Fetched] = []
        self.loads: list[Loaded] = []
        self.stop = Event()
        self._readings = Readings()
        self._circuits: dict[str, Circuit] = {}
        self._is_entered = False

    @contextmanager
    def hold(self, patience_seconds: float) -> Iterator[None]:
        """Hold the warehouse and keep the log within the block. A run that has been entered is
        closed by an error, with its message and a note for `marketwake status`.

        Raises:
            WarehouseError: another process holds it for longer than the patience, or it cannot be
                written.
            LandingError: a receipt is not readable, or the clock is behind the newest.
            BadInputError: it would mix figures of a rehearsal with others.
        """
        with self.warehouse.exclusive(f"{self.flow} {self.id}".strip(), patience_seconds):
            self.landing = Landing.of(self.warehouse.root, self.settings, self.clock)
            refuse_mixture(self.warehouse.root, self.landing.receipts(), self.source, self.settings)
            self.landing.refuse_behind(is_set=self.settings.now is not None)
            if not self.id:
                self.started_at = self.clock()
                self.id = f"{self.started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
            with run_log(self.warehouse.root, self.id):
                try:
                    yield
                except Exception as error:
                    if self._is_entered:
                        self._close_after(error)
                    raise

    def circuit(self, source: Source) -> Circuit:
        """Of a source, for the whole run: one that has shut us out is left alone."""
        return self._circuits.setdefault(source.name, Circuit(source.name, self._wait))

    def _wait(self, seconds: float) -> None:
        """Between two attempts; of a run that ends, nobody waits."""
        if self.stop.wait(seconds):
            raise SourceUnavailableError(
                f"{NOT_ASKED} again, because the run ends", "The next run asks again."
            )

    def fetch(self, source: Source, backlog: Backlog | None = None) -> Fetched:
        """Land what a source has; several may be asked at once, each in a thread of its own, with
        the backlog of who loads at the same time.
        """
        try:
            refuse_venue(source.name, self.settings)
        except SourceError as error:
            return Fetched(source.name, 0, 0, ((Request("*", source.name), error),))
        return fetch(
            self.landing,
            source,
            self.id,
            circuit=self.circuit(source),
            readings=self._readings,
            backlog=backlog,
        )

    def load(self, came: Iterable[Came]) -> None:
        """Store every landed payload that no load has dealt with, in the order of landing, one
        transaction each, and record the requests that failed.

        Args:
            came: what sources have brought, or what comes of them while they are asked.

        Raises:
            RunFailedError: nothing came, and there is no warehouse yet: then none is made.
            LandingError: a payload is corrupt; those before it are loaded, those after it wait for
                the next run.
        """
        first, left = len(self.loads), self.landing.receipts()
        fetched, waiting = list[Fetched](), list[Came]()
        with timed("load") as line:
            for each in came:
                waiting.append(each)
                if isinstance(each, Fetched):
                    fetched.append(each)
                    self.fetched = summed([*self.fetched, each])
                if self.warehouse.exists() or _is_an_answer(each):
                    self._store(left, waiting)
            if is_offline(self.fetched) and not self.warehouse.exists():
                raise RunFailedError(RunResult.of(self.id, fetched, [], []), published=False)
            self._store(left, waiting)
            line.append(_told(self.loads[first:]))

    def _store(self, left: list[Receipt], came: list[Came]) -> None:
        """Of what was left behind, what waits for its load; then what came. Neither is there any
        more after it.
        """
        if not self.warehouse.inbox.exists():  # messages send people there
            self.warehouse.inbox.mkdir()
        with self.warehouse.writer() as con:
            self._enter(con)
            for each in (*pending(con, left), *came):
                if isinstance(each, Fetched):
                    self._record_failures(con, each)
                else:
                    self.loads.append(
                        load_one(con, self.landing, each, self._readings.of, self.warehouse.commit)
                    )
        left.clear()
        came.clear()

    def _enter(self, con: duckdb.DuckDBPyConnection) -> None:
        if not self._is_entered:
            con.execute(
                "insert into ops.run values (?, ?, ?, ?, null, 'running', null)",
                [self.id, self.flow, self.source, self.started_at],
            )
            self._is_entered = True

    def _record_failures(self, con: duckdb.DuckDBPyConnection, part: Fetched) -> None:
        for request, error in part.failures:
            # What landed and is not what the source promises is refused by its load.
            if request not in part.refused:
                now = self.landing.clock()
                name = f"{self.id}-{part.source}-failed-{request.dataset}-{request.what}"
                receipt = Receipt(
                    name, self.id, part.source, request.dataset, request.what, "", now, now
                )
                record_failed_fetch(con, receipt, error)

    def finish(self, hooks: "Hooks") -> RunResult:
        """Build, bring the ledger up to date, check, close the run, publish, report, tell of it.

        Raises:
            ChecksFailedError: the data checks stopped the publishing.
            MarketwakeError: another step failed; readers keep the file of the last good run.
        """
        with self.warehouse.still():
            result = self._conclude(hooks)
        pages, unwritten = hooks.report(self.warehouse)
        result = result.with_pages(pages, unwritten)
        if unwritten:
            # Readers hold a file that does not know it: the note tells them.
            hold_back(self.warehouse.root, self.id, self.clock(), "; ".join(unwritten), [])
            with self.warehouse.writer() as con:
                self._close(con, "; ".join(result.problems))
        steps.alert(self.warehouse, self.settings.alert_webhook, self.clock)
        return result

    def _conclude(self, hooks: "Hooks") -> RunResult:
        """Derive, check and publish."""
        broken = hooks.derive(self.warehouse)
        is_live = self.source == "live"
        steps.keep_ledger(self.warehouse, self.settings if is_live else None, self.clock())
        warnings = hooks.check(self.warehouse, self.clock, self.id)
        beside = BESIDE if self.flow == "nightly" else frozenset()
        result = RunResult.of(self.id, self.fetched, self.loads, warnings, broken, beside)
        for lack in result.lacks:
            log.warning("%s", lack)
        with self.warehouse.writer() as con:
            self._close(con, "; ".join(result.problems) or None)
            log_sources(con, self.id, {part.source: part.seconds for part in self.fetched})
        with step("publish"):
            self.warehouse.publish()
        return result

    def _close(self, con: duckdb.DuckDBPyConnection, message: str | None) -> None:
        con.execute(
            "update ops.run set finished_at = ?, state = ?, message = ? where run_id = ?",
            [self.clock(), "failed" if message else "completed", message, self.id],
        )

    def _close_after(self, error: Exception) -> None:
        """Where that cannot be done either (no space is left), the next run finds this one as one
        that was killed.
        """
        message = f"{type(error).__name__}: {error}"
        if isinstance(error, MarketwakeError):
            message = error.what
        try:
            # Of a run that the checks stopped, they have left a note of all that they found.
            if not isinstance(error, ChecksFailedError):
                hold_back(self.warehouse.root, self.id, self.clock(), message, [])
            # What broke the run may have broken its connection too.
            self.warehouse.close_writer()
            with self.warehouse.writer() as con:
                self._close(con, message)
            steps.alert(self.warehouse, self.settings.alert_webhook, self.clock)
        except (MarketwakeError, duckdb.Error) as another:
            log.warning("run %s could not be closed: %s", self.id, another)


def _is_an_answer(came: Came) -> bool:
    """Whether a source beyond this machine has answered: that is worth a warehouse."""
    return came.source not in FILE_SOURCES and (isinstance(came, Receipt) or came.landed > 0)


def _told(loads: list[Loaded]) -> str:
    return (
        f"{sum(load.new for load in loads)} new, "
        f"{sum(load.restated for load in loads)} restated, "
        f"{sum(load.rejected for load in loads)} rejected, "
        f"{sum(load.held for load in loads)} held "
        f"of {sum(load.read for load in loads)} rows"
    )


@dataclass(frozen=True)
class Hooks:
    """The steps of a run as plain functions, or as the tasks of a flow that wrap them."""

    fetch: Callable[[Run, Source, Backlog], Fetched] = Run.fetch
    load: Callable[[Run, Iterable[Came]], None] = Run.load
    derive: Callable[[Warehouse], list[str]] = steps.derive
    check: Callable[[Warehouse, Clock, str], list[Offender]] = steps.check
    report: Callable[[Warehouse], steps.Pages] = steps.report


PLAIN = Hooks()
"""The steps as plain functions."""
