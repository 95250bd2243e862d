"""Tests of every measure at every nominal anchor: mart.event_inference and mart.event_model."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from marketwake.event_study import breadth, flows, grids, index_tests
from marketwake.event_study.anchors import Anchor, nominal_anchors
from marketwake.event_study.design import Design, Model
from marketwake.event_study.diagnostics import diagnosed
from marketwake.event_study.expected import Fit
from marketwake.event_study.family import adjusted
from marketwake.event_study.grids import Grid
from marketwake.event_study.inputs import Inputs
from marketwake.event_study.placebo import admissible, rank
from marketwake.event_study.statistics import (
    HourlyStatistics,
    Statistic,
    abnormal_sessions,
    changes,
    models_of,
)

Row = dict[str, Any]


def tested(
    inputs: Inputs, anchors: pl.DataFrame, catalogue: pl.DataFrame, design: Design
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Test every measure at the nominal instants of `anchors`.

    `catalogue` are all known anchors, both as `read_anchors` gives them.

    Returns:
        Columns of mart.event_inference and of mart.event_model, sorted by their keys.
    """
    known = nominal_anchors(anchors, catalogue, design)
    tests, models = _hourly(inputs, known, design)
    tests += chain.from_iterable(
        part(inputs, known, design) for part in (_sessions, _basis, _indices, _breadth)
    )
    return (
        adjusted(pl.DataFrame(tests, schema=TESTED), design),
        pl.DataFrame(models, schema=MODELLED).sort(MODEL_KEY),
    )


