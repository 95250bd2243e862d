"""Rows of a query as table, lines with tabs, CSV, JSON, Markdown, Parquet or workbook. All but
Parquet are read some thousand rows at a time.
"""

import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TextIO, runtime_checkable

import duckdb

from marketwake.base.errors import BadInputError
from marketwake.base.text import printable
from marketwake.cli.sql.exact import execute

OUTPUTS = ("table", "tsv", "csv", "json", "parquet", "markdown", "xlsx")
STREAMED = ("table", "tsv", "markdown", "xlsx")
"""Outputs in which the rows of several queries may follow each other."""
FILES = ("parquet", "xlsx")
"""Outputs that are no text."""
EXPLAINED = [("explain_key", "VARCHAR"), ("explain_value", "VARCHAR")]
"""Columns of a plan."""
CHUNK = 10_000
"""Rows fetched at a time."""

Row = tuple[Any, ...]


@runtime_checkable
class Sheets(Protocol):
    """What takes answers one after the other, each on a sheet of its own."""

    def begin(self, name: str, text: str) -> None:
        """What the sheets that follow are called, and the text that their queries stand in."""

    def add(self, statement: duckdb.Statement, bound: dict[str, str]) -> int:
        """Run one statement and keep its rows; how many there are."""


Target = TextIO | Path | Sheets | None
"""Where rows go; None is standard output."""


def write_rows(
    con: duckdb.DuckDBPyConnection,
    statement: duckdb.Statement,
    bound: dict[str, str],
    output: str,
    target: Target,
) -> int:
    """Run one statement and write its rows to `target`: the path of a Parquet file, the sheets of a
    workbook, a text stream, or None for standard output. Returns how many were written.

    Raises:
        BadInputError: two columns share a name that JSON needs, or the rows do not fit a sheet.
        duckdb.Error: the statement does not run.
    """
    if isinstance(target, Sheets):
        return target.add(statement, bound)
    if isinstance(target, Path):
        from pyarrow.parquet import read_metadata  # type: ignore[import-untyped]

        con.sql(statement, params=bound).write_parquet(str(target))
        return int(read_metadata(target).num_rows)
    columns = execute(con, statement, bound)
    sizes: list[int] = []
    shown_rows = write(target or sys.stdout, columns, fetched(con, sizes.append), output)
    return sum(sizes) if shown_rows is None else shown_rows


def default_output() -> str:
    """A table on a terminal, and where COLUMNS gives a width; elsewhere lines with tabs."""
    return "table" if sys.stdout.isatty() or "COLUMNS" in os.environ else "tsv"


def write(
    stream: TextIO, columns: list[tuple[str, str]], rows: Iterator[Row], output: str
) -> int | None:
    """Write rows as text. `columns` are names and DuckDB types. Of a table, which may be cut, how
    many rows were written.
    """
    if output == "csv":
        stream.write(",".join(_quoted(name) for name, _ in columns) + "\n")
        cell = [_CSV_CELL.get(kind, _csv_cell) for _, kind in columns]
        stream.writelines(
            ",".join(
                "" if value is None else put(value) for put, value in zip(cell, row, strict=True)
            )
            + "\n"
            for row in rows
        )
    elif output == "json":
        _write_json(stream, [name for name, _ in columns], rows)
    elif output == "markdown":
        _write_markdown(stream, columns, rows)
    elif output == "tsv" and columns != EXPLAINED:
        stream.write("\t".join(_one_line(name) for name, _ in columns) + "\n")
        stream.writelines(
            "\t".join(_one_line(shown(value)) for value in row) + "\n" for row in rows
        )
    else:
        from marketwake.cli.sql.table import write_table

        return write_table(stream, columns, rows)
    return None


def _one_line(text: str) -> str:
    return printable(text).translate({9: " ", 10: " ", 13: " "})


def fetched(
    con: duckdb.DuckDBPyConnection, told: Callable[[int], object] = lambda _: None
) -> Iterator[Row]:
    """The rows of the statement that was run last; `told` hears of how many, as they come."""
    while chunk := con.fetchmany(CHUNK):
        told(len(chunk))
        yield from chunk


