"""The table of tests: every statistic by its window, its p-value, or why it is not valid."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl

from marketwake.panel_study import ranks
from marketwake.panel_study import tests as parametric
from marketwake.panel_study.align import Panel
from marketwake.panel_study.clustering import Clustering
from marketwake.panel_study.design import PanelDesign, Window, label
from marketwake.panel_study.input import Flags, Floats
from marketwake.panel_study.p_values import quantile, two_sided
from marketwake.panel_study.permutation import LEVEL, Permuted
from marketwake.panel_study.refusal import why_refused
from marketwake.panel_study.tests import ACROSS_EVENTS, Statistic

NO_VALUE = "the statistic has no value for these returns: no dispersion, or all to one side"
NO_ESTIMATION = "no estimation window, so no variance or ranks to judge by"
DEFAULT = ("brown_warner", "patell_adjusted", "kolari_pynnonen", "corrado_zivney")
"""Shown with the permutation test where not all are asked for: they hold on one day and on many.

The first has an interval for the mean, the second is the strongest where the event left volatility
as it was, the third holds where it did not, the fourth needs no normal returns. None needs
independent events.
"""
TESTS = {
    "window": pl.String,
    "test": pl.String,
    "mean_car": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "statistic": pl.Float64,
    "p_value": pl.Float64,
    "detectable": pl.Float64,
    "n": pl.Int64,
    "valid": pl.Boolean,
    "reason": pl.String,
}
"""Columns of `PanelResult.tests`."""


class Judged(NamedTuple):
    """What the tests are made from; arrays are windows by events."""

    panel: Panel
    design: PanelDesign
    cars: Floats
    sds: Floats
    members: Flags
    common: list[Clustering]
    permuted: list[Permuted]


def table(judged: Judged, *, force: bool) -> pl.DataFrame:
    """A row per window and test, the permutation test first; see `TESTS`."""
    sums = ranks.rank_sums(judged.panel, judged.cars / judged.sds, judged.members)
    rows = []
    for number, window in enumerate(judged.design.windows):
        rows.append(_permutation(judged, number, force=force))
        computed = _statistics(judged, number, window, sums[number])
        names = list(computed) if judged.design.all_tests else DEFAULT
        rows += [_row(judged, number, test, computed[test], force=force) for test in names]
    return pl.DataFrame(rows, TESTS, orient="row")


def _permutation(judged: Judged, number: int, *, force: bool) -> tuple[object, ...]:
    permuted = judged.permuted[number]
    mean = float(judged.cars[number, permuted.members].mean()) if len(permuted.members) else None
    figures: tuple[object, ...] = (None, None, None, None, None)
    if permuted.ranked is not None and (force or permuted.reason is None):
        p_value, statistic = permuted.ranked.p_two_sided, permuted.statistic
        figures = (*permuted.interval, statistic, p_value, permuted.detectable)
    return (
        label(judged.design.windows[number]),
        "permutation",
        mean,
        *figures,
        len(permuted.members),
        permuted.reason is None,
        permuted.reason,
    )


def _row(
    judged: Judged, number: int, test: str, compute: Callable[[], Statistic], *, force: bool
) -> tuple[object, ...]:
    here = judged.members[number]
    events, estimated = int(here.sum()), judged.panel.estimation > 0
    mean = float(judged.cars[number, here].mean()) if events else None
    reason = why_refused(test, judged.common[number])
    if not estimated and test != "cross_sectional_t":
        reason = reason if events == 0 else NO_ESTIMATION
    figures: tuple[object, ...] = (None, None, None, None)
    can = events >= (2 if test in ACROSS_EVENTS else 1) and reason != NO_ESTIMATION
    if can and (force or reason is None):
        statistic = compute()
        reason = reason or _too_coarse(statistic, events)
        if np.isnan(statistic.value):
            reason = reason or NO_VALUE
        elif force or reason is None:
            p_value = two_sided(statistic.value, statistic.degrees)
            figures = (*_interval(mean, statistic), statistic.value, p_value)
    window = label(judged.design.windows[number])
    return (window, test, mean, *figures, None, events, reason is None, reason)


def _too_coarse(statistic: Statistic, events: int) -> str | None:
    """Why a test of ranks or signs cannot reject at all; None where it can."""
    if statistic.limit is None or np.isnan(statistic.limit):
        return None
    smallest = two_sided(statistic.limit, statistic.degrees)
    if smallest <= LEVEL:
        return None
    return f"{events} events cannot give a p-value below {smallest:.3f}, whatever their returns"


def _interval(mean: float | None, statistic: Statistic) -> tuple[float | None, float | None]:
    if mean is None or statistic.error is None:
        return None, None
    reach = quantile(LEVEL, statistic.degrees) * statistic.error
    return mean - reach, mean + reach


def _statistics(
    judged: Judged, number: int, window: Window, sums: ranks.RankSums
) -> dict[str, Callable[[], Statistic]]:
    panel, here = judged.panel, judged.members[number]
    car, sd, degrees = judged.cars[number, here], judged.sds[number, here], panel.fit.degrees[here]
    scar, events, length = car / sd, len(car), window[1] - window[0] + 1
    inside, correlation = panel.columns(window), judged.common[number].correlation
    columns = slice(panel.estimation + inside.start, panel.estimation + inside.stop)
    return {
        "brown_warner": lambda: parametric.brown_warner(
            car, _average(panel.abnormal[:, : panel.estimation], here), length
        ),
        "patell_adjusted": lambda: parametric.patell_adjusted(scar, degrees, correlation),
        "kolari_pynnonen": lambda: parametric.kolari_pynnonen(scar, correlation),
        "corrado_zivney": lambda: ranks.corrado_zivney(sums, columns),
        "cross_sectional_t": lambda: parametric.cross_sectional_t(car),
        "forecast_error_z": lambda: parametric.forecast_error_z(car, sd),
        "patell": lambda: parametric.patell(scar, degrees),
        "bmp": lambda: parametric.bmp(scar),
        "corrado": lambda: ranks.corrado(sums, columns, events),
        "generalised_sign": lambda: ranks.generalised_sign(car, sums.positive / sums.estimated),
        "grank_t": lambda: ranks.grank_t(sums),
        "grank_z": lambda: ranks.grank_z(sums, events),
    }


def _average(abnormal: Floats, here: Flags) -> Floats:
    """Average abnormal return of the events that take part, per period in which any has one."""
    taking_part = abnormal[here]
    count = (~np.isnan(taking_part)).sum(axis=0)
    return np.asarray((np.nansum(taking_part, axis=0) / np.maximum(count, 1))[count > 0])
