"""Parametric tests of the mean abnormal return of N events, as arrays in and a statistic out.

C_i is the cumulative abnormal return of event i over a window of L periods, S_i the deviation of
its forecast (`models.Fit`), A_i = C_i / S_i, nu_i the degrees of freedom of the residual deviation.
A statistic is NaN where its formula has no value (no dispersion).
"""

from typing import NamedTuple

import numpy as np

from marketwake.panel_study.input import Floats

ACROSS_EVENTS = frozenset({"cross_sectional_t", "bmp", "kolari_pynnonen", "grank_t", "grank_z"})
"""Tests of dispersion across the events: without two of them there is no figure, forced or not."""


class Statistic(NamedTuple):
    """A statistic and how it is judged."""

    value: float
    degrees: int | None
    """Of freedom of its Student's t; None for the standard normal."""
    error: float | None = None
    """Standard error of the mean of C, where the statistic is that mean over it."""
    limit: float | None = None
    """The greatest size that returns in the window can give it, where there is one."""


def cross_sectional_t(car: Floats) -> Statistic:
    """t = mean(C) / (sd(C) / sqrt(N)), N - 1 degrees of freedom (Brown and Warner 1980).

    The events must be independent.
    """
    statistic = _student(car)
    return statistic._replace(error=float(car.std(ddof=1)) / len(car) ** 0.5)


def forecast_error_z(car: Floats, sd: Floats) -> Statistic:
    """J1 = sum(C_i) / sqrt(sum(S_i^2)), normal (MacKinlay 1997).

    See also Campbell, Lo and MacKinlay 1997, section 4.4. The events must be independent, and not
    have made returns more volatile.
    """
    error = float((sd**2).sum()) ** 0.5 / len(car)
    return Statistic(ratio(float(car.mean()), error), None, error)


def patell(scar: Floats, degrees: Floats) -> Statistic:
    """Z = sum(A_i) / sqrt(sum(nu_i / (nu_i - 2))), normal (Patell 1976).

    For windows of several periods A_i holds the variance of the whole forecast, as in Campbell, Lo
    and MacKinlay (1997, section 4.4), where Patell added up standardised returns as if their errors
    were independent. Same assumptions as `forecast_error_z`.
    """
    return Statistic(float(scar.sum() / np.sqrt((degrees / (degrees - 2)).sum())), None)


def patell_adjusted(scar: Floats, degrees: Floats, correlation: float) -> Statistic:
    """Z / sqrt(1 + (N - 1) r) (Kolari and Pynnonen 2010), for clustered events.

    r is the average cross-correlation of the residuals.
    """
    inflation = 1 + (len(scar) - 1) * correlation
    return Statistic(ratio(patell(scar, degrees).value, root(inflation)), None)


def bmp(scar: Floats) -> Statistic:
    """t = mean(A) / (sd(A) / sqrt(N)), N - 1 degrees of freedom.

    Boehmer, Musumeci and Poulsen (1991). The events may have made returns more volatile; they must
    be independent.
    """
    return _student(scar)


def kolari_pynnonen(scar: Floats, correlation: float) -> Statistic:
    """BMP's t times sqrt((1 - r) / (1 + (N - 1) r)) (Kolari and Pynnonen 2010), for clusters."""
    factor = ratio(root(1 - correlation), root(1 + (len(scar) - 1) * correlation))
    return Statistic(bmp(scar).value * factor, len(scar) - 1)


def brown_warner(car: Floats, average: Floats, length: int) -> Statistic:
    """t = mean(C) / (s sqrt(L)), s the deviation of the events' average return over estimation.

    `average` holds those M averages of abnormal returns per period; M - 1 degrees of freedom (Brown
    and Warner 1985: the crude dependence adjustment). The average holds what the events' returns
    have in common, so events on the same day do no harm.
    """
    spread = float(average.std(ddof=1)) * length**0.5
    return Statistic(ratio(float(car.mean()), spread), len(average) - 1, spread)


def _student(values: Floats) -> Statistic:
    spread = float(values.std(ddof=1)) / len(values) ** 0.5
    return Statistic(ratio(float(values.mean()), spread), len(values) - 1)


def ratio(above: float, below: float) -> float:
    """The quotient, NaN where the divisor is not positive."""
    return above / below if below > 0 else np.nan


def root(value: float) -> float:
    """The square root, NaN where the value is not positive."""
    return value**0.5 if value > 0 else np.nan
