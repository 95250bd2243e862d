"""Adjustment of p-values for the many tests of one event."""

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from marketwake.event_study.design import Design
from marketwake.placebo.forecast import Floats

KEY = [
    "event",
    "anchor",
    "venue",
    "instrument",
    "measure",
    "model",
    "market",
    "window_unit",
    "window_length",
]
ONE_TEST = [name for name in KEY if name != "anchor"] + ["starts_at"]
"""Rows alike in these are the same test, made from neighbouring anchors."""
_PRIMARY = {
    "abnormal_log_return": None,
    "log_volume_ratio": "none",
    "log_volatility_ratio": "none",
    "abnormal_net_flow_usd": "constant_mean",
    "annualised_basis_change": "none",
    "run_up": "constant_mean",
}
"""Measures of the family, with the model they are taken from; None for the design's own."""


def adjusted(tests: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Add is_in_family, holm and bh, sorted by key.

    The family, declared in the design, is an event's default tests: the measures of `_PRIMARY` over
    the family's windows at its anchors, on every venue; anchors from which a window starts alike
    (they fall into one session) are one test. Holm (1979) bounds the chance of any false finding,
    however the tests depend on each other. Benjamini and Hochberg (1995) bound the share of false
    ones among the findings where tests depend positively, as those of one market at neighbouring
    anchors do.
    """
    measured = pl.any_horizontal(
        [
            (pl.col("measure") == measure) & (pl.col("model") == (model or design.model))
            for measure, model in _PRIMARY.items()
        ]
    )
    length = pl.col("window_length")
    window = (
        ((pl.col("window_unit") == "hour") & length.is_in(design.family_hours))
        | (
            (pl.col("window_unit") == "session")
            & length.is_in(design.family_sessions)
            & (pl.col("measure") != "abnormal_log_return")
        )
        | (pl.col("measure") == "run_up")
    )
    anchor = pl.col("is_candidate") if design.anchors == "candidate" else pl.lit(value=True)
    marked = tests.sort(KEY).with_columns(
        is_in_family=measured & window & anchor & pl.col("p_two_sided").is_not_null()
    )
    return marked.with_columns(
        _per_event(marked, holm).alias("holm"), _per_event(marked, benjamini_hochberg).alias("bh")
    )


def _per_event(marked: pl.DataFrame, adjust: Callable[[Floats], Floats]) -> pl.Series:
    members = marked.filter("is_in_family").unique(ONE_TEST, keep="first", maintain_order=True)
    families = [
        tests.select(*ONE_TEST, adjusted=pl.Series(adjust(tests["p_two_sided"].to_numpy())))
        for _, tests in members.group_by("event", maintain_order=True)
    ]
    if not families:
        return pl.repeat(None, marked.height, dtype=pl.Float64, eager=True)
    joined = marked.join(
        pl.concat(families), on=ONE_TEST, how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.select(pl.when("is_in_family").then("adjusted")).to_series()


def holm(p_values: Floats) -> Floats:
    """Holm: from the smallest on, p times the number not yet passed, never below the one before."""
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(p_values[order] * np.arange(p_values.size, 0, -1))
    return _restored(stepped, order)


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Benjamini and Hochberg: from the largest down, p times tests over rank, never rising."""
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * p_values.size / np.arange(1, p_values.size + 1)
    return _restored(np.minimum.accumulate(stepped[::-1])[::-1], order)


def _restored(ordered: Floats, order: NDArray[np.int64]) -> Floats:
    adjusted = np.empty_like(ordered)
    adjusted[order] = np.minimum(ordered, 1.0)
    return adjusted
