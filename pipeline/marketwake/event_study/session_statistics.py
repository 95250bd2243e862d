"""The tested measures of grids by session and by day of observation."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from marketwake.event_study.design import Design
from marketwake.event_study.expected import Estimation, fit, residuals, window_sum
from marketwake.event_study.grids import Grid
from marketwake.event_study.statistics import (
    Place,
    Statistic,
    abnormal_windows,
    standardised,
    unscaled,
)
from marketwake.placebo.forecast import DAILY, DAILY_FLOWS
from marketwake.placebo.volatility import Volatility


def abnormal_sessions(
    grid: Grid, place: Place, design: Design, measure: str, unit: str
) -> Iterator[Statistic]:
    """Flows or returns by session, cumulated over every length and less what the models expect.

    Flows are compared with as many sessions as the estimation window has weekdays, returns with
    `design.estimation_sessions`. Returns are standardised by a forecast of their volatility, flows
    over one session only: over more of them it was no better than the plain rank.
    """
    weekdays = 5 * (design.estimation.days // 7)
    is_flow = unit == "usd"
    long = weekdays if is_flow else design.estimation_sessions
    where = Estimation(place.lag, long, design.minimum_estimation_sessions)
    har = DAILY_FLOWS if is_flow else DAILY
    near = replace(where, lag=place.lag - place.lead)
    for model in grid.models:
        factors = grid.factors_of(model)
        fitted, nearly = (fit(grid.values, factors, model, each) for each in (where, near))
        left = residuals(grid.values, factors, nearly)
        usual = Volatility(left**2, har, har.terms[0], har.terms[2])
        labels = (measure, unit, model, grid.market_of(model))
        for length in design.sessions:
            windows = abnormal_windows(grid, model, length, fitted)
            if length == 1 or not is_flow:
                windows = standardised(windows, usual, place.lead)
            yield Statistic(*labels, length, windows, place.own)


def changes(
    grid: Grid, place: Place, length: int, measure: str, unit: str, longest: np.timedelta64
) -> Statistic:
    """Change of a level over `length` observations; null where they take longer than `longest`.

    Over one observation it is standardised by a forecast of the size of changes.
    """
    moves = np.diff(grid.values, prepend=np.nan)
    change = window_sum(moves, length)
    value = np.where(grid.ends(length) - grid.at <= longest, change, np.nan)
    windows = unscaled(grid, length, value)
    if length == 1:
        har = DAILY_FLOWS
        usual = Volatility(moves**2, har, har.terms[0], har.terms[2])
        windows = standardised(windows, usual, place.lead)
    return Statistic(measure, unit, "none", None, length, windows, place.own)
