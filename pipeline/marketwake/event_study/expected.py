"""Expected returns and the standard error of what is abnormal, at every place of a grid at once.

A grid is a series on complete, equidistant places (hours, or sessions); NaN marks what is missing.
Place i stands for the instant t at which bar i ends. Its window of length h covers the bars i + 1
to i + h; its estimation window the `length` bars that end `lag` bars before it. So every place is
treated as the anchor is: that is what makes placebo dates comparable with it.
"""

from dataclasses import dataclass

import numpy as np

from marketwake.event_study.design import Model
from marketwake.placebo.forecast import Floats

STILL = 1e-12
"""Share of the squares of a series below which their differences are rounding errors."""
COLLINEAR = 1e-10
"""Share of a factor's squares that the other factors must leave of it."""


@dataclass(frozen=True)
class Estimation:
    """The estimation window of a place: how far before it, how long, and the returns it needs."""

    lag: int
    length: int
    minimum: int


def _between(values: Floats, first: int, last: int) -> Floats:
    """For every place i the sum over the places i + first to i + last, the latter left out; beyond
    the ends is zero.
    """
    total = np.zeros(values.size + 1)
    np.cumsum(values, out=total[1:])
    return _shifted(total, last) - _shifted(total, first)


def _shifted(total: Floats, by: int) -> Floats:
    """`total[i + by]` for all its places i but the last; its first or last value beyond them."""
    size = total.size - 1
    begin = min(max(-by, 0), size)
    end = max(min(size - by, size), begin)
    shifted = np.empty(size)
    shifted[:begin], shifted[end:] = total[0], total[size]
    shifted[begin:end] = total[begin + by : end + by]
    return shifted


def trailing_sum(values: Floats, where: Estimation) -> Floats:
    """Sum over the estimation window of every place."""
    return _between(values, 1 - where.lag - where.length, 1 - where.lag)


def window_sum(values: Floats, length: int) -> Floats:
    """Sum over the window of every place; NaN where a value is missing or it passes the end."""
    known = np.isfinite(values)
    complete = _between(known.astype(np.float64), 1, 1 + length) == length
    return np.where(complete, _between(np.where(known, values, 0.0), 1, 1 + length), np.nan)


@dataclass(frozen=True)
class Fit:
    """A model estimated for every place: alpha + the sum of beta * factor; NaN with too few
    returns. Arrays are by place, those of K factors K by place.
    """

    alpha: Floats
    beta: Floats
    variance: Floats
    """Of a single abnormal return, by the degrees of freedom of the model."""
    count: Floats
    factor_mean: Floats
    cross: Floats
    """K by K: sums of products of the factors' deviations, whose inverse is the error of the
    slopes; of no factor where no slope is estimated.
    """
    is_estimated: bool
    """False for the market-adjusted model: without a coefficient there is no estimation error."""


def fit(returns: Floats, factors: Floats | None, model: Model, where: Estimation) -> Fit:
    """Estimate a model at every place, on the complete periods of its estimation window.

    By least squares. Constant mean: alpha is the mean (Brown and Warner 1985). Market and factor
    model: alpha and a beta for each factor (MacKinlay 1997; Fama and French 1993).
    Market-adjusted: alpha 0, beta 1, the deviation about their mean (Brown and Warner 1985), as in
    studies of many events.

    Args:
        returns: log returns of the series.
        factors: those of its market at the same places, or K by place; None for a constant mean.
    """
    x = np.zeros((0, returns.size)) if factors is None else np.atleast_2d(factors)
    known = np.isfinite(returns) & np.isfinite(x).all(axis=0)
    y, x = np.where(known, returns, 0.0), np.where(known, x, 0.0)
    count = trailing_sum(known.astype(np.float64), where)
    with np.errstate(divide="ignore", invalid="ignore"):
        if model == "market_adjusted":
            return _adjusted(y, x, count, where)
        mean_y = trailing_sum(y, where) / count
        squares = _spread(trailing_sum(y * y, where), count * mean_y**2)
        mean = np.array([trailing_sum(factor, where) / count for factor in x]).reshape(x.shape)
        cross = _products(x, mean, count, where)
        along = np.array(
            [trailing_sum(x[k] * y, where) - count * mean[k] * mean_y for k in range(len(x))]
        ).reshape(x.shape)
        beta = solved(cross, along)
        residual = np.maximum(squares - (beta * along).sum(axis=0), 0.0) if len(x) else squares
        freedom = count - 1 - len(x)
        enough = (count >= where.minimum) & (freedom > 0)
        variance = np.where(enough, residual / freedom, np.nan)
    return Fit(mean_y - (beta * mean).sum(axis=0), beta, variance, count, mean, cross, True)


