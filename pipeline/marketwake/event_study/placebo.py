"""A figure among its placebo dates: those of all the history held, and those before it alone."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketwake.event_study.design import Design
from marketwake.placebo.forecast import Floats
from marketwake.placebo.rank import (
    Instants,
    Ranked,
    effective,
    independent,
    p_upper,
    p_value,
    ranked,
)

Span = tuple[np.datetime64, np.datetime64]
Spans = tuple[Instants, Instants]
"""First and last instants of several."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Condition:
    """How the time before every place was: what the size of a test may hang on."""

    ratio: Floats
    """Variance (or volume) shortly before over that of the six weeks before: calm below 1."""
    level: Floats
    """Variance (or volume) of those six weeks."""


@dataclass(frozen=True)
class Windows:
    """A measure over a window at every date: (starts, ends] UTC, and what was to be expected."""

    starts: Instants
    ends: Instants
    length: int
    """In periods of the grid."""
    value: Floats
    error: Floats
    """Standard error by the estimation window; ones where the measure has none."""
    expected: Floats | None = None
    """What the run-up promised; None for a measure that is an abnormal one by itself."""
    scale: Floats | None = None
    """How far from that it was likely to be, as forecast; None where nothing forecasts it."""
    condition: Condition | None = None
    place: NDArray[np.int64] | None = None
    """The period in which each starts, where they do not start in one after the other."""

    @cached_property
    def plain(self) -> Floats:
        """Value over standard error."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.error > 0, self.value / self.error, np.nan)

    @cached_property
    def standardised(self) -> Floats:
        """Value less what was promised, over what was likely; the plain one without a forecast."""
        if self.scale is None:
            return self.plain
        left = self.value if self.expected is None else self.value - self.expected
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.scale > 0, left / self.scale, np.nan)

    @cached_property
    def is_measured(self) -> Flags:
        """Where both can be had."""
        return np.isfinite(self.plain) & np.isfinite(self.standardised)


@dataclass(frozen=True)
class Dates:
    """The placebo dates of a figure."""

    every: Flags
    """All of the history that may judge it."""
    earlier: int
    """Those before this place were over before the event's own time began."""


def admissible(
    windows: Windows, own: int, own_time: Span, taken: Spans, *, same_hour: bool
) -> Dates:
    """The placebo dates of the window at place `own`.

    They are measured, clear of the spans `taken`, and at the same hour of the day if asked. They
    are over when the event's own time begins, or begin when it is over, and never overlap the
    window itself.
    """
    keep = windows.is_measured.copy()
    # Both ascend: what ends later than the one and starts before the other lies together.
    met = np.searchsorted(windows.ends, taken[0], "right")
    left = np.searchsorted(windows.starts, taken[1], "left")
    for first, last in zip(met.tolist(), left.tolist(), strict=True):
        keep[first:last] = False
    begun = int(np.searchsorted(windows.ends, own_time[0], "right"))
    over = max(own_time[1], windows.ends[own])
    keep[begun : np.searchsorted(windows.starts, over, "left")] = False
    if same_hour:
        day = np.timedelta64(1, "D")
        keep &= (windows.starts - windows.starts[own]) % day == np.timedelta64(0, "s")
    keep[own] = False
    return Dates(keep, begun)


def judged(
    windows: Windows, own: int, dates: Dates, design: Design, *, is_joint: bool = False
) -> dict[str, Any]:
    """The columns of mart.event_inference that the placebo dates of a figure give it.

    None where they cannot be had; see `placebo.rank.ranked` for the formulas. Of a size without a
    sign (`is_joint`) only as large a one counts, and it has no interval.
    """
    judging = np.flatnonzero(dates.every)
    count, before = judging.size, int(np.searchsorted(judging, dates.earlier))
    starts = judging if windows.place is None else windows.place[judging]
    many, many_before = independent(starts, windows.length, before)
    worth = effective(count, many) if count else 0.0
    worth_earlier = effective(before, many_before) if before else 0.0
    columns: dict[str, Any] = dict.fromkeys(JUDGED) | {
        "placebo_count": count,
        "independent_count": many,
        "effective_count": worth,
        "effective_earlier": worth_earlier,
        "p_resolution": 1 / (worth + 1) if count else None,
        "is_standardised": windows.scale is not None,
        "verdict": "not decidable",
        "verdict_earlier": "not decidable",
        **_condition(windows, own, dates.every),
    }
    figure = float(windows.standardised[own])
    if not count or not windows.is_measured[own]:
        return columns
    others = windows.standardised[judging]
    result = ranked(figure, others, worth, design.significance, design.power)
    columns |= _in_unit(windows, own, result)
    columns["p_plain"] = p_value(float(windows.plain[own]), windows.plain[judging], worth)
    if is_joint:
        columns["p_two_sided"] = result.p_upper
        columns |= dict.fromkeys(("p_plain", "ci_low", "ci_high", "mde"))
    columns["verdict"] = _verdict(columns["p_two_sided"], worth, design)
    if worth_earlier:
        p_of = p_upper if is_joint else p_value
        earlier = p_of(figure, others[:before], worth_earlier)
        columns["p_earlier"] = earlier
        columns["verdict_earlier"] = _verdict(earlier, worth_earlier, design)
    return columns


JUDGED = (
    *("p_two_sided", "p_upper", "p_lower", "p_resolution", "p_earlier", "p_plain"),
    *("placebo_mean", "expected", "effect", "one_sd", "ci_low", "ci_high", "mde"),
    *("condition_ratio", "condition_fifth", "level_fifth"),
)
"""Columns that may be null."""


def _verdict(p: float, worth: float, design: Design) -> str:
    if 1 / (worth + 1) > design.significance:
        return "not decidable"
    return "unusual" if p <= design.significance else "not unusual"


def _in_unit(windows: Windows, own: int, result: Ranked) -> dict[str, Any]:
    """The rank in the unit of the measure."""
    scale = float((windows.error if windows.scale is None else windows.scale)[own])
    expected = None if windows.expected is None else float(windows.expected[own])
    effect = float(windows.value[own]) - (expected or 0.0) - scale * result.mean
    columns = {
        "p_two_sided": result.p_two_sided,
        "p_upper": result.p_upper,
        "p_lower": result.p_lower,
        "placebo_mean": scale * result.mean,
        "expected": expected,
        "effect": effect,
        "one_sd": None if result.sd is None else scale * result.sd,
    }
    if result.reach is not None and result.detectable is not None:
        columns |= {
            "ci_low": effect - scale * result.reach,
            "ci_high": effect + scale * result.reach,
            "mde": scale * result.detectable,
        }
    return columns


def _condition(windows: Windows, own: int, every: Flags) -> dict[str, Any]:
    """The fifth of the dates, calm to storm, in which the time before the figure lies."""
    if windows.condition is None or not np.isfinite(windows.condition.ratio[own]):
        return {}
    columns: dict[str, Any] = {"condition_ratio": float(windows.condition.ratio[own])}
    count = np.count_nonzero(every)
    for name, values in (
        ("condition_fifth", windows.condition.ratio),
        ("level_fifth", windows.condition.level),
    ):
        if count:
            below = np.count_nonzero((values < values[own]) & every)
            columns[name] = min(5, 1 + int(5 * (below / count)))
    return columns
