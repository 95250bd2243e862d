"""CSV files of prices and events for `study_panel`; what cannot be read is named by its line."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.errors import BadInputError
from marketwake.panel_study.input import UTC_US


def read_prices(path: Path, *, sessions: bool = False) -> pl.DataFrame:
    """series, at, and close or value: numbers, empty where missing.

    With `sessions` a stamp is its date as it is written, whatever hours and offset follow.

    Raises:
        BadInputError: no such file, no CSV, columns that lack, a cell that is no date, instant or
            number.
    """
    rows = _cells(path, ["series", "at"], "series,at,close (prices) or series,at,value (returns)")
    level = next((name for name in ("close", "value") if name in rows.columns), None)
    if level is None:
        raise BadInputError(
            f"{path}: no column close or value", "Call prices close, and returns value."
        )
    number = pl.col(level).cast(pl.Float64, strict=False)
    wrong = pl.col(level).is_not_null() & (number.is_null() | number.is_nan())
    _check(path, rows, wrong, level, "no number")
    return rows.select("series", _stamps(path, rows, "at", sessions=sessions), number)


def read_events(path: Path, *, sessions: bool = False) -> pl.DataFrame:
    """event, series, day, and benchmark if the file has it; else as `read_prices`."""
    layout = "event,series,day and, where events have their own, benchmark"
    rows = _cells(path, ["event", "series", "day"], layout)
    return rows.select(
        "event",
        "series",
        _stamps(path, rows, "day", sessions=sessions),
        *(["benchmark"] if "benchmark" in rows.columns else []),
    )


def _cells(path: Path, needed: list[str], layout: str) -> pl.DataFrame:
    fix = f"Give a CSV file in UTF-8 with a header line: {layout}."
    try:
        # Of a path polars takes `[` and `*` for a pattern, and fails where it is no UTF-8.
        rows = pl.read_csv(path.read_bytes(), infer_schema=False, null_values="")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInputError(f"{path}: {str(error).splitlines()[0]}", fix) from error
    if missing := [name for name in needed if name not in rows.columns]:
        raise BadInputError(
            f"{path}: no column {', '.join(missing)} among {', '.join(rows.columns)}", fix
        )
    rows = rows.with_columns(pl.all().str.strip_chars())
    for name in needed:
        _check(path, rows, pl.col(name).is_null(), name, "empty")
    return rows


def _stamps(path: Path, rows: pl.DataFrame, column: str, *, sessions: bool) -> pl.Series:
    """Dates where all cells are dates or `sessions` asks for them, else instants in UTC."""
    stamps = {text: _stamp(text, sessions=sessions) for text in rows[column].unique().to_list()}
    wrong = pl.col(column).is_in([text for text, stamp in stamps.items() if stamp is None])
    what = "no date (2025-08-07) and no instant (2025-08-07T16:00Z)"
    _check(path, rows, wrong, column, what)
    if not any(isinstance(stamp, datetime) for stamp in stamps.values()):
        return rows[column].replace_strict(stamps, return_dtype=pl.Date)
    instants = {
        text: stamp if isinstance(stamp, datetime) else midnight(stamp)
        for text, stamp in stamps.items()
        if stamp
    }
    return rows[column].replace_strict(instants, return_dtype=UTC_US)


def _stamp(text: str, *, sessions: bool) -> date | datetime | None:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.date() if sessions else _utc(instant)


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _check(path: Path, rows: pl.DataFrame, fault: pl.Expr, column: str, what: str) -> None:
    wrong = rows.select(column, line=pl.int_range(2, pl.len() + 2)).filter(fault)
    if wrong.height:
        cell, line = wrong.row(0)
        shown = f"'{cell}' is {what}" if cell is not None else what
        raise BadInputError(
            f"{path} line {line}: {column}: {shown}",
            f"Correct it ({wrong.height} of {rows.height} lines are so).",
        )
