"""The rank of a figure among placebo dates: p-values, interval, resolution, least effect found."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from marketwake.placebo.forecast import Floats

Instants = NDArray[np.datetime64]
DIGITS = 12
"""Of a p-value."""


@dataclass(frozen=True)
class Ranked:
    """A figure among placebo dates, in the unit of both; None where it cannot be had."""

    p_two_sided: float
    p_upper: float
    p_lower: float
    resolution: float
    """The smallest p-value that so many dates can give: 1 / (e + 1)."""
    mean: float
    """Of the placebo dates."""
    sd: float | None
    """Their standard deviation (n - 1)."""
    reach: float | None
    """Distance from the mean beyond which p is at or below the level."""
    detectable: float | None
    """The shift, of either sign, that reaches the level in `power` of the placebo dates."""


def ranked(
    figure: float, placebo: Floats, worth: float, significance: float, power: float
) -> Ranked:
    """Judge a figure by its distance from the mean of the placebo dates.

    s is the share of dates with a distance at least as great. p = (e * s + 1) / (e + 1), which is
    the usual (r + 1) / (n + 1) (Davison and Hinkley 1997, section 4.2) with the n dates counted as
    the e independent ones that they are worth, and cannot fall below 1 / (e + 1). Where no windows
    overlap, e is n. The interval figure - mean -+ reach holds 0 unless p is at or below the level:
    it inverts the same test.

    Args:
        figure: finite.
        placebo: finite, at least one.
        worth: e, as `effective` counts.
    """
    mean, slack = float(placebo.mean()), _slack(figure)
    away = placebo - mean
    distance = np.abs(away)
    reach = _reach(distance, worth, significance)
    detectable = None
    if reach is not None:
        low, high = _quantiles(placebo, 1 - power, power)
        detectable = reach + max(mean - low, high - mean)
    return Ranked(
        _p(distance >= abs(figure - mean) - slack, worth),
        p_upper(figure, placebo, worth),
        _p(placebo <= figure + slack, worth),
        1 / (worth + 1),
        mean,
        float(np.sqrt((away * away).sum() / (placebo.size - 1))) if placebo.size > 1 else None,
        None if reach is None else reach + slack,
        detectable,
    )


def _quantiles(values: Floats, *shares: float) -> list[float]:
    """As `np.quantile`, in a quarter of its time."""
    places = [share * (values.size - 1) for share in shares]
    low = [int(place) for place in places]
    high = [min(place + 1, values.size - 1) for place in low]
    ordered = np.partition(values, sorted({*low, *high}))
    return [
        float(ordered[first] + (place - first) * (ordered[last] - ordered[first]))
        for place, first, last in zip(places, low, high, strict=True)
    ]


def p_value(figure: float, placebo: Floats, worth: float) -> float:
    """The two-sided p-value of `ranked` alone."""
    mean = float(placebo.mean())
    return _p(np.abs(placebo - mean) >= abs(figure - mean) - _slack(figure), worth)


def p_upper(figure: float, placebo: Floats, worth: float) -> float:
    """The p-value of values at least as high alone."""
    return _p(placebo >= figure - _slack(figure), worth)


def _p(reached: NDArray[np.bool_], worth: float) -> float:
    """Rounded, lest an error in the 17th digit decide what stands just at the level."""
    share = np.count_nonzero(reached) / reached.size
    return round((worth * share + 1) / (worth + 1), DIGITS)


def _slack(figure: float) -> float:
    """A rounding error must not tell a figure from a placebo date that equals it."""
    return 1e-12 * max(1.0, abs(figure))


def _reach(distance: Floats, worth: float, significance: float) -> float | None:
    """The greatest distance whose p-value is above the level; None where none is at or below it."""
    share = (significance * (worth + 1) - 1) / worth
    allowed = int(np.floor((share + 0.5 * 10**-DIGITS) * distance.size))
    if share < 0:
        return None
    place = max(distance.size - 1 - allowed, 0)
    # Of two places: on some processors numpy takes ten times as long to find one alone.
    return float(np.partition(distance, [max(place - 1, 0), place])[place])


def independent(
    places: NDArray[np.int64], length: int, among: int | None = None
) -> tuple[int, int]:
    """The most windows without overlap, and the most among the first `among` of them.

    Args:
        places: the periods in which they start, ascending; each covers `length` of them.
    """
    if not places.size:
        return 0, 0
    among = places.size if among is None else among
    bounds = [0, *(np.flatnonzero(places[1:] - places[:-1] > 1) + 1).tolist(), places.size]
    count, first, free = 0, 0, int(places[0])
    # Of periods in a row every `length`-th starts one, from the first that is free on.
    for begin, end in pairwise(bounds):
        start = int(places[begin])
        skipped = max(free - start, 0)
        many = -(-max(end - begin - skipped, 0) // length)
        if many:
            count += many
            first += min(many, -(-max(among - begin - skipped, 0) // length))
            free = start + skipped + many * length
    return count, first


def effective(count: int, many: int) -> float:
    """How many independent windows `count` dates are worth of which `many` do not overlap.

    Sums over k independent steps, laid out at every step, share (1 - j/k) of their steps with the
    j-th next. Their mean square therefore varies (2 k^2 + 1) / (3 k^2) as much as that of the sums
    that do not overlap: laid out densely they are worth up to half as many again.
    """
    steps = count / many
    return many * 3 * steps**2 / (2 * steps**2 + 1)
