"""The claims of the articles: one SQL file each, evaluated against the marts, judged by the one
rule of the study.

A claim file starts with the grain of its rows and a header of `-- field: text` lines, then selects
one row per anchor, venue and definition. Whoever adds a file adds a claim.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from marketwake.base.duck import insert_rows, transaction
from marketwake.base.errors import DefinitionError
from marketwake.base.own_addresses import own_addresses
from marketwake.base.parts import alone
from marketwake.base.resources import SQL
from marketwake.fact_check.specifications import read_specifications
from marketwake.fact_check.verdict import Figure, Verdict, judge

FOLDER = SQL / "claims"
FIELDS = ("claim", "article", "statement", "stated", "unit")
QUESTION = "question"
"""What a header may have besides: event and question of mart.specification (`eo-401k: BTC rose`),
which a verdict that depends cites.
"""
COLUMNS = {
    "anchor": "VARCHAR",
    "venue": "VARCHAR",
    "definition": "VARCHAR",
    "value": "DOUBLE",
    "low": "DOUBLE",
    "high": "DOUBLE",
    "unit": "VARCHAR",
    "agrees": "BOOLEAN",
    "note": "VARCHAR",
}
"""What the select of a claim file returns, with DuckDB's types; a column of nulls may be of any."""
_NOT_SQL = (
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.BinderException,
    duckdb.CatalogException,
)
"""What no data can raise: the select itself is wrong."""


@dataclass(frozen=True)
class Claim:
    """One claim file: its header, and the select that computes its figures. `stated` is a number in
    `unit`, or words.
    """

    claim: str
    article: str
    statement: str
    stated: str
    unit: str
    select: str
    question: str | None = None


def claim_file(path: Path) -> Claim:
    """Read a claim file.

    Raises:
        DefinitionError: a header field is missing, repeated, unknown or empty, or the claim is not
            named like its file.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0].startswith("-- One row per "):
        raise _wrong(path, "the first line must state the grain: '-- One row per ...'")
    header: dict[str, str] = {}
    for line in lines[1:]:
        field, colon, text = line.removeprefix("-- ").partition(": ")
        if not line.startswith("-- ") or not colon:
            break
        if field not in (*FIELDS, QUESTION) or field in header or not text.strip():
            raise _wrong(
                path,
                f"header line '{line}': expected each of {', '.join(FIELDS)}, "
                f"and {QUESTION} if any, once, with a text",
            )
        header[field] = text.strip()
    missing = [field for field in FIELDS if field not in header]
    if missing:
        raise _wrong(path, f"the header lacks {', '.join(missing)}")
    if header["claim"] != path.stem:
        raise _wrong(
            path, f"the header calls the claim '{header['claim']}', the file is named '{path.stem}'"
        )
    return Claim(**header, select="\n".join(lines))


def evaluate(con: duckdb.DuckDBPyConnection, folder: Path = FOLDER) -> list[str]:
    """Compute and judge every claim file of `folder`; writes mart.claim and mart.claim_figure anew,
    in the same order every time. Must not run in a transaction.

    Returns what broke, a line each: a claim whose figures cannot be computed from these data has
    none, and its reason says so.

    Raises:
        DefinitionError: a claim file is not well formed, is no SQL that can run, or returns other
            columns than `COLUMNS`.
    """
    claims = [claim_file(path) for path in sorted(folder.glob("*.sql"))]
    judged, figures, problems = [], [], list[str]()
    for claim in claims:
        rows: list[tuple[Any, ...]] = []
        verdict: Verdict = "not_testable"
        reason, broken = "", list[str]()
        with alone(f"claim {claim.claim}", broken):
            rows = _figures(con, claim, folder / f"{claim.claim}.sql")
            verdict, reason = _judged(con, claim, rows)
        if broken:
            reason = f"It could not be computed: {broken[0]}"
            problems += broken
        judged.append((*(getattr(claim, field) for field in FIELDS), verdict, reason))
        figures += [(claim.claim, ordinal, *row) for ordinal, row in enumerate(rows, start=1)]
    with transaction(con):
        for table in ("claim", "claim_figure"):
            con.execute((SQL / "study" / f"{table}.sql").read_text(encoding="utf-8"))
        insert_rows(con, "mart.claim", judged)
        insert_rows(con, "mart.claim_figure", figures)
    return problems


def _judged(
    con: duckdb.DuckDBPyConnection, claim: Claim, rows: list[tuple[Any, ...]]
) -> tuple[Verdict, str]:
    verdict, reason = judge(
        Figure(row[0], row[1], row[2], row[3], row[6], row[7], row[8]) for row in rows
    )
    if claim.question and verdict == "depends":
        reason += _cited(con, claim.question)
    return verdict, reason


def _cited(con: duckdb.DuckDBPyConnection, cited: str) -> str:
    """What the specification curve says; nothing where too little is held for one."""
    event, _, question = cited.partition(": ")
    told = read_specifications(con, event).get(question)
    return f" Over every anchor, venue, model and window, {question}: {told}." if told else ""


def _figures(con: duckdb.DuckDBPyConnection, claim: Claim, path: Path) -> list[tuple[Any, ...]]:
    try:
        cursor = con.execute(claim.select)
        types = {name: str(kind) for name, kind, *_ in cursor.description or []}
        rows = cursor.fetchall()
    except _NOT_SQL as error:
        raise _wrong(path, str(error)) from error
    if list(types) != list(COLUMNS):
        raise _wrong(
            path, f"it returns the columns {', '.join(types)}; expected {', '.join(COLUMNS)}"
        )
    for place, (name, kind) in enumerate(COLUMNS.items()):
        if not _fits(types[name], kind) and any(row[place] is not None for row in rows):
            raise _wrong(path, f"column {name} is {types[name]}; expected {kind}")
    keys = [row[:3] for row in rows]
    repeated = {key for key in keys if keys.count(key) > 1}
    if repeated:
        raise _wrong(
            path, f"more than one row for anchor, venue, definition {min(map(str, repeated))}"
        )
    if any(row[2] is None or row[6] is None for row in rows):
        raise _wrong(path, "definition and unit must not be null")
    return sorted(map(_finite, rows), key=lambda row: (row[2], row[0] or "", row[1] or ""))


def _finite(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row with its numbers as floats; a quotient by zero is no figure and has no vote."""
    numbers = [None if number is None else float(number) for number in row[3:6]]
    if all(number is None or math.isfinite(number) for number in numbers):
        return (*row[:3], *numbers, *row[6:])
    return (*row[:3], None, None, None, row[6], None, row[8] or "not a finite number")


