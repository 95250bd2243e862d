"""Which tests are invalid where the events' returns move together."""

from statistics import NormalDist

import numpy as np

from marketwake.panel_study.clustering import Clustering
from marketwake.panel_study.sizes import grank_size

WORST_SIZE = 0.075
"""A nominal 5 % test that rejects more often is not valid: Bradley's (1978) liberal criterion."""
NORMAL = NormalDist()


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
