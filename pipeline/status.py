"""The state of a published warehouse: rows and versions per table, gaps, rejects, last runs."""

from datetime import date
from typing import Any

import duckdb


def read_status(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Tables with current rows, versions and rejects; series with gaps; offenders of the data checks; the ten newest runs, newest first.

    Instants are ISO 8601 in UTC. Needs only DuckDB, so that a monitor may call it often.
    """
    names = [row[0] for row in con.execute("select table_name from duckdb_tables() where schema_name = 'raw' order by 1").fetchall()]
    tables = {}
    for name in names:
        current, versions, newest = con.execute(
            f"select count(*) filter (superseded_at is null), count(*), max(recorded_at) from raw.{name}"
        ).fetchall()[0]
        rejects = con.execute("select count(*) from ops.reject where table_name = ?", [f"raw.{name}"]).fetchall()[0][0]
        tables[name] = {
            "current_rows": current,
            "versions": versions,
            "rejects": rejects,
            "newest_recorded_at": newest and newest.isoformat(),
        }
    gaps = con.execute(
        "select dataset, series, expected, present, missing, first_at, last_at from mart.coverage "
        "where missing > 0 order by missing desc, dataset, series"
    )
    found_gaps = _records(gaps)
    runs = con.execute(
        "select run_id, flow, source, started_at, finished_at, state, message from ops.run order by started_at desc limit 10"
    )
    found_runs = _records(runs)
    offenders = con.execute(
        "select check_name, severity, count(*) as offenders, min(object || ': ' || detail) as one_of_them "
        "from ops.offender group by all order by severity, check_name"
    )
    return {"tables": tables, "gaps": found_gaps, "checks": _records(offenders), "runs": found_runs}


def _records(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or []]
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]