def _fits(returned: str, expected: str) -> bool:
    return returned == expected or (
        expected == "DOUBLE" and returned.startswith(("DECIMAL", "BIGINT", "INTEGER", "HUGEINT"))
    )


def _wrong(path: Path, what: str) -> DefinitionError:
    return DefinitionError(
        f"claims/{path.name}: {what}", "Mend the file; CONTRIBUTING.md describes a claim file."
    )


def read_claims(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every claim with its verdict and figures, in order of their names, ready for JSON.

    Each has id, article, statement, stated (a number where it is one), unit, verdict (supported,
    contradicted, depends, not_testable), reason, and figures: anchor, venue, definition, value,
    unit, agrees; a share or return is a fraction, money is in USD, null is what no data decide.
    Where sources were asked at addresses of one's own, own_addresses names them.

    Args:
        con: a reader will do.
    """
    figures: dict[str, list[dict[str, Any]]] = {}
    rows = con.execute(
        "select claim, anchor, venue, definition, value, unit, agrees "
        "from mart.claim_figure order by claim, ordinal"
    ).fetchall()
    for claim, *row in rows:
        figures.setdefault(claim, []).append(
            dict(
                zip(("anchor", "venue", "definition", "value", "unit", "agrees"), row, strict=True)
            )
        )
    places = own_addresses(con)
    own = {"own_addresses": places} if places else {}
    names = ("id", "article", "statement", "stated", "unit", "verdict", "reason")
    claims = con.execute(
        "select claim, article, statement, stated, unit, verdict, reason "
        "from mart.claim order by claim"
    ).fetchall()
    return [
        {
            **dict(zip(names, row, strict=True)),
            "stated": _number_or_text(row[3]),
            "figures": figures.get(row[0], []),
            **own,
        }
        for row in claims
    ]


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
