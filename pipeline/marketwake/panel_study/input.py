"""Prices and events of a study of many events, checked, by series; stamps are whole µs in UTC."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from marketwake.base.errors import BadInputError
from marketwake.panel_study.design import MICROSECOND, PanelDesign

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]
UTC_US = pl.Datetime("us", "UTC")
NEVER = int(np.iinfo(np.int64).min)
"""In place of a stamp: none. Stamps before 1970 are negative."""


@dataclass(frozen=True)
class Track:
    """A series: increasing stamps, and the return of the period that ends or is stamped there.

    Returns and closes are NaN where missing; closes are None where returns were given.
    """

    stamps: Ints
    returns: Floats
    closes: Floats | None


def compared(series: Track, benchmark: Track, design: PanelDesign) -> tuple[Track, Floats]:
    """A series over the periods it shares with its benchmark, and the benchmark's returns there.

    A stamp at which only one of them has a row is a closure of the other: both are then taken from
    the last stamp that they share to the next, so that both returns cover the same time. Given
    returns cannot be put together, and on a grid of bars a hole is a missing return: there the
    benchmark's return is the one at the same stamp, NaN where it has none.
    """
    if series.closes is None or benchmark.closes is None or design.every is not None:
        place = np.searchsorted(benchmark.stamps, series.stamps)
        place = np.minimum(place, len(benchmark.stamps) - 1)
        is_shared = benchmark.stamps[place] == series.stamps
        return series, np.where(is_shared, benchmark.returns[place], np.nan)
    stamps, own, other = np.intersect1d(
        series.stamps, benchmark.stamps, assume_unique=True, return_indices=True
    )
    closes = series.closes[own]
    # Mostly nothing is left out: then the series is shared, not copied for each benchmark.
    if len(stamps) < len(series.stamps):
        series = Track(stamps, change(closes, design.kind), closes)
    return series, change(benchmark.closes[other], design.kind)


def change(closes: Floats, kind: str) -> Floats:
    """Returns from closes, 'log' or 'simple'; the first is NaN."""
    ratio = np.full(len(closes), np.nan)
    ratio[1:] = closes[1:] / closes[:-1]
    return np.log(ratio) if kind == "log" else ratio - 1


def read_tracks(frame: pl.DataFrame, names: set[str], design: PanelDesign) -> dict[str, Track]:
    """The named series that a long frame holds: series, at, and close or value.

    Raises:
        BadInputError: columns, types or rows that cannot be; it names the first such row.
    """
    priced = "close" in frame.columns
    rows = _levels(frame, names, design, priced=priced)
    stamps, levels = rows["at"].to_numpy(), rows["level"].to_numpy()
    runs = rows["series"].rle().struct.unnest()
    tracks, start = {}, 0
    for length, name in zip(runs["len"], runs["value"], strict=True):
        part = slice(start, start + length)
        tracks[name] = _track(name, stamps[part], levels[part], design, priced=priced)
        start += length
    return tracks


def _levels(
    frame: pl.DataFrame, names: set[str], design: PanelDesign, *, priced: bool
) -> pl.DataFrame:
    """series, at (µs) and level of the named series, checked and sorted."""
    level = "close" if priced else "value"
    _need(frame, {"series", "at", level}, "prices", "close (a price) or value (a return)")
    if not frame.schema[level].is_numeric():
        raise BadInputError(
            f"prices: column '{level}' is {frame.schema[level]}, not a number",
            "Cast it, e.g. to pl.Float64.",
        )
    rows = frame.select(
        pl.col("series").cast(pl.String),
        _instant(frame, "at", design, "prices"),
        level=pl.col(level).cast(pl.Float64).fill_nan(None),
    ).filter(pl.col("series").is_in(names) | pl.col("series").is_null())
    wrong, what = pl.col("level").is_infinite(), "has an infinite return"
    if priced:
        wrong, what = wrong | (pl.col("level") <= 0), "has a price that is not positive and finite"
    nameless = pl.col("series").is_null() | pl.col("at").is_null()
    fix = "Correct it, or leave the level empty where it is missing."
    _refuse(rows.filter(nameless), "prices: a row has no series or no stamp", fix)
    _refuse(rows.filter(wrong), f"prices: a row {what}", fix)
    rows = rows.sort("series", "at")
    _refuse(
        rows.filter(pl.struct("series", "at").is_first_distinct().not_()),
        "prices: two rows have the same stamp",
        "Keep one; for bars within a day set stamp to 'open' or 'close'.",
    )
    return rows


def _track(name: str, stamps: Ints, levels: Floats, design: PanelDesign, *, priced: bool) -> Track:
    if design.every is not None:
        step = design.every // MICROSECOND
        place, rest = np.divmod(stamps - stamps[0], step)
        if rest.any():
            odd = np.datetime64(int(stamps[np.argmax(rest != 0)]), "us")
            raise BadInputError(
                f"prices: {name} at {odd} is not a whole number of {design.every} after its first "
                "row",
                "Check `every`.",
            )
        filled = np.full(place[-1] + 1, np.nan)
        filled[place] = levels
        stamps, levels = stamps[0] + step * np.arange(len(filled), dtype=np.int64), filled
    if priced:
        return Track(stamps, change(levels, design.kind), levels)
    return Track(stamps, levels, None)


def read_events(frame: pl.DataFrame, design: PanelDesign) -> pl.DataFrame:
    """Columns event, series, benchmark and at (µs), in the order of the frame.

    benchmark is null where the model needs none.

    Raises:
        BadInputError: columns or types that cannot be, an event without series or day, or without
            the benchmark that the model needs.
    """
    _need(frame, {"event", "series", "day"}, "events", "and benchmark, if events have their own")
    if not frame.height:
        raise BadInputError(
            "there are no events", "Give a row per event and series: event, series, day."
        )
    benchmark, needed = pl.lit(None, pl.String), design.model != "constant_mean"
    if needed:
        own = pl.col("benchmark").cast(pl.String) if "benchmark" in frame.columns else benchmark
        benchmark = own.fill_null(pl.lit(design.benchmark, pl.String))
    rows = frame.select(
        pl.col("event", "series").cast(pl.String),
        benchmark=benchmark,
        at=_instant(frame, "day", design, "events"),
    )
    _refuse(
        rows.filter(pl.any_horizontal(pl.col("event", "series", "at").is_null())),
        "events: a row has no event, series or day",
        "Fill it.",
    )
    if needed:
        _refuse(
            rows.filter(pl.col("benchmark").is_null()),
            f"events: {design.model} needs a benchmark",
            "Name one in the design or the row.",
        )
    return rows


def _instant(frame: pl.DataFrame, column: str, design: PanelDesign, table: str) -> pl.Expr:
    """Microseconds since 1970 UTC; naive stamps are UTC.

    Of stamps of sessions the date alone counts, that of the column's time zone.
    """
    given = frame.schema[column]
    if not (given == pl.Date or isinstance(given, pl.Datetime)):
        raise BadInputError(
            f"{table}: column '{column}' is {given}, not a date or an instant",
            "Parse it, e.g. with str.to_date().",
        )
    stamp = pl.col(column)
    if design.stamp == "session":
        stamp = stamp.dt.date()
    if design.stamp == "session" or not isinstance(given, pl.Datetime) or given.time_zone is None:
        stamp = stamp.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return stamp.cast(UTC_US).to_physical().alias(column)


def refuse_foreign(frame: object, table: str) -> None:
    """Raises BadInputError for a frame that is no polars DataFrame."""
    if not isinstance(frame, pl.DataFrame):
        kind = f"{type(frame).__module__}.{type(frame).__qualname__}"
        raise BadInputError(
            f"{table}: a {kind}, not a polars DataFrame",
            "Convert it: pl.from_pandas(frame), or collect() a LazyFrame.",
        )


def _need(frame: pl.DataFrame, columns: set[str], table: str, hint: str) -> None:
    if missing := columns - set(frame.columns):
        there = ", ".join(frame.columns) or "none"
        raise BadInputError(
            f"{table}: no column {', '.join(sorted(missing))} among {there}",
            f"Needed: {', '.join(sorted(columns))}; {hint}.",
        )


def _refuse(rows: pl.DataFrame, what: str, fix: str) -> None:
    if rows.height:
        first = rows.with_columns(pl.col("at").cast(UTC_US)).row(0, named=True)
        shown = ", ".join(f"{name} {value}" for name, value in first.items() if value is not None)
        raise BadInputError(f"{what} ({rows.height} of them; the first: {shown})", fix)
