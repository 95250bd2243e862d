"""The study of an event for machines."""

from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from marketwake.base.own_addresses import own_addresses
from marketwake.cli.show_study import StudyRequest, studied
from marketwake.event_study.known import as_known
from marketwake.event_study.run import EventStudy

Document = dict[str, Any]


def study_json(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> Document:
    """The anchors that are shown, every test of them, their models and the design; with `full` the
    responses and levels too. Instants are ISO 8601 in UTC, figures as in the tables of `mart`.

    Raises:
        BadInputError: an event, instant, model or instrument that is not there.
    """
    if request.as_known_at:
        with as_known(con, request.as_known_at) as known:
            result = studied(known, request)
    else:
        result = studied(con, request)
    places = own_addresses(con)
    return {
        "event": request.event,
        "as_known_at": request.as_known_at.isoformat() if request.as_known_at else None,
        **({"own_addresses": places} if places else {}),
        "design_hash": result.design.digest,
        "design": result.design.settings(),
        **_tables(result, request),
    }


def _tables(result: EventStudy, request: StudyRequest) -> Document:
    anchors = result.estimation
    if anchors["is_candidate"].any() and not request.every_anchor:
        anchors = anchors.filter("is_candidate")
    frames = {"anchors": anchors, "tests": result.test, "models": result.model}
    if request.full:
        frames |= {"responses": result.response, "levels": result.level}
    kept = {
        name: frame.join(anchors.select("anchor"), on="anchor", how="semi", maintain_order="left")
        for name, frame in frames.items()
    }
    for column, wanted in (("venue", request.venue), ("instrument", request.instrument)):
        if wanted is not None:
            kept = {
                name: frame.filter(pl.col(column) == wanted) if column in frame.columns else frame
                for name, frame in kept.items()
            }
    return {name: [_plain(row) for row in frame.to_dicts()] for name, frame in kept.items()}


def _plain(row: Document) -> Document:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }
