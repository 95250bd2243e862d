"""How every run ends that has loaded something: build, check, publish, report, and tell who wants
to be told.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from marketwake.base import log as runlog
from marketwake.base.errors import ChecksFailedError, MarketwakeError
from marketwake.base.settings import Settings
from marketwake.checks.run import Offender, hold_back
from marketwake.landing.store import Landing
from marketwake.runs import steps
from marketwake.runs.fetch import Fetched
from marketwake.runs.load import Loaded
from marketwake.runs.result import RunResult
from marketwake.sources.source import Clock
from marketwake.warehouse.files import Warehouse

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ending:
    """The last steps of a run as plain functions, or as the tasks of a flow that wrap them."""

    derive: Callable[[Path], bool] = steps.derive
    check: Callable[[Path, Clock, str], list[Offender]] = steps.check
    report: Callable[[Path], list[Path]] = steps.report


def conclude(
    root: Path,
    landing: Landing,
    run_id: str,
    fetched: list[Fetched],
    loads: list[Loaded],
    *,
    live: Settings | None,
    ending: Ending,
    webhook: str | None,
) -> RunResult:
    """Build, bring the ledger up to date, check, close the run, publish, report, tell of it.

    `live`: the settings of a run that asks live sources, which tell what it wants.

    Raises:
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    ending.derive(root)
    steps.keep_ledger(root, live, landing.clock())
    done = RunResult.of(run_id, fetched, loads, ending.check(root, landing.clock, run_id))
    steps.finish_run(root, landing, run_id, "; ".join(done.problems) or None)
    with Warehouse(root).writer() as con:
        runlog.log_sources(con, run_id, {one.source: one.seconds for one in fetched})
    Warehouse(root).publish()
    pages = ending.report(root)
    steps.alert(root, webhook, landing.clock)
    return done.with_pages(pages)


def is_concluded(root: Path) -> bool:
    """Whether readers have all that is loaded, and the pages show it: a run that was killed may
    have left that undone.

    Raises:
        WarehouseError: a file cannot be opened.
    """
    if not (root / "market.duckdb").exists():
        return not (root / "writer.duckdb").exists()
    with Warehouse(root).writer() as mine, Warehouse(root).reader() as theirs:
        held, published = (con.execute(_STATE).fetchall() for con in (mine, theirs))
    return held == published and steps.are_pages_current(root)


_STATE = "select 'load', receipt_id, null from ops.load union all select 'run', run_id, finished_at from ops.run order by all"


@contextmanager
def closing(root: Path, landing: Landing, run_id: str, webhook: str | None) -> Iterator[None]:
    """Close a run that an error ends with its message, leave a note of it for `marketwake status`,
    and tell of it.

    Where that cannot be done either (no space is left), the next run finds it as one that was
    killed.
    """
    try:
        yield
    except Exception as error:
        message = (
            error.what if isinstance(error, MarketwakeError) else f"{type(error).__name__}: {error}"
        )
        try:
            # What stopped a run of which the checks found errors is noted, with all of them.
            if not isinstance(error, ChecksFailedError):
                hold_back(root, run_id, landing.clock(), message, [])
            steps.finish_run(root, landing, run_id, message)
            steps.alert(root, webhook, landing.clock)
        except (MarketwakeError, duckdb.Error) as another:
            log.warning("run %s could not be closed: %s", run_id, another)
        raise
