"""Rank p-values of many dates of one series at once: distances are counted in a sorted history.

The study ranks one date at a time (`placebo.rank.ranked`). Here the whole history is sorted once,
and what may not judge a date is counted apart; a test holds the two against each other.
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from marketwake.placebo.forecast import Floats

Places = NDArray[np.int64]
DECIDABLE = 19
"""Independent windows below which no p-value reaches 5 %."""


@dataclass(frozen=True)
class Scheme:
    """Which placebo dates judge the one at place i.

    Those whose window of `length` places is over at i - `gap`, and unless `is_earlier` those that
    begin at i + `recovery` or the end of the window itself.
    """

    length: int
    gap: int
    recovery: int
    is_earlier: bool = False


def p_values(statistic: Floats, events: Places, shift: Floats | float, scheme: Scheme) -> Floats:
    """Two-sided p-values of the events, NaN where too few dates judge them for any to reach 5 %.

    Args:
        statistic: standardised figure of every place, NaN where there is none.
        events: places with a figure, ascending.
        shift: added to the figures of the events, not to what judges them.
    """
    figure = statistic[events] + shift
    count, worth, mean = judges(statistic, events, scheme)
    reach = np.abs(figure - mean) - 1e-12 * np.maximum(1.0, np.abs(figure))
    low, high = mean - reach, mean + reach
    counted = _before if scheme.is_earlier else _around
    with np.errstate(invalid="ignore", divide="ignore"):
        # At the mean itself all are at least as far.
        share = np.where(reach <= 0, 1.0, counted(statistic, events, low, high, scheme) / count)
    return np.where(worth >= DECIDABLE, (worth * share + 1) / (worth + 1), np.nan)


def judges(statistic: Floats, events: Places, scheme: Scheme) -> tuple[Places, Floats, Floats]:
    """Of the dates that judge every event: how many, what they are worth (e), their mean."""
    known = np.isfinite(statistic)
    before, after = _bounds(events, statistic.size, scheme)
    picked, onwards = _apart(known.tolist(), scheme.length)
    count, total = (
        np.concatenate([[0], np.cumsum(values)])
        for values in (known, np.where(known, statistic, 0.0))
    )
    counted, many, summed = count[before], picked[before], total[before]
    if not scheme.is_earlier:
        counted = counted + count[-1] - count[after]
        many = many + onwards[after]
        summed = summed + total[-1] - total[after]
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = counted / many
        # As `placebo.rank.effective`.
        worth = many * 3 * steps**2 / (2 * steps**2 + 1)
        return counted, worth, summed / counted


def _bounds(events: Places, size: int, scheme: Scheme) -> tuple[Places, Places]:
    """Places before the first of the two judge, and from the second on."""
    before = np.clip(events - scheme.gap - scheme.length + 1, 0, size)
    return before, np.minimum(events + max(scheme.recovery, scheme.length), size)


def _apart(known: list[bool], length: int) -> tuple[Places, Places]:
    """The most windows without overlap that start before every place, and at it or later."""
    size, following = len(known), 0
    picked, onwards = np.zeros(size + 1, np.int64), np.zeros(size + length + 1, np.int64)
    for place, is_known in enumerate(known):
        is_picked = is_known and place >= following
        following = place + length if is_picked else following
        picked[place + 1] = picked[place] + is_picked
    for place in range(size - 1, -1, -1):
        onwards[place] = 1 + onwards[place + length] if known[place] else onwards[place + 1]
    return picked, onwards


def _around(statistic: Floats, events: Places, low: Floats, high: Floats, scheme: Scheme) -> Places:
    """Dates at or beyond the bounds of every event, but for those about it."""
    ordered = np.sort(statistic[np.isfinite(statistic)])
    reached = np.searchsorted(ordered, low, "right") + ordered.size
    reached -= np.searchsorted(ordered, high, "left")
    margin = scheme.length + scheme.gap + max(scheme.recovery, scheme.length)
    padded = np.concatenate([np.full(margin, np.nan), statistic, np.full(margin, np.nan)])
    offsets = np.arange(1 - scheme.gap - scheme.length, max(scheme.recovery, scheme.length))
    for part in np.array_split(np.arange(events.size), 1 + events.size // 1000):
        about = padded[margin + events[part, None] + offsets]
        reached[part] -= ((about <= low[part, None]) | (about >= high[part, None])).sum(axis=1)
    return np.asarray(reached)


def _before(statistic: Floats, events: Places, low: Floats, high: Floats, scheme: Scheme) -> Places:
    """Dates at or beyond the bounds of every event that are over before it."""
    before, _ = _bounds(events, statistic.size, scheme)
    values, at = statistic.tolist(), 0
    held: list[float] = []
    reached = np.zeros(events.size, np.int64)
    for event, bound in enumerate(before.tolist()):
        for value in values[at:bound]:
            if isfinite(value):
                insort(held, value)
        at = max(at, bound)
        beyond = bisect_right(held, low[event]) + len(held) - bisect_left(held, high[event])
        reached[event] = beyond
    return reached
