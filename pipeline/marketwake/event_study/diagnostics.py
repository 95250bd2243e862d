"""Whether a test that assumes residuals independent and normal could be trusted."""

import math
from typing import Any

import numpy as np

from marketwake.event_study.expected import STILL
from marketwake.placebo.forecast import Floats

LAGS = 24
"""Autocorrelations tested together: a day of hours. Even, as `_tail` needs it."""
SHAPE = (
    "r_squared",
    "autocorrelation",
    "durbin_watson",
    "ljung_box_p",
    "arch_lm_p",
    "skewness",
    "excess_kurtosis",
)
"""Figures that a short or still window does not give."""


def diagnosed(residuals: Floats, returns: Floats) -> dict[str, Any]:
    """Figures of one estimation window; null where it is too short for `LAGS` or does not move.

    Args:
        residuals, returns: of the window's complete pairs, in order of time.

    Returns:
        observations, residual_sd (n - 1), r_squared, autocorrelation (lag 1), durbin_watson,
        ljung_box_p and arch_lm_p (Ljung and Box 1978; Engle 1982), skewness, excess_kurtosis.
    """
    centred = residuals - residuals.mean()
    squares, size = float(centred @ centred), residuals.size
    figures: dict[str, Any] = dict.fromkeys(SHAPE) | {
        "observations": size,
        "residual_sd": math.sqrt(squares / (size - 1)),
    }
    if size < 3 * LAGS or squares <= STILL * float(returns @ returns):
        return figures
    moments = np.array([(centred**power).mean() for power in (2, 3, 4)])
    moved = returns - returns.mean()
    correlations = (
        np.array([centred[lag:] @ centred[:-lag] for lag in range(1, LAGS + 1)]) / squares
    )
    return figures | {
        "r_squared": 1 - float(residuals @ residuals) / float(moved @ moved),
        "autocorrelation": float(correlations[0]),
        "durbin_watson": float(np.diff(residuals) @ np.diff(residuals))
        / float(residuals @ residuals),
        "ljung_box_p": _tail(
            size * (size + 2) * float((correlations**2 / (size - np.arange(1, LAGS + 1))).sum())
        ),
        "arch_lm_p": _tail(_arch_lm(centred**2)),
        "skewness": float(moments[1] / moments[0] ** 1.5),
        "excess_kurtosis": float(moments[2] / moments[0] ** 2 - 3),
    }


def _arch_lm(squared: Floats) -> float:
    """Observations times R^2 of the squared residuals on a constant and `LAGS` of their lags."""
    scaled = squared / squared.mean()
    lagged = np.lib.stride_tricks.sliding_window_view(scaled[:-1], LAGS)
    regressors = np.column_stack([np.ones(lagged.shape[0]), lagged])
    now = scaled[LAGS:]
    # By the normal equations: a decomposition of the long matrix takes twenty times as long. And
    # without BLAS, whose threads wait for a core beside those of DuckDB for longer than they work.
    squares = np.einsum("ij,ik->jk", regressors, regressors)
    cross = np.einsum("ij,i->j", regressors, now)
    coefficients = np.linalg.lstsq(squares, cross, rcond=None)[0]
    left, moved = now - np.einsum("ij,j->i", regressors, coefficients), now - now.mean()
    return float(now.size * (1 - float(left @ left) / float(moved @ moved)))


def _tail(figure: float) -> float:
    """Chance that a chi-square variable of `LAGS` degrees of freedom exceeds a figure.

    The closed form for an even number (Abramowitz and Stegun 26.4.21).
    """
    half = max(figure, 0.0) / 2
    return min(
        1.0, math.exp(-half) * math.fsum(half**k / math.factorial(k) for k in range(LAGS // 2))
    )
