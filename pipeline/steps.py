"""The steps of a run, each a plain function on a warehouse root: flows wire them, tests and replay call them directly."""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb

from pipeline import acceptance, alerts, batches, checks, claims, coverage, fedwatch, ledger
from pipeline.batches import Loaded
from pipeline.build import build
from pipeline.contracts import read_contracts
from pipeline.errors import ChecksFailedError, SourceError
from pipeline.landing import FILE_SOURCES, Landing, Receipt
from pipeline.report import write_report
from pipeline.resources import SQL
from pipeline.retry import Circuit
from pipeline.series import Wanted
from pipeline.sources import PARSERS
from pipeline.sources.base import Clock, Request, Source, utc_now
from pipeline.sources.spot_parse import without_history
from pipeline.study.run import study
from pipeline.warehouse import HELD_BACK, reader, transaction, writer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """What one source brought in one run.

    `failures` are requests without an answer, and answers that landed and are not what the source promises; `refused` names the latter.
    `rows`: how many rows each readable answer of a live source holds, in the order of asking. `seconds`: how long all of it took.
    """

    source: str
    landed: int
    unchanged: int
    failures: tuple[tuple[Request, SourceError], ...]
    refused: frozenset[Request] = frozenset()
    rows: Mapping[Request, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def asked(self) -> int:
        """How many requests there were, those that the circuit held back included."""
        return self.landed + self.unchanged + len(self.failures) - len(self.refused)


def new_run_id(landing: Landing) -> str:
    """A run's name: start instant and a random suffix."""
    return f"{landing.clock():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def start_run(root: Path, run_id: str, flow: str, source: str, started_at: datetime) -> None:
    """Enter a run into ops.run. Raises WarehouseError."""
    with writer(root) as con:
        con.execute("insert into ops.run values (?, ?, ?, ?, null, 'running', null)", [run_id, flow, source, started_at])


def finish_run(root: Path, landing: Landing, run_id: str, message: str | None) -> None:
    """Close a run: failed when there is a message, else completed."""
    with writer(root) as con:
        con.execute(
            "update ops.run set finished_at = ?, state = ?, message = ? where run_id = ?",
            [landing.clock(), "failed" if message else "completed", message, run_id],
        )


def is_offline(fetched: list[Fetched]) -> bool:
    """Whether no source brought anything, of those that are not files on this machine; false where only such files were asked for."""
    asked = [one for one in fetched if one.source not in FILE_SOURCES]
    return bool(asked) and not any(one.landed or one.unchanged for one in asked)


def nothing_came(root: Path, fetched: list[Fetched]) -> bool:
    """True where no source brought anything and there is no warehouse yet: then none is made."""
    return is_offline(fetched) and not (root / "writer.duckdb").exists()


def fetch(
    landing: Landing, source: Source, run_id: str, sleep: Callable[[float], None] = time.sleep, circuit: Circuit | None = None
) -> Fetched:
    """Land what the source has. A request that fails for good does not stop the next, unless the source is gone.

    What a live source sends is read once, as soon as it has landed: something else in place of an answer (a challenge page) is a failure
    of this run, counts for the circuit, and stays in landing for the load to refuse.
    `circuit` remembers, for who asks in several batches, that it is gone.
    """
    began = time.monotonic()
    with _timed(source.name) as line:
        failures: list[tuple[Request, SourceError]] = []
        put: dict[Request, Receipt | None] = {}
        rows: dict[Request, int] = {}
        circuit = circuit or Circuit(source.name, sleep)
        try:
            requests = circuit.call(source.requests)
        except SourceError as error:
            failures.append((Request("*", source.name), _bare(error)))
            requests = []
        for request in requests:
            try:
                rows |= circuit.call(partial(_ask, landing, source, request, run_id, put))
            except SourceError as error:
                failures.append((request, _bare(error)))
        landed = sum(receipt is not None for receipt in put.values())
        refused = frozenset(request for request, _ in failures if request in put)
        line.append(f"{landed} payloads landed, {len(put) - landed} unchanged, {len(failures)} failed")
        if failures:
            line.append(f"first: {failures[0][1].what}")
    return Fetched(source.name, landed, len(put) - landed, tuple(failures), refused, rows, time.monotonic() - began)


def _ask(landing: Landing, source: Source, request: Request, run_id: str, put: dict[Request, Receipt | None]) -> dict[Request, int]:
    """One attempt: ask, land, and read what a live source sent. `put` tells what has landed. Returns the number of rows in it."""
    sent_at = landing.clock()
    body = source.fetch(request)
    put[request] = landing.put(source.name, request, body, sent_at, run_id=run_id)
    if source.name in FILE_SOURCES:
        return {}
    return {request: sum(frame.height for frame in PARSERS[source.name](request, body, sent_at).values())}


def needs_stand_in(fetched: Fetched) -> bool:
    """Whether another venue should be asked for what this one did not bring; false for a source that no other can stand in for."""
    if not fetched.source.startswith("spot-"):
        return False
    lacking = without_history(fetched.rows)
    for market in lacking:
        log.warning("%s: %s: no bar where its history should begin", fetched.source, market)
    return bool(fetched.failures or lacking)


def _bare(error: SourceError) -> SourceError:
    """The error without the frames, and the answers in them, that it came through: it is kept until the end of the run."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def load(root: Path, landing: Landing, run_id: str, fetched: list[Fetched]) -> list[Loaded]:
    """Load every landed payload that no load has dealt with, in the order of landing, and record the fetches that failed.

    Raises:
        LandingError: a payload is corrupt; those before it are loaded, those after it wait for the next run.
    """
    loads = []
    with _timed("load") as line, writer(root) as con:
        for outcome in fetched:
            for request, error in outcome.failures:
                if request in outcome.refused:
                    continue
                now = landing.clock()
                receipt_id = f"{run_id}-{outcome.source}-failed-{request.dataset}-{request.what}"
                receipt = Receipt(receipt_id, run_id, outcome.source, request.dataset, request.what, "", now, now)
                batches.record_failed_fetch(con, receipt, error)
        loads = load_pending(con, landing)
        line.append(
            f"{sum(one.new for one in loads)} new, {sum(one.restated for one in loads)} restated, "
            f"{sum(one.rejected for one in loads)} rejected of {sum(one.read for one in loads)} rows"
        )
    return loads


def load_pending(con: duckdb.DuckDBPyConnection, landing: Landing) -> list[Loaded]:
    """Load what is landed and not yet dealt with. Raises LandingError."""
    return [batches.load(con, receipt, landing.read(receipt)) for receipt in batches.pending(con, landing)]


def keep_ledger(root: Path, wanted: Sequence[Wanted], now: datetime) -> None:
    """Bring the coverage ledger up to date: `wanted` by the settings of a live run, none where figures come from files alone."""
    with _timed("ledger") as line, writer(root) as con:
        ledger.write(con, wanted, now)
        missing, series = con.execute("select coalesce(sum(missing), 0), count(*) from ops.series").fetchall()[0]
        line.append(f"{missing} stamps missing of {series} series")


def derive(root: Path) -> bool:
    """Rebuild marts, event windows and claims from the raw tables. False when versions, SQL and program are those of the last build.

    Raises:
        DefinitionError: a seed, an SQL file or a claim is not well formed.
    """
    with writer(root) as con:
        fingerprint = _fingerprint(con)
        if con.execute("select fingerprint from ops.build order by built_at desc limit 1").fetchall() == [(fingerprint,)]:
            log.info("build: nothing has changed")
            return False
        with _timed("build"):
            # Counts and gaps go together: one without the other would pass for whole.
            with transaction(con):
                coverage.keep(con)
            build(con)
        with _timed("study") as line:
            with transaction(con):
                study(con)
                fedwatch.write(con)
                claims.evaluate(con)
                con.execute("insert into ops.build values (?, ?)", [datetime.now(UTC), fingerprint])
            line.append(f"{con.execute('select count(*) from mart.event_response').fetchall()[0][0]} event figures")
    return True


def _fingerprint(con: duckdb.DuckDBPyConnection) -> str:
    digest = hashlib.sha256()
    for name in read_contracts("raw"):
        state = con.execute(f"select count(*), max(recorded_at), count(superseded_at), max(superseded_at) from raw.{name}").fetchall()
        digest.update(f"{name} {state}\n".encode())
    for folder in (SQL, Path(__file__).parent):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in {".sql", ".csv", ".py"}):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def check(root: Path, clock: Clock = utc_now, run_id: str | None = None) -> list[checks.Offender]:
    """Run the data checks and keep what they found in ops.offender; warnings that nobody accepted are returned.

    Raises:
        ChecksFailedError: there are offenders of severity error that nobody accepted; they stand in `<root>/held_back.json` too.
        BadInputError: the installation's accepted_offender.csv is not well formed.
    """
    own = acceptance.read_own(root)
    with _timed("check") as line, writer(root) as con:
        with transaction(con):
            offenders = acceptance.accept(con, checks.run_checks(con), own, clock())
        counting = [one for one in offenders if one.accepted_reason is None]
        errors = [one for one in counting if one.severity == "error"]
        line.append(f"{len(errors)} errors, {len(counting) - len(errors)} warnings, {len(offenders) - len(counting)} accepted")
    if errors:
        shown = "\n".join(f"  {offender.check}: {offender.name}: {offender.detail}" for offender in errors[:10])
        what = f"{len(errors)} data checks failed; nothing was published:\n{shown}"
        checks.hold_back(root, run_id, clock(), what, errors)
        raise ChecksFailedError(
            what,
            f"Readers keep the file of the last good run. All offenders: {root / HELD_BACK}. What is real after all can be accepted in "
            f"{root / acceptance.FILE}.",
        )
    return counting


def alert(root: Path, webhook: str | None, clock: Clock = utc_now, sleep: Callable[[float], None] = time.sleep) -> list[str]:
    """Put what somebody should be told into ops.alert, and post what has not been told; without a webhook it stays there.

    To be called when the run is closed. What cannot be delivered is logged, returned and left to the next run.
    """
    with _timed("alerts") as line, writer(root) as con:
        with transaction(con):
            alerts.raise_alerts(con, clock())
        problems = alerts.deliver(con, webhook, clock, sleep) if webhook else []
        line.append(f"{con.execute('select count(*) from ops.alert where delivered_at is null').fetchall()[0][0]} not delivered")
    for problem in problems:
        log.warning("%s", problem)
    return problems


def write_reports(root: Path) -> list[Path]:
    """One page per event that has figures, from the published file. Returns the pages, those of the most figures first."""
    with _timed("report") as line, reader(root) as con:
        written = [write_report(con, event, root / "reports") for event in _events(con)]
        line.append(f"{len(written)} pages")
    return written


def pages(root: Path) -> list[Path]:
    """The pages that the last rebuild wrote, in the order of write_reports."""
    with reader(root) as con:
        return [root / "reports" / f"{event}.html" for event in _events(con)]


def report(root: Path) -> list[Path]:
    """The pages of what is published, written again when one is gone or older than the marts."""
    return pages(root) if are_pages_current(root) else write_reports(root)


def are_pages_current(root: Path) -> bool:
    """Whether every page was written after the last rebuild of the published marts: the run that rebuilt them may have died before."""
    with reader(root) as con:
        built_at = con.execute("select max(built_at) from ops.build").fetchall()[0][0]
    return built_at is None or all(page.exists() and page.stat().st_mtime >= built_at.timestamp() for page in pages(root))


def _events(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select event from mart.event_response where value is not null group by event order by count(*) desc, event"
    ).fetchall()
    return [row[0] for row in rows]


@contextmanager
def _timed(name: str) -> Iterator[list[str]]:
    started = time.monotonic()
    line: list[str] = []
    yield line
    log.info("%s: %s", name, ", ".join([*line, f"{time.monotonic() - started:.1f} s"]))
