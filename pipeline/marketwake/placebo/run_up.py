"""What the run-up promised: a mean forecast of a log ratio, and how far from it one usually lies.

Of a measure with long memory, e.g. volume against the same hour of the week, a busy day promises
busy days. A rank that knew only the usual mean would call those unusual.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from marketwake.base.kept import kept
from marketwake.placebo.cycle import WEEK
from marketwake.placebo.forecast import HOURLY, Floats, trailing_mean
from marketwake.placebo.rank import Instants
from marketwake.placebo.volatility import Volatility, led

LEAST_WEEKS = 8
"""Weeks of windows already over below which nothing is promised."""
LEAST_WINDOWS = 10
"""The same in windows that do not overlap: two for each coefficient."""
NIL = 1e-6
"""Share of the usual below which there was nothing but rounding."""
_HOUR = np.timedelta64(1, "h")
_MONDAY = np.datetime64("1970-01-05T00:00:00", "us")


@dataclass(frozen=True, eq=False)
class RunUp:
    """A series over what is expected of it, an hour a place, and what it promises."""

    series: Floats
    at: Instants
    """End of every hour, UTC."""

    def promised(self, value: Floats, length: int, lead: int = 0) -> tuple[Floats, Floats]:
        """The value to be expected of the window of every place, and the usual size of what is
        left.

        Expected is b0 + sum of b_j * log(mean of the last L_j of the series), L = 6, 24, 168 and
        1,008 hours (the terms of Corsi 2009, as in `forecast`). The coefficients are those of least
        squares on all windows that were over at the last Monday 00:00 UTC; the size is the root of
        the mean square of the errors that such forecasts turned out to have, weighed by age with a
        half-life of a week, or of two windows if that is longer. All of it is known `lead` hours
        before the place, so that no later value moves it.

        Args:
            value: log ratio of the window of every place, the places i + 1 to i + length; NaN where
                missing.

        Returns:
            Both NaN where fewer windows are over than `LEAST_WEEKS` weeks of hours or
            `LEAST_WINDOWS` windows' lengths, or where the run-up of the last six hours is nil or
            mostly unknown; the size also until half a week of errors, or two windows' lengths, are
            known.
        """
        regressors, is_told = self._known(lead)
        known = is_told & np.isfinite(value)
        # Number of the week in which the knowledge of a place ends, and of the Monday by which its
        # window is over.
        week = (self._hours - lead) // WEEK
        over = -(-(self._hours + length) // WEEK)
        coefficients = _weekly(regressors[:, known], value[known], over[known], week, length)
        expected = (coefficients * regressors).sum(axis=0)
        return expected, _size((value - expected) ** 2, length, lead)

    def busyness(self, lead: int = 0) -> tuple[Floats, Floats]:
        """How busy the time before every place was: the last 24 hours over the last six weeks
        (quiet below 1), and those six weeks themselves, as known `lead` hours before.
        """
        return led(self._ratio, lead), led(self._slow, lead)

    @cached_property
    def _hours(self) -> NDArray[np.int64]:
        return np.asarray((self.at - _MONDAY) // _HOUR, np.int64)

    @cached_property
    def _slow(self) -> Floats:
        return trailing_mean(self.series, 6 * WEEK, WEEK)

    @cached_property
    def _ratio(self) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return trailing_mean(self.series, 24, 12) / self._slow

    @kept
    def _known(self, lead: int) -> tuple[Floats, NDArray[np.bool_]]:
        """The regressors known `lead` hours before every place, and where all of them are."""
        regressors = np.array([led(row, lead) for row in self._regressors])
        return regressors, np.isfinite(regressors).all(axis=0)

    @cached_property
    def _regressors(self) -> list[Floats]:
        """Constant and logarithms, by place."""
        rows = [np.ones(self.series.size)]
        for term in HOURLY.terms:
            mean = trailing_mean(self.series, term, min(term // 2, HOURLY.suffices))
            rows.append(np.log(np.where(mean > NIL, mean, np.nan)))
        return rows


def promised_volatility(usual: Volatility, returns: Floats, length: int, lead: int = 0) -> Floats:
    """The log ratio of realised volatility after over before to be expected of every place.

    The forecast of the volatility of the window over what was realised in as many hours before it.
    It is off by a constant, which cancels in a rank. What is left over is about as large in calm as
    in storm, so that it needs no scale.
    """
    before = trailing_mean(returns**2, length, length) * length
    with np.errstate(divide="ignore"):
        expected = np.log(usual.sigma(length, lead)) - 0.5 * np.log(before)
    return np.where(np.isfinite(expected), expected, np.nan)


def _weekly(
    x: Floats, y: Floats, over: NDArray[np.int64], week: NDArray[np.int64], length: int
) -> Floats:
    """Coefficients known in the week of every place, from normal equations summed up to it.

    `over` is the week by whose Monday the window of each pair is over, ascending.
    """
    first, last = int(week[0]), int(week[-1])
    weeks, many, pairs = last - first + 1, len(x), np.vstack([x, y]).T
    bounds = np.searchsorted(over, np.arange(first, last + 2)).tolist()
    square = np.cumsum(
        [x[:, start:end] @ pairs[start:end] for start, end in pairwise(bounds)], axis=0
    )
    enough = square[:, 0, 0] >= max(LEAST_WEEKS * WEEK, LEAST_WINDOWS * length)
    # A run-up that never moved is collinear with the constant and promises the mean.
    inverse = np.linalg.pinv(square[enough, :, :many], rcond=1e-12, hermitian=True)
    solved = np.full((weeks, many), np.nan)
    solved[enough] = (inverse @ square[enough, :, many:])[..., 0]
    return np.asarray(solved.T.take(week - first, axis=1))


def _size(squares: Floats, length: int, lead: int) -> Floats:
    """Root of the weighed mean of the squares known at every place."""
    mean = pl.col("square").ewm_mean(
        half_life=max(WEEK, 2 * length),
        ignore_nulls=False,
        min_samples=max(WEEK // 2, 2 * length),
    )
    frame = pl.DataFrame({"square": squares}, nan_to_null=True).select(mean.forward_fill())
    return np.sqrt(led(frame["square"].to_numpy().astype(np.float64), length + lead))
