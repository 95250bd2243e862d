"""The steps after loading, each a plain function on a warehouse: runs, replay and vacuum call the
same ones.
"""

import logging
import time
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import duckdb

from marketwake.base.clock import Clock, utc_now
from marketwake.base.duck import transaction
from marketwake.base.errors import ChecksFailedError, counted
from marketwake.base.figure_text import LANGUAGES
from marketwake.base.log import timed
from marketwake.base.parts import alone
from marketwake.base.settings import Settings
from marketwake.base.under_way import step
from marketwake.checks import acceptance
from marketwake.checks import run as checks
from marketwake.coverage import counts, ledger
from marketwake.coverage.expected import expected_series
from marketwake.coverage.status import read_status
from marketwake.event_study import fedwatch
from marketwake.event_study.run import study
from marketwake.fact_check import evaluation
from marketwake.landing.store import Landing
from marketwake.report.drawer import drawing_beside
from marketwake.report.files import INDEX, page_file
from marketwake.report.index import write_index
from marketwake.report.page import write_report
from marketwake.runs import alerts, coins, own
from marketwake.runs.current import (
    built,
    built_at,
    events,
    fingerprint,
    gone,
    is_as_new,
    outdated,
    own_fingerprint,
    pages,
)
from marketwake.sources.spot.client import side_by_side
from marketwake.sources.windows import WINDOWS_ASKED
from marketwake.warehouse.build import build
from marketwake.warehouse.files import ACCEPTED, HELD_BACK, Warehouse
from marketwake.warehouse.renewal import new_to, take_in

log = logging.getLogger(__name__)
Pages: TypeAlias = tuple[list[Path], list[str]]
"""The pages, those of the most figures first, and what broke, a line each."""


def is_live(warehouse: Warehouse, landing: Landing) -> bool:
    """Whether live sources were ever asked, in vain or not: then the ledger is of what a live run
    wants.
    """
    if any(receipt.source in WINDOWS_ASKED for receipt in landing.receipts()):
        return True
    with warehouse.writer() as con:
        return bool(con.execute("select 1 from ops.run where source = 'live' limit 1").fetchall())


def keep_ledger(warehouse: Warehouse, live: Settings | None, now: datetime) -> None:
    """Bring the coverage ledger up to date: of what a live run wants by its settings; they are None
    where figures come from files alone.
    """
    with timed("ledger") as line, warehouse.writer() as con:
        expected = expected_series(live, now) if live else []
        if live:
            venues = side_by_side(live, coins.INTERVAL)
            expected += coins.expected_series(con, live, now, venues)
        ledger.write(con, expected, now)
        missing, count = con.execute(
            "select coalesce(sum(missing), 0), count(*) from ops.series"
        ).fetchall()[0]
        line.append(f"{missing} stamps missing of {count} series")


def derive(warehouse: Warehouse) -> list[str]:
    """Rebuild marts, event windows and claims from the raw tables; what hangs on the installation's
    own events and claims alone where versions, SQL and program are those of the last build, and
    nothing where they are, too.

    Returns what broke, a line each: a file of an own event, the study of an event, or a claim. All
    else is rebuilt, and the next run tries again.

    Raises:
        DefinitionError: a seed, an SQL file or a claim is not well formed.
    """
    with warehouse.writer() as con:
        root = warehouse.root
        state, own_state = fingerprint(con), own_fingerprint(root)
        former = built(con)
        if former == [state, own_state]:
            log.info("build: nothing has changed")
            return []
        if former[:1] == [state]:
            with timed("own events and claims"):
                begun = former[1:] == [own.BEGUN]
                return own.rebuild(con, root, state, own_state, was_begun=begun)
        with timed("build"):
            with transaction(con):
                counts.keep(con)
            build(con)
            with transaction(con):
                wrong = own.place(con, root)
        with timed("study") as line:
            with transaction(con):
                broken = study(con)
                fedwatch.write(con)
            with step("claims"):
                broken += evaluation.evaluate(con)
                wrong += own.evaluate(con, root)
            part = own.IN_PART if wrong else own_state
            own.record(con, own.IN_PART if broken else f"{state} {part}")
            figures = con.execute("select count(*) from mart.event_response").fetchall()[0][0]
            line.append(f"{figures} event figures")
    return broken + wrong