def _hourly(inputs: Inputs, known: list[Anchor], design: Design) -> tuple[list[Row], list[Row]]:
    """Tests and models of the spot markets."""
    tests: list[Row] = []
    models: list[Row] = []
    for grid in grids.hourly(inputs.spot, design):
        statistics = HourlyStatistics(grid, design)
        # Anchors share estimation windows.
        estimated: dict[tuple[str, int], Row | None] = {}
        for anchor in known:
            own = grid.place(anchor.at)
            if own is None:
                continue
            lag = int((grid.at[own] - anchor.until) // np.timedelta64(1, "h"))
            for model in models_of(grid):
                key = (model, own - lag)
                if key not in estimated:
                    residuals, moved = statistics.residuals(model, own, lag)
                    estimated[key] = diagnosed(residuals, moved) if residuals.size else None
                if diagnostics := estimated[key]:
                    fitted = statistics.fitted(model, lag)
                    labels = _model_labels(grid, fitted, model, own, anchor)
                    models.append({**labels, **diagnostics, "design_hash": design.digest})
            tests += (
                _row(grid, statistic, anchor, "hour", design)
                for statistic in statistics.at(own, lag)
            )
    return tests, models


def _model_labels(grid: Grid, fitted: Fit, model: Model, own: int, anchor: Anchor) -> Row:
    has_market = model != "constant_mean"
    return {
        **anchor.labels(),
        "venue": grid.venue,
        "instrument": grid.instrument,
        "model": model,
        "market": grid.market if has_market else None,
        "alpha": float(fitted.alpha[own]),
        "beta": float(fitted.beta[own]) if has_market else None,
    }


def _sessions(inputs: Inputs, known: list[Anchor], design: Design) -> Iterator[Row]:
    by_fund = inputs.fund_flows.select("session", "net_flow_usd", asset="ticker")
    flown, of_funds = (
        grids.series_of(
            flows.session_grid(frame, inputs.sessions),
            "closes_at",
            "net_flow_usd",
            design.basis_patience,
        )
        for frame in (inputs.flows, by_fund)
    )
    moved = grids.session_returns(inputs.spot, inputs.sessions, inputs.daily, design)
    for measure, unit, series in (
        ("abnormal_net_flow_usd", "usd", flown),
        ("abnormal_fund_flow_usd", "usd", of_funds),
        ("abnormal_log_return", "fraction", moved),
    ):
        for grid in series:
            for anchor in known:
                own, until = grid.place(anchor.at), grid.place(anchor.until)
                if own is None or until is None:
                    continue
                for length in design.sessions:
                    for statistic in abnormal_sessions(
                        grid, own, own - until, length, design, measure, unit
                    ):
                        yield _row(grid, statistic, anchor, "session", design)


def _basis(inputs: Inputs, known: list[Anchor], design: Design) -> Iterator[Row]:
    patience = design.basis_patience
    for grid in grids.series_of(inputs.basis, "observed_at", "annualised_basis", patience):
        for anchor in known:
            place = grid.place(anchor.at)
            if place is None:
                continue
            for length in design.sessions:
                longest = np.timedelta64(timedelta(days=length) + patience)
                change = changes(
                    grid, place, length, "annualised_basis_change", "fraction", longest
                )
                yield _row(grid, change, anchor, "session", design)


def _indices(inputs: Inputs, known: list[Anchor], design: Design) -> Iterator[Row]:
    nominal = pl.Series("at", [anchor.anchor_at for anchor in known], _INSTANT)
    for number, grid, statistic in index_tests.starts(inputs, nominal, design):
        yield _row(grid, statistic, known[number], "month", design)


def _breadth(inputs: Inputs, known: list[Anchor], design: Design) -> Iterator[Row]:
    for grid, statistics in breadth.statistics(inputs.coins, design):
        for anchor in known:
            place = grid.place(anchor.at)
            if place is not None:
                for statistic_at in statistics:
                    yield _row(grid, statistic_at(place), anchor, "day", design)


def _row(grid: Grid, statistic: Statistic, anchor: Anchor, unit: str, design: Design) -> Row:
    windows, own = statistic.windows, statistic.own
    until, taken = (grids.NEVER, ()) if unit == "month" else (anchor.until, anchor.taken)
    if statistic.is_before:
        until = windows.starts[own] - np.timedelta64(design.gap)
    same_hour = unit == "hour" and statistic.length < design.same_hour_below
    keep = admissible(windows, own, (until, anchor.over), taken, same_hour=same_hour)
    value, error = float(windows.value[own]), float(windows.error[own])
    return {
        **anchor.labels(),
        "venue": grid.venue,
        "instrument": grid.instrument,
        "measure": statistic.measure,
        "model": statistic.model,
        "market": statistic.market,
        "window_length": statistic.length,
        "window_unit": unit,
        "starts_at": windows.starts[own].item().replace(tzinfo=UTC),
        "value": value if np.isfinite(value) else None,
        "unit": statistic.unit,
        "standard_error": error if np.isfinite(error) and statistic.model != "none" else None,
        **vars(rank(windows, own, keep, design)),
        "design_hash": design.digest,
    }


def _typed(kind: pl.DataType, names: str) -> dict[str, pl.DataType]:
    return dict.fromkeys(names.split(), kind)


_INSTANT = pl.Datetime("us", "UTC")
_ANCHOR: dict[str, pl.DataType] = {
    **_typed(pl.String(), "event anchor"),
    "anchor_at": _INSTANT,
    "is_candidate": pl.Boolean(),
    **_typed(pl.String(), "venue instrument"),
}
TESTED: dict[str, pl.DataType] = {
    **_ANCHOR,
    **_typed(pl.String(), "measure model market window_unit unit verdict design_hash"),
    **_typed(pl.Int64(), "window_length placebo_count independent_count"),
    "starts_at": _INSTANT,
    **_typed(pl.Float64(), "value standard_error p_two_sided p_upper p_lower p_resolution"),
    **_typed(pl.Float64(), "effective_count placebo_mean mde"),
}
MODEL_KEY = ["event", "anchor", "venue", "instrument", "model"]
MODELLED: dict[str, pl.DataType] = {
    **_ANCHOR,
    **_typed(pl.String(), "model market design_hash"),
    "observations": pl.Int64(),
    **_typed(pl.Float64(), "alpha beta residual_sd r_squared autocorrelation durbin_watson"),
    **_typed(pl.Float64(), "ljung_box_p arch_lm_p skewness excess_kurtosis"),
}
