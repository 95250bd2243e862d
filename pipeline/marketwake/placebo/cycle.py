"""The cycle of variance over the hours of the week, from the past of every day alone."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marketwake.base.kept import kept
from marketwake.placebo.forecast import Floats, trailing_mean
from marketwake.placebo.rank import Instants

WEEK = 168
HALF_LIFE_DAYS = 182.0
"""Half-life of what an hour of the past says about its cell of the week."""
PRIOR = 20.0
"""Hours of an ordinary size that every cell begins with."""
LARGEST = 25.0
"""A square counts as this many usual ones at most."""
LEAST_HOURS = 26 * WEEK
"""History below which no cycle is divided out, and windows keep to their hour of the day."""
_HOUR = np.timedelta64(1, "h")
_MONDAY = np.datetime64("1970-01-05T00:00:00", "us")
_CELL = np.concatenate([np.tile(np.arange(24), 5), 24 + np.arange(24), 48 + np.arange(24)])
"""Cell of every hour of the week from Monday 00:00 UTC: hour of the day on weekdays, Saturday and
Sunday."""


@dataclass(frozen=True)
class Cycle:
    """How large the squares of every hour of a week are, as known at the start of each day."""

    profile: Floats
    """Days by hours of the week: a factor whose mean over the week is 1."""
    day: NDArray[np.int64]
    """Row of `profile` for the day in which the bar of each place lies."""
    hour: NDArray[np.int64]
    """Hour of the week of the bar of each place."""

    @property
    def own(self) -> Floats:
        """The factor of every place's bar."""
        return np.asarray(self.profile[self.day, self.hour])

    @kept
    def ahead(self, length: int) -> Floats:
        """Sum of the factors over the window of every place, as known on the day of its own bar."""
        return self._up_to(length) - self._up_to(0)

    @kept
    def _up_to(self, length: int) -> Floats:
        """Sum of the factors from Monday to the end of the window, by place."""
        weeks, hour = np.divmod(self.hour + 1 + length, WEEK)
        return np.asarray(self._total.take(self.day * WEEK + hour) + WEEK * weeks)

    @cached_property
    def _total(self) -> Floats:
        """Sums of the factors from Monday to every hour; those of a week are `WEEK`."""
        return np.asarray(np.cumsum(self.profile, axis=1) - self.profile)


def cycle(squares: Floats, at: Instants) -> Cycle:
    """The cycle of squared abnormal returns of hourly bars.

    A cell (hour of the day on weekdays, on Saturdays, on Sundays) holds the mean of square over the
    mean square of the 168 hours before it, each at most `LARGEST`, weighed by age and drawn towards
    1 as by `PRIOR` hours. It is renewed at 00:00 UTC of every day from the bars before.

    Args:
        squares: NaN where missing.
        at: end of every bar, UTC, every hour.
    """
    hours = _hours(at)
    day = hours // 24
    day -= day[0]
    usual = np.full(squares.size, np.nan)
    usual[1:] = trailing_mean(squares, WEEK, WEEK // 2)[:-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.minimum(squares / usual, LARGEST)
    known = np.isfinite(relative)
    days = int(day[-1]) + 1
    cell = _CELL[hours % WEEK]
    place = (day * 72 + cell)[known]
    sums = np.bincount(place, relative[known], days * 72).reshape(days, 72)
    counts = np.bincount(place, minlength=days * 72).reshape(days, 72).astype(np.float64)
    above, below = np.empty((days, 72)), np.empty((days, 72))
    total, weight, decay = np.zeros(72), np.zeros(72), 0.5 ** (1 / HALF_LIFE_DAYS)
    for each in range(days):
        above[each], below[each] = total, weight
        total = decay * (total + sums[each])
        weight = decay * (weight + counts[each])
    factor = ((PRIOR + above) / (PRIOR + below))[:, _CELL]
    return Cycle(factor / factor.mean(axis=1, keepdims=True), day, hours % WEEK)


def _hours(at: Instants) -> NDArray[np.int64]:
    """Hours from a Monday 00:00 UTC to the opening of every bar."""
    return np.asarray((at - _HOUR - _MONDAY) // _HOUR, np.int64)
