"""Rank and sign tests of N events, a block of events at a time: ranks are never held for all."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np

from marketwake.panel_study.align import Panel
from marketwake.panel_study.input import Flags, Floats, Ints
from marketwake.panel_study.tests import Statistic, ratio, root

BLOCK = 1024
"""Events whose ranks a thread holds at once."""
THREADS = 4
"""The most of them, whatever the machine has."""


def average_ranks(values: Floats, order: Ints | None = None) -> Floats:
    """Ranks within each row, from 1; ties share their mean rank, NaN stays NaN without a rank.

    `order` is that of `np.argsort`, where it is known.
    """
    order = np.argsort(values, axis=1) if order is None else order
    ordered = np.take_along_axis(values, order, axis=1)
    edge = ordered[:, 1:] != ordered[:, :-1]
    by_place = np.tile(np.arange(1.0, values.shape[1] + 1), (len(values), 1))
    tied = np.flatnonzero(~edge.all(axis=1))
    by_place[tied] = _shared(by_place[tied], edge[tied])
    ranks = np.empty_like(values)
    np.put_along_axis(ranks, order, by_place, axis=1)
    ranks[np.isnan(values)] = np.nan
    return ranks


def _shared(place: Floats, edge: Flags) -> Floats:
    """The mean place of all that lie between the same two edges."""
    opens = np.pad(edge, ((0, 0), (1, 0)), constant_values=True)
    closes = np.pad(edge, ((0, 0), (0, 1)), constant_values=True)
    first = np.maximum.accumulate(np.where(opens, place, 0.0), axis=1)
    last = np.minimum.accumulate(np.where(closes, place, np.inf)[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((first + last) / 2)


@dataclass
class RankSums:
    """Sums over the events of a window, by period (all P, estimation first) unless said otherwise.

    With K_it the rank of an abnormal return among the M_i of its event over estimation window and
    span, and G_it that among the event's generalised standardised returns (see `grank_t`).
    """

    plain: Floats
    """Sum of K_it - (M_i + 1) / 2."""
    scaled: Floats
    """Sum of K_it / (M_i + 1) - 1/2."""
    count: Floats
    ranked: float
    """Sum of M_i."""
    generalised: Floats
    """Sum of G_it / (T_i + 1) - 1/2 over the estimation periods; the window, as one, comes last."""
    generalised_count: Floats
    spread: float
    """Sum of the variance of a discrete uniform rank, (T_i - 1) / (12 (T_i + 1))."""
    positive: float
    """Positive abnormal returns in the estimation windows."""
    estimated: float
    """All abnormal returns in them."""

    @classmethod
    def empty(cls, panel: Panel) -> "RankSums":
        """Sums of no event."""
        plain, scaled, count = np.zeros((3, panel.abnormal.shape[1]))
        generalised, generalised_count = np.zeros((2, panel.estimation + 1))
        return cls(plain, scaled, count, 0.0, generalised, generalised_count, 0.0, 0.0, 0.0)

    def add(self, other: "RankSums") -> None:
        """Take in the sums over other events."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def rank_sums(panel: Panel, scars: Floats, members: Flags) -> list[RankSums]:
    """The sums for every window.

    `scars` (standardised cumulative returns) and `members` (who takes part) are windows by events.
    """
    sums = [RankSums.empty(panel) for _ in scars]
    spreads = np.array(
        [
            float(scar[here].std(ddof=1)) if here.sum() > 1 else 0.0
            for scar, here in zip(scars, members, strict=True)
        ]
    )
    events = scars / np.where(spreads == 0, np.nan, spreads)[:, None] * panel.fit.sd
    blocks = [slice(start, start + BLOCK) for start in range(0, panel.names.height, BLOCK)]
    # Sorting lets other threads run; the sums are added up in the order of the events.
    with ThreadPoolExecutor(min(len(blocks), os.cpu_count() or 1, THREADS) or 1) as pool:
        for parts in pool.map(lambda block: _of_block(panel, events, members, block), blocks):
            for total, part in zip(sums, parts, strict=True):
                total.add(part)
    return sums


def _of_block(panel: Panel, events: Floats, members: Flags, block: slice) -> list[RankSums]:
    """Sums over some events, for every window."""
    abnormal = panel.abnormal[block]
    estimated = abnormal[:, : panel.estimation]
    order = np.argsort(abnormal, axis=1)
    ranks = average_ranks(abnormal, order)
    # The order of the estimation periods alone lies within that of all.
    own = average_ranks(estimated, order[order < panel.estimation].reshape(estimated.shape))
    held = ~np.isnan(ranks)
    ranked = held.sum(axis=1)[:, None]
    plain = np.where(held, ranks - (ranked + 1) / 2, 0.0)
    scaled = np.where(held, ranks / (ranked + 1) - 0.5, 0.0)
    known, positive = (~np.isnan(estimated)).sum(axis=1), (estimated > 0).sum(axis=1)
    sums = []
    for event, member in zip(events[:, block], members[:, block], strict=True):
        here = slice(None) if member.all() else member
        total = RankSums.empty(panel)
        total.plain = plain[here].sum(axis=0)
        total.scaled = scaled[here].sum(axis=0)
        total.count = held[here].sum(axis=0)
        total.ranked = float(ranked[here].sum())
        total.positive = float(positive[here].sum())
        total.estimated = float(known[here].sum())
        _add_generalised(total, estimated[here], own[here], event[here])
        sums.append(total)
    return sums


