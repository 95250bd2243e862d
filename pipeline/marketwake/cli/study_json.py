"""The study of an event for machines."""

from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from marketwake.base.own_addresses import own_addresses
from marketwake.cli.show import progress
from marketwake.cli.study_view import (
    StudyRequest,
    View,
    of_answers,
    of_day,
    of_event,
    of_tests,
    studied,
    view,
)
from marketwake.event_study import story
from marketwake.event_study.known import as_known
from marketwake.event_study.run import EventStudy

Document = dict[str, Any]


def study_json(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> Document:
    """The anchors that are shown, every test of them, their models and the design; with `full` the
    responses and levels too. Instants are ISO 8601 in UTC, figures as in the tables of `mart`.
    `sentences` are those of the screen, `family` is the family of tests in figures, as
    `story.family` has it.

    Raises:
        BadInputError: an event, instant, model, venue or instrument that is not there.
    """
    if request.as_known_at:
        with as_known(con, request.as_known_at) as known:
            return _document(known, request)
    return _document(con, request)


def _document(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> Document:
    with progress("studying"):
        result = studied(con, request)
        shown = view(con, request, result)
    places = own_addresses(con)
    return {
        "event": request.event,
        "as_known_at": request.as_known_at.isoformat() if request.as_known_at else None,
        **({"own_addresses": places} if places else {}),
        "design_hash": result.design.digest,
        "design": result.design.settings(),
        "sentences": _sentences(con, request, result, shown),
        "family": story.family(shown.tests, result.design),
        **_tables(result, request, shown.estimation),
    }


def _sentences(
    con: duckdb.DuckDBPyConnection, request: StudyRequest, result: EventStudy, shown: View
) -> list[str]:
    told = [*of_event(con, request), *of_tests(shown, request, result.design)]
    if shown.lines and request.at is None:
        _, before, after = of_day(con, request, shown)
        told += [*before, *after]
    return told + of_answers(con, request)


def _tables(result: EventStudy, request: StudyRequest, anchors: pl.DataFrame) -> Document:
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