def _adjusted(y: Floats, x: Floats, count: Floats, where: Estimation) -> Fit:
    left = y - x[0]
    # Of a difference that is nothing but rounding there is no deviation.
    total = trailing_sum(left * left, where)
    total = np.where(total > STILL * trailing_sum(y * y, where), total, np.nan)
    squares = _spread(total, trailing_sum(left, where) ** 2 / count)
    enough = (count >= where.minimum) & (count > 1)
    variance = np.where(enough, squares / (count - 1), np.nan)
    none = np.zeros((0, y.size))
    return Fit(
        np.zeros_like(y), np.ones_like(x), variance, count, none, none.reshape(0, 0, y.size), False
    )


def _products(x: Floats, mean: Floats, count: Floats, where: Estimation) -> Floats:
    """K by K by place: sums of products of deviations; NaN where a factor does not move."""
    many, size = x.shape
    cross = np.empty((many, many, size))
    for row in range(many):
        for column in range(row + 1):
            total = trailing_sum(x[row] * x[column], where)
            expected = count * mean[row] * mean[column]
            cross[row, column] = cross[column, row] = (
                _spread(total, expected) if row == column else total - expected
            )
    return cross


def solved(cross: Floats, right: Floats) -> Floats:
    """The solution of K equations at every place, by Cholesky; NaN where factors are collinear.

    Args:
        cross: K by K by place, symmetric.
        right: K by place.
    """
    many = len(right)
    lower = np.zeros_like(cross)
    half, solution = np.zeros_like(right), np.zeros_like(right)
    for row in range(many):
        for column in range(row):
            inner = (lower[row, :column] * lower[column, :column]).sum(axis=0)
            lower[row, column] = (cross[row, column] - inner) / lower[column, column]
        left = cross[row, row] - (lower[row, :row] ** 2).sum(axis=0)
        lower[row, row] = np.sqrt(np.where(left > COLLINEAR * cross[row, row], left, np.nan))
        inner = (lower[row, :row] * half[:row]).sum(axis=0)
        half[row] = (right[row] - inner) / lower[row, row]
    for row in reversed(range(many)):
        inner = (lower[row + 1 :, row] * solution[row + 1 :]).sum(axis=0)
        solution[row] = (half[row] - inner) / lower[row, row]
    return solution


def _spread(squares: Floats, of_mean: Floats) -> Floats:
    """Squared deviations from the mean; NaN where nothing but rounding is left of the squares.

    What does not move has no usual size.
    """
    left = squares - of_mean
    return np.where(left > STILL * squares, left, np.nan)


def residuals(returns: Floats, factors: Floats | None, fitted: Fit) -> Floats:
    """Abnormal return of every place by its own estimation; NaN where there is none."""
    left = returns - fitted.alpha
    if factors is not None:
        left = left - (fitted.beta * np.atleast_2d(factors)).sum(axis=0)
    return np.where(np.isfinite(fitted.variance), left, np.nan)


def abnormal(
    summed: Floats, of_factors: Floats | None, length: int, fitted: Fit
) -> tuple[Floats, Floats]:
    """Cumulated abnormal log return over the window of every place, and its standard error.

    The error is that of a forecast: with X* the regressors of the window, variance * 1'(I + X*
    (X'X)^-1 X*')1 = variance * (h + h^2/L + d' C^-1 d), with d = sum of the factors - h * mean and
    C the products of their deviations (Campbell, Lo and MacKinlay 1997, section 4.4). Returns
    within a window are taken as uncorrelated; placebo dates share whatever correlation they have.

    Args:
        summed: log return over the window of every place, as `window_sum` adds it up.
        of_factors: those of the model's factors, K by place; None for a constant mean.
    """
    value = summed - length * fitted.alpha
    extra: Floats | float = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        if fitted.is_estimated:
            extra = length**2 / fitted.count
        if of_factors is not None:
            value = value - (fitted.beta * of_factors).sum(axis=0)
            if fitted.is_estimated:
                away = of_factors - length * fitted.factor_mean
                extra = extra + (away * solved(fitted.cross, away)).sum(axis=0)
        error = np.sqrt(fitted.variance * (length + extra))
    known = np.isfinite(value) & np.isfinite(error)
    return np.where(known, value, np.nan), np.where(known, error, np.nan)
