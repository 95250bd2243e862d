"""Tests of every measure at every nominal anchor: mart.event_inference and mart.event_model."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from marketwake.event_study import bootstrap, breadth, flows, grids, index_tests, windows
from marketwake.event_study.design import Design, Model
from marketwake.event_study.diagnostics import diagnosed
from marketwake.event_study.expected import Fit, Floats
from marketwake.event_study.family import adjusted
from marketwake.event_study.grids import Grid
from marketwake.event_study.inputs import Inputs
from marketwake.event_study.placebo import Spans, admissible, rank
from marketwake.event_study.statistics import (
    HourlyStatistics,
    Statistic,
    abnormal_sessions,
    changes,
    models_of,
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Anchor:
    """An anchor at its nominal instant, with the end of its estimation window and the spans in
    which no placebo window may lie.

    `over` is when the event's own time ends and later dates may judge it; far in the future where
    none may.
    """

    event: str
    anchor: str
    anchor_at: datetime
    at: np.datetime64
    is_candidate: bool
    until: np.datetime64
    over: np.datetime64
    taken: Spans

    def labels(self) -> Row:
        """The columns by which rows name it."""
        return {
            "event": self.event,
            "anchor": self.anchor,
            "anchor_at": self.anchor_at,
            "is_candidate": self.is_candidate,
        }


@dataclass
class _Found:
    tests: list[Row] = field(default_factory=list)
    models: list[Row] = field(default_factory=list)


def tested(
    inputs: Inputs, anchors: pl.DataFrame, catalogue: pl.DataFrame, design: Design
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Test every measure at the nominal instants of `anchors`; `catalogue` are all known anchors
    (both as `read_anchors` gives them).

    Returns:
        Columns of mart.event_inference and of mart.event_model, sorted by their keys.
    """
    found = _Found()
    known = _anchors(anchors, catalogue, design)
    _hourly(inputs, known, design, found)
    for grid, length, measure, unit in _session_grids(inputs, design):
        for anchor in known:
            found.tests += _sessions(grid, length, measure, unit, anchor, design)
    for grid in grids.levels(inputs.basis, "annualised_basis", design.basis_patience):
        for length in design.sessions:
            longest = np.timedelta64(timedelta(days=length) + design.basis_patience)
            for anchor in known:
                place = grid.place(anchor.at)
                if place is not None:
                    change = changes(
                        grid, place, length, "annualised_basis_change", "fraction", longest
                    )
                    found.tests.append(_row(grid, change, anchor, "session", design))
    nominal = pl.Series("at", [anchor.anchor_at for anchor in known], pl.Datetime("us", "UTC"))
    for number, grid, one in index_tests.starts(inputs, nominal, design):
        found.tests.append(_row(grid, one, known[number], "month", design))
    for grid, statistics in breadth.statistics(inputs.coins, design):
        for anchor in known:
            place = grid.place(anchor.at)
            if place is not None:
                found.tests += [_row(grid, one(place), anchor, "day", design) for one in statistics]
    return adjusted(pl.DataFrame(found.tests, schema=TESTED), design), pl.DataFrame(
        found.models, schema=MODELLED
    ).sort(MODEL_KEY)


def _anchors(anchors: pl.DataFrame, catalogue: pl.DataFrame, design: Design) -> list[Anchor]:
    sharp = (
        pl.concat([anchors, catalogue])
        .filter(pl.col("precision") != "year")
        .unique()
        .sort("earliest_at", "latest_at")
    )
    taken = tuple(
        (np.datetime64(first, "us"), np.datetime64(last, "us"))
        for first, last in zip(
            grids.instants(sharp["earliest_at"]),
            grids.instants(sharp["latest_at"] + design.contamination),
            strict=True,
        )
    )
    dated = windows.with_estimation(anchors, design).sort("event", "anchor")
    ats, untils = (
        grids.instants(dated["nominal_at"]),
        grids.instants(dated["estimation_to"].dt.truncate("1h")),
    )
    overs = (
        grids.instants(dated["response_to"])
        if design.placebo == "all"
        else [grids.NEVER] * dated.height
    )
    labels = dated.select("event", "anchor", "nominal_at", "is_candidate").rows()
    return [
        Anchor(event, name, nominal, at, candidate, until, over, taken)
        for (event, name, nominal, candidate), at, until, over in zip(
            labels, ats, untils, overs, strict=True
        )
    ]


