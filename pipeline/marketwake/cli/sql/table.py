"""A query's rows as a table that fits the terminal, or where the columns do not fit side by side as
a block per row.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TextIO

from rich.table import Table
from rich.text import Text

from marketwake.base.text import printable
from marketwake.cli.console import GAP, Terminal, laid_out, plain
from marketwake.cli.sql.output import EXPLAINED, is_number, shown

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
) -> int:
    """Write the first rows, and how many more there are; how many were written. `columns` are names
    and DuckDB types.

    Where there is no terminal and COLUMNS is not set, lines are as long as they need to be.
    """
    is_narrow = stream.isatty() or "COLUMNS" in os.environ
    console = Terminal(file=stream, width=None if is_narrow else _UNBOUNDED)
    head = list(islice(rows, SHOWN))
    if list(columns) == EXPLAINED:
        stream.writelines(f"{printable(plan)}\n" for _, plan in head)
        return len(head)
    cells = [
        [_cell(value, *column) for value, column in zip(row, columns, strict=True)] for row in head
    ]
    table, needed = _table(columns, cells)
    fits = needed <= console.width
    if fits:
        for row in cells:
            table.add_row(*row)
        stream.write(laid_out(console, table))
    else:
        cells = cells[:BLOCKS]
        for number, row in enumerate(cells, start=1):
            stream.write(laid_out(console, f"[bold]row {number}[/]"))
            stream.write(laid_out(console, _block([name for name, _ in columns], row)))
    cut = len(head) - len(cells) + sum(1 for _ in islice(rows, COUNTED))
    _write_count(stream, len(cells), cut, fits=fits)
    return len(cells)


def _cell(value: object, name: str, kind: str) -> Text:
    if value is None:
        return Text("null", "dim")
    # 2,025 is no year.
    return Text(printable(shown(value, grouped=is_number(kind) and "year" not in name.lower())))


def _table(columns: Sequence[tuple[str, str]], cells: list[list[Text]]) -> tuple[Table, int]:
    """A table without its rows, and the columns of a terminal that it needs."""
    table, needed = plain(), 0
    for place, (name, kind) in enumerate(columns):
        longest = max([len(name), *(max(map(len, row[place].plain.split("\n"))) for row in cells)])
        bends = kind in {"VARCHAR", "TIMESTAMP WITH TIME ZONE"} or "(" in kind or "[" in kind
        least = min(longest, NARROWEST) if bends else longest
        needed += least + GAP
        table.add_column(
            Text(printable(name)),
            justify="right" if is_number(kind) else "left",
            no_wrap=not bends,
            min_width=least,
            overflow="fold",
        )
    return table, needed - GAP


def _block(names: list[str], row: list[Text]) -> Table:
    table = plain("", "")
    table.show_header = False
    for name, cell in zip(names, row, strict=True):
        table.add_row(Text(printable(name), "bold"), cell)
    return table


def _write_count(stream: TextIO, there: int, cut: int, *, fits: bool) -> None:
    if cut:
        beyond = f"more than {COUNTED:,}" if cut >= COUNTED else f"{cut:,}"
        advice = "--output csv has all of them" if fits else "choose fewer columns, or --output csv"
        stream.write(f"first {there} rows, {beyond} more are cut: {advice}\n")
    else:
        stream.write(f"{there} row{'' if there == 1 else 's'}\n")
