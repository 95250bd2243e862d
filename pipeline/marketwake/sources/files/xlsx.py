"""The first visible sheet of an XLSX workbook as text, the way a CSV file would say it."""

import io
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import polars as pl
from openpyxl.cell.cell import ERROR_CODES  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

from marketwake.base.errors import SourceChangedError
from marketwake.base.zips import DAMAGE, refuse_large
from marketwake.warehouse.catalogue import Column

# What openpyxl lets through of its readers for a damaged file.
_DAMAGED = (
    StopIteration,  # no sheet is visible
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    SyntaxError,
    ValueError,
    LookupError,
    OSError,
    EOFError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
)


def read_xlsx_text(
    source: str, where: str, body: bytes, columns: Mapping[str, Column]
) -> pl.DataFrame:
    """Cells below the header row as strings, in the contract's spelling; an empty cell is null,
    empty rows are left out.

    Dates have no zone in a workbook: they are UTC. A formula counts with the value that was saved
    with it.

    Raises:
        SourceChangedError: no readable workbook, a hidden row or column, other columns than
            `columns` (in any order; those that may be null may be left out), a figure without a
            heading, a cell with an Excel error, or a date in a column that is neither date nor
            instant (Excel makes dates of what looks like one).
    """
    rows = _rows(source, where, body)
    header = [str(cell).strip() if cell is not None else "" for cell in rows[0][1]] if rows else []
    while header and not header[-1]:
        header.pop()
    optional = {name for name, column in columns.items() if column.nullable}
    if sorted([*header, *optional.difference(header)]) != sorted(columns):
        raise SourceChangedError(
            source,
            where,
            f"the columns {', '.join(columns)}",
            ", ".join(header) or "an empty sheet",
        )
    cells: dict[str, list[str | None]] = {name: [] for name in header}
    for number, row in rows[1:]:
        if any(cell is not None for cell in row[len(header) :]):
            raise SourceChangedError(
                source, f"{where} row {number}", f"{len(header)} cells", "more"
            )
        for i, name in enumerate(header):
            cell = row[i] if i < len(row) else None
            if cell in ERROR_CODES or (
                isinstance(cell, date | time)
                and columns[name].duckdb_type not in ("DATE", _INSTANT)
            ):
                raise SourceChangedError(
                    source,
                    f"{where} row {number}",
                    f"{name} as {columns[name].duckdb_type}",
                    f"{cell}",
                )
            cells[name].append(_text(cell, columns[name]))
    return pl.DataFrame(cells, schema=dict.fromkeys(header, pl.String))


def is_workbook(body: bytes) -> bool:
    """Whether a ZIP is one."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (*DAMAGE, OSError):
        return False


def read_xlsx_cells(source: str, where: str, body: bytes) -> list[list[str]]:
    """The cells of the rows that hold anything, as text; midnights are days in ISO form.

    Raises:
        SourceChangedError: no readable workbook, or a hidden row or column.
    """
    return [
        [f"{cell:%Y-%m-%d}" if isinstance(cell, date) else _text(cell, None) or "" for cell in row]
        for _, row in _rows(source, where, body)
    ]


_INSTANT = "TIMESTAMP WITH TIME ZONE"


def _rows(source: str, where: str, body: bytes) -> list[tuple[int, tuple[object, ...]]]:
    """Rows that hold anything, with their numbers in the sheet."""
    try:
        with warnings.catch_warnings():
            # It warns of styles and extensions that it does not know; values are not concerned.
            warnings.simplefilter("ignore", UserWarning)
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                refuse_large(archive)
            book = openpyxl.load_workbook(io.BytesIO(body), data_only=True)
            sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
            hidden = _hidden(sheet)
            rows = list(enumerate(sheet.iter_rows(values_only=True), start=1))
    except _DAMAGED as error:
        raise SourceChangedError(
            source, where, "an XLSX workbook", f"{type(error).__name__}: {error}"
        ) from error
    if hidden:
        raise SourceChangedError(
            source, where, "a sheet whose rows and columns are all shown", f"{hidden} hidden"
        )
    return [(number, row) for number, row in rows if any(cell not in (None, "") for cell in row)]


def _hidden(sheet: Any) -> str | None:  # noqa: ANN401 - openpyxl has no types
    """The first row or column that is hidden, by name: what a person does not see shall not be
    loaded, and what was filtered out may be meant or not.
    """
    for kind, dimensions in (("column", sheet.column_dimensions), ("row", sheet.row_dimensions)):
        for name, dimension in dimensions.items():
            if dimension.hidden:
                return f"{kind} {name}"
    return None


def _text(cell: object, column: Column | None) -> str | None:
    if cell is None or isinstance(cell, str):
        return (cell or "").strip() or None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        midnight = cell.time() == time()
        return (
            f"{cell:%Y-%m-%d}"
            if column and column.duckdb_type == "DATE" and midnight
            else f"{cell:%Y-%m-%dT%H:%M:%S.%fZ}"
        )
    return str(cell)