def _write_json(stream: TextIO, names: list[str], rows: Iterator[Row]) -> None:
    if repeated := [name for name in names if names.count(name) > 1]:
        raise BadInputError(f"two columns are named '{repeated[0]}'", "Name them apart with `as`.")
    separator = "[\n"
    for row in rows:
        record = {name: plain(value) for name, value in zip(names, row, strict=True)}
        stream.write(separator + json.dumps(record, ensure_ascii=False, allow_nan=False))
        separator = ",\n"
    stream.write("[]\n" if separator == "[\n" else "\n]\n")


def _write_markdown(stream: TextIO, columns: list[tuple[str, str]], rows: Iterator[Row]) -> None:
    stream.write(f"| {' | '.join(_escaped(name) for name, _ in columns)} |\n")
    stream.write(f"|{'|'.join('---:' if is_number(kind) else '---' for _, kind in columns)}|\n")
    stream.writelines(
        f"| {' | '.join('' if value is None else _escaped(shown(value)) for value in row)} |\n"
        for row in rows
    )


def _escaped(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace("|", "\\|").replace("\n", "<br>")


def plain(value: object) -> object:
    """A value as JSON knows it: instants, dates and times in ISO 8601, what is not finite null,
    bytes in hexadecimal.

    A decimal is a number where a double holds it, else its text.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return float(value) if Decimal(repr(float(value))) == value else str(value)
        case datetime():
            return _endless(value) or value.isoformat()
        case date() | time():
            return value.isoformat()
        case dict():
            return {str(plain(key)): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _endless(value: datetime) -> str | None:
    """The name of an instant without end, which DuckDB hands out without a time zone."""
    return {datetime.max: "infinity", datetime.min: "-infinity"}.get(value)  # noqa: DTZ901


def _csv_cell(value: object) -> str:
    match value:
        case float() | Decimal():
            return str(value)
        case bool():
            return str(value).lower()
        case dict() | list() | tuple():
            return _quoted(json.dumps(plain(value), ensure_ascii=False))
        case _:
            return _quoted(str(plain(value)))


def _quoted(text: str) -> str:
    """A text in quotes where it needs them; an empty one too, so that it is not taken for null.
    (The csv module quotes no lone CR.)
    """
    return '"' + text.replace('"', '""') + '"' if not text or _SPECIAL.search(text) else text


_SPECIAL = re.compile(r'[",\r\n]')
_CSV_CELL: dict[str, Callable[[Any], str]] = {
    "VARCHAR": _quoted,
    "TIMESTAMP WITH TIME ZONE": lambda at: at.isoformat() if at.tzinfo else str(plain(at)),
    "DATE": str,
    "DOUBLE": repr,
    "BIGINT": str,
    "INTEGER": str,
}
"""The types that large answers are made of, each in one step."""


def shown(value: object, *, grouped: bool = False) -> str:
    """A value as a person reads it: doubles to ten significant digits, instants no finer than they
    are; `grouped` numbers have a comma at every third digit.
    """
    comma = "," if grouped else ""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int():
            return f"{value:{comma}}"
        case float():
            return _digits(value, comma)
        case datetime():
            if endless := _endless(value):
                return endless
            whole = value.second == value.microsecond == 0
            return value.isoformat(sep=" ", timespec="minutes" if whole else "auto").replace(
                "+00:00", "Z"
            )
        case Decimal():
            return f"{value:{comma}f}"
        case dict() | list() | tuple():
            return json.dumps(plain(value), ensure_ascii=False)
        case _:
            return str(plain(value))


def _digits(value: float, comma: str) -> str:
    text = f"{value:.10g}"
    return f"{Decimal(text):{comma}f}" if 1e-15 < abs(value) < 1e15 else text


def is_number(kind: str) -> bool:
    """Whether a DuckDB type is one of numbers, which stand to the right."""
    return (
        re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)", kind)
        is not None
    )
