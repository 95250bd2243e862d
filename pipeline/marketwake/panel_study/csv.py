"""CSV files of prices and events for `study_panel`; what cannot be read is named by its line."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.errors import BadInputError
from marketwake.base.text import misspelt
from marketwake.panel_study.input import UTC_US

SUMMER = 60
"""Minutes by which the offsets of one exchange may differ: its summer time."""
COINGECKO = {"snapped_at": "at", "price": "close"}
"""Columns of the files that CoinGecko's pages of historical data give, a coin each."""
COINGECKO_FILE = re.compile(r"(.+)-[a-z]{3,4}-max", re.IGNORECASE)


def read_files(
    prices: Path, events: Path, *, sessions: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Prices and events, as `read_prices` and `read_events` do.

    With `sessions` dates are meant. Those of two instants compare only where their offsets do.

    Raises:
        BadInputError: also where the offsets of a series differ by more than an hour (summer time),
            or an event is given with an offset that its series has nowhere. Prices without offset
            are UTC; of an event without one the date counts as it is written.
    """
    held, asked = read_prices(prices, sessions=sessions), read_events(events, sessions=sessions)
    if not sessions:
        return held, asked
    offsets = held.group_by("series").agg(pl.col("offset").drop_nulls().unique().sort())
    for series, known in offsets.rows():
        if known and known[-1] - known[0] > SUMMER:
            raise BadInputError(
                f"{prices}: stamps of {series} have offsets from {_offset(known[0])} to "
                f"{_offset(known[-1])}: which date a session has is not said",
                "Write the dates of the sessions alone, or set --stamp to open or close.",
            )
    foreign = (
        asked.with_columns(line=pl.int_range(2, pl.len() + 2))
        .join(offsets.rename({"offset": "known"}), on="series", maintain_order="left")
        .filter(pl.col("offset").is_not_null(), ~pl.col("offset").is_in(pl.col("known")))
    )
    for row in foreign.iter_rows(named=True):
        there = ", ".join(map(_offset, row["known"])) or "none"
        raise BadInputError(
            f"{events} line {row['line']}: day: an instant with the offset "
            f"{_offset(row['offset'])}, and those of the prices of {row['series']} are {there}: "
            "their dates may differ",
            "Write the date of the session in the market's own calendar "
            f"({foreign.height} of {asked.height} lines are so). Prices without offset are UTC.",
        )
    return held.drop("offset"), asked.drop("offset")


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def read_prices(path: Path, *, sessions: bool = False) -> pl.DataFrame:
    """series, at, and close or value: numbers, empty where missing.

    Of a folder all its CSV files together. A file of CoinGecko's (snapped_at, price) is a series of
    its own: btc-usd-max.csv is btc. With `sessions` a stamp is its date as it is written, and
    `offset` the minutes by which it is ahead of UTC, null where a date alone is written.

    Raises:
        BadInputError: no such file, no CSV, columns that lack, a cell that is no date, instant or
            number; with `sessions` a file of CoinGecko's, whose stamps are snapshots.
    """
    if path.is_dir():
        files = sorted(path.glob("*.csv"))
        if not files:
            raise BadInputError(f"{path}: no CSV file in it", "Give a file, or a folder of them.")
        return pl.concat([read_prices(file, sessions=sessions) for file in files])
    layout = "series,at,close (prices) or series,at,value (returns)"
    rows = _cells(path, ["series", "at"], layout)
    if sessions and rows["at"].str.ends_with(" UTC").any():
        raise BadInputError(
            f"{path}: prices at 00:00 UTC, each of which closes the day before",
            "Set --stamp close.",
        )
    level = next((name for name in ("close", "value") if name in rows.columns), None)
    if level is None:
        raise BadInputError(
            f"{path}: no column close or value",
            f"{misspelt(('close', 'value'), rows.columns)}Call prices close, and returns value.",
        )
    number = _numbers(path, rows, level)
    return rows.select(
        "series",
        _stamps(path, rows, "at", sessions=sessions),
        number,
        *([_offsets(rows, "at", naive=0)] if sessions else []),
    )


def read_events(path: Path, *, sessions: bool = False) -> pl.DataFrame:
    """event, series, day, and benchmark and group if the file has them; else as `read_prices`."""
    layout = "event,series,day and, where events have their own, benchmark and group"
    rows = _cells(path, ["event", "series", "day"], layout)
    return rows.select(
        "event",
        "series",
        _stamps(path, rows, "day", sessions=sessions),
        *(name for name in ("benchmark", "group") if name in rows.columns),
        *([_offsets(rows, "day", naive=None)] if sessions else []),
    )


def read_factors(path: Path, *, sessions: bool = False) -> pl.DataFrame:
    """at, and a column of returns per factor (and risk_free); else as `read_prices`."""
    rows = _cells(path, ["at"], "at and a column of returns, fractions, for each factor")
    names = [name for name in rows.columns if name != "at"]
    return rows.select(
        _stamps(path, rows, "at", sessions=sessions),
        *(_numbers(path, rows, name) for name in names),
    )


def _numbers(path: Path, rows: pl.DataFrame, column: str) -> pl.Expr:
    number = pl.col(column).cast(pl.Float64, strict=False)
    wrong = pl.col(column).is_not_null() & (number.is_null() | number.is_nan())
    _check(path, rows, wrong, column, "no number")
    return number


def _cells(path: Path, needed: list[str], layout: str) -> pl.DataFrame:
    fix = f"Give a CSV file in UTF-8 with a header line: {layout}."
    try:
        # Of a path polars takes `[` and `*` for a pattern, and fails where it is no UTF-8.
        rows = pl.read_csv(path.read_bytes(), infer_schema=False, null_values="")
    except OSError as error:
        raise BadInputError(f"{path}: {error.strerror}", fix) from error
    except pl.exceptions.PolarsError as error:
        raise BadInputError(f"{path}: {str(error).splitlines()[0]}", fix) from error
    if "series" in needed and "series" not in rows.columns and {*COINGECKO} <= {*rows.columns}:
        own = COINGECKO_FILE.fullmatch(path.stem)
        rows = rows.rename(COINGECKO).with_columns(series=pl.lit(own[1] if own else path.stem))
    if missing := [name for name in needed if name not in rows.columns]:
        raise BadInputError(
            f"{path}: no column {', '.join(missing)} among {', '.join(rows.columns)}",
            f"{misspelt(missing, rows.columns)}{fix}",
        )
    if not rows.height:
        raise BadInputError(f"{path}: no rows below the header line", fix)
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
        instant = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError:
        return None
    return instant.date() if sessions else _utc(instant)


def _offsets(rows: pl.DataFrame, column: str, *, naive: int | None) -> pl.Series:
    """Minutes ahead of UTC, `naive` for an instant without offset; null for a date."""
    known: dict[str, int | None] = {}
    for text in rows[column].unique().to_list():
        if len(text) > 10:
            ahead = datetime.fromisoformat(text.replace(" UTC", "+00:00")).utcoffset()
            known[text] = naive if ahead is None else ahead // timedelta(minutes=1)
        else:
            known[text] = None
    return rows[column].replace_strict(known, return_dtype=pl.Int32).alias("offset")


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
