"""The steps of a run, each a plain function on a warehouse root: flows wire them, tests and replay
call them directly.
"""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from marketwake.base.duck import transaction
from marketwake.base.errors import ChecksFailedError, counted
from marketwake.base.log import timed
from marketwake.base.resources import PACKAGE, SQL
from marketwake.base.settings import Settings
from marketwake.checks import acceptance
from marketwake.checks import run as checks
from marketwake.coverage import counts as coverage
from marketwake.coverage import ledger
from marketwake.coverage.expected import expected_series
from marketwake.event_study import fedwatch
from marketwake.event_study.run import study
from marketwake.fact_check import evaluation as claims
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import Landing
from marketwake.report.page import write_report
from marketwake.runs import alerts, coins
from marketwake.runs import load as batches
from marketwake.runs.fetch import Fetched
from marketwake.runs.load import Loaded
from marketwake.sources.source import Clock, utc_now
from marketwake.sources.spot.client import side_by_side
from marketwake.warehouse.build import build
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import HELD_BACK, Warehouse

log = logging.getLogger(__name__)


def new_run_id(landing: Landing) -> str:
    """A run's name: start instant and a random suffix."""
    return f"{landing.clock():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def start_run(root: Path, run_id: str, flow: str, source: str, started_at: datetime) -> None:
    """Enter a run into ops.run. Raises WarehouseError."""
    with Warehouse(root).writer() as con:
        con.execute(
            "insert into ops.run values (?, ?, ?, ?, null, 'running', null)",
            [run_id, flow, source, started_at],
        )


def finish_run(root: Path, landing: Landing, run_id: str, message: str | None) -> None:
    """Close a run: failed when there is a message, else completed."""
    with Warehouse(root).writer() as con:
        con.execute(
            "update ops.run set finished_at = ?, state = ?, message = ? where run_id = ?",
            [landing.clock(), "failed" if message else "completed", message, run_id],
        )


def load(root: Path, landing: Landing, run_id: str, fetched: list[Fetched]) -> list[Loaded]:
    """Load every landed payload that no load has dealt with, in the order of landing, and record
    the fetches that failed.

    Raises:
        LandingError: a payload is corrupt; those before it are loaded, those after it wait for the
            next run.
    """
    loads = []
    with timed("load") as line, Warehouse(root).writer() as con:
        for outcome in fetched:
            for request, error in outcome.failures:
                if request in outcome.refused:
                    continue
                now = landing.clock()
                receipt_id = f"{run_id}-{outcome.source}-failed-{request.dataset}-{request.what}"
                receipt = Receipt(
                    receipt_id, run_id, outcome.source, request.dataset, request.what, "", now, now
                )
                batches.record_failed_fetch(con, receipt, error)
        loads = load_pending(con, landing)
        line.append(
            f"{sum(one.new for one in loads)} new, {sum(one.restated for one in loads)} restated, "
            f"{sum(one.rejected for one in loads)} rejected of {sum(one.read for one in loads)} rows"
        )
    return loads


def load_pending(con: duckdb.DuckDBPyConnection, landing: Landing) -> list[Loaded]:
    """Load what is landed and not yet dealt with. Raises LandingError."""
    return [
        batches.load(con, receipt, landing.read(receipt))
        for receipt in batches.pending(con, landing)
    ]


def keep_ledger(root: Path, live: Settings | None, now: datetime) -> None:
    """Bring the coverage ledger up to date: of what a live run wants by its settings; they are None
    where figures come from files alone.
    """
    with timed("ledger") as line, Warehouse(root).writer() as con:
        series = (
            [
                *expected_series(live, now),
                *coins.expected_series(con, live, now, side_by_side(live, coins.INTERVAL)),
            ]
            if live
            else []
        )
        ledger.write(con, series, now)
        missing, series = con.execute(
            "select coalesce(sum(missing), 0), count(*) from ops.series"
        ).fetchall()[0]
        line.append(f"{missing} stamps missing of {series} series")


