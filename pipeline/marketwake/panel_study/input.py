"""Prices and events of a study of many events, checked, by series; stamps are whole µs in UTC."""

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce

import numpy as np
import numpy.typing as npt
import polars as pl

from marketwake.base.errors import BadInputError
from marketwake.base.text import misspelt
from marketwake.panel_study.design import MICROSECOND, PanelDesign

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]
UTC_US = pl.Datetime("us", "UTC")
HOLE = 31 * 86_400_000_000
"""Microseconds without a row after which a series is not closed but cut: China's longest holidays
take 11 days."""
NEVER = int(np.iinfo(np.int64).min)
"""In place of a stamp: none. Stamps before 1970 are negative."""
DAY = 86_400_000_000
"""Microseconds."""
MOST_BARS = 50_000_000
"""Bars of all series together that are laid out on their grid."""


@dataclass(frozen=True)
class Track:
    """A series: increasing stamps, and the return of the period that ends or is stamped there.

    Returns and closes are NaN where missing; closes are None where returns were given.
    """

    stamps: Ints
    returns: Floats
    closes: Floats | None


def compared(series: Track, factors: list[Track], design: PanelDesign) -> tuple[Track, Floats]:
    """A series over the periods it shares with its factors, and their returns there, K by periods.

    A stamp at which one of them has no row is a closure of it: all are then taken from the last
    stamp that they share to the next, so that all returns cover the same time. A series of given
    returns cannot be put together, and on a grid of bars a hole is a missing return: there a
    factor's return is the one at the same stamp, NaN where it has none.
    """
    if series.closes is None or design.every is not None:
        return series, np.stack([_at_stamps(factor, series.stamps) for factor in factors])
    stamps = reduce(
        lambda shared, factor: np.intersect1d(shared, factor.stamps, assume_unique=True),
        factors,
        series.stamps,
    )
    # Mostly nothing is left out: then the series is shared, not copied for each benchmark.
    if len(stamps) < len(series.stamps):
        closes = series.closes[np.searchsorted(series.stamps, stamps)]
        series = Track(stamps, change(stamps, closes, design.kind), closes)
    return series, np.stack([_between(factor, stamps, design.kind) for factor in factors])


def _between(track: Track, stamps: Ints, kind: str) -> Floats:
    """Returns from one stamp to the next, all of them the track's; the first is NaN.

    Given returns are put together: compounded, log returns added up. NaN where one is missing.
    """
    place = np.searchsorted(track.stamps, stamps)
    if track.closes is not None:
        return change(stamps, track.closes[place], kind)
    growth = np.log1p(track.returns) if kind == "simple" else track.returns
    total = np.cumsum(np.nan_to_num(growth))[place]
    gaps = np.cumsum(np.isnan(growth))[place]
    returns = np.full(len(stamps), np.nan)
    returns[1:] = np.where(np.diff(gaps) > 0, np.nan, np.diff(total))
    return np.expm1(returns) if kind == "simple" else returns


def _at_stamps(track: Track, stamps: Ints) -> Floats:
    """Its return at each stamp, NaN where it has none."""
    if not len(track.stamps):
        return np.full(len(stamps), np.nan)
    place = np.minimum(np.searchsorted(track.stamps, stamps), len(track.stamps) - 1)
    return np.where(track.stamps[place] == stamps, track.returns[place], np.nan)


def change(stamps: Ints, closes: Floats, kind: str) -> Floats:
    """Returns from closes, 'log' or 'simple'; the first is NaN, and so is one over a hole.

    A hole is longer than any closure: than `HOLE`, and than twelve usual steps of the series.
    """
    ratio = np.full(len(closes), np.nan)
    # Prices whose ratio overflows are refused by `refuse_levels`, which names them.
    with np.errstate(over="ignore"):
        ratio[1:] = closes[1:] / closes[:-1]
    steps = np.diff(stamps)
    if len(steps):
        ratio[1:][steps > max(HOLE, 12 * int(np.median(steps)))] = np.nan
    with np.errstate(divide="ignore"):
        return np.log(ratio) if kind == "log" else ratio - 1


def read_tracks(
    frame: pl.DataFrame, names: set[str], design: PanelDesign, table: str = "prices"
) -> dict[str, Track]:
    """The named series that a long frame holds: series, at, and close or value.

    `table` is what errors call it.

    Raises:
        BadInputError: columns, types or rows that cannot be; it names the first such row.
    """
    priced = "close" in frame.columns
    rows = _levels(frame, names, design, table, priced=priced)
    if design.every is not None:
        _refuse_many(rows, design.every, table)
    stamps, levels = rows["at"].to_numpy(), rows["level"].to_numpy()
    runs = rows["series"].rle().struct.unnest()
    tracks, start = {}, 0
    for length, name in zip(runs["len"], runs["value"], strict=True):
        part = slice(start, start + length)
        tracks[name] = _track(name, stamps[part], levels[part], design, priced=priced)
        start += length
    return tracks


