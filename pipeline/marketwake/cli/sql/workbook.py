"""Rows as a workbook for Excel: a sheet for each query, one that says what the columns mean, and
one with the queries themselves.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import astuple
from datetime import MAXYEAR, UTC, date, datetime
from decimal import Decimal
from itertools import chain, count, islice
from math import isfinite
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import Workbook as Book  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from marketwake.base.errors import BadInputError
from marketwake.base.text import printable
from marketwake.cli.sql.exact import execute
from marketwake.cli.sql.meaning import Catalogue
from marketwake.cli.sql.output import fetched, plain, shown
from marketwake.warehouse.files import published_name

MOST_ROWS = 1_048_575
"""Below the header; a sheet has 2^20 rows."""
MOST_CHARACTERS = 32_767
"""Of a cell; Excel would cut the rest off."""
_EXACT = 10**15
"""Whole numbers up to here keep every digit; larger ones are text."""
_FIRST_DAY = date(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was: days before are text."""
_LOOKED_AT = 500
"""Rows by which the width of a column is chosen."""
_NARROWEST, _WIDEST = 8, 60
_LONG = "text over several lines"
"""The type of a column that is read, beside those of DuckDB."""
_RESERVED = frozenset({"dictionary", "queries", "history"})
"""Our own sheets, and a name that Excel keeps for itself."""
_LONGEST_TITLE = 25
"""Of 31 characters, so that a number fits behind."""
_DICTIONARY = ("sheet", "column", "meaning", "unit", "where it comes from")
_QUERIES = ("sheet", "rows", "warehouse", "values", "query")

Row = Sequence[Any]


class Workbook:
    """Takes answers one after the other, and is then saved as one file."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._warehouse = published_name(con)
        self._catalogue = Catalogue(con)
        self._book = Book(write_only=True)
        self._name = ""
        self._text = ""
        self._dictionary: list[Row] = []
        self._queries: list[Row] = []

    def begin(self, name: str, text: str) -> None:
        """What the sheets that follow are called, and the text that their queries stand in."""
        self._name, self._text = name, text

    def add(self, statement: duckdb.Statement, bound: dict[str, str]) -> int:
        """Run one statement and write its rows on a sheet of their own; how many there are.

        Raises:
            BadInputError: they do not fit a sheet.
            duckdb.Error: the statement does not run.
        """
        title = self._title()
        columns = execute(self._con, statement, bound)
        rows = self._sheet(title, columns, fetched(self._con))
        self._dictionary += [
            (title, *astuple(one))
            for one in self._catalogue.meanings(statement.query, columns, self._text)
        ]
        values = ", ".join(f"{name} = {value}" for name, value in sorted(bound.items()))
        self._queries.append((title, rows, self._warehouse, values, statement.query.strip()))
        return rows

    def save(self, path: Path) -> None:
        """Write the file. Raises OSError."""
        self._sheet("dictionary", [(name, _LONG) for name in _DICTIONARY], self._dictionary)
        self._sheet("queries", [(name, "VARCHAR") for name in _QUERIES], self._queries)
        self._book.save(path)

    def _title(self) -> str:
        taken = _RESERVED | {title.lower() for title, *_ in self._queries}
        base = re.sub(r"[^\w -]", "", self._name)[:_LONGEST_TITLE]
        names = chain([base], (f"{base} {number}" for number in count(2)))
        return next(name for name in names if name and name.lower() not in taken)

    def _sheet(self, title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Row]) -> int:
        """Write a sheet; how many rows it has below its header."""
        sheet = self._book.create_sheet(title)
        waiting = iter(rows)
        first = list(islice(waiting, _LOOKED_AT))
        for place, (name, _) in enumerate(columns):
            widths = [len(name) + 3, *(len(_seen(row[place])) + 2 for row in first)]
            width = min(max(_NARROWEST, *widths), _WIDEST)
            sheet.column_dimensions[get_column_letter(place + 1)].width = width
        sheet.freeze_panes = "A2"
        written = 0
        with closing(sheet):
            sheet.append([_heading(sheet, name) for name, _ in columns])
            for written, row in enumerate(chain(first, waiting), start=1):
                _demand_room(written)
                cells = zip(row, columns, strict=True)
                sheet.append([_cell(sheet, value, kind) for value, (_, kind) in cells])
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{written + 1}"
        return written


def _demand_room(rows: int) -> None:
    if rows > MOST_ROWS:
        raise BadInputError(
            f"there are more rows than the {MOST_ROWS:,} that a sheet of a workbook holds",
            "Write them into a .parquet or .csv file, or choose fewer.",
        )


def _seen(value: object) -> str:
    """About what Excel shows of a value."""
    match value:
        case None:
            return ""
        case float():
            return f"{value:.9g}"
        case datetime():
            return f"{shown(value)} UTC"
        case _:
            return max(shown(value).split("\n"), key=len)


def _heading(sheet: Any, name: str) -> Any:  # noqa: ANN401 - openpyxl has no types
    cell = _styled(sheet, printable(name))
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: object, kind: str) -> Any:  # noqa: ANN401
    """What stands for a value: numbers, dates and instants as such where Excel holds them exactly,
    else their text.
    """
    if isinstance(value, str) and kind in _DAYS:
        with suppress(ValueError):
            value = _DAYS[kind](value)
    if isinstance(value, Decimal):
        value = plain(value)
    match value:
        case None | bool():
            return value
        case int() if abs(value) <= _EXACT:
            return value
        case float() if isfinite(value):
            return value
        case datetime() if value.date() >= _FIRST_DAY and value.year < MAXYEAR:
            return _instant(sheet, value)
        case date() if not isinstance(value, datetime) and value >= _FIRST_DAY:
            return _dated(sheet, value, "yyyy-mm-dd")
        case _:
            if kind == _LONG:
                cell = _styled(sheet, printable(str(value)))
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                return cell
            return _text(sheet, shown(value))


_DAYS: dict[str, Callable[[str], date]] = {
    "DATE": date.fromisoformat,
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), datetime.fromisoformat
    ),
}
"""Types that come as text, because Python does not know all their values."""


def _instant(sheet: Any, value: datetime) -> Any:  # noqa: ANN401
    """Excel knows no time zones: the cell says UTC."""
    seconds = ":ss" if value.second or value.microsecond else ""
    zone = ' "UTC"' if value.tzinfo else ""
    naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return _dated(sheet, naive, f"yyyy-mm-dd hh:mm{seconds}{zone}")


def _dated(sheet: Any, value: date, form: str) -> Any:  # noqa: ANN401
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = form
    return cell


def _text(sheet: Any, value: str) -> Any:  # noqa: ANN401
    """A text that stays one: never a formula or an error, also when the cell is edited."""
    text = printable(value)
    if len(text) > MOST_CHARACTERS:
        raise BadInputError(
            f"a text of {len(text):,} characters does not fit a cell of a workbook, which holds "
            f"{MOST_CHARACTERS:,}",
            "Write it into a .parquet or .csv file, or choose other columns.",
        )
    return _styled(sheet, text) if text.startswith(("=", "+", "-", "@", "#")) else text


def _styled(sheet: Any, text: str) -> Any:  # noqa: ANN401
    """A cell of text that can be given a style; openpyxl takes many without one in less time."""
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    return cell
