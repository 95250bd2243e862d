"""The judged claims as readers have them: from the published file, ready for JSON."""

from datetime import UTC
from typing import Any

import duckdb

from marketwake.base.own_addresses import own_addresses

_CLAIM = (
    'event, article, statement, statement_zh, stated, unit, verdict, agree, unclear, "of", '
    "first_verdict, reason, reason_zh"
)
_PART = (
    'says, kind, main, verdict, agree, unclear, "of", main_agree, main_unclear, main_of, '
    "first_verdict, reason, reason_zh"
)
_FIGURE = "part, role, anchor, venue, definition, value, low, high, unit, vote, note"
_ROW = "what, value, unit, publisher, source, payload_sha256, recorded_at"


def read_claims(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every claim with its verdict, parts, figures and evidence, in order of their names, ready for
    JSON.

    Each has id, event, article, statement, statement_zh, stated (a number where it is one), unit,
    verdict (supported, mostly supported, mixed, mostly contradicted, contradicted, not testable),
    agree, unclear and of (comparisons), first_verdict (under the first written definitions, where
    it differs), reason, reason_zh; parts: says, kind, main (the definition that decides), verdict
    and counts; figures: part (from 1), role, anchor, venue, definition, value, low, high, unit,
    vote (yes, no, unclear), agrees (true, false), note; evidence: what, value, unit, publisher,
    source, payload_sha256, recorded_at (ISO 8601, UTC); sources: the distinct ones of these. A
    share or return is a fraction, money is in USD, null is what no data decide. Where sources were
    asked at addresses of one's own, own_addresses names them.

    Args:
        con: a reader will do.
    """
    places = own_addresses(con)
    own = {"own_addresses": places} if places else {}
    parts = _by_claim(con, "claim_part", "part", _PART)
    figures = _by_claim(con, "claim_figure", "ordinal", _FIGURE)
    evidence = _by_claim(con, "claim_evidence", "ordinal", _ROW)
    claims = []
    for name, (claim,) in _by_claim(con, "claim", "claim", _CLAIM).items():
        claim["stated"] = _number_or_text(claim["stated"])
        for figure in figures.get(name, []):
            figure["agrees"] = {"yes": True, "no": False}.get(figure["vote"])
        rows = evidence.get(name, [])
        for row in rows:
            row["recorded_at"] = (
                row["recorded_at"] and row["recorded_at"].astimezone(UTC).isoformat()
            )
        claims.append(
            {"id": name}
            | claim
            | {
                "parts": parts.get(name, []),
                "figures": figures.get(name, []),
                "evidence": rows,
                "sources": _sources(rows),
            }
            | own
        )
    return claims


def _by_claim(
    con: duckdb.DuckDBPyConnection, table: str, order: str, columns: str
) -> dict[str, list[dict[str, Any]]]:
    names = columns.replace('"', "").split(", ")
    rows = con.execute(
        f"select claim, {columns} from mart.{table} order by claim, {order}"
    ).fetchall()
    told: dict[str, list[dict[str, Any]]] = {}
    for claim, *row in rows:
        told.setdefault(claim, []).append(dict(zip(names, row, strict=True)))
    return told


def _sources(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = ("publisher", "source", "payload_sha256", "recorded_at")
    distinct = dict.fromkeys(tuple(row[name] for name in names) for row in rows)
    return [dict(zip(names, each, strict=True)) for each in distinct]


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
