"""Returns over hourly windows: simple, log, abnormal against a constant mean, ether to bitcoin."""

import polars as pl

from marketwake.event_study import windows
from marketwake.event_study.design import Design
from marketwake.event_study.windows import SERIES


def returns(grid: pl.DataFrame, design: Design) -> pl.DataFrame:
    """'return' (close over close, less one) and 'log_return' over (t, t + h] at every hour t.

    A measured frame of fractions. The price at t is the close of the bar that ends at t.
    """
    frames = []
    for length in design.hours:
        growth = pl.col("close") / pl.col("close").shift(length)
        frames.append(windows.measured(grid, "return", "fraction", length, growth - 1))
        frames.append(windows.measured(grid, "log_return", "fraction", length, growth.log()))
    return pl.concat(frames)


def relative(log_returns: pl.DataFrame) -> pl.DataFrame:
    """'relative_log_return' of ETH-BTC: the log return of the ratio of their prices."""
    return log_returns.filter(instrument="ETH/BTC", measure="log_return").with_columns(
        instrument=pl.lit("ETH-BTC"), measure=pl.lit("relative_log_return")
    )


def mean_returns(grid: pl.DataFrame, estimations: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Mean hourly log return per series and row of `estimations`; null with too few hours."""
    enough = pl.len() >= design.minimum_estimation_hours
    return (
        windows.within(grid, "log_return", estimations)
        .sort(*SERIES, "estimation_to", "at")
        .group_by(*SERIES, "estimation_to", maintain_order=True)
        .agg(mean_return=pl.when(enough).then(pl.col("log_return").mean()))
    )


def abnormal(log_returns: pl.DataFrame, means: pl.DataFrame) -> pl.DataFrame:
    """'abnormal_log_return': the log return less the hours times the mean hourly one.

    These are Brown and Warner's (1985) mean-adjusted returns. `log_returns` are measured rows with
    the estimation_to that they are judged by.
    """
    expected = pl.col("mean_return") * pl.col("window_length")
    return (
        log_returns.join(means, on=[*SERIES, "estimation_to"], how="left")
        .with_columns(measure=pl.lit("abnormal_log_return"), value=pl.col("value") - expected)
        .select(log_returns.columns)
    )
