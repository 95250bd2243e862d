"""The study: every measure at every anchor, against its baseline and placebo dates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb
import polars as pl

from marketwake.base.clock import asked_instant
from marketwake.base.definitions import define
from marketwake.base.duck import registered
from marketwake.base.errors import BadInputError
from marketwake.base.parts import alone
from marketwake.base.resources import SQL
from marketwake.base.text import closest
from marketwake.event_study import inference, windows
from marketwake.event_study.design import Design
from marketwake.event_study.inputs import (
    Inputs,
    checked_factors,
    read_anchors,
    read_frame,
    read_inputs,
)
from marketwake.event_study.levels import levels
from marketwake.event_study.responses import responses

DEFAULT = Design()
WRITTEN = ("event_response", "event_level", "event_inference", "event_model")
"""Tables of the schema mart that a study fills, event by event."""
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


@dataclass(frozen=True)
class EventStudy:
    """Responses, levels, tests and models of the anchors, and the design that made them."""

    response: pl.DataFrame
    """Columns of mart.event_response."""
    level: pl.DataFrame
    """Columns of mart.event_level."""
    estimation: pl.DataFrame
    """A row per anchor: the columns of `ESTIMATION`."""
    test: pl.DataFrame
    """Columns of mart.event_inference."""
    model: pl.DataFrame
    """Columns of mart.event_model."""
    design: Design


def study(con: duckdb.DuckDBPyConnection, design: Design = DEFAULT) -> list[str]:
    """Study every event of seed.anchor and write its tables anew.

    It stays within the caller's transaction if there is one. Returns what broke, a line each: an
    event whose study breaks has no rows.
    """
    problems: list[str] = []
    inputs = read_inputs(con, design)
    result = _study_all(inputs, _catalogue(con), design, problems)
    choices = {
        "design_hash": design.digest,
        "name": list(design.settings()),
        "value": list(design.settings().values()),
    }
    tables = _tables(result) | {"study_design": pl.DataFrame(choices)}
    for table in tables:
        define(con, (SQL / "study" / f"{table}.sql").read_text(encoding="utf-8"))
    _insert(con, tables)
    return problems + _study_own(con, inputs, _own(con), design)


def study_own(
    con: duckdb.DuckDBPyConnection, events: Collection[str], design: Design = DEFAULT
) -> list[str]:
    """Study these events of the installation and write their rows anew; those of an event that is
    there no more go. Transaction and result as of `study`.
    """
    for table in WRITTEN:
        con.execute(f"delete from mart.{table} where list_contains(?, event)", [list(events)])
    return _study_own(con, read_inputs(con, design), set(events) & _own(con), design)


def _study_own(
    con: duckdb.DuckDBPyConnection, inputs: Inputs, events: Collection[str], design: Design
) -> list[str]:
    """Each against the project's events alone: no other of the installation changes it."""
    problems, studies = list[str](), list[EventStudy]()
    anchors, catalogue = read_anchors(con), _catalogue(con)
    for event in sorted(events):
        with alone(f"the study of {event}", problems):
            studies.append(study_anchors(inputs, anchors.filter(event=event), design, catalogue))
    for result in studies:
        _insert(con, _tables(result))
    return problems


def _own(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {event for (event,) in con.execute("select event from ops.own_event").fetchall()}


def _catalogue(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The anchors around which no date is ordinary: those of the project's events."""
    return read_anchors(con).filter(~pl.col("event").is_in(_own(con)))


def _tables(result: EventStudy) -> dict[str, pl.DataFrame]:
    frames = (result.response, result.level, result.test, result.model)
    return dict(zip(WRITTEN, frames, strict=True))


def _insert(con: duckdb.DuckDBPyConnection, tables: dict[str, pl.DataFrame]) -> None:
    for table, frame in tables.items():
        with registered(con, "studied", frame.to_arrow()):
            con.execute(f"insert into mart.{table} by name select * from studied")


def _study_all(
    inputs: Inputs, anchors: pl.DataFrame, design: Design, problems: list[str]
) -> EventStudy:
    """The study of all events at once, which takes half the time of one after the other; only where
    that breaks is it told which of them breaks it.
    """
    broken: list[str] = []
    with alone("the study of all events", broken):
        return study_anchors(inputs, anchors, design)
    studies = []
    for event in anchors["event"].unique().sort():
        with alone(f"the study of {event}", problems):
            studies.append(study_anchors(inputs, anchors.filter(event=event), design, anchors))
    if not studies:  # what breaks all of them is no event's
        return study_anchors(inputs, anchors, design)
    frames = (
        pl.concat([getattr(study, name) for study in studies])
        for name in ("response", "level", "estimation", "test", "model")
    )
    return EventStudy(*frames, design)


def published(con: duckdb.DuckDBPyConnection, event: str) -> EventStudy:
    """The study of an event as its tables hold it, by the default design.

    Raises:
        BadInputError: the event is not known.
    """
    anchors = windows.with_estimation(_known(read_anchors(con), event), DEFAULT)
    response, level, test, model = (
        read_frame(con, f"select * from mart.{name} where event = $event", {"event": event})
        for name in WRITTEN
    )
    return EventStudy(response, level, anchors.select(ESTIMATION), test, model, DEFAULT)


def study_event(
    con: duckdb.DuckDBPyConnection,
    event: str | None = None,
    at: datetime | None = None,
    design: Design = DEFAULT,
    symbols: Sequence[str] = (),
    factors: pl.DataFrame | None = None,
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
        factors: session (a date of the New York Stock Exchange) and a column of returns as
            fractions for each factor: they explain the returns by session of the factor model, in
            place of bitcoin and the index.

    Returns:
        Frames with the columns of mart.event_response, event_level, event_inference and
        event_model, and the estimation windows: log returns and ratios as fractions, flows in USD
        (column `unit`), instants in UTC. A window with a bar missing has a null value.

    Raises:
        BadInputError: neither event nor instant is given, the event is not known, `at` has no time
            zone, the warehouse has no bars of a symbol, or `factors` are no such frame or explain
            no return here.
    """
    if at is not None:
        anchors = _only_anchor(event or at.isoformat(), at)
    elif event is not None:
        anchors = _known(read_anchors(con), event)
    else:
        raise BadInputError("nothing to study", "Give an event, or an instant as `at`.")
    inputs = _with_symbols(con, design, symbols)
    if factors is None:
        return study_anchors(inputs, anchors, design, _catalogue(con))
    inputs = replace(inputs, factors=checked_factors(factors))
    result = study_anchors(inputs, anchors, design, _catalogue(con))
    if result.test.filter(model="factor_model")["value"].count() == 0:
        raise BadInputError(
            "the factors explain no return by session here",
            f"They need {design.minimum_estimation_sessions} sessions before the event that the "
            "spot markets are held for too, the event's sessions, and none that the others give.",
        )
    return result


def _with_symbols(con: duckdb.DuckDBPyConnection, design: Design, symbols: Sequence[str]) -> Inputs:
    """The inputs with these markets among them. Raises BadInputError where one has no bars."""
    inputs = read_inputs(con, design, symbols)
    missing = set(symbols) - set(inputs.spot["instrument"])
    if missing:
        query = "select distinct symbol from mart.spot_hourly order by symbol"
        held = ", ".join(symbol for (symbol,) in con.execute(query).fetchall())
        raise BadInputError(
            f"there are no hourly bars of {', '.join(sorted(missing))}",
            f"The warehouse holds: {held or 'none'}.",
        )
    return inputs


def _known(known: pl.DataFrame, event: str) -> pl.DataFrame:
    anchors = known.filter(event=event)
    if anchors.is_empty():
        names = sorted(set(known["event"]))
        raise BadInputError(
            f"there is no event '{event}'",
            f"{closest(event, names)}Known events: {', '.join(names)}. "
            "Or give any instant with --at.",
        )
    return anchors


def _only_anchor(event: str, at: datetime) -> pl.DataFrame:
    utc = pl.lit(asked_instant(at), pl.Datetime("us", "UTC"))
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
    """Study the given anchors (columns of `read_anchors`).

    The same rows in another order give the same result, bit for bit. `catalogue` are the anchors
    around which no date is ordinary, beside the given ones.
    """
    dated = windows.with_estimation(anchors, design).sort("event", "anchor")
    test, model = inference.tested(
        inputs, anchors, anchors if catalogue is None else catalogue, design
    )
    return EventStudy(
        response=responses(inputs, dated, design),
        level=levels(inputs.spot, anchors, design),
        estimation=dated.select(ESTIMATION),
        test=test,
        model=model,
        design=design,
    )
