"""How large a move was to be expected: a forecast of variance from the squares before a date.

The logarithms of realised variances over a few lengths are weighed by fixed weights: the
heterogeneous autoregression of Corsi (2009, Journal of Financial Econometrics 7) in logarithms,
without a fit. The weights sum to one, so the unit of the series cancels. They were set on other
coins than those that it is shown on; docs/study.md says where it holds and where it does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FLOOR = 1e-12
"""Smallest mean square under a logarithm."""


@dataclass(frozen=True)
class Har:
    """Lengths of the realised variances, in periods, and their weights by length of window."""

    terms: tuple[int, ...]
    weights: dict[int, tuple[float, ...]]
    """By window length; between these linear in its logarithm, beyond them the nearest."""
    suffices: int = 168
    """Periods that are enough for a term that is more than twice as long."""

    def weights_for(self, length: int) -> tuple[float, ...]:
        """The weights of the terms for a window of this length, summing to one."""
        known = sorted(self.weights)
        at = [log(each) for each in known]
        columns = zip(*(self.weights[each] for each in known), strict=True)
        return tuple(float(np.interp(log(length), at, column)) for column in columns)


HOURLY = Har(
    (6, 24, 168, 1008),
    {
        1: (0.15, 0.35, 0.25, 0.25),
        12: (0.15, 0.35, 0.25, 0.25),
        24: (0.15, 0.30, 0.25, 0.30),
        48: (0.12, 0.25, 0.27, 0.36),
        72: (0.10, 0.20, 0.28, 0.42),
        120: (0.08, 0.16, 0.28, 0.48),
    },
)
"""Of hourly returns."""
DAILY = Har(
    (5, 22, 66, 250),
    {
        1: (0.30, 0.35, 0.20, 0.15),
        2: (0.25, 0.35, 0.25, 0.15),
        3: (0.20, 0.30, 0.30, 0.20),
        5: (0.15, 0.25, 0.35, 0.25),
        10: (0.10, 0.20, 0.35, 0.35),
    },
    suffices=120,
)
"""Of daily returns, and of returns by session."""
DAILY_FLOWS = Har((5, 20, 60), {1: (0.3, 0.4, 0.3)})
"""Of net flows of a session, and of changes of the basis from one observation to the next."""


def log_har(terms: Sequence[Floats], har: Har, length: int) -> Floats:
    """The variance of one period within a window of `length`, as forecast at the end of each place.

    Args:
        terms: as `log_terms` makes them of squared abnormal returns.

    Returns:
        exp(sum over the terms of weight * log(mean of the term's last squares)); NaN where one of
        them is unknown. It is a geometric mean: it ranks dates and is no unbiased variance.
    """
    weighed = zip(har.weights_for(length), terms, strict=True)
    return np.asarray(np.exp(sum(weight * term for weight, term in weighed)))


def log_terms(squares: Floats, har: Har) -> list[Floats]:
    """The logarithms that `log_har` weighs, a term each.

    Args:
        squares: squared abnormal returns by period, NaN where missing; place i is known when its
            period ends, and its means end with it.

    Returns:
        NaN where less than half of a term is held, or less than `suffices` of a long one.
    """
    means = (trailing_mean(squares, term, min((term + 1) // 2, har.suffices)) for term in har.terms)
    return [np.log(np.maximum(mean, FLOOR)) for mean in means]


def trailing_mean(values: Floats, length: int, least: int) -> Floats:
    """Mean of the last `length` places of each, its own among them; NaN with fewer than `least`."""
    known = np.isfinite(values)
    count = _trailing_sum(known.astype(np.float64), length)
    total = _trailing_sum(np.where(known, values, 0.0), length)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count >= least, np.maximum(total, 0.0) / count, np.nan)


def _trailing_sum(values: Floats, length: int) -> Floats:
    total = np.zeros(values.size + 1)
    np.cumsum(values, out=total[1:])
    before = np.zeros(values.size)
    before[length:] = total[1 : max(values.size - length, 0) + 1]
    return total[1:] - before
