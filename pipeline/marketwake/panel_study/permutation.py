"""The permutation test: the events' dates among all other dates of the same series.

Z = mean over the event days of the mean over their members of C / sigma, C being a member's
cumulative abnormal return and sigma its expected size, as `rolling.Rolling.sigma` forecasts it from
volatility before the window. Every other date of the history is given the same figure, with an
estimation window and a forecast of its own. One event day is ranked among them; for several, dates
are drawn. A draw moves all series of a day together, so it holds what they have in common, and days
whose windows overlap move together, so it holds that, too.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from marketwake.panel_study.align import Pair, Panel
from marketwake.panel_study.design import MICROSECOND, PanelDesign
from marketwake.panel_study.grid import Grid, Unit, ahead, blocks_of, units_of
from marketwake.panel_study.input import DAY, Flags, Floats, Ints
from marketwake.panel_study.rolling import Past, past
from marketwake.placebo.rank import Ranked, effective, independent, ranked

DRAWS = 999
KEPT = 64
"""Sets of series whose mean scores are held at once: mostly every day has the same."""
FEWEST = 19
"""Independent windows below which no p-value can be at or below 5 %: 1 / (19 + 1)."""
LEVEL, POWER = 0.05, 0.8


@dataclass(frozen=True)
class Permuted:
    """Z of a window among other dates; its figures in the unit of returns are of a common effect.

    An effect d on every member moves Z by d times the mean of 1 / sigma: dividing by it inverts the
    test. So an interval is about a mean that weighs calm series more, not about the plain mean.
    """

    members: Ints
    """Rows of the panel that take part: those with a forecast."""
    reason: str | None
    """Why it is not valid."""
    statistic: float = np.nan
    ranked: Ranked | None = None
    per_return: float = np.nan
    """Mean of 1 / sigma."""

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """At 95 %: the effects that the test does not reject; None where it rejects none."""
        if self.ranked is None or self.ranked.reach is None:
            return None, None
        middle = self.statistic - self.ranked.mean
        return (
            (middle - self.ranked.reach) / self.per_return,
            (middle + self.ranked.reach) / self.per_return,
        )

    @property
    def detectable(self) -> float | None:
        """The effect, of either sign, that is found at 5 % in 80 % of the dates."""
        if self.ranked is None or self.ranked.detectable is None:
            return None
        return self.ranked.detectable / self.per_return


def permutations(panel: Panel, design: PanelDesign, members: Flags) -> list[Permuted]:
    """The test of every window; `members` (who takes part) is windows by events."""
    pairs = dict.fromkeys(panel.origin.pair)
    histories = {pair: panel.origin.pairs[pair] for pair in pairs}
    if any((np.diff(track.stamps // DAY) <= 0).any() for track, _ in histories.values()):
        reason = (
            "bars shorter than a day: their volatility goes with the hour; "
            "marketwake study ranks one event among such"
        )
        return [Permuted(np.zeros(0, np.int64), reason) for _ in members]
    pasts = {pair: past(*history, design, DAY) for pair, history in histories.items()}
    days = _event_days(panel)
    others = {pair: _without_events(own, days[pair[0]], design) for pair, own in pasts.items()}
    return [
        _permuted(panel, design, number, np.flatnonzero(here), pasts, others)
        for number, here in enumerate(members)
    ]


def _event_days(panel: Panel) -> dict[str, set[int]]:
    """Days since 1970 of the events of each series."""
    days = defaultdict[str, set[int]](set)
    for (series, _), day in zip(panel.origin.pair, panel.origin.days.tolist(), strict=True):
        days[series].add(day)
    return days


def _without_events(own: Past, days: set[int], design: PanelDesign) -> Floats:
    """Scores, windows by periods, NaN where the window meets that of an event of the series."""
    scores = own.scores.copy()
    places = np.searchsorted(own.days, np.array(sorted(days), np.int64))
    for number, (begin, end) in enumerate(design.windows):
        reach = end - begin
        for place in places:
            scores[number, max(place - reach, 0) : place + reach + 1] = np.nan
    return scores


def _permuted(
    panel: Panel,
    design: PanelDesign,
    number: int,
    rows: Ints,
    pasts: dict[Pair, Past],
    others: dict[Pair, Floats],
) -> Permuted:
    origin, window = panel.origin, design.windows[number]
    place = {row: (pasts[origin.pair[row]], origin.place[row]) for row in rows.tolist()}
    score = {row: float(own.scores[number, at]) for row, (own, at) in place.items()}
    rows = np.array([row for row in rows.tolist() if np.isfinite(score[row])], np.int64)
    if not len(rows):
        reason = (
            "the history before the events is too short for a forecast of volatility: 120 abnormal "
            "returns before the window are needed"
        )
        return Permuted(rows, reason if score else "no event has all returns of this window")
    used = dict.fromkeys(origin.pair[row] for row in rows.tolist())
    patience = design.patience // MICROSECOND // DAY
    grid = Grid.of(number, {pair: pasts[pair] for pair in used}, others, patience)
    inside = panel.columns(window)
    columns = slice(panel.estimation + inside.start, panel.estimation + inside.stop)
    units = units_of(panel, grid, rows, columns)
    statistic, per_return = 0.0, 0.0
    for unit in units:
        ours = unit.rows.tolist()
        statistic += float(np.mean([score[row] for row in ours])) / len(units)
        sizes = [place[row][0].sigma[number, place[row][1]] for row in ours]
        per_return += float(np.mean(1 / np.array(sizes))) / len(units)
    shares = _shares(grid, blocks_of(units), len(units))
    placebos = _placebos(shares, window[1] - window[0] + 1, design.seed)
    undecided = None
    if placebos.worth < FEWEST:
        undecided = (
            "not decidable: the other dates of the history are worth "
            f"{placebos.worth:.0f} independent windows, and a p-value of 5 % needs {FEWEST}"
        )
        if placebos.worth <= 0:
            return Permuted(rows, undecided, statistic)
    judged = ranked(statistic, placebos.values, placebos.weight, LEVEL, POWER)
    return Permuted(rows, undecided, statistic, judged, per_return)


class Placebos(NamedTuple):
    """Z of dates on which nothing is known to have happened."""

    values: Floats
    """Of the other dates of one block, or of draws of a date for each of several."""
    weight: float
    """How many independent ones they are worth."""
    worth: float
    """How many independent windows the dates of the block are worth that has the fewest."""


def _shares(grid: Grid, blocks: list[list[Unit]], units: int) -> Iterator[tuple[Floats, int]]:
    """For every block its share of Z on every day of the grid, and the days that it spans.

    NaN where the day cannot be had. `units` is the number of event days of all blocks.
    """
    means: dict[tuple[tuple[Pair, int], ...], Floats] = {}
    for block in blocks:
        share, start = np.zeros(len(grid.days)), block[0].start
        for unit in block:
            key = tuple(sorted(unit.members, key=str))
            if key not in means:
                if len(means) == KEPT:
                    means.clear()
                means[key] = grid.mean(unit.members)
            share += ahead(means[key], unit.start - start) / units
        yield share, max(unit.start - start + after for unit in block for _, after in unit.members)


def _placebos(shares: Iterator[tuple[Floats, int]], length: int, seed: int) -> Placebos:
    """The dates of one block, or draws of several: a random date each, moved about the mean date.

    That mean is itself of few dates, and the events' Z is as uncertain about it as both together.
    So the draws are stretched: to their variance is added that of the mean, which is that of the
    blocks' sum on one date over the windows that do not overlap.
    """
    rng, worth, apart = np.random.default_rng(seed), np.inf, 0
    dates = draws = together = present = np.zeros(0)
    middle = spread = 0.0
    for number, (share, span) in enumerate(shares):
        held = np.isfinite(share)
        starts, dates = np.flatnonzero(held), share[held]
        many, _ = independent(starts, span + length)
        if not many:
            return Placebos(dates, 0.0, 0.0)
        worth, apart = min((worth, apart), (effective(len(starts), many), many))
        drawn, whole = dates[rng.integers(len(dates), size=DRAWS)], np.where(held, share, 0.0)
        first = number == 0
        draws, together = (drawn, whole) if first else (draws + drawn, together + whole)
        present = held.astype(np.float64) if first else present + held
        middle, spread = middle + float(dates.mean()), spread + float(dates.var())
    if number == 0:
        return Placebos(dates, worth, worth)
    of_all = (together / np.maximum(present, 1) * (number + 1))[present > 0]
    stretch = (1 + float(of_all.var()) / apart / spread) ** 0.5 if spread > 0 else 1.0
    return Placebos(middle + (draws - middle) * stretch, DRAWS, worth)
