"""Data checks: every file in sql/checks returns offenders; its header says how bad they are."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import DefinitionError, WarehouseError
from marketwake.base.resources import SQL
from marketwake.warehouse.files import HELD_BACK


@dataclass(frozen=True)
class Offender:
    """One row that a check found wrong; `accepted_reason` says why it is left as it is, where
    somebody accepted it.
    """

    check: str
    severity: str
    name: str
    detail: str
    accepted_reason: str | None = None


def run_checks(con: duckdb.DuckDBPyConnection) -> list[Offender]:
    """Offenders of all checks, errors first, then by check and object.

    Raises:
        DefinitionError: a check does not run, or its header names no severity.
    """
    offenders = []
    for path in sorted((SQL / "checks").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        found = re.search(r"^-- severity: (error|warn)$", text, re.MULTILINE)
        if not found:
            raise DefinitionError(
                f"sql/checks/{path.name} names no severity",
                "Add a line '-- severity: error' or '-- severity: warn'.",
            )
        try:
            rows = con.execute(text).fetchall()
        except duckdb.Error as error:
            raise DefinitionError(f"sql/checks/{path.name}: {error}", "Mend the check.") from error
        offenders += [
            Offender(path.stem, found[1], str(name), str(detail)) for name, detail in rows
        ]
    return sorted(offenders, key=lambda one: (one.severity, one.check, one.name, one.detail))


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
    listed = [{"check": one.check, "object": one.name, "detail": one.detail} for one in offenders]
    note = {"run_id": run_id, "at": at.isoformat(), "message": message, "offenders": listed}
    try:
        write_atomically(root / HELD_BACK, json.dumps(note, ensure_ascii=False, indent=1).encode())
    except OSError as error:
        raise WarehouseError(
            f"{root / HELD_BACK} cannot be written: {error.strerror}", "Check space and rights."
        ) from error
