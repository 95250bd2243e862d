"""A backfill on the terminal: its plan, a line of progress per source, what is still missing."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn

from marketwake.base.under_way import watching
from marketwake.cli import show
from marketwake.cli.console import plain, put, say
from marketwake.coverage.ledger import Hole
from marketwake.runs.backfill.plan import Part, Plan
from marketwake.runs.backfill.text import (
    duration,
    lack_lines,
    missing_rows,
    plan_lines,
    plan_rows,
    to_come,
)


def plan(planned: Plan) -> None:
    """The plan: who is asked for what, how long that takes, and what cannot be asked for."""
    rows = plan_rows(planned)
    if rows:
        numbers = ("holes", "missing", "requests", "one every", "at least")
        table = plain("source", *numbers, right=numbers)
        for row in rows:
            table.add_row(*row)
        show.heading("Plan")
        put(table)
    for line in plan_lines(planned):
        say(line)
    for line in lack_lines(planned):
        say(f"cannot be had: {line}")


def missing(holes: tuple[Hole, ...]) -> None:
    """What the series of the order still lack, and why."""
    rows = missing_rows(holes)
    if rows:
        table = plain("series", "missing", "between", "why, and what next", right=("missing",))
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        show.heading("Still missing")
        put(table)
    else:
        say("Nothing is missing.")
    if to_come(holes):
        say(f"{to_come(holes):,} stamps are not published or not listed yet.")


class Bars:
    """A bar per source with its rate, and the time that the rest will take at the rate seen so far,
    or at the pace if that is slower.
    """

    def __init__(self) -> None:
        self._progress = show.bars(
            TextColumn("{task.description}"),
            BarColumn(20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"),
        )
        self._tasks: dict[str, tuple[TaskID, Part]] = {}
        self._conclusion: TaskID | None = None
        self._began = 0.0

    @contextmanager
    def shown(self) -> Iterator["Bars"]:
        """Show the bars while something is under way."""
        with self._progress, watching(self._name):
            yield self

    def planned(self, made: Plan) -> None:
        """Print the plan and draw an empty bar per source."""
        plan(made)
        self._began = time.monotonic()
        for part in made.parts:
            task = self._progress.add_task(
                part.source.name, total=len(part.requests), told=f"{duration(part.seconds)} left"
            )
            self._tasks[part.source.name] = task, part

    def answered(self, source: str) -> None:
        """Advance the bar of a source by one request."""
        task, _ = self._tasks[source]
        self._tell(source, self._progress.tasks[task].completed + 1)

    def settled(self, source: str, done: int) -> None:
        """Put the bar of a source where its batch ended: requests given up included."""
        self._tell(source, done)

    def concluding(self) -> None:
        """Say that the rest is under way; how long it takes cannot be told."""
        self._conclusion = self._progress.add_task("build, check, publish", total=None, told="")

    def _name(self, steps: Sequence[str]) -> None:
        if self._conclusion is not None and steps:
            self._progress.update(self._conclusion, description=", ".join(steps))

    def _tell(self, source: str, done: float) -> None:
        task, part = self._tasks[source]
        spent = time.monotonic() - self._began
        each = max(spent / done, part.source.pace_seconds) if done else part.source.pace_seconds
        left = each * (len(part.requests) - done)
        told = f"{60 / each:.0f}/min, {duration(left)} left" if left else f"in {duration(spent)}"
        self._progress.update(task, completed=done, told=told)
