"""The two selects of a claim file, run and checked: its figures, and the rows they rest on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from marketwake.fact_check.claim_file import Claim
from marketwake.fact_check.verdict import VOTES, Figure

COLUMNS = {
    "definition": "VARCHAR",
    "anchor": "VARCHAR",
    "venue": "VARCHAR",
    "value": "DOUBLE",
    "low": "DOUBLE",
    "high": "DOUBLE",
    "unit": "VARCHAR",
    "vote": "VARCHAR",
    "note": "VARCHAR",
}
"""What the select of a claim file returns, with DuckDB's types; a column of nulls may be of any."""
EVIDENCE_COLUMNS = {
    "what": "VARCHAR",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "publisher": "VARCHAR",
    "source": "VARCHAR",
    "payload_sha256": "VARCHAR",
    "recorded_at": "TIMESTAMP WITH TIME ZONE",
}
"""What the select of the rows returns. `source` is the document or
address, with how it was seen.
"""
MOST_ROWS = 60
"""Rows of evidence that people read; a claim on thousands of bars gives the few that its figures
begin and end with.
"""
MOST_FIGURES = 2_000
"""Of a claim: a few hundred are anchors, venues and definitions."""
ONE_VOTE = ("document", "arithmetic")
_NOT_SQL = (
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.BinderException,
    duckdb.CatalogException,
)
"""What no data can raise: the select itself is wrong."""


@dataclass(frozen=True)
class Evidence:
    """A row of raw data that figures of a claim rest on."""

    what: str
    value: float | None
    unit: str | None
    publisher: str
    source: str
    payload_sha256: str | None
    recorded_at: datetime | None


def read_figures(con: duckdb.DuckDBPyConnection, claim: Claim) -> list[Figure]:
    """The figures of a claim, in order of part, definition, anchor and venue. A quotient by zero is
    no figure and has no vote, nor has the figure of an anchor that "after the event" cannot mean.

    Raises:
        DefinitionError: the select is no SQL that can run, returns other columns than `COLUMNS`, a
            definition that the header does not have, no row, or two of one key.
    """
    rows = _rows(con, claim, claim.select, COLUMNS)
    if not rows and not claim.may_be_empty:
        raise claim.wrong("the select returns no row, which 'may be empty: why' would allow")
    part_of = {key: part for part in claim.parts for key in part.definitions}
    order = list(part_of)
    votes = _anchors(con, claim)
    figures, keys = [], set[tuple[str, str | None, str | None]]()
    for row in rows:
        figure = Figure(*row[:3], *map(_number, row[3:6]), *row[6:])
        key = (figure.definition, figure.anchor, figure.venue)
        if figure.definition not in part_of or figure.unit is None:
            raise claim.wrong(
                f"it returns the definition '{figure.definition}' in the unit '{figure.unit}'; "
                f"the header has {', '.join(order)}, and a unit is needed"
            )
        if key in keys:
            raise claim.wrong(f"more than one row for definition, anchor, venue {key}")
        if figure.vote is not None and figure.vote not in VOTES:
            raise claim.wrong(f"vote '{figure.vote}': expected {', '.join(VOTES)} or null")
        keys.add(key)
        kept = _voting(claim, figure, part_of[figure.definition].kind, votes)
        figures += [kept] if kept else []
    for definition, part in part_of.items():
        voting = [figure for figure in figures if figure.definition == definition and figure.vote]
        if part.kind in ONE_VOTE and len(voting) > 1:
            raise claim.wrong(
                f"a part of kind {part.kind} has one vote: '{definition}' has {len(voting)}"
            )
    return sorted(
        figures, key=lambda row: (order.index(row.definition), row.anchor or "", row.venue or "")
    )


def read_evidence(con: duckdb.DuckDBPyConnection, claim: Claim) -> list[Evidence]:
    """The rows that the figures rest on, in the order of the file, as many as people read; none
    where it has no such select.

    Raises:
        DefinitionError: the select is no SQL that can run, or returns other columns than
            `EVIDENCE_COLUMNS`.
    """
    if not claim.evidence:
        return []
    rows = _rows(con, claim, claim.evidence, EVIDENCE_COLUMNS)
    return [Evidence(row[0], _number(row[1]), *row[2:]) for row in rows[:MOST_ROWS]]


def _anchors(con: duckdb.DuckDBPyConnection, claim: Claim) -> dict[str, bool]:
    query = "select anchor, is_candidate from seed.anchor where event = ?"
    return dict(con.execute(query, [claim.event]).fetchall())


def _voting(claim: Claim, figure: Figure, kind: str, votes: Mapping[str, bool]) -> Figure | None:
    """The figure with the vote it has: none where it is not finite, or of an anchor that does not
    vote, from which a figure that is not there is no loss.
    """
    if kind == "window" and figure.anchor is not None and figure.anchor not in votes:
        raise claim.wrong(f"event {claim.event} has no anchor '{figure.anchor}'")
    numbers = [number for number in (figure.value, figure.low, figure.high) if number is not None]
    silent = kind == "window" and not votes.get(figure.anchor or "", True)
    if all(map(math.isfinite, numbers)) and not silent:
        return figure
    if silent and not numbers:
        return None
    if silent:
        return Figure(*_key(figure), figure.value, figure.low, figure.high, figure.unit, None, None)
    why = figure.note or "not a finite number"
    return Figure(*_key(figure), None, None, None, figure.unit, None, why)


def _key(figure: Figure) -> tuple[str, str | None, str | None]:
    return figure.definition, figure.anchor, figure.venue


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _rows(
    con: duckdb.DuckDBPyConnection, claim: Claim, query: str, columns: dict[str, str]
) -> list[tuple[Any, ...]]:
    try:
        cursor = con.execute(f"from (\n{query}\n) limit {MOST_FIGURES + 1}")
        types = {name: str(kind) for name, kind, *_ in cursor.description or []}
        rows = cursor.fetchall()
    except _NOT_SQL as error:
        raise claim.wrong(str(error)) from error
    if len(rows) > MOST_FIGURES:
        raise claim.wrong(f"it returns more than {MOST_FIGURES:,} rows")
    if list(types) != list(columns):
        raise claim.wrong(
            f"it returns the columns {', '.join(types)}; expected {', '.join(columns)}"
        )
    for place, (name, kind) in enumerate(columns.items()):
        if not _fits(types[name], kind) and any(row[place] is not None for row in rows):
            raise claim.wrong(f"column {name} is {types[name]}; expected {kind}")
    return rows


def _fits(returned: str, expected: str) -> bool:
    return returned == expected or (
        expected == "DOUBLE" and returned.startswith(("DECIMAL", "BIGINT", "INTEGER", "HUGEINT"))
    )