def derive(root: Path) -> bool:
    """Rebuild marts, event windows and claims from the raw tables. False when versions, SQL and
    program are those of the last build.

    Raises:
        DefinitionError: a seed, an SQL file or a claim is not well formed.
    """
    with Warehouse(root).writer() as con:
        fingerprint = _fingerprint(con)
        if con.execute(
            "select fingerprint from ops.build order by built_at desc limit 1"
        ).fetchall() == [(fingerprint,)]:
            log.info("build: nothing has changed")
            return False
        with timed("build"):
            # Counts and gaps go together: one without the other would pass for whole.
            with transaction(con):
                coverage.keep(con)
            build(con)
        with timed("study") as line:
            with transaction(con):
                study(con)
                fedwatch.write(con)
                claims.evaluate(con)
                con.execute("insert into ops.build values (?, ?)", [datetime.now(UTC), fingerprint])
            line.append(
                f"{con.execute('select count(*) from mart.event_response').fetchall()[0][0]} event figures"
            )
    return True


def _fingerprint(con: duckdb.DuckDBPyConnection) -> str:
    digest = hashlib.sha256()
    for name in read_contracts("raw"):
        state = con.execute(
            f"select count(*), max(recorded_at), count(superseded_at), max(superseded_at) from raw.{name}"
        ).fetchall()
        digest.update(f"{name} {state}\n".encode())
    for folder in (SQL, PACKAGE):
        for path in sorted(
            path for path in folder.rglob("*") if path.suffix in {".sql", ".csv", ".py"}
        ):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def check(root: Path, clock: Clock = utc_now, run_id: str | None = None) -> list[checks.Offender]:
    """Run the data checks and keep what they found in ops.offender; warnings that nobody accepted
    are returned.

    Raises:
        ChecksFailedError: there are offenders of severity error that nobody accepted; they stand in
            `<root>/held_back.json` too.
        BadInputError: the installation's accepted_offender.csv is not well formed.
    """
    own = acceptance.read_own(root)
    with timed("check") as line, Warehouse(root).writer() as con:
        with transaction(con):
            offenders = acceptance.accept(con, checks.run_checks(con), own, clock())
        counting = [one for one in offenders if one.accepted_reason is None]
        errors = [one for one in counting if one.severity == "error"]
        line.append(
            f"{len(errors)} errors, {len(counting) - len(errors)} warnings, {len(offenders) - len(counting)} accepted"
        )
    if errors:
        shown = "\n".join(
            f"  {offender.check}: {offender.name}: {offender.detail}" for offender in errors[:10]
        )
        what = f"{counted(len(errors), 'data check')} failed; nothing was published:\n{shown}"
        checks.hold_back(root, run_id, clock(), what, errors)
        raise ChecksFailedError(
            what,
            f"Readers keep the file of the last good run. All offenders: {root / HELD_BACK}. What is real after all can be accepted in "
            f"{root / acceptance.FILE}.",
        )
    return counting


def alert(
    root: Path,
    webhook: str | None,
    clock: Clock = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Put what somebody should be told into ops.alert, and post what has not been told; without a
    webhook it stays there.

    To be called when the run is closed. What cannot be delivered is logged, returned and left to
    the next run.
    """
    with timed("alerts") as line, Warehouse(root).writer() as con:
        with transaction(con):
            alerts.raise_alerts(con, clock())
        problems = alerts.deliver(con, webhook, clock, sleep) if webhook else []
        line.append(
            f"{con.execute('select count(*) from ops.alert where delivered_at is null').fetchall()[0][0]} not delivered"
        )
    for problem in problems:
        log.warning("%s", problem)
    return problems


def write_reports(root: Path) -> list[Path]:
    """One page per event that has figures, from the published file. Returns the pages, those of the
    most figures first.
    """
    with timed("report") as line, Warehouse(root).reader() as con:
        written = [write_report(con, event, root / "reports") for event in _events(con)]
        line.append(f"{len(written)} pages")
    return written


def pages(root: Path) -> list[Path]:
    """The pages that the last rebuild wrote, in the order of write_reports."""
    with Warehouse(root).reader() as con:
        return [root / "reports" / f"{event}.html" for event in _events(con)]


def report(root: Path) -> list[Path]:
    """The pages of what is published, written again when one is gone or older than the marts."""
    return pages(root) if are_pages_current(root) else write_reports(root)


def are_pages_current(root: Path) -> bool:
    """Whether every page was written after the last rebuild of the published marts: the run that
    rebuilt them may have died before.
    """
    with Warehouse(root).reader() as con:
        built_at = con.execute("select max(built_at) from ops.build").fetchall()[0][0]
    return built_at is None or all(
        page.exists() and page.stat().st_mtime >= built_at.timestamp() for page in pages(root)
    )


def _events(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select event from mart.event_response where value is not null group by event order by count(*) desc, event"
    ).fetchall()
    return [row[0] for row in rows]
