"""The backfill as a flow, to be triggered with parameters; `marketwake backfill` does the same
without Prefect.
"""

from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from prefect import flow
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from pydantic import Field

from marketwake.base import settings
from marketwake.base.series import INTERVALS
from marketwake.runs.backfill import run as work
from marketwake.runs.backfill.order import DATASETS, VENUES_AND_VENDORS, Order
from marketwake.runs.backfill.plan import Plan
from marketwake.runs.backfill.text import lack_lines, missing_rows, plan_lines
from marketwake.runs.result import RunFailedError, RunResult
from marketwake_flows.shutdown import end_quietly
from marketwake_flows.tasks import HOOKS

# Names stand in the schema of the parameters, so that the server refuses a wrong one before it
# makes a run, and its page offers the right ones; `date` alone is a format, which the server does
# not look at.
if TYPE_CHECKING:
    Dataset = str
    Venue = str
    Interval = str
else:
    Dataset, Venue, Interval = Literal[DATASETS], Literal[VENUES_AND_VENDORS], Literal[INTERVALS]
Day = Annotated[
    date, Field(json_schema_extra={"pattern": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"})
]


@flow(name="backfill")
def backfill(
    warehouse: Path = Path("warehouse"),
    dataset: Dataset | None = None,
    first: Day | None = None,
    last: Day | None = None,
    symbols: list[str] | None = None,
    venues: list[Venue] | None = None,
    interval: Interval | None = None,
    *,
    again: bool = False,
    dry_run: bool = False,
) -> RunResult | None:
    """Fill the holes of what is named; what is left open means all that the settings name. A dry
    run shows its plan as an artifact.

    Args:
        warehouse: its folder.
        dataset: a raw table, e.g. spot_bar.
        first: first day, UTC.
        last: last day, UTC, included.
        symbols: e.g. BTC/USD, METQ5, IBIT, bitcoin.
        venues: e.g. Coinbase, Yahoo.
        interval: of spot bars, e.g. 1h.
        again: ask anew for what is held, and for what a source has said that it does not have.
        dry_run: plan only.

    Raises:
        BadInputError: what is named cannot be.
        RunFailedError: a source failed, rows were rejected, or a study, a claim or a page broke;
            everything else is loaded and published.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    end_quietly()
    configured = settings.read_settings(warehouse)
    order = Order(dataset, first, last, tuple(symbols or ()), tuple(venues or ()), interval, again)
    watch = _Artifacts()
    if dry_run:
        watch.planned(work.plan(warehouse, configured, order))
        return None
    result = work.backfill(warehouse, configured, order, watch, HOOKS)
    names = ("series", "missing", "between", "why")
    rows = [dict(zip(names, row, strict=True)) for row in missing_rows(result.missing)]
    create_table_artifact(
        key="still-missing", table=rows, description="What is still missing, and why"
    )
    if result.run and result.run.problems:
        raise RunFailedError(result.run)
    return result.run


class _Artifacts:
    """Shows the plan and the progress in the Prefect UI."""

    def __init__(self) -> None:
        self._requests = 0
        self._done: dict[str, int] = {}
        self._progress: UUID | None = None
        self._lock = Lock()

    def planned(self, plan: Plan) -> None:
        lines = [*plan_lines(plan), *lack_lines(plan)]
        create_markdown_artifact(
            key="backfill-plan",
            markdown="\n".join(f"- {line}" for line in lines),
            description="Plan of this run",
        )
        # There is a second plan where an archive lacked what the first counted on.
        self._requests = plan.requests
        self._done.clear()

    def answered(self, source: str) -> None:
        """Every batch is soon enough."""

    def settled(self, source: str, done: int) -> None:
        with self._lock:
            self._done[source] = done
            percent = 100 * sum(self._done.values()) / self._requests
            if self._progress is None:
                self._progress = create_progress_artifact(
                    percent, description="Requests of the backfill"
                )  # type: ignore[assignment]
            else:
                update_progress_artifact(self._progress, percent)

    def concluding(self) -> None:
        """The tasks of the end show themselves."""
