"""Expected returns of many events at once, and the variance of a forecast.

Arrays are events by periods, NaN where missing.
"""

from dataclasses import dataclass

import numpy as np

from marketwake.panel_study.input import Flags, Floats

NO_VARIANCE = 1e-9
"""Residual deviation below this share of the size of the returns is rounding.

So it is of constant prices, and of a series that is its own benchmark.
"""


@dataclass(frozen=True)
class Fit:
    """An expected return alpha + beta R_m per event, fitted over M estimation returns.

    The variance of a cumulative abnormal return over the L periods of a window is (Campbell, Lo and
    MacKinlay 1997, section 4.4; for L = 1 Patell 1976)

        s^2 (L + L^2 / M + (sum over t of (R_mt - mean R_m))^2 / Q),

    Q being the sum over estimation of (R_m - mean R_m)^2, with the second term where a mean was
    estimated and the third where a slope was.
    """

    alpha: Floats
    beta: Floats
    sd: Floats
    """s: residual deviation with `degrees` of freedom; NaN where there is no variance."""
    degrees: Floats
    """M - 2 for the market model; M - 1 for the constant mean and market-adjusted returns.

    The deviation of market-adjusted returns is about their mean.
    """
    mean_weight: Floats
    """1 / M, or 0 where no mean was estimated."""
    market_mean: Floats
    market_squares: Floats
    """Sum of squared deviations of the market over estimation; infinite where there is no slope."""

    def forecast_sd(self, market: Floats | None, length: int) -> Floats:
        """Deviation of the sum of `length` abnormal returns, given the market's over them."""
        away: Floats | float = 0.0
        if market is not None:
            away = (market - self.market_mean[:, None]).sum(axis=1) ** 2 / self.market_squares
        return np.asarray(self.sd * np.sqrt(length + length**2 * self.mean_weight + away))

    def expected(self, market: Floats | None, periods: int) -> Floats:
        """Expected returns, events by periods."""
        mean = np.repeat(self.alpha[:, None], periods, axis=1)
        return mean if market is None else mean + self.beta[:, None] * market


def fit(returns: Floats, market: Floats | None, *, adjusted: bool) -> Fit:
    """Fit a model to estimation windows (events by periods).

    Each needs three returns or more that both it and its market have. Without a market the constant
    mean, `adjusted` the market-adjusted returns (Brown and Warner 1985); else the market model by
    least squares (MacKinlay 1997).
    """
    known = ~np.isnan(returns)
    if market is not None:
        known &= ~np.isnan(market)
    count = known.sum(axis=1)
    none = np.zeros(len(count))
    beta, market_mean, squares, weight = none, none, none + np.inf, 1 / count
    if market is None:
        alpha = _sum(returns, known) / count
        degrees = count - 1.0
    elif not adjusted:
        market_mean = _sum(market, known) / count
        away = market - market_mean[:, None]
        squares = _sum(away**2, known)
        squares[squares <= NO_VARIANCE**2 * _sum(market**2, known)] = np.nan
        beta = _sum(away * returns, known) / squares
        alpha = _sum(returns, known) / count - beta * market_mean
        degrees = count - 2.0
    else:
        alpha, beta, weight = none, none + 1, none
        degrees = count - 1.0
    residual = returns - alpha[:, None] - (0 if market is None else beta[:, None] * market)
    if adjusted:
        residual = residual - (_sum(residual, known) / count)[:, None]
    sd = np.sqrt(_sum(residual**2, known) / degrees)
    sd[~(sd > NO_VARIANCE * np.sqrt(_sum(returns**2, known) / count))] = np.nan
    return Fit(alpha, beta, sd, degrees, weight, market_mean, squares)


def _sum(values: Floats, known: Flags) -> Floats:
    return np.asarray(np.where(known, values, 0.0).sum(axis=1))
