"""Measures of an hourly market over the window of every place of its grid, as arrays."""

import numpy as np

from marketwake.event_study.design import Design
from marketwake.event_study.expected import window_sum
from marketwake.event_study.volume import HOURS_OF_WEEK
from marketwake.placebo.forecast import Floats


def expected_volume(volume: Floats, lag: int, length: int, design: Design) -> Floats:
    """The volume to be expected in the hour of every place.

    The mean volume at the same hour of the week, in as many weeks as the estimation window has and
    of at least `design.minimum_hour_of_week` volumes; the latest week lies before the estimation
    window's end for every hour of a window of `length`.
    """
    skipped = -(-(lag + length) // HOURS_OF_WEEK)
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


def log_volume_ratio(volume: Floats, expected: Floats, length: int) -> Floats:
    """Log of the volume in the window over the volume expected there."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return _finite(np.log(window_sum(volume, length) / window_sum(expected, length)))


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
