"""Data checks: every file in sql/checks returns offenders, and its header says how bad they are;
two checks are made for every raw table from its contract.

A check that can look at some days of bars alone (marketwake.warehouse.renewal) tells the stamp of
each offender; those of other days stand. Where an offender is of no stamp, the check looks at
everything until there is none, unless its line `-- beside bars: everything` says that those are of
other tables, at which it looks whole each time.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import DefinitionError, WarehouseError
from marketwake.base.parts import alone
from marketwake.base.resources import SQL
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import HELD_BACK
from marketwake.warehouse.renewal import (
    BARS,
    EVER,
    NEVER,
    STAMP,
    Span,
    around,
    column_by_day,
    look_at,
    reach_of,
)

# The loader lets one version be current; two mean that a batch was loaded around it. Replay from
# landing.
_CURRENT_VERSION_UNIQUE = """
    select '{table}' as object, concat_ws(' ', {key}) as detail, null as stamped_at
    from {table}
    where superseded_at is null and {renewed}
    group by {key}
    having count(*) > 1
"""
# as_known_at cannot see a version that was closed before it was opened. The clock went backwards,
# or rows were edited by hand: replay from landing.
_VERSION_ORDER = """
    select
        '{table}' as object,
        count(*) || ' versions superseded at or before they were recorded, first recorded '
            || min(recorded_at) as detail,
        null as stamped_at
    from {table}
    where superseded_at <= recorded_at and {renewed}
    having count(*) > 0
"""
OF_EVERY_RAW_TABLE = {
    "current_version_unique": _CURRENT_VERSION_UNIQUE,
    "version_order": _VERSION_ORDER,
}
"""Checks that every raw table must pass, of severity error, by name."""
_BY_DAY = "-- by day of bars: stamped_at\n"
_BESIDE_BARS = "\n-- beside bars: everything\n"
_RENEWED = f"{STAMP} >= renewed_from() and {STAMP} < renewed_until()"
_Row: TypeAlias = tuple[Any, ...]
"""Object and detail of an offender, and its stamp where the check tells one."""
BROKEN = "the check itself"
"""The object of an offender that tells of a check which could not be run."""


@dataclass(frozen=True)
class Offender:
    """One row that a check found wrong; `accepted_reason` says why it is left as it is, where
    somebody accepted it; `stamped_at` is the stamp of the bars that it is about, where the check
    can look at some days alone.
    """

    check: str
    severity: str
    name: str
    detail: str
    accepted_reason: str | None = None
    stamped_at: datetime | None = None


def run_checks(
    con: duckdb.DuckDBPyConnection,
    names: Collection[str] | None = None,
    spans: Sequence[Span] = (EVER,),
) -> list[Offender]:
    """Offenders of all checks, or of those of these names, errors first, then by check and object.
    A check that breaks stops no other and is an error itself, whatever its severity: nobody knows
    what it would have found. Must not run in a transaction.

    Args:
        con: the writer's file.
        names: of checks.
        spans: days of bars to look at; what ops.offender holds of other days stands.

    Raises:
        DefinitionError: the header of a check names no severity.
    """
    offenders = []
    for name, severity, query in _checks():
        if names is not None and name not in names:
            continue
        broken: list[str] = []
        with alone(f"the check {name}", broken):
            offenders += _found(con, name, severity, query, spans)
        offenders += [Offender(name, "error", BROKEN, what) for what in broken]
    return sorted(offenders, key=lambda row: (row.severity, row.check, row.name, row.detail))


def _found(
    con: duckdb.DuckDBPyConnection, name: str, severity: str, query: str, spans: Sequence[Span]
) -> list[Offender]:
    rows = None if EVER in spans else _renewed(con, name, query, spans)
    if rows is None:
        rows = _rows(con, query, EVER)
    return [_offender(name, severity, row) for row in rows]


def _renewed(
    con: duckdb.DuckDBPyConnection, name: str, query: str, spans: Sequence[Span]
) -> list[_Row] | None:
    """Rows of a check that looks at some days alone, and those that it has of others; None where it
    has to look at everything.
    """
    if not column_by_day(query):
        return None
    reach = reach_of(con, query)
    looked_at = around(spans, reach) or [NEVER]
    former = con.execute(
        "select object, detail, stamped_at from ops.offender where check_name = ?", [name]
    ).fetchall()
    found = [row for span in looked_at for row in _rows(con, query, span, reach)]
    if _BESIDE_BARS in query:
        former = [row for row in former if row[2]]
    elif not all(row[2] for row in former + found):
        return None
    stand = [row for row in former if not any(_is_in(span, row[2]) for span in looked_at)]
    # What is not of bars is found with each span.
    return list(dict.fromkeys(stand + found))


def _is_in(span: Span, stamped_at: datetime) -> bool:
    return span.first <= stamped_at < span.until


def _rows(
    con: duckdb.DuckDBPyConnection, query: str, span: Span, reach: timedelta = timedelta(0)
) -> list[_Row]:
    look_at(con, span, reach)
    return con.execute(query).fetchall()


def _offender(name: str, severity: str, row: _Row) -> Offender:
    stamped_at = row[2] if len(row) > 2 else None
    return Offender(name, severity, str(row[0]), str(row[1]), stamped_at=stamped_at)


def _checks() -> Iterator[tuple[str, str, str]]:
    """Name, severity and query of every check."""
    for name, query in OF_EVERY_RAW_TABLE.items():
        for contract in read_contracts("raw").values():
            key = ", ".join(f'"{column}"' for column in contract.key)
            is_of_bars = contract.table == f"raw.{BARS}"
            renewed = _RENEWED if is_of_bars else "true"
            text = query.format(table=contract.table, key=key, renewed=renewed)
            yield name, "error", f"{_BY_DAY if is_of_bars else ''}{text}"
    for path in sorted((SQL / "checks").glob("*.sql")):
        query = path.read_text(encoding="utf-8")
        severity = re.search(r"^-- severity: (error|warn)$", query, re.MULTILINE)
        if not severity:
            raise DefinitionError(
                f"sql/checks/{path.name} names no severity",
                "Add a line '-- severity: error' or '-- severity: warn'.",
            )
        yield path.stem, severity[1], query


def hold_back(
    root: Path, run_id: str | None, at: datetime, message: str, offenders: list[Offender]
) -> None:
    """Write `<root>/held_back.json`, for monitors that must not open the writer's file; the next
    good publishing removes it.

    {"run_id": null after a replay, "at": ISO 8601 in UTC, "message": what ended the run,
    "offenders": [{"check", "object", "detail"}, ...]}

    Raises:
        WarehouseError: the file cannot be written.
    """
    listed = [{"check": row.check, "object": row.name, "detail": row.detail} for row in offenders]
    note = {"run_id": run_id, "at": at.isoformat(), "message": message, "offenders": listed}
    try:
        write_atomically(root / HELD_BACK, json.dumps(note, ensure_ascii=False, indent=1).encode())
    except OSError as error:
        raise WarehouseError(
            f"{root / HELD_BACK} cannot be written: {error.strerror}", "Check space and rights."
        ) from error
