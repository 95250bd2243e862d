"""What a person sees in the terminal: tables that fit, progress, the result of a run."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.logging import RichHandler
from rich.markup import escape
from rich.table import Table

from marketwake.base.log import Lines
from marketwake.base.own_addresses import told
from marketwake.cli.console import Terminal

if TYPE_CHECKING:
    from marketwake.runs.result import RunResult
    from marketwake.warehouse.export import Written

_NUMBERS = frozenset(
    {
        "series",
        "rows",
        "versions",
        "rejects",
        "missing",
        "offenders",
        "accepted",
        "new",
        "restated",
        "withdrawn",
    }
)
"""Columns of listings that are flush right and never wrapped."""
out = Terminal()
WIDE = 120
"""Columns from which a terminal has room for sentences beside the names."""
LONGEST_LIST = 10
"""Rows of a listing that are shown on the terminal."""
_err = Terminal(stderr=True)


def say(text: str) -> None:
    """One line for the reader."""
    out.print(escape(text), highlight=False, soft_wrap=True)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show the steps of a run as they end, and that something is under way until they have."""
    handler = RichHandler(
        console=_err, show_time=False, show_level=False, show_path=False, markup=False
    )
    handler.setFormatter(Lines("%(message)s"))
    logger = logging.getLogger("marketwake")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    # Prefect puts a handler on the root logger that would print every line again.
    logger.propagate = False
    try:
        with _err.status(f"{what} ..."):
            yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = True


def result(result: "RunResult", root: Path) -> None:
    """What a run came to, and where its results are."""
    say(
        f"run {result.run_id}: {result.new} new rows, {result.restated} restated, "
        f"{result.unchanged_payloads} payloads unchanged, "
        f"{len(result.warnings)} warnings of the data checks"
    )
    for lack in result.lacks:
        say(f"without:   {lack}")
    for remark in result.remarks:
        say(f"note:      {remark}")
    say(f"warehouse: {root / 'market.duckdb'}   (marketwake sql, or any DuckDB client)")
    for page in result.pages[:1]:
        say(f"report:    {page}   ({len(result.pages)} pages in {page.parent})")


def own_addresses(addresses: list[str]) -> None:
    """That figures come from addresses of one's own, where they do."""
    if addresses:
        say(told(addresses))


def listing(
    title: str, names: tuple[str, ...], rows: Sequence[tuple[str, ...]], longest: int = LONGEST_LIST
) -> None:
    """A table of at most `longest` rows, whose cells are rich's markup; "none" where there is no
    row.
    """
    if not rows:
        say(f"{title}: none")
        return
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(
            name, justify="right" if name in _NUMBERS else "left", no_wrap=name in _NUMBERS
        )
    for row in rows[:longest]:
        table.add_row(*row)
    out.print(table)
    if len(rows) > longest:
        say(f"... and {len(rows) - longest} more: --json has them all")


def written(files: "list[Written]") -> None:
    """Files that an export wrote, with rows and bytes."""
    for file in files:
        say(f"{file.path}: {file.rows} rows, {file.size} bytes")
