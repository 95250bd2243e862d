"""Realised volatility before and after an instant."""

import polars as pl

from marketwake.event_study import windows
from marketwake.event_study.design import Design

HOURS_OF_YEAR = 24 * 365


def volatilities(grid: pl.DataFrame, design: Design) -> pl.DataFrame:
    """'realised_volatility_before' over (t - h, t] and '_after' over (t, t + h] at every hour t.

    A measured frame, annualised: the root of the mean squared hourly log return times 8,760
    (Andersen and Bollerslev 1998: the mean is not subtracted).
    """
    squared = grid.with_columns(squares=pl.col("log_return") ** 2)
    frames = []
    for length in design.hours:
        value = (windows.summed("squares", length) * HOURS_OF_YEAR / length).sqrt()
        frames += [
            windows.measured(
                squared, "realised_volatility_before", "fraction", length, value, before=True
            ),
            windows.measured(squared, "realised_volatility_after", "fraction", length, value),
        ]
    return pl.concat(frames)