def _add_generalised(total: RankSums, estimated: Floats, own: Floats, event: Floats) -> None:
    """Add ranks with the window as one period more, whose return is `event`.

    It is re-standardised, in units of the abnormal returns: ranks are the same in any unit.
    """
    ties = 0.5 * (estimated == event[:, None])
    below = (estimated < event[:, None]).sum(axis=1) + ties.sum(axis=1)
    moved = own + (estimated > event[:, None]) + ties
    known = (~np.isnan(estimated)).sum(axis=1)
    of_event = np.where(np.isnan(event), np.nan, below + 1)
    ranks = np.column_stack([moved, of_event]) / (known[:, None] + 2) - 0.5
    total.generalised += np.nansum(ranks, axis=0)
    total.generalised_count += (~np.isnan(ranks)).sum(axis=0)
    total.spread += float((known / (12 * (known + 2))).sum())


def corrado(sums: RankSums, inside: slice, events: int) -> Statistic:
    """T = sum over the window of k_t / (S sqrt(L)), normal.

    k_t = mean over the events of K_it - (M_i + 1) / 2, S^2 = sum of k_t^2 over all periods / T
    (Corrado 1989; over windows Cowan 1992). T is the number of ranked periods; where returns are
    missing, which the paper does not foresee, their mean per event. S is that of the events'
    average, so events on the same day do no harm; nor does an asymmetric distribution.
    """
    average, periods = sums.plain / np.maximum(sums.count, 1), sums.ranked / events
    length = inside.stop - inside.start
    return _over_window(average, periods, inside, (periods - length) / 2)


def corrado_zivney(sums: RankSums, inside: slice) -> Statistic:
    """As `corrado`, for missing returns (Corrado and Zivney 1992).

    U_it = K_it / (M_i + 1) - 1/2 and u_t = sum(U_it) / sqrt(N_t): the same where none is missing.
    """
    count, length = np.maximum(sums.count, 1), inside.stop - inside.start
    periods = sums.ranked / float(count[inside].mean())
    extreme = (periods - length) / (2 * (periods + 1)) * float(count[inside].mean()) ** 0.5
    return _over_window(sums.scaled / np.sqrt(count), int((sums.count > 0).sum()), inside, extreme)


def _over_window(by_period: Floats, periods: float, inside: slice, extreme: float) -> Statistic:
    """`extreme` is the mean of a window whose returns are the highest of all events."""
    window, squares = by_period[inside], float((by_period**2).sum())
    outside = squares - float((window**2).sum())
    highest = root((outside + len(window) * extreme**2) / periods)
    return Statistic(
        ratio(float(window.sum()), root(squares / periods * len(window))),
        None,
        limit=ratio(extreme * len(window) ** 0.5, highest),
    )


def generalised_sign(car: Floats, share: float) -> Statistic:
    """z = (w - N p) / sqrt(N p (1 - p)), normal: w positive C_i of N (Cowan 1992).

    p is the share of positive returns in the estimation windows, of all together: Cowan's mean over
    events where none is missing. The events must be independent.
    """
    spread = (len(car) * share * (1 - share)) ** 0.5
    limit = ratio(len(car) * max(share, 1 - share), spread)
    return Statistic(ratio(int((car > 0).sum()) - len(car) * share, spread), None, limit=limit)


def grank_z(sums: RankSums, events: int) -> Statistic:
    """z = mean(U_i0) / sqrt(sum(var U_i0)) N, normal (Kolari and Pynnonen 2011).

    The ranks are those of `grank_t`, for independent events.
    """
    return Statistic(float(sums.generalised[-1]) / sums.spread**0.5 if events else np.nan, None)


def grank_t(sums: RankSums) -> Statistic:
    """t = Z sqrt((T - 2) / (T - 1 - Z^2)), T - 2 degrees of freedom (Kolari and Pynnonen 2011).

    Z = u_0 / S. The window counts as one period 0 with the return A_i / sd(A), beside the
    standardised returns of the estimation window: T periods. U_it = rank / (T_i + 1) - 1/2, u_t its
    mean over the n_t events, S^2 = sum of (n_t / n) u_t^2 / T. It allows for events on the same
    day, for volatility that the events made, and for serial correlation within the window. Not
    quite: sd(A) of few events is itself uncertain, and does not see what they have in common.
    `sizes` says how often it rejects so, and where it is refused.
    """
    count = sums.generalised_count
    average = sums.generalised / np.maximum(count, 1)
    periods = int((count > 0).sum())
    variance = float((count / count[-1] * average**2).sum()) / periods if count[-1] else 0.0
    z = float(average[-1]) / variance**0.5 if variance > 0 else np.nan
    extreme = (periods / (periods + 1) - 0.5) ** 2
    others = float((count / max(count[-1], 1) * average**2)[:-1].sum())
    highest = (extreme * periods / (others + extreme)) ** 0.5
    return Statistic(_as_t(z, periods), periods - 2, limit=_as_t(highest, periods))


def _as_t(z: float, periods: int) -> float:
    room = periods - 1 - z**2
    return z * ((periods - 2) / room) ** 0.5 if room > 0 else np.nan
