"""The study: every measure at every anchor, against its baseline and its placebo dates, into the
event tables of mart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl

from marketwake.base.duck import registered
from marketwake.base.errors import BadInputError
from marketwake.base.resources import SQL
from marketwake.event_study import (
    baseline,
    basis,
    flows,
    inference,
    levels,
    precedents,
    returns,
    volatility,
    volume,
    windows,
)
from marketwake.event_study.design import Design
from marketwake.event_study.inputs import Inputs, read_anchors, read_inputs
from marketwake.event_study.windows import SERIES

DEFAULT = Design()
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
ESTIMATION = [
    "event",
    "anchor",
    "nominal_at",
    "earliest_at",
    "latest_at",
    "is_candidate",
    "estimation_from",
    "estimation_to",
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
    "is_complete",
]


@dataclass(frozen=True)
class EventStudy:
    """The responses (columns of mart.event_response), the levels (mart.event_level) and the
    estimation window of each anchor.
    """

    response: pl.DataFrame
    level: pl.DataFrame
    estimation: pl.DataFrame
    """event, anchor, nominal_at, earliest_at, latest_at, is_candidate, estimation_from,
    estimation_to.
    """
    test: pl.DataFrame
    """Columns of mart.event_inference."""
    model: pl.DataFrame
    """Columns of mart.event_model."""
    design: Design


def study(con: duckdb.DuckDBPyConnection, design: Design = DEFAULT) -> None:
    """Study every event of seed.anchor and write its tables anew, within the caller's transaction
    if there is one.
    """
    anchors = read_anchors(con)
    result = study_anchors(read_inputs(con, design), anchors, design)
    choices = {
        "design_hash": design.digest,
        "name": list(design.settings()),
        "value": list(design.settings().values()),
    }
    tables = {
        "event_response": result.response,
        "event_level": result.level,
        "event_inference": result.test,
        "event_model": result.model,
        "study_design": pl.DataFrame(choices),
    }
    for table, frame in tables.items():
        con.execute((SQL / "study" / f"{table}.sql").read_text(encoding="utf-8"))
        with registered(con, "studied", frame.to_arrow()):
            con.execute(f"insert into mart.{table} by name select * from studied")


def published(con: duckdb.DuckDBPyConnection, event: str) -> EventStudy:
    """The study of an event as its tables hold it, by the default design.

    Raises:
        BadInputError: the event is not known.
    """
    anchors = windows.with_estimation(_known(read_anchors(con), event), DEFAULT).sort(
        "event", "anchor"
    )
    tables = [
        con.sql(f"select * from mart.{name} where event = $event", params={"event": event}).pl()
        for name in ("event_response", "event_level", "event_inference", "event_model")
    ]
    return EventStudy(
        tables[0], tables[1], anchors.select(ESTIMATION), tables[2], tables[3], DEFAULT
    )


def study_event(
    con: duckdb.DuckDBPyConnection,
    event: str | None = None,
    at: datetime | None = None,
    design: Design = DEFAULT,
    symbols: Sequence[str] = (),
) -> EventStudy:
    """Study one event, or any instant, without writing.

    Args:
        con: a reader will do.
        event: an event of seed.anchor; with `at`, a name for that instant.
        at: an instant with a time zone: it becomes the only anchor, named 'at', known to the
            minute.
        design: windows, estimation and model; the default where not given.
        symbols: spot markets of the warehouse to study beside those of seed.instrument, e.g.
            SOL/USD.

    Returns:
        Frames with the columns of mart.event_response, event_level, event_inference and
        event_model, and the estimation windows: log returns and ratios as fractions, flows in USD
        (column `unit`), instants in UTC. A window with a bar missing has a null value.

    Raises:
        BadInputError: neither event nor instant is given, the event is not known, `at` has no time
            zone, or the warehouse has no bars of a symbol.
    """
    known = read_anchors(con)
    if at is not None:
        anchors = _only_anchor(event or at.isoformat(), at)
    elif event is not None:
        anchors = _known(known, event)
    else:
        raise BadInputError("nothing to study", "Give an event, or an instant as `at`.")
    inputs = read_inputs(con, design, symbols)
    missing = set(symbols) - set(inputs.spot["instrument"])
    if missing:
        held = ", ".join(
            row[0]
            for row in con.execute(
                "select distinct symbol from mart.spot_hourly order by symbol"
            ).fetchall()
        )
        raise BadInputError(
            f"there are no hourly bars of {', '.join(sorted(missing))}",
            f"The warehouse holds: {held or 'none'}.",
        )
    return study_anchors(inputs, anchors, design, known)


def _known(known: pl.DataFrame, event: str) -> pl.DataFrame:
    anchors = known.filter(event=event)
    if anchors.is_empty():
        names = ", ".join(sorted(set(known["event"])))
        raise BadInputError(
            f"there is no event '{event}'", f"Known events: {names}. Or give any instant with --at."
        )
    return anchors


def _only_anchor(event: str, at: datetime) -> pl.DataFrame:
    if at.tzinfo is None:
        raise BadInputError(
            f"the instant {at.isoformat()} has no time zone",
            "Write it with one, e.g. 2025-08-07T16:00Z.",
        )
    utc = pl.lit(at.astimezone(UTC), pl.Datetime("us", "UTC"))
    return pl.select(
        event=pl.lit(event),
        anchor=pl.lit("at"),
        nominal_at=utc,
        earliest_at=utc,
        latest_at=utc,
        precision=pl.lit("minute"),
        is_candidate=pl.lit(value=True),
    )


def study_anchors(
    inputs: Inputs,
    anchors: pl.DataFrame,
    design: Design = DEFAULT,
    catalogue: pl.DataFrame | None = None,
) -> EventStudy:
    """Study the given anchors (columns of `read_anchors`). The same rows in another order give the
    same result, bit for bit.

    `catalogue` are the anchors around which no date is ordinary, beside the given ones.
    """
    dated = windows.with_estimation(anchors, design).sort("event", "anchor")
    points = windows.instants(dated)
    response = pl.concat(
        [
            _spot(inputs, points, design),
            _flows(inputs, points, design),
            _basis(inputs, points, design),
            _indices(inputs, points, design),
        ]
    )
    test, model = inference.tested(
        inputs, anchors, anchors if catalogue is None else catalogue, design
    )
    return EventStudy(
        response=response.with_columns(design_hash=pl.lit(design.digest)).sort(KEY),
        level=levels.levels(inputs.spot, anchors, design),
        estimation=dated.select(ESTIMATION),
        test=test,
        model=model,
        design=design,
    )


def _spot(inputs: Inputs, points: pl.DataFrame, design: Design) -> pl.DataFrame:
    columns = [*SERIES, "closed_at", "close", "volume_base"]
    bars = pl.concat([inputs.spot.select(columns), inputs.ratio.select(columns)])
    first = bars.group_by(SERIES).agg(first_at=pl.col("closed_at").min()).sort(SERIES)
    placed = windows.place(points, first).with_columns(at=pl.col("anchor_at").dt.truncate("1h"))
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

    return _judged(
        completed(windows.at_anchors(placed, plain)),
        completed(baseline.placebos(plain, estimations)),
    )


def _flows(inputs: Inputs, points: pl.DataFrame, design: Design) -> pl.DataFrame:
    grid = flows.session_grid(inputs.flows, inputs.sessions)
    measured = flows.net_flows(grid, design)
    first = grid.group_by(SERIES).agg(first_at=pl.col("opens_at").min()).sort(SERIES)
    placed = flows.at_day_zero(windows.place(points, first), inputs.sessions)
    return _judged(
        windows.at_anchors(placed, measured), baseline.placebos(measured, _estimations(placed))
    )


def _basis(inputs: Inputs, points: pl.DataFrame, design: Design) -> pl.DataFrame:
    measured = basis.basis_windows(inputs.basis, design)
    first = inputs.basis.group_by(SERIES).agg(first_at=pl.col("observed_at").min()).sort(SERIES)
    placed = basis.at_next_observation(windows.place(points, first), inputs.basis, design)
    return _judged(
        windows.at_anchors(placed, measured), baseline.placebos(measured, _estimations(placed))
    )


def _indices(inputs: Inputs, points: pl.DataFrame, design: Design) -> pl.DataFrame:
    # Hours of uncertainty are nothing to windows of months; only an anchor known to the year has
    # other starts.
    starts = points.filter(pl.col("is_nominal") | (pl.col("precision") == "year"))
    months = _placed_index(inputs.monthly, starts, "1mo")
    days = _placed_index(inputs.daily, starts, "1d")
    monthly = precedents.monthly_returns(inputs.monthly, design)
    key = [*SERIES, "at"]
    daily = precedents.daily_returns(
        inputs.daily,
        pl.concat([days.select(key), precedents.months(inputs.daily).select(key)]),
        design,
    )
    rows = pl.concat([windows.at_anchors(months, monthly), windows.at_anchors(days, daily)])
    # An index is judged by windows from every first of a month, those of other events and of the
    # event itself included.
    filled = pl.concat([monthly, daily.filter(pl.col("at").dt.day() == 1)]).filter(
        pl.col("value").is_not_null()
    )
    placebo = filled.filter(pl.len().over(*SERIES, "window_length") >= design.minimum_index_starts)
    return _finished(baseline.with_baseline(rows, placebo, [*SERIES, "measure", "window_length"]))


def _placed_index(closes: pl.DataFrame, starts: pl.DataFrame, step: str) -> pl.DataFrame:
    first = closes.group_by(SERIES).agg(first_at=pl.col("at").min()).sort(SERIES)
    return windows.place(starts, first).with_columns(at=pl.col("anchor_at").dt.truncate(step))


def _estimations(placed: pl.DataFrame) -> pl.DataFrame:
    return placed.select("estimation_from", "estimation_to").unique().sort("estimation_to")


def _judged(rows: pl.DataFrame, placebo: pl.DataFrame) -> pl.DataFrame:
    return _finished(
        baseline.with_baseline(
            rows, placebo, [*SERIES, "measure", "window_length", "estimation_to"]
        )
    )


def _finished(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(is_complete=pl.col("value").is_not_null()).select(*KEY, *FIGURES)
