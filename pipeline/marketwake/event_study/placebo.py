"""The rank of a figure among placebo dates: p-values, their resolution, the least effect found."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marketwake.event_study.design import Design
from marketwake.event_study.expected import Floats

Instants = NDArray[np.datetime64]
Span = tuple[np.datetime64, np.datetime64]
Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Windows:
    """A measure over a window at every date: (starts, ends] UTC, value and standard error."""

    starts: Instants
    ends: Instants
    value: Floats
    error: Floats

    @cached_property
    def is_measured(self) -> NDArray[np.bool_]:
        """Where value and standard error are known."""
        return np.asarray(np.isfinite(self.value) & np.isfinite(self.error) & (self.error > 0))


@dataclass(frozen=True)
class Rank:
    """What placebo dates say about a figure; None where p-value or effect cannot be had."""

    p_two_sided: float | None
    p_upper: float | None
    p_lower: float | None
    p_resolution: float | None
    """The smallest p-value that so many dates can give."""
    placebo_count: int
    independent_count: int
    effective_count: float
    placebo_mean: float | None
    """Mean placebo value, in the unit of the measure."""
    mde: float | None
    verdict: str


def admissible(
    windows: Windows, own: int, own_time: Span, taken: Spans, *, same_hour: bool
) -> NDArray[np.bool_]:
    """The placebo dates of the window at place `own`.

    They are measured, clear of the spans `taken`, and at the same hour of the day if asked. They
    are over when the event's own time begins, or begin when it is over, and never overlap the
    window itself.
    """
    keep = windows.is_measured.copy()
    over = max(own_time[1], windows.ends[own])
    for first, last in ((own_time[0], over), *taken):
        # Both ascend: what ends later than the one and starts before the other lies together.
        met = np.searchsorted(windows.ends, first, "right")
        keep[met : np.searchsorted(windows.starts, last, "left")] = False
    if same_hour:
        day = np.timedelta64(1, "D")
        keep &= (windows.starts - windows.starts[own]) % day == np.timedelta64(0, "s")
    keep[own] = False
    return keep


def independent(starts: Instants, ends: Instants) -> int:
    """The most windows without overlap; all are of one length, in order of their starts."""
    following = np.maximum(np.searchsorted(starts, ends), np.arange(starts.size) + 1).tolist()
    count, place, size = 0, 0, len(following)
    while place < size:
        count += 1
        place = following[place]
    return count


def effective(count: int, many: int) -> float:
    """How many independent windows `count` dates are worth of which `many` do not overlap.

    Sums over k independent steps, laid out at every step, share (1 - j/k) of their steps with the
    j-th next. Their mean square therefore varies (2 k^2 + 1) / (3 k^2) as much as that of the sums
    that do not overlap: laid out densely they are worth up to half as many again.
    """
    steps = count / many
    return many * 3 * steps**2 / (2 * steps**2 + 1)


def rank(windows: Windows, own: int, placebo: NDArray[np.bool_], design: Design) -> Rank:
    """Judge the window at place `own` by the placebo dates.

    The statistic is the distance of value / error from its placebo mean, s the share of dates with
    a distance at least as great. p = (e * s + 1) / (e + 1), which is the usual (r + 1) / (n + 1)
    (Davison and Hinkley 1997, section 4.2) with the n dates counted as the e independent ones that
    they are worth, and cannot fall below 1 / (e + 1). Where no windows overlap, e is n.
    """
    count = int(placebo.sum())
    if not count:
        return Rank(None, None, None, None, 0, 0, 0.0, None, None, "not decidable")
    scaled = windows.value[placebo] / windows.error[placebo]
    many = independent(windows.starts[placebo], windows.ends[placebo])
    worth = effective(count, many)
    mean = float(scaled.mean())
    distance = np.abs(scaled - mean)
    resolution = 1 / (worth + 1)
    mde = _detectable(scaled - mean, worth, design)
    own_error = float(windows.error[own])
    figure = float(windows.value[own]) / own_error if own_error > 0 else float("nan")
    if not np.isfinite(figure):
        return Rank(None, None, None, resolution, count, many, worth, None, None, "not decidable")

    def p_value(reached: NDArray[np.bool_]) -> float:
        return (worth * float(reached.mean()) + 1) / (worth + 1)

    # A rounding error must not tell a figure from a placebo date that equals it.
    slack = 1e-12 * max(1.0, abs(figure))
    two_sided = p_value(distance >= abs(figure - mean) - slack)
    decidable = resolution <= design.significance
    verdict = (
        ("unusual" if two_sided <= design.significance else "not unusual")
        if decidable
        else "not decidable"
    )
    return Rank(
        two_sided,
        p_value(scaled >= figure - slack),
        p_value(scaled <= figure + slack),
        resolution,
        count,
        many,
        worth,
        mean * own_error,
        None if mde is None else mde * own_error,
        verdict,
    )


def _detectable(centred: Floats, worth: float, design: Design) -> float | None:
    """The shift, in standard errors, that reaches the level in `design.power` of the placebo dates.

    It does so in either direction. None where the level cannot be reached at all.
    """
    share = (design.significance * (worth + 1) - 1) / worth
    if share < 0:
        return None
    critical = float(np.quantile(np.abs(centred), 1 - share, method="higher"))
    low, high = np.quantile(centred, [1 - design.power, design.power])
    return critical + max(-float(low), float(high))
