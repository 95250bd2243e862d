"""The steps of a run, each a plain function on a warehouse root: flows wire them, tests and replay call them directly."""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipeline import batches, checks, claims, fedwatch
from pipeline.batches import Loaded
from pipeline.build import build
from pipeline.contracts import read_contracts
from pipeline.errors import ChecksFailedError, SourceError
from pipeline.landing import FILE_SOURCES, Landing, Receipt
from pipeline.report import write_report
from pipeline.resources import SQL
from pipeline.retry import Circuit
from pipeline.sources.base import Clock, Request, Source, utc_now
from pipeline.study.run import study
from pipeline.warehouse import reader, transaction, writer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """What one source brought in one run."""

    source: str
    landed: int
    unchanged: int
    failures: tuple[tuple[Request, SourceError], ...]


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


def nothing_came(root: Path, fetched: list[Fetched]) -> bool:
    """True where every source but the bundled files failed and there is no warehouse yet: then none is made."""
    asked = [one for one in fetched if one.source not in FILE_SOURCES]
    return bool(asked) and not any(one.landed for one in asked) and not (root / "writer.duckdb").exists()


def fetch(
    landing: Landing, source: Source, run_id: str, sleep: Callable[[float], None] = time.sleep, circuit: Circuit | None = None
) -> Fetched:
    """Land what the source has. A request that fails for good does not stop the next, unless the source is gone.

    `circuit` remembers, for who asks in several batches, that it is.
    """
    with _timed(source.name) as line:
        landed = unchanged = 0
        failures: list[tuple[Request, SourceError]] = []
        circuit = circuit or Circuit(source.name, sleep)
        try:
            requests = circuit.call(source.requests)
        except SourceError as error:
            failures.append((Request("*", source.name), _bare(error)))
            requests = []
        for request in requests:
            try:
                receipt = landing.put(source.name, request, *_asked(landing, circuit, source, request), run_id=run_id)
            except SourceError as error:
                failures.append((request, _bare(error)))
            else:
                landed += receipt is not None
                unchanged += receipt is None
        line.append(f"{landed} payloads landed, {unchanged} unchanged, {len(failures)} failed")
        if failures:
            line.append(f"first: {failures[0][1].what}")
    return Fetched(source.name, landed, unchanged, tuple(failures))


def _asked(landing: Landing, circuit: Circuit, source: Source, request: Request) -> tuple[bytes, datetime]:
    """The payload, and the instant before the attempt that brought it."""
    sent_at = landing.clock()

    def attempt() -> bytes:
        nonlocal sent_at
        sent_at = landing.clock()
        return source.fetch(request)

    return circuit.call(attempt), sent_at


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


def check(root: Path, clock: Clock = utc_now) -> list[checks.Offender]:
    """Run the data checks and keep what they found in ops.offender; warnings are returned.

    Raises:
        ChecksFailedError: there are offenders of severity error.
    """
    with _timed("check") as line, writer(root) as con:
        offenders = checks.run_checks(con)
        con.execute("delete from ops.offender")
        for one in offenders:
            con.execute("insert into ops.offender values (?, ?, ?, ?, ?)", [clock(), one.check, one.severity, one.name, one.detail])
        errors = [offender for offender in offenders if offender.severity == "error"]
        line.append(f"{len(errors)} errors, {len(offenders) - len(errors)} warnings")
    if errors:
        shown = "\n".join(f"  {offender.check}: {offender.name}: {offender.detail}" for offender in errors[:10])
        raise ChecksFailedError(
            f"{len(errors)} data checks failed; nothing was published:\n{shown}",
            "Readers keep the file of the last good run. See sql/checks/.",
        )
    return offenders


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


def report(root: Path, *, changed: bool) -> list[Path]:
    """The pages of what is published, written again when it changed or when one is gone."""
    found = pages(root)
    return write_reports(root) if changed or not all(page.exists() for page in found) else found


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
