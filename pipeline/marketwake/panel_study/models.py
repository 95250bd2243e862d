"""Expected returns of many events at once, and the variance of a forecast.

Arrays are events by periods, those of K factors events by K by periods; NaN where missing.
"""

from dataclasses import dataclass

import numpy as np

from marketwake.panel_study.input import Floats

NO_VARIANCE = 1e-9
"""Residual deviation below this share of the size of the returns is rounding.

So it is of constant prices, and of a series that is its own benchmark.
"""
COLLINEAR = 1e-10
"""Least eigenvalue of the factors' correlations below which one of them says nothing new."""


@dataclass(frozen=True)
class Fit:
    """An expected return alpha + beta' F per event, fitted over M estimation returns.

    The variance of a cumulative abnormal return over the L periods of a window is, X* being a row
    (1, F_t) per period of the window and X those of estimation (Campbell, Lo and MacKinlay 1997,
    section 4.4; for L = 1 Patell 1976),

        s^2 1'(I + X* (X'X)^-1 X*')1 = s^2 (L + L^2 / M + d' Q^-1 d),

    d being the sum over the window of F_t - mean F and Q the sums over estimation of products of
    the factors' deviations. The second term is there where a mean was estimated, the third where
    slopes were.
    """

    alpha: Floats
    beta: Floats
    """Events by K; NaN where the factors are collinear."""
    sd: Floats
    """s: residual deviation with `degrees` of freedom; NaN where there is no variance."""
    degrees: Floats
    """M - K - 1; M - 1 for the constant mean and for market-adjusted returns.

    The deviation of market-adjusted returns is about their mean (Brown and Warner 1980, 1985), as
    the R package estudy2 takes it, whose figures it matches.
    """
    mean_weight: Floats
    """1 / M, or 0 where no mean was estimated."""
    factor_mean: Floats
    """Events by K."""
    inverse: Floats
    """Q^-1: events by K by K, 0 where there is no slope."""

    def forecast_sd(self, factors: Floats | None, length: int) -> Floats:
        """Deviation of the sum of `length` abnormal returns, given the factors over them."""
        away: Floats | float = 0.0
        if factors is not None:
            beyond = (factors - self.factor_mean[:, :, None]).sum(axis=2)
            away = np.einsum("nk,nkj,nj->n", beyond, self.inverse, beyond)
        return np.asarray(self.sd * np.sqrt(length + length**2 * self.mean_weight + away))

    def expected(self, factors: Floats | None, periods: int) -> Floats:
        """Expected returns, events by periods."""
        mean = np.repeat(self.alpha[:, None], periods, axis=1)
        return mean if factors is None else mean + np.einsum("nk,nkp->np", self.beta, factors)


def fit(returns: Floats, factors: Floats | None, *, adjusted: bool) -> Fit:
    """Fit a model to estimation windows.

    Each needs more returns than coefficients that both it and its factors have. Without factors the
    constant mean, `adjusted` the market-adjusted returns, alpha 0 and beta 1, of one factor (Brown
    and Warner 1985); else least squares on the factors (MacKinlay 1997; several of them: Fama and
    French 1993). Market-adjusted returns need no estimation window: without one there is no sd.
    """
    many = 0 if factors is None else factors.shape[1]
    x = np.zeros((len(returns), many, returns.shape[1])) if factors is None else factors
    known = ~np.isnan(returns) & ~np.isnan(x).any(axis=1)
    y, x = np.where(known, returns, 0.0), np.where(known[:, None], x, 0.0)
    count = known.sum(axis=1).astype(np.float64)
    held = np.maximum(count, 1.0)
    mean_y, mean = y.sum(axis=1) / held, x.sum(axis=2) / held[:, None]
    if adjusted:
        alpha, beta, weight = np.zeros_like(held), np.ones_like(mean), np.zeros_like(held)
        degrees, inverse = count - 1, np.zeros((len(held), many, many))
        mean, about = np.zeros_like(mean), mean_y - mean.sum(axis=1)
    else:
        away = np.where(known[:, None], x - mean[:, :, None], 0.0)
        inverse = inverted(away @ away.transpose(0, 2, 1), (x**2).sum(axis=2))
        beta = np.einsum("nkj,njp,np->nk", inverse, away, y)
        alpha, weight, degrees = mean_y - (beta * mean).sum(axis=1), 1 / held, count - 1 - many
        about = np.zeros_like(held)
    residual = y - (alpha + about)[:, None] - np.einsum("nk,nkp->np", beta, x)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt((np.where(known, residual, 0.0) ** 2).sum(axis=1) / degrees)
        sd[~(sd > NO_VARIANCE * np.sqrt((y**2).sum(axis=1) / held))] = np.nan
    return Fit(alpha, beta, sd, degrees, weight, mean, inverse)


def inverted(cross: Floats, squares: Floats) -> Floats:
    """The inverses of sums of products of deviations; NaN where a factor says nothing of its own.

    Args:
        cross: by event, K by K.
        squares: by event, K: sums of the factors' squares, beside which rounding is judged.
    """
    own = np.einsum("nkk->nk", cross)
    still = ~(own > NO_VARIANCE**2 * squares)
    scale = np.sqrt(np.where(still, 1.0, own))
    related = cross / scale[:, :, None] / scale[:, None, :]
    useless = still.any(axis=1) | ~np.isfinite(related).all(axis=(1, 2))
    related[useless] = np.eye(cross.shape[1])
    if cross.shape[1] > 1:
        useless |= np.linalg.eigvalsh(related)[:, 0] < COLLINEAR
        related[useless] = np.eye(cross.shape[1])
    inverse = np.linalg.inv(related) / scale[:, :, None] / scale[:, None, :]
    inverse[useless] = np.nan
    return np.asarray(inverse)