def _levels(
    frame: pl.DataFrame, names: set[str], design: PanelDesign, table: str, *, priced: bool
) -> pl.DataFrame:
    """series, at (µs) and level of the named series, checked and sorted."""
    level = "close" if priced else "value"
    _need(frame, {"series", "at", level}, table, "close (a price) or value (a return)")
    if not frame.schema[level].is_numeric():
        raise BadInputError(
            f"{table}: column '{level}' is {frame.schema[level]}, not a number",
            "Cast it, e.g. to pl.Float64.",
        )
    rows = frame.select(
        pl.col("series").cast(pl.String),
        _instant(frame, "at", design, table),
        level=pl.col(level).cast(pl.Float64).fill_nan(None),
    ).filter(pl.col("series").is_in(names) | pl.col("series").is_null())
    wrong, what = pl.col("level").is_infinite(), "has an infinite return"
    if priced:
        wrong, what = wrong | (pl.col("level") <= 0), "has a price that is not positive and finite"
    nameless = pl.col("series").is_null() | pl.col("at").is_null()
    fix = "Correct it, or leave the level empty where it is missing."
    _refuse(rows.filter(nameless), f"{table}: a row has no series or no stamp", fix)
    _refuse(rows.filter(wrong), f"{table}: a row {what}", fix)
    rows = rows.sort("series", "at")
    _refuse(
        rows.filter(pl.struct("series", "at").is_first_distinct().not_()),
        f"{table}: two rows have the same stamp",
        "Keep one; for bars within a day set stamp to 'open' or 'close'.",
    )
    return rows


def _refuse_many(rows: pl.DataFrame, every: timedelta, table: str) -> None:
    at = pl.col("at")
    spans = rows.group_by("series").agg(bars=(at.max() - at.min()) // (every // MICROSECOND) + 1)
    many = spans["bars"].sum()
    if many > MOST_BARS:
        raise BadInputError(
            f"{table}: from first to last row there are {many:,} bars of {every}, beyond "
            f"{MOST_BARS:,}",
            "Check `every`, or study fewer series or a shorter time.",
        )


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
        return Track(stamps, change(stamps, levels, design.kind), levels)
    return Track(stamps, levels, None)


def read_events(frame: pl.DataFrame, design: PanelDesign) -> pl.DataFrame:
    """Columns event, series, benchmark, group and at (µs), in the order of the frame.

    benchmark is null where the model needs none, group where the frame has none.

    Raises:
        BadInputError: columns or types that cannot be, an event without series or day, or without
            the benchmark that the model needs.
    """
    _need(frame, {"event", "series", "day"}, "events", "and benchmark, if events have their own")
    if not frame.height:
        raise BadInputError(
            "there are no events", "Give a row per event and series: event, series, day."
        )
    benchmark = pl.lit(None, pl.String)
    needed = design.model in ("market_model", "market_adjusted")
    if needed:
        own = pl.col("benchmark").cast(pl.String) if "benchmark" in frame.columns else benchmark
        benchmark = own.fill_null(pl.lit(design.benchmark, pl.String))
    rows = frame.select(
        pl.col("event", "series").cast(pl.String),
        benchmark=benchmark,
        group=pl.col("group").cast(pl.String) if "group" in frame.columns else None,
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


def refuse_zones(prices: pl.DataFrame, events: pl.DataFrame, design: PanelDesign) -> None:
    """Of sessions a date is meant: that of an instant differs from zone to zone.

    Raises:
        BadInputError: events are instants of another time zone than the prices' (naive ones are
            UTC), or the prices are dates and so of no zone.
    """
    day, at = events.schema.get("day"), prices.schema.get("at")
    if design.stamp != "session" or not isinstance(day, pl.Datetime) or day.time_zone is None:
        return
    zone = (at.time_zone or "UTC") if isinstance(at, pl.Datetime) else None
    if isinstance(at, pl.Datetime) and zone == day.time_zone:
        return
    there = "dates, of no time zone" if zone is None else f"sessions of {zone}"
    own = "that of the market" if zone is None else f"'{zone}'"
    raise BadInputError(
        f"events: instants in {day.time_zone}, and the prices are {there}: their dates may differ",
        f"Give the dates of the market's sessions: day.dt.convert_time_zone(zone).dt.date(), zone "
        f"being {own}; for prices of instants set stamp to 'open' or 'close'.",
    )


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
            f"{misspelt(sorted(missing), frame.columns)}"
            f"Needed: {', '.join(sorted(columns))}; {hint}.",
        )


def _refuse(rows: pl.DataFrame, what: str, fix: str) -> None:
    if rows.height:
        first = rows.with_columns(pl.col("at").cast(UTC_US)).row(0, named=True)
        shown = ", ".join(f"{name} {value}" for name, value in first.items() if value is not None)
        raise BadInputError(f"{what} ({rows.height} of them; the first: {shown})", fix)
