"""Tests of every measure at every nominal anchor: mart.event_inference and mart.event_model."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
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
from marketwake.event_study.measured_size import with_measured_size
from marketwake.event_study.placebo import Windows, admissible, judged
from marketwake.event_study.session_statistics import abnormal_sessions, changes
from marketwake.event_study.statistics import HourlyStatistics, Place, Statistic

Row = dict[str, Any]
NONE = (np.array([], "datetime64[us]"),) * 2
"""No span that is taken."""


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
    both = pl.all_horizontal(pl.col("verdict", "verdict_earlier") != "not decidable")
    frame = with_measured_size(pl.DataFrame(tests, schema=TESTED)).with_columns(
        schemes_agree=pl.when(both).then(pl.col("verdict") == pl.col("verdict_earlier"))
    )
    return (
        adjusted(frame, design),
        pl.DataFrame(models, schema=MODELLED).sort(MODEL_KEY),
    )


def _hourly(inputs: Inputs, known: list[Anchor], design: Design) -> tuple[list[Row], list[Row]]:
    """Tests and models of the spot markets."""
    tests: list[Row] = []
    models: list[Row] = []
    for grid in grids.hourly(inputs.spot, design):
        statistics = HourlyStatistics(grid, design)
        placed = list(_hours(grid, known))
        # Anchors share estimation windows.
        estimated: dict[tuple[str, int], Row | None] = {}
        for anchor, place in placed:
            own, lag = place.own, place.lag
            for model in grid.models:
                key = (model, own - lag)
                if key not in estimated:
                    residuals, moved = statistics.residuals(model, own, lag)
                    estimated[key] = diagnosed(residuals, moved) if residuals.size else None
                if diagnostics := estimated[key]:
                    fitted = statistics.fitted(model, lag)
                    labels = _model_labels(grid, fitted, model, own, anchor)
                    models.append({**labels, **diagnostics, "design_hash": design.digest})
        for number, statistic in statistics.at([place for _, place in placed]):
            tests += _rows(grid, statistic, [placed[number][0]], "hour", design)
    return tests, models


def _hours(grid: Grid, known: list[Anchor]) -> Iterator[tuple[Anchor, Place]]:
    """The anchors that have a place on an hourly grid."""
    hour = np.timedelta64(1, "h")
    for anchor in known:
        own = grid.place(anchor.at)
        if own is not None:
            lag, lead = (
                int((grid.at[own] - other) // hour) for other in (anchor.until, anchor.earliest)
            )
            yield anchor, Place(own, lag, max(0, lead))


def _model_labels(grid: Grid, fitted: Fit, model: Model, own: int, anchor: Anchor) -> Row:
    has_market = model != "constant_mean"
    return {
        **anchor.labels(),
        "venue": grid.venue,
        "instrument": grid.instrument,
        "model": model,
        "market": grid.market if has_market else None,
        "alpha": float(fitted.alpha[own]),
        "beta": float(fitted.beta[0, own]) if has_market else None,
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
    moved = grids.session_returns(inputs, design)
    for measure, unit, series in (
        ("abnormal_net_flow_usd", "usd", flown),
        ("abnormal_fund_flow_usd", "usd", of_funds),
        ("abnormal_log_return", "fraction", moved),
    ):
        for grid in series:
            for place, anchors in _placed(grid, known):
                for statistic in abnormal_sessions(grid, place, design, measure, unit):
                    yield from _rows(grid, statistic, anchors, "session", design)


def _placed(grid: Grid, known: list[Anchor]) -> Iterator[tuple[Place, list[Anchor]]]:
    """The anchors that have a place on a grid, those together that the same dates judge there."""
    together = defaultdict[Any, list[Anchor]](list)
    for anchor in known:
        own, until = grid.place(anchor.at), grid.place(anchor.until)
        if own is None or until is None:
            continue
        earliest = grid.place(anchor.earliest)
        place = Place(own, own - until, 0 if earliest is None else max(0, own - earliest))
        together[place, anchor.until, anchor.over].append(anchor)
    return ((place, anchors) for (place, *_), anchors in together.items())


def _basis(inputs: Inputs, known: list[Anchor], design: Design) -> Iterator[Row]:
    patience = design.basis_patience
    for grid in grids.series_of(inputs.basis, "observed_at", "annualised_basis", patience):
        for place, anchors in _placed(grid, known):
            for length in design.sessions:
                longest = np.timedelta64(timedelta(days=length) + patience)
                change = changes(
                    grid, place, length, "annualised_basis_change", "fraction", longest
                )
                yield from _rows(grid, change, anchors, "session", design)


def _indices(inputs: Inputs, known: list[Anchor], design: Design) -> Iterator[Row]:
    nominal = pl.Series("at", [anchor.anchor_at for anchor in known], _INSTANT)
    for number, grid, statistic in index_tests.starts(inputs, nominal, design):
        yield from _rows(grid, statistic, [known[number]], "month", design)


def _breadth(inputs: Inputs, known: list[Anchor], design: Design) -> Iterator[Row]:
    for grid, statistics in breadth.statistics(inputs.coins, design):
        for anchor in known:
            place = grid.place(anchor.at)
            if place is not None:
                for statistic_at in statistics:
                    yield from _rows(grid, statistic_at(place), [anchor], "day", design)


def _rows(
    grid: Grid, statistic: Statistic, anchors: list[Anchor], unit: str, design: Design
) -> Iterator[Row]:
    """A row for each of the anchors, which the same dates judge."""
    windows, own, first = statistic.windows, statistic.own, anchors[0]
    until, taken = (grids.NEVER, NONE) if unit == "month" else (first.until, first.taken)
    if statistic.is_before:
        until = windows.starts[own] - np.timedelta64(design.gap)

    def rank(kind: Windows, *, same_hour: bool) -> Row:
        dates = admissible(kind, own, (until, first.over), taken, same_hour=same_hour)
        return judged(kind, own, dates, design, is_joint=statistic.is_joint)

    ranked = rank(windows, same_hour=statistic.same_hour)
    # A forecast needs more history than a standard error: where too little is held for it, the
    # plain rank stands in, and says so.
    if windows.scale is not None and ranked["verdict"] == "not decidable":
        is_short = unit == "hour" and statistic.length < design.same_hour_below
        plain = rank(replace(windows, scale=None, expected=None), same_hour=is_short)
        ranked = ranked if plain["verdict"] == "not decidable" else plain
    value, error = float(windows.value[own]), float(windows.error[own])
    shared = {
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
        "standard_error": error if np.isfinite(error) and statistic.has_error else None,
        **ranked,
        "is_sized": statistic.is_sized,
        "design_hash": design.digest,
    }
    return ({**anchor.labels(), **shared} for anchor in anchors)


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
    **_typed(pl.String(), "measure model market window_unit unit verdict verdict_earlier"),
    **_typed(pl.String(), "design_hash"),
    **_typed(pl.Int64(), "window_length placebo_count independent_count"),
    **_typed(pl.Int64(), "condition_fifth level_fifth"),
    **_typed(pl.Boolean(), "is_standardised is_sized"),
    "starts_at": _INSTANT,
    **_typed(pl.Float64(), "value standard_error expected effect one_sd ci_low ci_high mde"),
    **_typed(pl.Float64(), "p_two_sided p_upper p_lower p_resolution p_earlier p_plain"),
    **_typed(pl.Float64(), "effective_count effective_earlier placebo_mean condition_ratio"),
}
MODEL_KEY = ["event", "anchor", "venue", "instrument", "model"]
MODELLED: dict[str, pl.DataType] = {
    **_ANCHOR,
    **_typed(pl.String(), "model market design_hash"),
    "observations": pl.Int64(),
    **_typed(pl.Float64(), "alpha beta residual_sd r_squared autocorrelation durbin_watson"),
    **_typed(pl.Float64(), "ljung_box_p arch_lm_p skewness excess_kurtosis"),
}
