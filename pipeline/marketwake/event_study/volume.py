"""Traded volume over hourly windows, against what is traded at the same hours of the week."""

import polars as pl

from marketwake.event_study import windows
from marketwake.event_study.design import Design
from marketwake.event_study.windows import HOUR_OF_WEEK, SERIES

HOURS_OF_WEEK = 168


def volumes(grid: pl.DataFrame, design: Design) -> pl.DataFrame:
    """'volume' over (t, t + h] at every hour t, in base currency, as a measured frame.

    Series without volumes have no row.
    """
    traded = grid.filter(pl.col("volume_base").is_not_null().any().over(SERIES))
    return pl.concat(
        windows.measured(
            traded,
            "volume",
            "base",
            length,
            windows.summed("volume_base", length),
        )
        for length in design.hours
    )


def expected_volumes(grid: pl.DataFrame, estimations: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Expected volume of a window by the hour of the week at which it starts.

    The sum over its hours of the mean volume at the same hour of the week in the estimation window;
    null where one of these has fewer than `design.minimum_hour_of_week` volumes.

    Returns:
        The series' columns, estimation_to, hour_of_week, window_length, expected (base currency).
    """
    enough = pl.len() >= design.minimum_hour_of_week
    group = [*SERIES, "estimation_to"]
    means = (
        windows.within(grid, "volume_base", estimations)
        .sort(*group, "at")
        .group_by(*group, HOUR_OF_WEEK, maintain_order=True)
        .agg(mean_volume=pl.when(enough).then(pl.col("volume_base").mean()))
    )
    # The week is laid out often enough for the longest window to run on from its last hour.
    turns = 1 + -(-max(design.hours) // HOURS_OF_WEEK)
    hours = pl.DataFrame({"position": range(turns * HOURS_OF_WEEK)}, schema={"position": pl.Int64})
    week = (
        means.select(group)
        .unique()
        .join(hours, how="cross")
        .with_columns(hour_of_week=pl.col("position") % HOURS_OF_WEEK)
        .join(means, on=[*group, "hour_of_week"], how="left")
        .sort(*group, "position")
    )
    ahead = [
        week.with_columns(
            window_length=pl.lit(length, pl.Int64),
            expected=pl.col("mean_volume")
            .rolling_sum(length, min_samples=length)
            .shift(-length)
            .over(group),
        ).filter(pl.col("position") < HOURS_OF_WEEK)
        for length in design.hours
    ]
    return pl.concat(ahead).select(*group, "hour_of_week", "window_length", "expected")


def volume_ratios(volumes: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """'volume_ratio': volume over expected volume; 1 is as usual.

    `volumes` are 'volume' rows with the estimation_to they are judged by. Null where the expected
    volume is not known, or nil.
    """
    return (
        volumes.with_columns(HOUR_OF_WEEK)
        .join(expected, on=[*SERIES, "estimation_to", "hour_of_week", "window_length"], how="left")
        .with_columns(
            measure=pl.lit("volume_ratio"),
            unit=pl.lit("fraction"),
            value=pl.when(pl.col("expected") > 0).then(pl.col("value") / pl.col("expected")),
        )
        .select(volumes.columns)
    )
