"""The days of all series of a study side by side, and the events on them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from marketwake.panel_study.align import Pair, Panel
from marketwake.panel_study.input import DAY, Flags, Floats, Ints
from marketwake.panel_study.rolling import Past


@dataclass(frozen=True)
class Grid:
    """The scores of a window on the days of all series: a series that is closed shows in its next
    session.
    """

    days: Ints
    scores: dict[Pair, Floats]
    open: dict[Pair, Flags]
    """Whether the series has a session on the day itself."""
    row: dict[Pair, Ints]
    """Its session on or after the day."""

    @classmethod
    def of(
        cls, number: int, pasts: dict[Pair, Past], others: dict[Pair, Floats], patience: int
    ) -> "Grid":
        """Of the window of this number; `patience` is in days."""
        days = np.unique(np.concatenate([own.days for own in pasts.values()]))
        scores, is_open, row = {}, {}, {}
        for pair, own in pasts.items():
            row[pair] = np.searchsorted(own.days, days)
            inside = np.minimum(row[pair], len(own.days) - 1)
            wait = own.days[inside] - days
            near = (wait >= 0) & (wait <= patience)
            scores[pair] = np.where(near, others[pair][number, inside], np.nan)
            is_open[pair] = wait == 0
        return cls(days, scores, is_open, row)

    def mean(self, members: Iterable[tuple[Pair, int]]) -> Floats:
        """For every day the mean score of members that lie so many days (of the grid) after it.

        NaN where less than half of them have a score, or a session.
        """
        total, count, at_home = np.zeros((3, len(self.days)))
        many = 0
        for pair, after in members:
            score = ahead(self.scores[pair], after)
            known = np.isfinite(score)
            total += np.where(known, score, 0.0)
            count += known
            at_home += ahead(self.open[pair].astype(np.float64), after) > 0
            many += 1
        enough = (2 * count >= many) & (2 * at_home >= many) & (count > 0)
        return np.where(enough, total / np.maximum(count, 1), np.nan)


def ahead(values: Floats, by: int) -> Floats:
    """The values of so many places later; NaN beyond the end."""
    moved = np.full(len(values), np.nan)
    moved[: len(values) - by] = values[by:]
    return moved


@dataclass(frozen=True)
class Unit:
    """An event day: rows of the panel whose events were asked for the same day."""

    start: int
    """Place of its first member's day on the grid."""
    end: int
    """Last day (since 1970) of its members' windows."""
    begin: int
    """First one."""
    members: list[tuple[Pair, int]]
    """Pair, and places after the start."""
    rows: Ints


def units_of(panel: Panel, grid: Grid, rows: Ints, columns: slice) -> list[Unit]:
    """Event days in order; days that come out as the same session are one."""
    origin, groups = panel.origin, defaultdict[int, list[int]](list)
    held = dict(zip(rows.tolist(), origin.days[rows].tolist(), strict=True))
    earliest: dict[int, int] = {}
    for row, day in held.items():
        asked = int(origin.asked[row] // DAY)
        earliest[asked] = min(day, earliest.get(asked, day))
    for row in held:
        groups[earliest[int(origin.asked[row] // DAY)]].append(row)
    units = []
    for day, ours in sorted(groups.items()):
        start = int(np.searchsorted(grid.days, day))
        members = []
        for row in ours:
            pair, place = origin.pair[row], int(np.searchsorted(grid.days, held[row]))
            waits = grid.row[pair][start] == origin.place[row]
            members.append((pair, 0 if waits else place - start))
        stamps = panel.stamps[ours][:, columns] // DAY
        units.append(Unit(start, int(stamps.max()), int(stamps.min()), members, np.array(ours)))
    return units


def blocks_of(units: list[Unit]) -> list[list[Unit]]:
    """Units whose windows share a day, directly or by a chain, in one block."""
    blocks: list[list[Unit]] = []
    last = None
    for unit in units:
        if last is not None and unit.begin <= last:
            blocks[-1].append(unit)
            last = max(last, unit.end)
        else:
            blocks.append([unit])
            last = unit.end
    return blocks
