"""The terminal: all that is printed for people goes through it.

On a terminal, and where COLUMNS gives a width, lines are broken at words and tables are laid out.
Elsewhere nothing is broken or padded: a sentence is a line, a row is a line with tabs.
"""

import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from marketwake.base.text import printable

GAP = 2
"""Blanks between two columns."""
_EVEN = 30
"""Up to here the columns of several tables are as wide."""
WIDE = 120
"""Columns from which a terminal has room for sentences beside the names."""
_UNIT = re.compile(r"(?<=\d) (?=%|USD|[MBT] USD)|(?<=\d [MBT]) (?=USD)")
"""The blank between a figure and its unit."""
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


class Terminal(Console):
    """A console whose texts and cells steer no terminal, whatever stands in them."""

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - handed on
        """A text as rich shows it, without control characters."""
        return super().render_str(printable(text), **options)

    @property
    def is_laid_out(self) -> bool:
        """Whether its lines have a width."""
        return self.is_terminal or "COLUMNS" in self._environ

    @property
    def is_wide(self) -> bool:
        """Whether sentences fit beside names."""
        return not self.is_laid_out or self.width >= WIDE


@contextmanager
def quiet(is_quiet: bool) -> Iterator[None]:
    """Print nothing for people within the block, where that is asked for."""
    before = _quiet.set(is_quiet)
    try:
        yield
    finally:
        _quiet.reset(before)


def is_quiet() -> bool:
    """Whether nothing is to be printed for people."""
    return _quiet.get()


def is_watched() -> bool:
    """Whether somebody sees progress: standard error is a terminal, and quiet was not asked for."""
    return not is_quiet() and Terminal(stderr=True).is_terminal


def say(text: str) -> None:
    """Sentences for the reader; further lines are indented like the first."""
    if is_quiet():
        return
    console, shown = Terminal(), printable(text)
    if console.is_laid_out:
        shown = "\n".join(_broken(line, console.width) for line in shown.split("\n"))
    console.print(Text(shown), highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """A line aside, on standard error."""
    Terminal(stderr=True).print(Text(printable(text)), highlight=False, soft_wrap=True)


def put(shown: Table | str, indent: int = 0) -> None:
    """A table, which may be indented, or markup of rich's."""
    if is_quiet():
        return
    console = Terminal()
    if isinstance(shown, Table) and not console.is_laid_out:
        sys.stdout.write(tabbed(shown))
    else:
        sys.stdout.write(laid_out(console, shown, indent))


def plain(*names: str, right: tuple[str, ...] = (), gap: int = GAP) -> Table:
    """A table without lines; the columns of `right` are flush right and never broken."""
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="underline")
    for name in names:
        is_right = name in right
        table.add_column(
            Text(name), justify="right" if is_right else "left", no_wrap=is_right, overflow="fold"
        )
    return table


def put_groups(
    names: Sequence[str], rows: Sequence[tuple[str, ...]], right: tuple[str, ...] = ()
) -> None:
    """A table of texts. Rows with the same first cell stand below it, where lines have a width;
    else it is a column. The columns of all groups are as wide.
    """
    if not Terminal().is_laid_out:
        table = plain(*names, right=right)
        for row in rows:
            table.add_row(*map(escape, row))
        put(table)
        return
    widths = [max(map(cell_len, column)) for column in zip(names, *rows, strict=True)][1:]
    for first in dict.fromkeys(row[0] for row in rows):
        say(f"  {first}")
        table = plain(*names[1:], right=right)
        table.show_header = first == rows[0][0]
        for column, width in zip(table.columns, widths, strict=True):
            column.min_width = min(width, _EVEN)
        for row in rows:
            if row[0] == first:
                table.add_row(*map(escape, row[1:]))
        put(table, indent=4)


def laid_out(console: Terminal, shown: Table | str, indent: int = 0) -> str:
    """A table, or markup of rich's, as text, without blanks at the ends of its lines."""
    padded = Padding(shown, (0, 0, 0, indent)) if indent else shown
    with console.capture() as captured:
        console.print(padded, highlight=False, soft_wrap=not console.is_laid_out)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def tabbed(table: Table) -> str:
    """A line for the names, and one for each row, with tabs between the cells."""
    console = Terminal()
    columns = [[column.header, *column.cells] for column in table.columns]
    return "".join(
        "\t".join(_one_line(console, cell) for cell in row) + "\n"
        for row in zip(*columns, strict=True)
    )


def _one_line(console: Terminal, cell: RenderableType) -> str:
    text = cell if isinstance(cell, Text) else console.render_str(str(cell))
    lines = (" ".join(line.split()) for line in text.plain.split("\n"))
    return "; ".join(filter(None, lines))


def _broken(line: str, width: int) -> str:
    if cell_len(line) != len(line):
        return line  # Chinese has no words between blanks: the terminal breaks it where it must
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        _UNIT.sub("\N{NO-BREAK SPACE}", line),
        max(width, len(indent) + 20),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\N{NO-BREAK SPACE}", " ")
