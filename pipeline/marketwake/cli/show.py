"""What a person sees of a run: its progress, and what it came to."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from rich.markup import escape

from marketwake.base.errors import counted
from marketwake.base.log import Lines
from marketwake.base.own_addresses import told
from marketwake.base.under_way import watching
from marketwake.cli.console import Terminal, is_quiet, is_watched, plain, put, say

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

    from marketwake.runs.result import RunResult
    from marketwake.warehouse.export import Written

_NUMBERS = (
    "series",
    "rows",
    "versions",
    "rejects",
    "missing",
    "offenders",
    "accepted",
    "claims",
    "new",
    "restated",
    "withdrawn",
)
"""Columns of listings that are flush right and never wrapped."""
LONGEST_LIST = 10
"""Rows of a listing that are shown on the terminal."""


def bars(*columns: "ProgressColumn", transient: bool = False) -> "Progress":
    """Progress on standard error, where somebody sees it."""
    from rich.progress import Progress

    console = Terminal(stderr=True)
    return Progress(*columns, console=console, transient=transient, disable=not is_watched())


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show that something is under way, how long already, and which steps of it are. Warnings stay
    on the screen; where nobody watches they are all that is told.
    """
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    logger = logging.getLogger("marketwake")
    # Prefect puts a handler on the root logger that would print every line again.
    logger.propagate = False
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with bars(*columns, transient=True) as shown:
        task = shown.add_task(f"{what} ...", total=None)

        def tell(names: Sequence[str]) -> None:
            shown.update(task, description=steps_of(what, names, shown.console.width))

        handler = _Warnings(shown)
        logger.addHandler(handler)
        try:
            with watching(tell):
                yield
        finally:
            logger.removeHandler(handler)
            logger.propagate = True


def steps_of(what: str, names: Sequence[str], width: int) -> str:
    """What is under way, and the steps of it that are, on a line beside the time."""
    room = max(width - len(what) - len(" ...   0:00:00  "), 20)
    return f"{what} ... {shorten(', '.join(names), room, placeholder=' …')}".rstrip()


class _Warnings(logging.Handler):
    """Warnings of the log, above the progress."""

    def __init__(self, shown: "Progress") -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(Lines("%(message)s"))
        self._shown = shown

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        if not is_quiet():
            line = self.format(record)
            self._shown.console.print(line, markup=False, highlight=False, soft_wrap=True)


def result(result: "RunResult", root: Path) -> None:
    """What a run came to, and where its results are."""
    counts(result)
    say(f"warehouse: {root / 'market.duckdb'}   (marketwake sql, or any DuckDB client)")
    for page in result.pages[:1]:
        say(f"report:    {page}   ({len(result.pages)} pages in {page.parent})")


def counts(result: "RunResult") -> None:
    """What a run brought, and what it lacks."""
    say(
        f"run {result.run_id}: {result.new:,} new rows, {result.restated:,} restated, "
        f"{counted(result.unchanged_payloads, 'payload')} unchanged, "
        f"{counted(len(result.warnings), 'warning')} of the data checks"
    )
    for lack in result.lacks:
        say(f"without:   {lack}")
    for remark in result.remarks:
        say(f"note:      {remark}")


def own_addresses(addresses: list[str]) -> None:
    """That figures come from addresses of one's own, where they do."""
    if addresses:
        say(told(addresses))


def heading(title: str) -> None:
    """The title of what follows, below an empty line."""
    put(f"\n[bold]{escape(title)}[/]")


def listing(
    title: str, names: tuple[str, ...], rows: Sequence[tuple[str, ...]], longest: int = LONGEST_LIST
) -> None:
    """A table of at most `longest` rows, whose cells are rich's markup; "none" where there is no
    row.
    """
    if not rows:
        say(f"\n{title}: none")
        return
    table = plain(*names, right=_NUMBERS)
    for row in rows[:longest]:
        table.add_row(*row)
    heading(title)
    put(table)
    if len(rows) > longest:
        say(f"... and {len(rows) - longest} more: --json has them all")


def written(files: "list[Written]") -> None:
    """Files that an export wrote, with rows and bytes."""
    for file in files:
        say(f"{file.path}: {file.rows:,} rows, {file.size:,} bytes")