def _hourly(inputs: Inputs, known: list[Anchor], design: Design, found: _Found) -> None:
    for grid in grids.hourly(inputs.spot, design):
        statistics = HourlyStatistics(grid, design)
        # Anchors share estimation windows, and these two are slow.
        estimated: dict[tuple[str, int], tuple[Floats, Row] | None] = {}
        for anchor in known:
            own = grid.place(anchor.at)
            if own is None:
                continue
            lag = int((grid.at[own] - anchor.until) // np.timedelta64(1, "h"))
            for model in models_of(grid):
                if (model, own - lag) not in estimated:
                    estimated[model, own - lag] = _estimated(
                        *statistics.residuals(model, own, lag), design
                    )
                window = estimated[model, own - lag]
                if window:
                    found.models.append(
                        _model_row(
                            grid,
                            statistics.fitted(model, lag),
                            model,
                            own,
                            anchor,
                            window[1],
                            design,
                        )
                    )
            for one in statistics.at(own, lag):
                row = _row(grid, one, anchor, "hour", design)
                window = (
                    estimated[one.model, own - lag]
                    if one.measure == "abnormal_log_return"
                    else None
                )
                if window and row["value"] is not None:
                    row["p_bootstrap"] = bootstrap.p_value(
                        row["value"], window[0][:, design.hours.index(one.length)]
                    )
                found.tests.append(row)


def _estimated(residuals: Floats, moved: Floats, design: Design) -> tuple[Floats, Row] | None:
    return (
        (bootstrap.cumulated(residuals, design.hours, design), diagnosed(residuals, moved))
        if residuals.size
        else None
    )


def _model_row(
    grid: Grid, fitted: Fit, model: Model, own: int, anchor: Anchor, figures: Row, design: Design
) -> Row:
    place = {
        "venue": grid.venue,
        "instrument": grid.instrument,
        "model": model,
        "market": grid.market if model != "constant_mean" else None,
    }
    fit = {
        "alpha": float(fitted.alpha[own]),
        "beta": None if model == "constant_mean" else float(fitted.beta[own]),
    }
    return {**anchor.labels(), **place, **fit, **figures, "design_hash": design.digest}


def _session_grids(inputs: Inputs, design: Design) -> Iterator[tuple[Grid, int, str, str]]:
    by_fund = inputs.fund_flows.select("session", "net_flow_usd", asset="ticker")
    for measure, flown in (
        ("abnormal_net_flow_usd", inputs.flows),
        ("abnormal_fund_flow_usd", by_fund),
    ):
        for grid in grids.session_flows(flows.session_grid(flown, inputs.sessions), design):
            for length in design.sessions:
                yield grid, length, measure, "usd"
    for grid in grids.session_returns(inputs.spot, inputs.sessions, inputs.daily, design):
        for length in design.sessions:
            yield grid, length, "abnormal_log_return", "fraction"


def _sessions(
    grid: Grid, length: int, measure: str, unit: str, anchor: Anchor, design: Design
) -> list[Row]:
    own, estimated = grid.place(anchor.at), grid.place(anchor.until)
    if own is None or estimated is None:
        return []
    statistics = abnormal_sessions(grid, own, own - estimated, length, design, measure, unit)
    return [_row(grid, one, anchor, "session", design) for one in statistics]


def _row(grid: Grid, one: Statistic, anchor: Anchor, unit: str, design: Design) -> Row:
    until, taken = (grids.NEVER, ()) if unit == "month" else (anchor.until, anchor.taken)
    if one.is_before:
        until = one.windows.starts[one.own] - np.timedelta64(design.gap)
    same_hour = unit == "hour" and one.length < design.same_hour_below
    keep = admissible(one.windows, one.own, (until, anchor.over), taken, same_hour=same_hour)
    result = rank(one.windows, one.own, keep, design)
    value, error = float(one.windows.value[one.own]), float(one.windows.error[one.own])
    return {
        **anchor.labels(),
        "venue": grid.venue,
        "instrument": grid.instrument,
        "measure": one.measure,
        "model": one.model,
        "market": one.market,
        "window_length": one.length,
        "window_unit": unit,
        "starts_at": one.windows.starts[one.own]
        .astype("datetime64[us]")
        .item()
        .replace(tzinfo=UTC),
        "value": value if np.isfinite(value) else None,
        "unit": one.unit,
        "standard_error": error if np.isfinite(error) and one.model != "none" else None,
        **vars(result),
        "design_hash": design.digest,
    }


_INSTANT = pl.Datetime("us", "UTC")
_ANCHOR = {
    "event": pl.String(),
    "anchor": pl.String(),
    "anchor_at": _INSTANT,
    "is_candidate": pl.Boolean(),
}
_PLACE = {"venue": pl.String(), "instrument": pl.String()}


def _typed(kind: pl.DataType, *names: str) -> dict[str, pl.DataType]:
    return dict.fromkeys(names, kind)


TESTED: dict[str, pl.DataType] = {
    **_ANCHOR,
    **_PLACE,
    **_typed(
        pl.String(), "measure", "model", "market", "window_unit", "unit", "verdict", "design_hash"
    ),
    **_typed(pl.Int64(), "window_length", "placebo_count", "independent_count"),
    **_typed(_INSTANT, "starts_at"),
    **_typed(
        pl.Float64(),
        "value",
        "standard_error",
        "p_two_sided",
        "p_upper",
        "p_lower",
        "p_resolution",
        "p_bootstrap",
    ),
    **_typed(pl.Float64(), "effective_count", "placebo_mean", "mde"),
}
MODEL_KEY = ["event", "anchor", "venue", "instrument", "model"]
MODELLED: dict[str, pl.DataType] = {
    **_ANCHOR,
    **_PLACE,
    **_typed(pl.String(), "model", "market", "design_hash"),
    **_typed(pl.Int64(), "observations"),
    **_typed(
        pl.Float64(),
        "alpha",
        "beta",
        "residual_sd",
        "r_squared",
        "autocorrelation",
        "durbin_watson",
    ),
    **_typed(pl.Float64(), "ljung_box_p", "arch_lm_p", "skewness", "excess_kurtosis"),
}
