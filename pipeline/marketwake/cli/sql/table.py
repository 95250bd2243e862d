"""A query's rows as a table that fits the terminal, or where the columns do not fit side by side as
a block per row.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from marketwake.base.text import printable
from marketwake.cli.sql.output import is_number, shown

SHOWN = 100
"""Rows that are shown."""
BLOCKS = 5
"""Rows that are shown as blocks."""
COUNTED = 100_000
"""Rows counted beyond them: to count a longer answer all of it would have to be computed."""
NARROWEST = 12
"""Columns that a text needs to be read; an instant takes as many, its day above its hour."""
_UNBOUNDED = 100_000


def write_table(
    stream: TextIO, columns: Sequence[tuple[str, str]], rows: Iterator[tuple[Any, ...]]
) -> None:
    """Write the first rows, and how many more there are. `columns` are names and DuckDB types.

    Where there is no terminal and COLUMNS is not set, lines are as long as they need to be.
    """
    width = Console(file=stream).width if stream.isatty() or "COLUMNS" in os.environ else _UNBOUNDED
    console = Console(file=stream, width=width, highlight=False)
    head = list(islice(rows, SHOWN))
    if [name for name, _ in columns] == ["explain_key", "explain_value"]:
        stream.writelines(f"{printable(plan)}\n" for _, plan in head)
        return
    cells = [
        [Text("null", "dim") if value is None else Text(printable(shown(value))) for value in row]
        for row in head
    ]
    table = Table()
    needed = 1
    for place, (name, kind) in enumerate(columns):
        longest = max([len(name), *(max(map(len, row[place].plain.split("\n"))) for row in cells)])
        bends = kind in {"VARCHAR", "TIMESTAMP WITH TIME ZONE"} or "(" in kind or "[" in kind
        least = min(longest, NARROWEST) if bends else longest
        needed += least + 3
        table.add_column(
            Text(printable(name)),
            justify="right" if is_number(kind) else "left",
            no_wrap=not bends,
            min_width=least,
            overflow="fold",
        )
    fits = needed <= width
    if fits:
        for row in cells:
            table.add_row(*row)
        console.print(table)
    else:
        cells = cells[:BLOCKS]
        for number, row in enumerate(cells, start=1):
            console.print(_block(f"row {number}", [name for name, _ in columns], row))
    cut = len(head) - len(cells) + sum(1 for _ in islice(rows, COUNTED))
    _write_count(stream, len(cells), cut, "" if fits else "choose fewer columns, or ")


def _block(title: str, names: list[str], row: list[Text]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, cell in zip(names, row, strict=True):
        table.add_row(Text(printable(name), "bold"), cell)
    return table


def _write_count(stream: TextIO, there: int, cut: int, advice: str) -> None:
    if cut:
        beyond = f"more than {COUNTED:,}" if cut >= COUNTED else f"{cut:,}"
        stream.write(
            f"first {there} rows, {beyond} more are cut: {advice}--output csv has all of them\n"
        )
    else:
        stream.write(f"{there} row{'' if there == 1 else 's'}\n")
