"""How much the events' returns move together, and which tests that makes invalid."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from marketwake.panel_study.align import Panel
from marketwake.panel_study.design import Window
from marketwake.panel_study.input import DAY, NEVER, Flags, Floats, Ints
from marketwake.panel_study.sizes import grank_size

WORST_SIZE = 0.075
"""A nominal 5 % test that rejects more often is not valid: Bradley's (1978) liberal criterion."""
FEWEST_COMMON = 5
"""Estimation periods that two events must share for a correlation between them."""
BLOCK = 256
"""Events whose correlations are computed at once."""
NORMAL = NormalDist()


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


def size(inflation: float) -> float:
    """How often a normal 5 % test rejects a true null of `inflation` times the assumed variance."""
    if np.isnan(inflation):
        return np.nan
    return 2 * NORMAL.cdf(NORMAL.inv_cdf(0.025) / inflation**0.5) if inflation > 0 else 0.0


def why_refused(test: str, common: Clustering) -> str | None:
    """Why a test is not valid for events that have this in common; None where it is."""
    if common.events == 0:
        return "no event has all returns of this window"
    if common.events == 1:
        return "one event: no cross-section to judge by; the permutation test ranks its date"
    if np.isnan(common.correlation):
        return "no estimation window to tell how far events that overlap move together"
    if test in _BY_PERIOD and (reason := _rejects(common, common.partial_inflation, "partly")):
        return reason
    if test in _ACROSS or test in _INDEPENDENT:
        inflation = common.estimated_inflation if test in _ACROSS else common.inflation
        if reason := _rejects(common, inflation, "residuals"):
            return reason
    if test in ("grank_t", "grank_z"):
        rejects = grank_size(common.events, common.correlation if test == "grank_t" else 0.0)
        if rejects > WORST_SIZE:
            return (
                f"{common.events} events of average correlation {common.correlation:.3f}: "
                f"by simulation a nominal 5 % rejects {100 * rejects:.1f} %"
            )
    return None


def _rejects(common: Clustering, inflation: float, kind: str) -> str | None:
    rejects = size(inflation)
    if rejects <= WORST_SIZE:
        return None
    what, correlation = (
        ("partly overlapping windows", common.partial)
        if kind == "partly"
        else ("residuals", common.correlation)
    )
    return (
        f"average correlation {correlation:.3f} of {what} of {common.events} events: "
        f"a nominal 5 % would reject {100 * rejects:.1f} %"
    )


_ACROSS = {"cross_sectional_t", "bmp"}
"""Tests whose variance is estimated across the events."""
_INDEPENDENT = {"forecast_error_z", "patell", "generalised_sign", "grank_z"}
"""Tests whose variance is that of independent events."""
_BY_PERIOD = {"brown_warner", "corrado", "corrado_zivney", "grank_t"}
"""Tests whose variance is that of the events' average by relative period.

It holds what events of the same day have in common.
"""


def clustering(panel: Panel, windows: tuple[Window, ...], members: Flags) -> list[Clustering]:
    """For each window, what the events that take part (windows by events) have in common."""
    stamps = _comparable(panel.stamps)
    moments = np.unique(stamps)
    index = np.where(stamps == NEVER, -1, np.searchsorted(moments, stamps)).astype(np.int64)
    span = index[:, panel.estimation :]
    begins = np.where(span < 0, len(moments), span).min(axis=1, initial=len(moments))
    ends = span.max(axis=1, initial=-1)
    order = np.argsort(begins, kind="stable")
    blocks = [order[start:end] for start, end in pairwise(_cuts(begins[order], span.shape[1]))]
    totals = np.zeros((len(windows), 3))
    for number, block in enumerate(blocks):
        for other in blocks[number:]:
            if begins[other[0]] > ends[block].max():
                break
            times = 1 if block is other else 2
            totals += times * _pairs(panel, windows, members, index, block, other)
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
    panel: Panel, windows: tuple[Window, ...], members: Flags, index: Ints, block: Ints, other: Ints
) -> Floats:
    """Per window, over the pairs of two blocks: sum of correlation times overlap.

    Then its part from partial overlaps, and the count of pairs without correlation.
    """
    sums, overlaps = np.zeros((len(windows), 3)), []
    for number, window in enumerate(windows):
        inside = panel.columns(window)
        columns = slice(panel.estimation + inside.start, panel.estimation + inside.stop)
        overlap = _overlap(index[block, columns], index[other, columns])
        overlap[~np.outer(members[number, block], members[number, other])] = 0
        if block is other:
            np.fill_diagonal(overlap, 0)
        overlaps.append(overlap)
    if not any(overlap.any() for overlap in overlaps):
        return sums
    estimation = slice(0, panel.estimation)
    correlation = _correlations(panel.abnormal[:, estimation], index[:, estimation], block, other)
    for number, overlap in enumerate(overlaps):
        product = overlap * np.nan_to_num(correlation)
        sums[number] = (
            product.sum(),
            product[overlap < 1].sum(),
            (np.isnan(correlation) & (overlap > 0)).sum(),
        )
    return sums


def _overlap(block: Ints, other: Ints) -> Floats:
    """Share of the periods of each event of a block at which each of the other has one too."""
    low, high = min(block.min(), other.min()), max(block.max(), other.max())
    flags = [
        _scattered(np.ones(side.shape, np.float32), side - low, int(high - low + 1))
        for side in (block, other)
    ]
    return np.asarray((flags[0] @ flags[1].T).astype(np.float64) / block.shape[1])


def _correlations(residuals: Floats, index: Ints, block: Ints, other: Ints) -> Floats:
    """Pearson's correlation of each pair over the instants at which both have a residual.

    NaN with fewer than FEWEST_COMMON of them.
    """
    if not residuals.shape[1]:
        return np.full((len(block), len(other)), np.nan)
    places = [index[rows] for rows in (block, other)]
    low = min(place.min(where=place >= 0, initial=np.iinfo(np.int64).max) for place in places)
    width = int(max(place.max() for place in places) - low + 1)
    sides = []
    for rows, place in zip((block, other), places, strict=True):
        there = ~np.isnan(residuals[rows])
        place = np.where(there, place - low, width)
        value = _scattered(np.nan_to_num(residuals[rows]), place, width)
        sides.append(
            np.concatenate([_scattered(there.astype(np.float64), place, width), value, value**2])
        )
    # One product for all sums: on small blocks six of them cost more in calls than in sums.
    sums = (sides[0] @ sides[1].T).reshape(3, len(block), 3, len(other))
    count, sum_x, sum_y = sums[0, :, 0], sums[1, :, 0], sums[0, :, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (sums[2, :, 0] - sum_x**2 / count) * (sums[0, :, 2] - sum_y**2 / count)
        common = sums[1, :, 1] - sum_x * sum_y / count
        correlation = common / np.sqrt(np.where(spread > 0, spread, np.nan))
    return np.where(count >= FEWEST_COMMON, np.clip(correlation, -1, 1), np.nan)


def _scattered(values: Floats, place: Ints, width: int) -> Floats:
    """Rows of values laid out on `width` common instants, else 0; places outside are dropped."""
    laid = np.zeros((len(values), width + 1), values.dtype)
    np.put_along_axis(laid, np.where((place < 0) | (place > width), width, place), values, axis=1)
    return laid[:, :width]
