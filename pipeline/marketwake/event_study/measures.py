"""Measures of an hourly market over the window of every place of its grid, as arrays."""

import numpy as np

from marketwake.base.kept import kept
from marketwake.event_study.design import Design
from marketwake.event_study.expected import window_sum
from marketwake.event_study.volume import HOURS_OF_WEEK
from marketwake.placebo.forecast import Floats
from marketwake.placebo.rank import Instants
from marketwake.placebo.run_up import RunUp


class Volumes:
    """The traded volume of a grid against what is usual; what windows share is computed once."""

    def __init__(self, volume: Floats, at: Instants, design: Design) -> None:
        self._volume, self._at, self._design = volume, at, design

    def ratio(self, lag: int, length: int) -> Floats:
        """Log of the volume in the window of every place over the volume expected there.

        Expected in an hour is the mean volume at the same hour of the week, in as many weeks as the
        estimation window has and of at least `design.minimum_hour_of_week` volumes; the latest
        week lies before the end of the estimation window, `lag` before the place, for every hour
        of the window.
        """
        return self._ratio(_weeks_skipped(lag, length), length)

    def run_up(self, lag: int, length: int) -> RunUp:
        """The volume of every hour over what is expected there by the windows of `ratio`."""
        return self._run_up(_weeks_skipped(lag, length))

    @kept
    def _expected(self, skipped: int) -> Floats:
        volume, design = self._volume, self._design
        weeks = int(design.estimation.total_seconds() // (3600 * HOURS_OF_WEEK))
        earlier = np.full((weeks, volume.size), np.nan)
        for week in range(weeks):
            shift = HOURS_OF_WEEK * (skipped + week)
            if shift < volume.size:
                earlier[week, shift:] = volume[:-shift]
        known = np.isfinite(earlier)
        count = known.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(
                count >= design.minimum_hour_of_week,
                np.where(known, earlier, 0.0).sum(axis=0) / count,
                np.nan,
            )

    @kept
    def _run_up(self, skipped: int) -> RunUp:
        with np.errstate(invalid="ignore", divide="ignore"):
            return RunUp(self._volume / self._expected(skipped), self._at)

    @kept
    def _ratio(self, skipped: int, length: int) -> Floats:
        expected = window_sum(self._expected(skipped), length)
        with np.errstate(invalid="ignore", divide="ignore"):
            return _finite(np.log(window_sum(self._volume, length) / expected))


def _weeks_skipped(lag: int, length: int) -> int:
    return -(-(lag + length) // HOURS_OF_WEEK)


def log_volatility_ratio(returns: Floats, length: int) -> Floats:
    """Log of the realised volatility of the window over that of as many hours before it."""
    after = window_sum(returns**2, length)
    before = np.full_like(after, np.nan)
    before[length:] = after[:-length] if length < after.size else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        return _finite(0.5 * np.log(after / before))


def beta(returns: Floats, market: Floats, length: int) -> Floats:
    """Slope of the hourly returns on the market's within the window."""
    known = np.isfinite(returns) & np.isfinite(market)
    y, x = np.where(known, returns, np.nan), np.where(known, market, np.nan)
    sum_x, sum_y = window_sum(x, length), window_sum(y, length)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = window_sum(x * x, length) - sum_x**2 / length
        return _finite(
            (window_sum(x * y, length) - sum_x * sum_y / length)
            / np.where(spread > 0, spread, np.nan)
        )


def lead(returns: Floats, market: Floats, length: int) -> Floats:
    """Who moves first in the window: correlation with the market an hour later less an hour before.

    Positive where the series leads its market, negative where it follows.
    """
    return _finite(_correlation(returns, market, length) - _correlation(market, returns, length))


def _correlation(first: Floats, second: Floats, length: int) -> Floats:
    """Of `first` with `second` an hour later, over the length - 1 pairs that lie in the window."""
    later = np.append(second[1:], np.nan)
    known = np.isfinite(first) & np.isfinite(later)
    x, y = np.where(known, first, np.nan), np.where(known, later, np.nan)
    pairs = length - 1
    sum_x, sum_y = window_sum(x, pairs), window_sum(y, pairs)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (window_sum(x * x, pairs) - sum_x**2 / pairs) * (
            window_sum(y * y, pairs) - sum_y**2 / pairs
        )
        return (window_sum(x * y, pairs) - sum_x * sum_y / pairs) / np.sqrt(
            np.where(spread > 0, spread, np.nan)
        )


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)