def check(
    warehouse: Warehouse, clock: Clock = utc_now, run_id: str | None = None
) -> list[checks.Offender]:
    """Run the data checks and keep what they found in ops.offender; warnings that nobody accepted
    are returned.

    Raises:
        ChecksFailedError: there are offenders of severity error that nobody accepted; they stand in
            `<root>/held_back.json` too.
        BadInputError: the installation's accepted_offender.csv is not well formed.
    """
    accepted = acceptance.read_own(warehouse.root)
    with timed("check") as line, warehouse.writer() as con:
        found = checks.run_checks(con, spans=new_to(con, "checks"))
        with transaction(con):
            offenders = acceptance.accept(con, found, accepted, clock())
            take_in(con, "checks")
        counting = [offender for offender in offenders if offender.accepted_reason is None]
        errors = [offender for offender in counting if offender.severity == "error"]
        line.append(
            f"{len(errors)} errors, {len(counting) - len(errors)} warnings, "
            f"{len(offenders) - len(counting)} accepted"
        )
    if errors:
        shown = "\n".join(
            f"  {offender.check}: {offender.name}: {offender.detail}" for offender in errors[:10]
        )
        what = f"{counted(len(errors), 'data check')} failed; nothing was published:\n{shown}"
        checks.hold_back(warehouse.root, run_id, clock(), what, errors)
        raise ChecksFailedError(
            what,
            "Readers keep the file of the last good run. All offenders: "
            f"{warehouse.root / HELD_BACK}. What is real after all can be accepted in "
            f"{warehouse.root / ACCEPTED}.",
        )
    return counting


def alert(
    warehouse: Warehouse,
    webhook: str | None,
    clock: Clock = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Put what somebody should be told into ops.alert, and post what has not been told; without a
    webhook it stays there.

    To be called when the run is closed. What cannot be delivered is logged, returned and left to
    the next run.
    """
    with timed("alerts") as line, warehouse.writer() as con:
        with transaction(con):
            alerts.raise_alerts(con, clock())
        problems = alerts.deliver(con, webhook, clock, sleep) if webhook else []
        waiting = con.execute("select count(*) from ops.alert where delivered_at is null")
        line.append(f"{waiting.fetchall()[0][0]} not delivered")
    for problem in problems:
        log.warning("%s", problem)
    return problems


def write_reports(
    con: duckdb.DuckDBPyConnection, reports: Path, wanted: Collection[str] | None = None
) -> Pages:
    """One page per event that has figures, from the published file; of the events `wanted`, where
    they are given. A page that breaks or cannot be written stays as it was.
    """
    written, problems = list[Path](), list[str]()
    with timed("report") as line, drawing_beside():
        shown = events(con)
        for event in shown if wanted is None else [each for each in shown if each in wanted]:
            with step(f"page of {event}"), alone(f"the page of {event}", problems):
                written.append(write_report(con, event, reports))
        line.append(f"{len(written)} pages")
    return written, problems


def report(warehouse: Warehouse) -> Pages:
    """The pages of what is published; written again are those that are gone or older than the
    marts of their event, and with them the index, which lists them. Removed are those of own
    events that are no more.
    """
    reports = warehouse.reports
    with warehouse.reader() as con:
        for event in gone(con):
            for language in LANGUAGES:
                page_file(reports, event, language).unlink(missing_ok=True)
        old = outdated(con, reports)
        written, problems = write_reports(con, reports, old) if old else ([], [])
        lost = {page_file(reports, event) for event in old}.difference(written)
        found = pages(con, reports)
        if written or not is_as_new(page_file(reports, INDEX), built_at(con)):
            with alone("the index of the pages", problems):
                freshness = read_status(con, warehouse.root, utc_now())["freshness"]
                write_index(con, reports, [page.stem for page in found], freshness)
        return [page for page in found if page not in lost], problems
