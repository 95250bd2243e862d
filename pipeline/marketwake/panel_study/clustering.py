"""How much the events' returns move together."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from marketwake.panel_study.align import Panel
from marketwake.panel_study.design import Window
from marketwake.panel_study.input import DAY, NEVER, Flags, Floats, Ints

FEWEST_COMMON = 5
"""Estimation periods that two events must share for a correlation between them."""
BLOCK = 256
"""Events whose correlations are computed at once."""


@dataclass(frozen=True)
class Clustering:
    """What the events of a window have in common.

    Correlations are of estimation residuals, over all pairs of N events. A pair counts by the share
    of the window's periods that both events have at the same instant: 1 on the same day, 0 without
    overlap (Kolari, Pape and Pynnonen 2018). So it is Kolari and Pynnonen's (2010) average where
    all events are on one day.
    """

    events: int
    correlation: float
    """Average over all pairs; 0 where no two windows overlap.

    NaN where some do and there is no estimation window.
    """
    partial: float
    """Its part from pairs that overlap without being on the same periods.

    Averages by relative period do not hold it.
    """

    @property
    def inflation(self) -> float:
        """Variance of a sum of standardised returns over that of independent ones.

        1 + (N - 1) r (Kolari and Pynnonen 2010).
        """
        return 1 + (self.events - 1) * self.correlation

    @property
    def estimated_inflation(self) -> float:
        """The same where the variance is estimated across the events, which sees 1 - r of it."""
        return self.inflation / (1 - self.correlation) if self.correlation < 1 else np.inf

    @property
    def partial_inflation(self) -> float:
        """The same where the variance is that of averages by relative period.

        It holds r - p of the correlation, p being the part from partial overlaps.
        """
        if not self.partial:
            return 1.0
        seen = 1 + (self.events - 1) * (self.correlation - self.partial)
        return self.inflation / seen if seen > 0 else np.inf


class _Layout(NamedTuple):
    """The periods of the events on common instants. Events that lie alike share a pattern, so that
    what hangs on instants alone is computed once for all series of a day.
    """

    places: Ints
    """Patterns by periods: the number of the instant, -1 where there is none."""
    pattern: Ints
    """Of every event."""
    held: Ints
    """A number for every event, the same for those that miss the same returns of one pattern."""

    @classmethod
    def of(cls, panel: Panel) -> "_Layout":
        pattern, first = _alike(panel.stamps)
        stamps = _comparable(panel.stamps[first])
        moments = np.unique(stamps)
        places = np.where(stamps == NEVER, -1, np.searchsorted(moments, stamps)).astype(np.int64)
        missing, _ = _alike(np.isnan(panel.abnormal[:, : panel.estimation]))
        return cls(places, pattern, pattern * (missing.max(initial=0) + 1) + missing)


def _alike(rows: NDArray[Any]) -> tuple[Ints, list[int]]:
    """A number for each row, the same for equal ones, and where each number comes first."""
    numbers: dict[bytes, int] = {}
    number = [numbers.setdefault(row.tobytes(), len(numbers)) for row in rows]
    _, first = np.unique(np.array(number, np.int64), return_index=True)
    return np.array(number, np.int64), first.tolist()


def clustering(panel: Panel, windows: tuple[Window, ...], members: Flags) -> list[Clustering]:
    """For each window, what the events that take part (windows by events) have in common."""
    layout = _Layout.of(panel)
    span = layout.places[:, panel.estimation :]
    last = int(layout.places.max(initial=-1)) + 1
    begins = np.where(span < 0, last, span).min(axis=1, initial=last)[layout.pattern]
    ends = span.max(axis=1, initial=-1)[layout.pattern]
    order = np.argsort(begins, kind="stable")
    blocks = [order[start:end] for start, end in pairwise(_cuts(begins[order], span.shape[1]))]
    totals = np.zeros((len(windows), 3))
    for number, block in enumerate(blocks):
        for other in blocks[number:]:
            if begins[other[0]] > ends[block].max():
                break
            times = 1 if block is other else 2
            totals += times * _pairs(panel, windows, members, layout, block, other)
    clusterings = []
    for count, (whole, partial, unknown) in zip(members.sum(axis=1), totals, strict=True):
        pairs = count * (count - 1) - unknown
        averages = (float(whole / pairs), float(partial / pairs)) if pairs else (0.0, 0.0)
        if unknown and not panel.estimation:
            averages = (np.nan, np.nan)
        clusterings.append(Clustering(int(count), *averages))
    return clusterings


def _comparable(stamps: Ints) -> Ints:
    """Dates where no event has two periods on one, else the stamps.

    Exchanges that close at different hours still share their day.
    """
    dates = np.where(stamps == NEVER, NEVER, stamps // DAY)
    again = (dates[:, 1:] == dates[:, :-1]) & (dates[:, 1:] != NEVER)
    return stamps if again.any() else dates


def _cuts(begins: Ints, reach: int) -> list[int]:
    """Where to cut sorted events: at most BLOCK together, and all may overlap with the first."""
    cuts = [0]
    for place, begin in enumerate(begins):
        if place - cuts[-1] >= BLOCK or begin - begins[cuts[-1]] >= reach:
            cuts.append(place)
    return sorted({*cuts, len(begins)})


def _pairs(
    panel: Panel,
    windows: tuple[Window, ...],
    members: Flags,
    layout: _Layout,
    block: Ints,
    other: Ints,
) -> Floats:
    """Per window, over the pairs of two blocks: sum of correlation times overlap.

    Then its part from partial overlaps, and the count of pairs without correlation.
    """
    sums = np.zeros((len(windows), 3))
    patterns, row = np.unique(layout.pattern[block], return_inverse=True)
    others, column = np.unique(layout.pattern[other], return_inverse=True)
    overlaps = []
    for window in windows:
        inside = panel.columns(window)
        columns = slice(panel.estimation + inside.start, panel.estimation + inside.stop)
        overlaps.append(_overlap(layout.places[patterns, columns], layout.places[others, columns]))
    if not any(overlap.any() for overlap in overlaps):
        return sums
    correlation = _correlations(panel.abnormal[:, : panel.estimation], layout, block, other)
    is_unknown = np.isnan(correlation)
    parts = np.stack([np.where(is_unknown, 0.0, correlation), is_unknown])
    if block is other:
        parts[:, range(len(block)), range(len(block))] = 0.0
    for number, overlap in enumerate(overlaps):
        above = (np.arange(len(patterns))[:, None] == row) & members[number, block]
        beside = (np.arange(len(others))[:, None] == column) & members[number, other]
        summed, unknown = above.astype(np.float64) @ parts @ beside.astype(np.float64).T
        product = overlap * summed
        sums[number] = product.sum(), product[overlap < 1].sum(), unknown[overlap > 0].sum()
    return sums


def _overlap(block: Ints, other: Ints) -> Floats:
    """Share of the periods of each pattern of a block at which each of the other has one too."""
    low, high = min(block.min(), other.min()), max(block.max(), other.max())
    flags = [
        _scattered(np.ones(side.shape, np.float32), side - low, int(high - low + 1))
        for side in (block, other)
    ]
    return np.asarray((flags[0] @ flags[1].T).astype(np.float64) / block.shape[1])


def _correlations(residuals: Floats, layout: _Layout, block: Ints, other: Ints) -> Floats:
    """Pearson's correlation of each pair over the instants at which both have a residual.

    NaN with fewer than FEWEST_COMMON of them.
    """
    periods = residuals.shape[1]
    if not periods:
        return np.full((len(block), len(other)), np.nan)
    places = [layout.places[layout.pattern[rows], :periods] for rows in (block, other)]
    low = min(place.min(where=place >= 0, initial=np.iinfo(np.int64).max) for place in places)
    width = int(max(place.max() for place in places) - low + 1)
    sides = [
        _Side.of(residuals[rows], place - low, width, layout.held[rows])
        for rows, place in zip((block, other), places, strict=True)
    ]
    (x, there_x, row), (y, there_y, column) = sides
    # Sums over the instants that are held on the other side go by what is held there, not by event.
    count = (there_x @ there_y.T)[row][:, column]
    sum_x, square_x = ((part @ there_y.T)[:, column] for part in (x, x**2))
    sum_y, square_y = ((there_x @ part.T)[row] for part in (y, y**2))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (square_x - sum_x**2 / count) * (square_y - sum_y**2 / count)
        common = x @ y.T - sum_x * sum_y / count
        correlation = common / np.sqrt(np.where(spread > 0, spread, np.nan))
    return np.where(count >= FEWEST_COMMON, np.clip(correlation, -1, 1), np.nan)


class _Side(NamedTuple):
    """Events of one block, laid out on the instants of both."""

    values: Floats
    """Events by instants, 0 where missing."""
    there: Floats
    """1 where held, 0 elsewhere; a row for all events that hold the same."""
    row: Ints
    """That of every event."""

    @classmethod
    def of(cls, residuals: Floats, place: Ints, width: int, held: Ints) -> "_Side":
        known = ~np.isnan(residuals)
        place = np.where(known, place, width)
        _, first, row = np.unique(held, return_index=True, return_inverse=True)
        there = _scattered(known[first].astype(np.float64), place[first], width)
        return cls(_scattered(np.nan_to_num(residuals), place, width), there, row)


def _scattered(values: Floats, place: Ints, width: int) -> Floats:
    """Rows of values laid out on `width` common instants, else 0; places outside are dropped."""
    laid = np.zeros((len(values), width + 1), values.dtype)
    np.put_along_axis(laid, np.where((place < 0) | (place > width), width, place), values, axis=1)
    return laid[:, :width]
