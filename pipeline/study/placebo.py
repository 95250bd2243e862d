"""The rank of a figure among placebo dates: p-values with their resolution, and the least effect that would have been found."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.study.design import StudyDesign
from pipeline.study.expected import Floats

Instants = NDArray[np.datetime64]
Spans = tuple[tuple[np.datetime64, np.datetime64], ...]


@dataclass(frozen=True)
class Windows:
    """One measure over one window at every date of a series: (starts, ends] in UTC, value, and the standard error it is judged by."""

    starts: Instants
    ends: Instants
    value: Floats
    error: Floats


@dataclass(frozen=True)
class Rank:
    """What placebo dates say about one figure. P-values and effect are null (None) where they cannot be had."""

    p_two_sided: float | None
    p_upper: float | None
    p_lower: float | None
    p_resolution: float | None
    """The smallest p-value that so many independent windows can give."""
    placebo_count: int
    independent_count: int
    placebo_mean: float | None
    """Mean placebo value, in the unit of the measure."""
    mde: float | None
    verdict: str


def admissible(windows: Windows, own: int, until: np.datetime64, taken: Spans, *, same_hour: bool) -> NDArray[np.bool_]:
    """The placebo dates of the window at place `own`: measured, over by `until`, clear of the spans `taken`, at the same hour if asked."""
    keep = np.isfinite(windows.value) & np.isfinite(windows.error) & (windows.error > 0) & (windows.ends <= until)
    for first, last in taken:
        keep &= (windows.ends <= first) | (windows.starts >= last)
    if same_hour:
        day = np.timedelta64(1, "D")
        keep &= (windows.starts - windows.starts[own]) % day == np.timedelta64(0, "s")
    keep[own] = False
    return keep


def independent(starts: Instants, ends: Instants) -> int:
    """The most windows that can be chosen without overlap; all windows are of one length, in order of their starts."""
    following = np.maximum(np.searchsorted(starts, ends), np.arange(starts.size) + 1).tolist()
    count, place = 0, 0
    while place < len(following):
        count += 1
        place = following[place]
    return count


def rank(windows: Windows, own: int, placebo: NDArray[np.bool_], design: StudyDesign) -> Rank:
    """Judge the window at place `own` by the placebo dates.

    The statistic is the distance of value / error from its placebo mean. Overlapping windows repeat one another, so n dates hold only the
    m windows that do not overlap: p = (m * s + 1) / (m + 1), s being the share of dates with a distance at least as great. That is
    the mean, over all ways to lay the m windows out, of the rank p-value (r + 1) / (m + 1) (Davison and Hinkley 1997, section 4.2), and
    plain (r + 1) / (n + 1) where nothing overlaps. It cannot fall below 1 / (m + 1).
    """
    count = int(placebo.sum())
    if not count:
        return Rank(None, None, None, None, 0, 0, None, None, "not decidable")
    scaled = windows.value[placebo] / windows.error[placebo]
    many = independent(windows.starts[placebo], windows.ends[placebo])
    mean = float(scaled.mean())
    distance = np.abs(scaled - mean)
    resolution = 1 / (many + 1)
    mde = _detectable(scaled - mean, many, design)
    own_error = float(windows.error[own])
    figure = float(windows.value[own]) / own_error if own_error > 0 else float("nan")
    if not np.isfinite(figure):
        return Rank(None, None, None, resolution, count, many, None, None, "not decidable")

    def p_value(reached: NDArray[np.bool_]) -> float:
        return (many * float(reached.mean()) + 1) / (many + 1)

    # A rounding error must not tell a figure from a placebo date that equals it.
    slack = 1e-12 * max(1.0, abs(figure))
    two_sided = p_value(distance >= abs(figure - mean) - slack)
    decidable = resolution <= design.significance
    verdict = ("unusual" if two_sided <= design.significance else "not unusual") if decidable else "not decidable"
    return Rank(
        two_sided,
        p_value(scaled >= figure - slack),
        p_value(scaled <= figure + slack),
        resolution,
        count,
        many,
        mean * own_error,
        None if mde is None else mde * own_error,
        verdict,
    )


def _detectable(centred: Floats, many: int, design: StudyDesign) -> float | None:
    """The shift, in standard errors, that would reach the level in `design.power` of the placebo dates, whichever its direction.

    None where the level cannot be reached at all.
    """
    share = (design.significance * (many + 1) - 1) / many
    if share < 0:
        return None
    critical = float(np.quantile(np.abs(centred), 1 - share, method="higher"))
    low, high = np.quantile(centred, [1 - design.power, design.power])
    return critical + max(-float(low), float(high))
