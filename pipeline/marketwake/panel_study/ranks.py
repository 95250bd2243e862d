"""Rank and sign tests of N events, a block of events at a time: ranks are never held for all."""

from dataclasses import dataclass

import numpy as np

from marketwake.panel_study.align import Panel
from marketwake.panel_study.input import Flags, Floats
from marketwake.panel_study.tests import Statistic, ratio, root

BLOCK = 1024
"""Events whose ranks are held at once."""


def average_ranks(values: Floats) -> Floats:
    """Ranks within each row, from 1; ties share their mean rank, NaN stays NaN without a rank."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    place = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    edge = ordered[:, 1:] != ordered[:, :-1]
    opens = np.pad(edge, ((0, 0), (1, 0)), constant_values=True)
    closes = np.pad(edge, ((0, 0), (0, 1)), constant_values=True)
    first = np.maximum.accumulate(np.where(opens, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(closes, place, values.shape[1])[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty_like(values)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=1)
    ranks[np.isnan(values)] = np.nan
    return ranks


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
    def empty(cls, width: int, estimation: int) -> "RankSums":
        """Sums of no event."""
        plain, scaled, count = np.zeros((3, width))
        generalised, generalised_count = np.zeros((2, estimation + 1))
        return cls(plain, scaled, count, 0.0, generalised, generalised_count, 0.0, 0.0, 0.0)


def rank_sums(panel: Panel, scars: Floats, members: Flags) -> list[RankSums]:
    """The sums for every window.

    `scars` (standardised cumulative returns) and `members` (who takes part) are windows by events.
    """
    windows, width = len(scars), panel.abnormal.shape[1]
    sums = [RankSums.empty(width, panel.estimation) for _ in range(windows)]
    spreads = [
        float(scars[w, members[w]].std(ddof=1)) if members[w].sum() > 1 else 0.0
        for w in range(windows)
    ]
    for start in range(0, panel.names.height, BLOCK):
        block = slice(start, start + BLOCK)
        abnormal = panel.abnormal[block]
        ranks = average_ranks(abnormal)
        ranked = (~np.isnan(ranks)).sum(axis=1)[:, None]
        estimated = abnormal[:, : panel.estimation]
        known, positive = (~np.isnan(estimated)).sum(axis=1), (estimated > 0).sum(axis=1)
        own = average_ranks(estimated)
        for w in range(windows):
            here = members[w, block]
            total = sums[w]
            total.plain += np.nansum((ranks - (ranked + 1) / 2)[here], axis=0)
            total.scaled += np.nansum((ranks / (ranked + 1) - 0.5)[here], axis=0)
            total.count += (~np.isnan(ranks[here])).sum(axis=0)
            total.ranked += float(ranked[here].sum())
            total.positive += float(positive[here].sum())
            total.estimated += float(known[here].sum())
            event = scars[w, block] / (spreads[w] or np.nan) * panel.fit.sd[block]
            _add_generalised(total, estimated[here], own[here], event[here])
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
