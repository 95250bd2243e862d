"""What each market did after every instant of an anchor, beside what is usual there."""

from datetime import timedelta

import polars as pl

from marketwake.event_study import (
    baseline,
    basis,
    flows,
    precedents,
    returns,
    volatility,
    volume,
    windows,
)
from marketwake.event_study.design import Design
from marketwake.event_study.inputs import Inputs
from marketwake.event_study.windows import SERIES

KEY = [
    "event",
    "anchor",
    "anchor_at",
    "is_nominal",
    *SERIES,
    "measure",
    "window_length",
    "window_unit",
]
FIGURES = [
    "value",
    "unit",
    "baseline_mean",
    "baseline_sd",
    "baseline_count",
    "rank_share",
    "observations",
    "missing",
]


_JUDGED = [*SERIES, "measure", "window_length", "estimation_to"]
"""Rows that are judged by the same placebo values."""


def responses(inputs: Inputs, dated: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Columns of mart.event_response for anchors with their estimation windows, sorted by key."""
    points = windows.instants(dated)
    parts = [part(inputs, points, design) for part in (_spot, _flows, _basis, _indices)]
    return (
        pl.concat([rows.select(*KEY, *FIGURES) for rows in parts])
        .with_columns(is_complete=pl.col("value").is_not_null(), design_hash=pl.lit(design.digest))
        .sort(KEY)
    )


def _spot(inputs: Inputs, points: pl.DataFrame, design: Design) -> pl.DataFrame:
    columns = [*SERIES, "closed_at", "close", "volume_base"]
    bars = pl.concat([inputs.spot.select(columns), inputs.ratio.select(columns)])
    # The windows of all markets together would take the most memory of a whole night.
    markets = bars.partition_by(SERIES) or [bars]
    return pl.concat([_market(market, points, design) for market in markets])


def _market(bars: pl.DataFrame, points: pl.DataFrame, design: Design) -> pl.DataFrame:
    placed = windows.place(points, bars, "closed_at").with_columns(
        at=pl.col("anchor_at").dt.truncate("1h")
    )
    reach = timedelta(hours=max(design.hours))
    in_reach = pl.col("closed_at").is_between(pl.col("from_at") - reach, pl.col("to_at") + reach)
    span = placed.select(from_at=pl.col("estimation_from").min(), to_at=pl.col("at").max())
    grid = windows.hourly_grid(bars.join(span, how="cross").filter(in_reach), design)
    estimations = _estimations(placed)
    means = returns.mean_returns(grid, estimations, design)
    expected = volume.expected_volumes(grid, estimations, design)
    plain = pl.concat(
        [
            returns.returns(grid, design),
            volume.volumes(grid, design),
            volatility.volatilities(grid, design),
        ]
    )

    def completed(rows: pl.DataFrame) -> pl.DataFrame:
        log_returns = rows.filter(measure="log_return")
        others = [
            returns.relative(rows),
            returns.abnormal(log_returns, means),
            volume.volume_ratios(rows.filter(measure="volume"), expected),
        ]
        return pl.concat([rows.filter(pl.col("measure") != "volume"), *others])

    return baseline.with_baseline(
        completed(windows.at_anchors(placed, plain)),
        completed(baseline.placebos(plain, estimations)),
        _JUDGED,
    )


def _flows(inputs: Inputs, points: pl.DataFrame, design: Design) -> pl.DataFrame:
    grid = flows.session_grid(inputs.flows, inputs.sessions)
    placed = windows.place(points, grid, "opens_at")
    return _judged(flows.at_day_zero(placed, inputs.sessions), flows.net_flows(grid, design))


def _basis(inputs: Inputs, points: pl.DataFrame, design: Design) -> pl.DataFrame:
    placed = windows.place(points, inputs.basis, "observed_at")
    return _judged(
        basis.at_next_observation(placed, inputs.basis, design),
        basis.basis_windows(inputs.basis, design),
    )


def _indices(inputs: Inputs, points: pl.DataFrame, design: Design) -> pl.DataFrame:
    # Hours of uncertainty are nothing to windows of months; only an anchor known to the year has
    # other starts.
    starts = points.filter(pl.col("is_nominal") | (pl.col("precision") == "year"))
    month, day = (pl.col("anchor_at").dt.truncate(step) for step in ("1mo", "1d"))
    months = windows.place(starts, inputs.monthly, "at").with_columns(at=month)
    days = windows.place(starts, inputs.daily, "at").with_columns(at=day)
    monthly = precedents.monthly_returns(inputs.monthly, design)
    key = [*SERIES, "at"]
    begun = pl.concat([days.select(key), precedents.months(inputs.daily).select(key)])
    daily = precedents.daily_returns(inputs.daily, begun, design)
    rows = pl.concat([windows.at_anchors(months, monthly), windows.at_anchors(days, daily)])
    # An index is judged by windows from every first of a month, those of all events included.
    filled = pl.concat([monthly, daily.filter(pl.col("at").dt.day() == 1)]).filter(
        pl.col("value").is_not_null()
    )
    placebo = filled.filter(pl.len().over(*SERIES, "window_length") >= design.minimum_index_starts)
    return baseline.with_baseline(rows, placebo, [*SERIES, "measure", "window_length"])


def _estimations(placed: pl.DataFrame) -> pl.DataFrame:
    return placed.select("estimation_from", "estimation_to").unique().sort("estimation_to")


def _judged(placed: pl.DataFrame, measured: pl.DataFrame) -> pl.DataFrame:
    placebo = baseline.placebos(measured, _estimations(placed))
    return baseline.with_baseline(windows.at_anchors(placed, measured), placebo, _JUDGED)
