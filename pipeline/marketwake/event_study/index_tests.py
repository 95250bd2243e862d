"""Index returns over months and years after an event, against every other month of the history."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from marketwake.event_study import grids, precedents
from marketwake.event_study.design import Design
from marketwake.event_study.grids import Grid
from marketwake.event_study.inputs import Inputs
from marketwake.event_study.placebo import Windows
from marketwake.event_study.statistics import Statistic
from marketwake.event_study.windows import SERIES


def starts(inputs: Inputs, at: pl.Series, design: Design) -> Iterator[tuple[int, Grid, Statistic]]:
    """'log_index_return' after each instant of `at`, among windows from every first of a month.

    Yields the instant's place in `at`, the grid and the statistic. Later months count too: a
    history of a century has too few windows of ten years to do without them. So the placebo dates
    span regimes that the event's own time did not know. A series below
    `design.minimum_index_starts` windows is a cut and no baseline.
    """
    days = at.dt.truncate("1d").alias("at").to_frame().with_row_index("number")
    key = [*SERIES, "at"]
    for closes, step in ((inputs.monthly, "1mo"), (inputs.daily, "1d")):
        if closes.is_empty():
            continue
        series = closes.select(SERIES).unique().sort(SERIES)
        own = series.join(days.with_columns(pl.col("at").dt.truncate(step)), how="cross")
        if step == "1mo":
            measured = precedents.monthly_returns(closes, design)
        else:
            begun = pl.concat([own.select(key), precedents.months(closes).select(key)])
            measured = precedents.daily_returns(closes, begun, design)
        known = measured.drop_nulls("value").sort("at")
        for (venue, name, length), rows in known.group_by(
            *SERIES, "window_length", maintain_order=True
        ):
            is_first = (rows["at"].dt.day() == 1).to_numpy()
            if np.count_nonzero(is_first) < design.minimum_index_starts:
                continue
            starts, named = grids.instants(rows["at"]), own.filter(venue=venue, instrument=name)
            for number, day in zip(named["number"], grids.instants(named["at"]), strict=True):
                event = np.flatnonzero(starts == day)
                if event.size:
                    others = np.flatnonzero(is_first & (starts != day))
                    labels = (str(venue), str(name), int(str(length)))
                    yield number, *_statistic(*labels, rows[np.append(others, event)])


def _statistic(venue: str, name: str, length: int, rows: pl.DataFrame) -> tuple[Grid, Statistic]:
    """The last of the windows among the others."""
    value = np.log1p(grids.floats(rows["value"]))
    starts = grids.instants(rows["starts_at"])
    windows = Windows(
        starts,
        grids.instants(rows["ends_at"]),
        length,
        value,
        np.ones_like(value),
        place=starts.astype("datetime64[M]").astype(np.int64),
    )
    grid = Grid(venue, name, starts, value, np.timedelta64(31, "D"))
    return grid, Statistic("log_index_return", "log", "none", None, length, windows, value.size - 1)
