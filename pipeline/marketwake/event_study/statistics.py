"""The tested measures of an hourly grid: the windows of every place, and the anchor's own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from marketwake.base.kept import kept
from marketwake.event_study import measures
from marketwake.event_study.design import Design, Model
from marketwake.event_study.expected import Estimation, Fit, abnormal, fit, residuals
from marketwake.event_study.grids import Grid
from marketwake.event_study.measures import Volumes
from marketwake.event_study.placebo import Condition, Windows
from marketwake.placebo.cycle import LEAST_HOURS
from marketwake.placebo.forecast import Floats
from marketwake.placebo.run_up import promised_volatility
from marketwake.placebo.volatility import Volatility, hourly_volatility, led

DAY = 24
RUN_UP_DAYS = 5
"""Days before an anchor that are tested together."""


@dataclass(frozen=True, eq=False)
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
    is_joint: bool = False
    """Whether it is a size without a sign: only a large one is rare."""
    same_hour: bool = False
    """Whether windows at another hour of the day are no match."""
    is_sized: bool = True
    """Whether it is made as where `seed.measured_size` was measured: with a cycle of the week."""

    @property
    def has_error(self) -> bool:
        """Whether a model gives it a standard error."""
        return self.model != "none" and not self.is_joint


@dataclass(frozen=True)
class Place:
    """Where an anchor stands on a grid."""

    own: int
    lag: int
    """Places between it and the end of its estimation window."""
    lead: int
    """Places between it and the earliest that the event can have been."""

    @property
    def has_cycle(self) -> bool:
        """Whether enough hours lie before it to know the cycle of the week."""
        return self.own >= LEAST_HOURS


def hour_estimation(lag: int, design: Design) -> Estimation:
    """The estimation window of hourly returns that ends `lag` hours before a place."""
    return Estimation(
        lag, int(design.estimation.total_seconds() // 3600), design.minimum_estimation_hours
    )


class HourlyStatistics:
    """Statistics of one hourly grid; what anchors share is computed once."""

    def __init__(self, grid: Grid, design: Design) -> None:
        self.grid, self.design = grid, design
        self.gap = int(design.gap.total_seconds() // 3600)
        self.volumes = None if grid.volume is None else Volumes(grid.volume, grid.at, design)

    def at(self, places: Sequence[Place]) -> Iterator[tuple[int, Statistic]]:
        """Statistics of anchors, each with the number of its place."""
        for length in self.design.hours:
            # Most of what is kept is of one length, and goes before the next is begun.
            statistics = _LengthStatistics(self, length)
            for number, place in enumerate(places):
                for statistic in statistics.at(place):
                    yield number, statistic
        for number, place in enumerate(places):
            begin = place.own - RUN_UP_DAYS * DAY
            if begin >= 0:
                labels = ("run_up", "ratio", "constant_mean", None, RUN_UP_DAYS * DAY)
                windows = self._run_up(place.has_cycle)
                yield number, Statistic(*labels, windows, begin, is_before=True, is_joint=True)

    def residuals(self, model: Model, own: int, lag: int) -> tuple[Floats, Floats]:
        """Abnormal and plain returns of the estimation window of place `own`, holes left out.

        Empty where there is no fit.
        """
        grid, fitted = self.grid, self.fitted(model, lag)
        where = hour_estimation(lag, self.design)
        part = slice(max(own - lag - where.length + 1, 0), max(own - lag + 1, 0))
        moved, factors = grid.values[part], grid.factors_of(model)
        left = moved - fitted.alpha[own]
        if factors is not None:
            left = left - fitted.beta[:, own] @ np.atleast_2d(factors)[:, part]
        known = np.isfinite(left) & bool(np.isfinite(fitted.variance[own]))
        return left[known], moved[known]

    @kept
    def fitted(self, model: Model, lag: int) -> Fit:
        """A model at every place, its estimation window ending `lag` hours before."""
        where = hour_estimation(lag, self.design)
        return fit(self.grid.values, self.grid.factors_of(model), model, where)

    @kept
    def volatility(self, model: Model, has_cycle: bool) -> Volatility:
        """That of the abnormal returns by a model, whose estimation window ends before the gap."""
        grid = self.grid
        left = residuals(grid.values, grid.factors_of(model), self.fitted(model, self.gap))
        return hourly_volatility(left**2, grid.values, grid.at, has_cycle=has_cycle)

    @kept
    def _run_up(self, has_cycle: bool) -> Windows:
        """Mean square of the standardised returns of `RUN_UP_DAYS` days, forecast before them."""
        grid, total = self.grid, np.zeros(self.grid.at.size)
        fitted = self.fitted("constant_mean", self.gap)
        usual = self.volatility("constant_mean", has_cycle)
        for day in range(RUN_UP_DAYS):
            moved, _ = abnormal(grid.summed(DAY), None, DAY, fitted)
            square = (moved / usual.sigma(DAY, day * DAY)) ** 2
            total += led(square[::-1], day * DAY)[::-1]
        length = RUN_UP_DAYS * DAY
        condition = Condition(usual.ratio(), usual.level())
        return replace(unscaled(grid, length, total / RUN_UP_DAYS), condition=condition)


class _LengthStatistics:
    """Those over windows of one length."""

    def __init__(self, of_grid: HourlyStatistics, length: int) -> None:
        self._of_grid, self._grid, self._length = of_grid, of_grid.grid, length
        self._is_within_day = length < of_grid.design.same_hour_below

    def at(self, place: Place) -> Iterator[Statistic]:
        """Statistics of an anchor."""
        yield from self._abnormal(place)
        yield from self._other(place)

    def _abnormal(self, place: Place) -> Iterator[Statistic]:
        """Abnormal returns after an anchor and before it, by every model."""
        length, same_hour = self._length, self._is_within_day and not place.has_cycle
        for model in self._grid.models:
            labels = ("fraction", model, self._grid.market_of(model), length)
            after = self._returns(model, place.lag, place.lead, place.has_cycle)
            yield Statistic(
                "abnormal_log_return",
                *labels,
                after,
                place.own,
                same_hour=same_hour,
                is_sized=place.has_cycle,
            )
            if place.own >= length:
                before = self._returns(model, self._of_grid.gap, 0, place.has_cycle)
                yield Statistic(
                    "abnormal_log_return_before",
                    *labels,
                    before,
                    place.own - length,
                    is_before=True,
                    same_hour=same_hour,
                )

    def _other(self, place: Place) -> Iterator[Statistic]:
        """Measures that need no model of expected returns."""
        for measure, unit, windows in self._others(place.lag, place.lead, place.has_cycle):
            yield Statistic(
                measure,
                unit,
                "none",
                self._grid.market if measure in {"beta", "lead"} else None,
                self._length,
                windows,
                place.own,
                same_hour=self._is_within_day and (windows.scale is None or not place.has_cycle),
                is_sized=place.has_cycle,
            )

    @kept
    def _plain(self, model: Model, lag: int) -> Windows:
        return abnormal_windows(self._grid, model, self._length, self._of_grid.fitted(model, lag))

    @kept
    def _returns(self, model: Model, lag: int, lead: int, has_cycle: bool) -> Windows:
        usual = self._of_grid.volatility(model, has_cycle)
        return standardised(self._plain(model, lag), usual, lead)

    @kept
    def _others(self, lag: int, lead: int, has_cycle: bool) -> list[tuple[str, str, Windows]]:
        made = [("log_volatility_ratio", "log", self._after_before(lead, has_cycle))]
        if self._of_grid.volumes is not None:
            volume = self._volume(self._of_grid.volumes, lag, lead)
            made.append(("log_volume_ratio", "log", volume))
        return made + self._with_market()

    @kept
    def _with_market(self) -> list[tuple[str, str, Windows]]:
        grid, market, length = self._grid, self._grid.market_returns, self._length
        if market is None or length < DAY:
            return []
        slope, leads = (
            measure(grid.values, market, length) for measure in (measures.beta, measures.lead)
        )
        return [
            ("beta", "ratio", unscaled(grid, length, slope)),
            ("lead", "correlation", unscaled(grid, length, leads)),
        ]

    def _after_before(self, lead: int, has_cycle: bool) -> Windows:
        values, length = self._grid.values, self._length
        usual = self._of_grid.volatility("constant_mean", has_cycle)
        plain = unscaled(self._grid, length, measures.log_volatility_ratio(values, length))
        return replace(
            plain,
            expected=promised_volatility(usual, values, length, lead),
            scale=plain.error,
            condition=Condition(usual.ratio(lead), usual.level(lead)),
        )

    def _volume(self, volumes: Volumes, lag: int, lead: int) -> Windows:
        length = self._length
        value, run_up = volumes.ratio(lag, length), volumes.run_up(lag, length)
        expected, scale = run_up.promised(value, length, lead)
        plain = unscaled(self._grid, length, value)
        condition = Condition(*run_up.busyness(lead))
        return replace(plain, expected=expected, scale=scale, condition=condition)


def standardised(windows: Windows, usual: Volatility, lead: int) -> Windows:
    """Windows with their scale forecast from the volatility before them."""
    condition = Condition(usual.ratio(lead), usual.level(lead))
    return replace(windows, scale=usual.sigma(windows.length, lead), condition=condition)


def unscaled(grid: Grid, length: int, value: Floats) -> Windows:
    """Windows of a measure that has no standard error of its own."""
    return Windows(grid.at, grid.ends(length), length, value, np.ones_like(value))


def abnormal_windows(grid: Grid, model: Model, length: int, fitted: Fit) -> Windows:
    """Windows of cumulated abnormal returns, or of flows less what is expected."""
    of_factors = grid.factors_summed(model, length)
    value, error = abnormal(grid.summed(length), of_factors, length, fitted)
    return Windows(grid.at, grid.ends(length), length, value, error)
