"""The tested measures of grids by session and by day of observation."""

from collections.abc import Iterator

import numpy as np

from marketwake.event_study.design import Design
from marketwake.event_study.expected import Estimation, fit, residuals, window_sum
from marketwake.event_study.grids import Grid
from marketwake.event_study.statistics import (
    Place,
    Statistic,
    abnormal_windows,
    factors_of,
    market_of,
    models_of,
    standardised,
    unscaled,
)
from marketwake.placebo.forecast import DAILY, DAILY_FLOWS
from marketwake.placebo.volatility import Volatility


def abnormal_sessions(
    grid: Grid, place: Place, length: int, design: Design, measure: str, unit: str
) -> Iterator[Statistic]:
    """Flows or returns by session, cumulated and less what the models expect.

    Flows are compared with as many sessions as the estimation window has weekdays, returns with
    `design.estimation_sessions`. Returns are standardised by a forecast of their volatility, flows
    over one session only: over more of them it was no better than the plain rank.
    """
    weekdays = 5 * (design.estimation.days // 7)
    is_flow = unit == "usd"
    long = weekdays if is_flow else design.estimation_sessions
    where = Estimation(place.lag, long, design.minimum_estimation_sessions)
    har = DAILY_FLOWS if is_flow else DAILY
    for model in models_of(grid):
        factors = factors_of(grid, model)
        windows = abnormal_windows(grid, model, length, fit(grid.values, factors, model, where))
        if length == 1 or not is_flow:
            near = Estimation(place.lag - place.lead, where.length, where.minimum)
            left = residuals(grid.values, factors, fit(grid.values, factors, model, near))
            usual = Volatility(left**2, har, har.terms[0], har.terms[2])
            windows = standardised(windows, usual, length, place.lead)
        yield Statistic(measure, unit, model, market_of(grid, model), length, windows, place.own)


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
        windows = standardised(windows, usual, length, place.lead)
    return Statistic(measure, unit, "none", None, length, windows, place.own)
