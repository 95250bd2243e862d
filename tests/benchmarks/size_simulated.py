"""Hourly returns whose variance is known, with storms and calms of hours, days and months.

The logarithm of the variance is the sum of three Ornstein-Uhlenbeck parts, of a daily cycle and of
calmer weekends; shocks have Student's t distribution with five degrees of freedom. That is not the
process that the fixed weights of the forecast stand for.
"""

from itertools import accumulate

import numpy as np

from marketwake.event_study.grids import Grid
from marketwake.placebo.forecast import Floats

HALF_LIVES = (8, 72, 800)
"""Of the three parts, hours."""
SPREAD = 0.6
"""Standard deviation of each of them, in the logarithm of the variance."""
USUAL = 0.005
"""Of an hourly return."""
FREEDOM = 5
_START = np.datetime64("2024-01-01T01:00:00", "us")


def simulated(seed: int, hours: int) -> Grid:
    """A history without any event, from a Monday on."""
    random = np.random.default_rng(seed)
    place = np.arange(hours)
    log_variance = 0.5 * np.cos(2 * np.pi * (place % 24 - 15) / 24)
    log_variance -= 0.7 * (place // 24 % 7 >= 5)
    for half_life in HALF_LIVES:
        log_variance += _remembering(random.normal(0, SPREAD, hours), 0.5 ** (1 / half_life))
    shock = random.standard_t(FREEDOM, hours) * np.sqrt((FREEDOM - 2) / FREEDOM)
    at = _START + place * np.timedelta64(1, "h")
    returns = USUAL * np.exp(log_variance / 2) * shock
    return Grid("simulated", f"{seed}", at, returns, np.timedelta64(1, "h"))


def _remembering(shocks: Floats, kept: float) -> Floats:
    """A stationary first-order autoregression with the spread of its shocks."""
    first, *rest = shocks.tolist()
    lost = (1 - kept**2) ** 0.5
    return np.array(list(accumulate(rest, lambda was, new: kept * was + lost * new, initial=first)))
