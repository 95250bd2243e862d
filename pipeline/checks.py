"""Data checks: every file in sql/checks returns offenders; its header says how bad they are."""

import re
from dataclasses import dataclass

import duckdb

from pipeline.errors import DefinitionError
from pipeline.resources import SQL


@dataclass(frozen=True)
class Offender:
    """One row that a check found wrong."""

    check: str
    severity: str
    name: str
    detail: str


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
            raise DefinitionError(f"sql/checks/{path.name} names no severity", "Add a line '-- severity: error' or '-- severity: warn'.")
        try:
            rows = con.execute(text).fetchall()
        except duckdb.Error as error:
            raise DefinitionError(f"sql/checks/{path.name}: {error}", "Mend the check.") from error
        offenders += [Offender(path.stem, found[1], str(name), str(detail)) for name, detail in rows]
    return sorted(offenders, key=lambda one: (one.severity, one.check, one.name, one.detail))
