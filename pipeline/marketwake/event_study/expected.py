"""Expected returns and the standard error of what is abnormal, at every place of a grid at once.

A grid is a series on complete, equidistant places (hours, or sessions); NaN marks what is missing.
Place i stands for the instant t at which bar i ends. Its window of length h covers the bars i + 1
to i + h; its estimation window the `length` bars that end `lag` bars before it. So every place is
treated as the anchor is: that is what makes placebo dates comparable with it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketwake.event_study.design import Model

Floats = NDArray[np.float64]
STILL = 1e-12
"""Share of the squares of a series below which their differences are rounding errors."""


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
    """A model estimated for every place: alpha + beta * market return; NaN with too few returns."""

    alpha: Floats
    beta: Floats
    variance: Floats
    """Of a single abnormal return, by the degrees of freedom of the model."""
    count: Floats
    market_mean: Floats
    market_squares: Floats
    """Sum of squared deviations of the market's return; infinite where no slope is estimated."""
    is_estimated: bool
    """False for the market-adjusted model: without a coefficient there is no estimation error."""


def fit(returns: Floats, market: Floats | None, model: Model, where: Estimation) -> Fit:
    """Estimate a model at every place, on the complete pairs of its estimation window.

    By least squares. Constant mean: alpha is the mean (Brown and Warner 1985). Market model: alpha
    and beta (MacKinlay 1997). Market-adjusted: alpha 0, beta 1.

    Args:
        returns: log returns of the series.
        market: those of its market at the same places; None for a constant mean.
    """
    x = np.zeros_like(returns) if market is None else market
    known = np.isfinite(returns) & np.isfinite(x)
    y, x = np.where(known, returns, 0.0), np.where(known, x, 0.0)
    count = trailing_sum(known.astype(np.float64), where)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_y, mean_x = trailing_sum(y, where) / count, trailing_sum(x, where) / count
        squares_y = _spread(trailing_sum(y * y, where), count * mean_y**2)
        squares_x = _spread(trailing_sum(x * x, where), count * mean_x**2)
        cross = trailing_sum(x * y, where) - count * mean_x * mean_y
        zero, infinite = np.zeros_like(count), np.full_like(count, np.inf)
        if model == "constant_mean":
            alpha, beta, residual, freedom, spread = mean_y, zero, squares_y, count - 1, infinite
        elif model == "market_adjusted":
            alpha, beta, freedom, spread = zero, zero + 1, count, infinite
            residual = trailing_sum((y - x) ** 2, where)
            residual = np.where(residual > STILL * trailing_sum(y * y, where), residual, np.nan)
        else:
            beta = cross / squares_x
            alpha, freedom, spread = mean_y - beta * mean_x, count - 2, squares_x
            residual = np.maximum(squares_y - beta * cross, 0.0)
        enough = (count >= where.minimum) & (freedom > 0)
        variance = np.where(enough, residual / freedom, np.nan)
    return Fit(
        alpha, beta, variance, count, mean_x, spread, is_estimated=model != "market_adjusted"
    )


def _spread(squares: Floats, of_mean: Floats) -> Floats:
    """Squared deviations from the mean; NaN where nothing but rounding is left of the squares.

    What does not move has no usual size.
    """
    left = squares - of_mean
    return np.where(left > STILL * squares, left, np.nan)


def abnormal(
    returns: Floats, market: Floats | None, length: int, fitted: Fit
) -> tuple[Floats, Floats]:
    """Cumulated abnormal log return over the window of every place, and its standard error.

    The error is that of a forecast: with X* the regressors of the window, variance * 1'(I + X*
    (X'X)^-1 X*')1 = variance * (h + h^2/L + (sum of market - h * mean)^2 / squares) (Campbell, Lo
    and MacKinlay 1997, section 4.4). Returns within a window are taken as uncorrelated; placebo
    dates share whatever correlation they have.
    """
    moved = window_sum(returns, length)
    of_market = np.zeros_like(moved) if market is None else window_sum(market, length)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = moved - length * fitted.alpha - fitted.beta * of_market
        extra = (
            length**2 / fitted.count
            + (of_market - length * fitted.market_mean) ** 2 / fitted.market_squares
        )
        error = np.sqrt(fitted.variance * (length + (extra if fitted.is_estimated else 0.0)))
    known = np.isfinite(value) & np.isfinite(error)
    return np.where(known, value, np.nan), np.where(known, error, np.nan)
