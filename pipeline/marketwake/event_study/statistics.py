"""The tested measures of a grid: the windows of every place, and where the anchor's own stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from marketwake.event_study import measures
from marketwake.event_study.design import MODELS, Design, Model
from marketwake.event_study.expected import Estimation, Fit, Floats, abnormal, fit, window_sum
from marketwake.event_study.grids import Grid
from marketwake.event_study.placebo import Windows

DAY = 24


@dataclass(frozen=True)
class Statistic:
    """One measure over one window at every place of a grid, and the place that is the anchor's."""

    measure: str
    unit: str
    model: str
    market: str | None
    length: int
    windows: Windows
    own: int
    is_before: bool = False


def models_of(grid: Grid) -> tuple[Model, ...]:
    """Models that a grid has the data for."""
    return MODELS if grid.market else ("constant_mean",)


def hour_estimation(lag: int, design: Design) -> Estimation:
    """The estimation window of hourly returns that ends `lag` hours before a place."""
    return Estimation(
        lag, int(design.estimation.total_seconds() // 3600), design.minimum_estimation_hours
    )


class HourlyStatistics:
    """Statistics of one hourly grid; what anchors of equal lag share is computed once."""

    def __init__(self, grid: Grid, design: Design) -> None:
        self._grid, self._design = grid, design
        self.fitted = lru_cache(maxsize=None)(self._fitted)
        self._returns = lru_cache(maxsize=None)(self._abnormal)
        self._others = lru_cache(maxsize=None)(self._measured)

    def at(self, own: int, lag: int) -> Iterator[Statistic]:
        """Statistics of the anchor at place `own`; its estimation ends `lag` hours before."""
        grid, gap = self._grid, int(self._design.gap.total_seconds() // 3600)
        for length in self._design.hours:
            for model in models_of(grid):
                market = grid.market if model != "constant_mean" else None
                labels = ("abnormal_log_return", "fraction", model, market, length)
                yield Statistic(*labels, self._returns(model, lag, length), own)
                if own >= length:
                    labels = ("abnormal_log_return_before", *labels[1:])
                    windows = self._returns(model, gap, length)
                    yield Statistic(*labels, windows, own - length, is_before=True)
            for measure, unit, windows in self._others(lag, length):
                market = grid.market if measure in {"beta", "lead"} else None
                yield Statistic(measure, unit, "none", market, length, windows, own)

    def residuals(self, model: Model, own: int, lag: int) -> tuple[Floats, Floats]:
        """Abnormal and plain returns of the estimation window of place `own`, holes left out.

        Empty where there is no fit.
        """
        grid, fitted = self._grid, self.fitted(model, lag)
        where = hour_estimation(lag, self._design)
        part = slice(max(own - lag - where.length + 1, 0), max(own - lag + 1, 0))
        moved, market = grid.values[part], _market(grid, model)
        of_market = np.zeros_like(moved) if market is None else market[part]
        left = moved - fitted.alpha[own] - fitted.beta[own] * of_market
        known = np.isfinite(left) & bool(np.isfinite(fitted.variance[own]))
        return left[known], moved[known]

    def _fitted(self, model: Model, lag: int) -> Fit:
        where = hour_estimation(lag, self._design)
        return fit(self._grid.values, _market(self._grid, model), model, where)

    def _abnormal(self, model: Model, lag: int, length: int) -> Windows:
        return _abnormal(self._grid, model, length, self.fitted(model, lag))

    def _measured(self, lag: int, length: int) -> list[tuple[str, str, Windows]]:
        grid, market = self._grid, self._grid.market_returns
        after = measures.log_volatility_ratio(grid.values, length)
        values = [("log_volatility_ratio", "log", after)]
        if grid.volume is not None:
            traded = measures.log_volume_ratio(grid.volume, length, lag, self._design)
            values.append(("log_volume_ratio", "log", traded))
        if market is not None and length >= DAY:
            values.append(("beta", "ratio", measures.beta(grid.values, market, length)))
            values.append(("lead", "correlation", measures.lead(grid.values, market, length)))
        return [(measure, unit, unscaled(grid, length, value)) for measure, unit, value in values]


def unscaled(grid: Grid, length: int, value: Floats) -> Windows:
    """Windows of a measure that has no standard error of its own."""
    return Windows(grid.at, grid.ends(length), value, np.ones_like(value))


def abnormal_sessions(
    grid: Grid, own: int, lag: int, length: int, design: Design, measure: str, unit: str
) -> Iterator[Statistic]:
    """Flows or returns by session, cumulated and less what the models expect.

    Flows are compared with as many sessions as the estimation window has weekdays, returns with
    `design.estimation_sessions`.
    """
    weekdays = 5 * (design.estimation.days // 7)
    long = design.estimation_sessions if grid.market else weekdays
    where = Estimation(lag, long, design.minimum_estimation_sessions)
    for model in models_of(grid):
        windows = _abnormal(
            grid, model, length, fit(grid.values, _market(grid, model), model, where)
        )
        market = grid.market if model != "constant_mean" else None
        yield Statistic(measure, unit, model, market, length, windows, own)


def _market(grid: Grid, model: Model) -> Floats | None:
    return None if model == "constant_mean" else grid.market_returns


def _abnormal(grid: Grid, model: Model, length: int, fitted: Fit) -> Windows:
    value, error = abnormal(grid.values, _market(grid, model), length, fitted)
    return Windows(grid.at, grid.ends(length), value, error)


def changes(
    grid: Grid, own: int, length: int, measure: str, unit: str, longest: np.timedelta64
) -> Statistic:
    """Change of a level over `length` observations; null where they take longer than `longest`."""
    change = window_sum(np.diff(grid.values, prepend=np.nan), length)
    value = np.where(grid.ends(length) - grid.at <= longest, change, np.nan)
    return Statistic(measure, unit, "none", None, length, unscaled(grid, length, value), own)
