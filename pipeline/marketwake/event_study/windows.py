"""Anchors, estimation windows, and the complete hourly grid of every measure.

A *measured* frame is long: venue, instrument, measure, unit, window_length, window_unit, at,
starts_at, ends_at, value, observations, missing. `at` is the instant of the series that a window
hangs on, (starts_at, ends_at] what the window covers. Instants are of type Datetime('us', 'UTC').
"""

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view

from marketwake.event_study.design import Design

SERIES = ["venue", "instrument"]
WINDOW = ["measure", "unit", "window_length", "window_unit"]
MEASURED = [*SERIES, *WINDOW, "at", "starts_at", "ends_at", "value", "observations", "missing"]
HOUR_OF_WEEK = (
    (pl.col("at").dt.weekday().cast(pl.Int64) - 1) * 24 + pl.col("at").dt.hour().cast(pl.Int64)
).alias("hour_of_week")
"""Monday 00:00 UTC is 0."""


def with_estimation(anchors: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Add estimation_from, estimation_to and response_to to anchors; the rules stand in Design."""
    earliest = pl.col("earliest_at").filter("is_candidate").min().over("event")
    latest = pl.col("latest_at").filter("is_candidate").max().over("event")
    return anchors.with_columns(
        estimation_to=pl.min_horizontal(earliest, "earliest_at") - design.gap,
        response_to=pl.max_horizontal(latest, "latest_at") + design.recovery,
    ).with_columns(estimation_from=pl.col("estimation_to") - design.estimation)


def instants(anchors: pl.DataFrame) -> pl.DataFrame:
    """A row per instant on which the windows of an anchor may hang, by event, anchor and anchor_at.

    They are its nominal instant, and for its range every other close on the hour from the last at
    or before its start to the last at or before its end: a window starts at the last close at or
    before its instant. Of an anchor known to the year they are firsts of a month. Adds anchor_at
    and is_nominal.
    """
    nominal = anchors.with_columns(anchor_at=pl.col("nominal_at"), is_nominal=pl.lit(value=True))
    others = [
        _every(anchors.filter(pl.col("precision") != "year"), "1h"),
        _every(anchors.filter(pl.col("precision") == "year"), "1mo"),
    ]
    return pl.concat([nominal, *others]).sort("event", "anchor", "anchor_at")


def _every(anchors: pl.DataFrame, step: str) -> pl.DataFrame:
    first = pl.col("earliest_at").dt.truncate(step)
    return (
        anchors.with_columns(anchor_at=pl.datetime_ranges(first, pl.col("latest_at"), step))
        .explode("anchor_at")
        .filter(pl.col("anchor_at") != pl.col("nominal_at").dt.truncate(step))
        .with_columns(is_nominal=pl.lit(value=False))
    )


def hourly_grid(bars: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Every hour from the first to the last bar of a series, and the longest window beyond.

    In holes close and volume_base are null.

    Args:
        bars: venue, instrument, closed_at, close, volume_base (null where the series has none); any
            order, one row per hour.

    Returns:
        The series' columns, at (end of the hour), close, volume_base, log_return (null after a
        hole), sorted.
    """
    spans = (
        bars.group_by(SERIES)
        .agg(pl.col("closed_at").min().alias("first"), pl.col("closed_at").max().alias("last"))
        .sort(SERIES)
    )
    last = pl.col("last") + timedelta(hours=max(design.hours))
    hours = spans.select(*SERIES, at=pl.datetime_ranges("first", last, "1h")).explode("at")
    return (
        hours.join(bars.rename({"closed_at": "at"}), on=[*SERIES, "at"], how="left")
        .select(*SERIES, "at", "close", "volume_base")
        .sort(*SERIES, "at")
        .with_columns(log_return=(pl.col("close") / pl.col("close").shift()).log().over(SERIES))
    )


def counted(present: pl.Expr, length: int) -> pl.Expr:
    """How many of the `length` rows from each row on are present.

    Reversed, the rolling window looks ahead, beyond the last row too.
    """
    return present.cast(pl.Int64).reverse().rolling_sum(length, min_samples=1).reverse()


def summed(column: str, length: int) -> pl.Expr:
    """The sum of the `length` rows that end at each row, null unless all are there.

    Each is added up by itself: what a running sum carries along depends, in its last digits, on
    where the data begin.
    """

    def sums(rows: pl.Series) -> pl.Series:
        values = rows.fill_null(float("nan")).to_numpy()
        ended = np.full(values.size, np.nan)
        if values.size >= length:
            ended[length - 1 :] = sliding_window_view(values, length).sum(axis=1)
        return pl.Series(ended, nan_to_null=True)

    return pl.col(column).map_batches(sums, return_dtype=pl.Float64())


def measured(
    grid: pl.DataFrame,
    measure: str,
    unit: str,
    length: int,
    value: pl.Expr,
    *,
    before: bool = False,
) -> pl.DataFrame:
    """A measure over (t, t + length] at every hour t, or with `before` over (t - length, t].

    `value` looks back over the `length` hours that end at its row and is null where it lacks a bar
    or the price at the start. Observations are the bars present in the window, the one that ends at
    its start not among them. Unless all are present the value is null: nothing is shortened or
    filled.
    """
    ahead = 0 if before else -length
    span = timedelta(hours=length)
    present = pl.col("close").is_not_null().cast(pl.Int64).rolling_sum(length, min_samples=1)
    windows = grid.select(
        *SERIES,
        "at",
        value=value.shift(ahead).over(SERIES),
        observations=present.shift(ahead).over(SERIES).fill_null(0),
        starts_at=pl.col("at") - span if before else pl.col("at"),
        ends_at=pl.col("at") if before else pl.col("at") + span,
        **_labels(measure, unit, length, "hour"),
    ).with_columns(missing=length - pl.col("observations"))
    return windows.with_columns(value=pl.when(pl.col("missing") == 0).then("value")).select(
        MEASURED
    )


def _labels(measure: str, unit: str, length: int, window_unit: str) -> dict[str, pl.Expr]:
    return {
        "measure": pl.lit(measure),
        "unit": pl.lit(unit),
        "window_length": pl.lit(length, pl.Int64),
        "window_unit": pl.lit(window_unit),
    }


def labelled(
    frame: pl.DataFrame, measure: str, unit: str, length: int, window_unit: str
) -> pl.DataFrame:
    """A frame that has the other columns of a measured one, with its labels, in order."""
    return frame.with_columns(**_labels(measure, unit, length, window_unit)).select(MEASURED)


def place(points: pl.DataFrame, observed: pl.DataFrame, stamp: str) -> pl.DataFrame:
    """Every instant with every series whose first `stamp` is not later.

    A market not yet born is not a hole.
    """
    first = observed.group_by(SERIES).agg(first_at=pl.col(stamp).min()).sort(SERIES)
    return (
        points.join(first, how="cross")
        .filter(pl.col("anchor_at") >= pl.col("first_at"))
        .drop("first_at")
    )


def within(grid: pl.DataFrame, column: str, estimations: pl.DataFrame) -> pl.DataFrame:
    """The hours of a grid that have a value of a column, for each estimation window they lie in."""
    return grid.filter(pl.col(column).is_not_null()).join_where(
        estimations,
        pl.col("at") > pl.col("estimation_from"),
        pl.col("at") <= pl.col("estimation_to"),
    )


def at_anchors(placed: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """The measured windows of placed instants (series, `at`); outside the data all is missing."""
    kinds = windows.select(*SERIES, *WINDOW).unique().sort(*SERIES, *WINDOW)
    keys = [*SERIES, *WINDOW, "at"]
    # The windows are of every hour, the instants few: a join with all takes ten times the memory.
    there = windows.filter(pl.col("at").is_in(placed["at"].unique().implode()))
    return (
        placed.join(kinds, on=SERIES)
        .join(there, on=keys, how="left")
        .with_columns(
            pl.col("observations").fill_null(0),
            pl.col("missing").fill_null(pl.col("window_length")),
        )
    )
