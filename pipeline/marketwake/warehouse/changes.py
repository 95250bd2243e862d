"""What a run changed in the raw tables: keys that appeared, and figures that were restated."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import duckdb

from marketwake.base.errors import BadInputError
from marketwake.warehouse.catalogue import Table, tables_in

LISTED = 200
"""Restated figures that are listed; `restated_figures` counts all. More than a page of them is a
single event, not so many.
"""


@dataclass(frozen=True)
class TableChanges:
    """Keys of a raw table that were seen for the first time, keys of which a version was replaced,
    and keys of which none stands any more.
    """

    table: str
    new: int
    restated: int
    withdrawn: int


@dataclass(frozen=True)
class Restated:
    """One figure that a source had given otherwise before; values as DuckDB prints them, None where
    there is none.
    """

    table: str
    key: dict[str, str]
    column: str
    old: str | None
    new: str | None
    recorded_at: datetime


@dataclass(frozen=True)
class Changes:
    """The changes of one run; tables without any are left out."""

    run_id: str
    tables: tuple[TableChanges, ...]
    restated_figures: int
    restated: tuple[Restated, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; instants in ISO 8601, UTC."""
        listed = [
            asdict(figure) | {"recorded_at": figure.recorded_at.isoformat()}
            for figure in self.restated
        ]
        tables = [asdict(table) for table in self.tables]
        return {
            "run_id": self.run_id,
            "tables": tables,
            "restated_figures": self.restated_figures,
            "restated": listed,
        }


def changes(
    con: duckdb.DuckDBPyConnection, run_id: str | None = None, limit: int = LISTED
) -> Changes:
    """What the payloads of a run (None: of the newest) changed when they were loaded, by table, key
    and column.

    A payload that a killed run had landed and the next one loaded counts for the run that fetched
    it. Where `vacuum` has removed the replaced versions, their successors count as new.

    Raises:
        BadInputError: there is no such run, or none at all.
    """
    chosen = _run(con, run_id)
    tables: list[TableChanges] = []
    listed: list[Restated] = []
    total = 0
    bounds = con.execute(
        """
        select min(landed_at), max(landed_at)
        from ops.load
        where run_id = ? and (rows_new + rows_restated > 0 or source = 'decision')
        """,
        [chosen],
    ).fetchall()[0]
    if bounds[0] is not None:
        counted = _counts(con, chosen, bounds)
        replaced = any(opened and closed for _, opened, closed in counted)
        whole = tables_in(con, "raw") if replaced else {}
        for name, opened, closed in counted:
            restated = _restated(con, whole[name], chosen, bounds) if opened and closed else 0
            tables.append(TableChanges(name, opened - restated, restated, closed - restated))
            if restated:
                figures, count = _figures(con, whole[name], chosen, bounds, limit - len(listed))
                listed += figures
                total += count
    return Changes(chosen, tuple(tables), total, tuple(listed))


def _run(con: duckdb.DuckDBPyConnection, run_id: str | None) -> str:
    known = con.execute(
        # Rows stand in the order in which runs were recorded, whatever their clocks said.
        "select run_id from ops.run where ? is null or run_id = ? order by rowid desc limit 1",
        [run_id, run_id],
    ).fetchall()
    if not known:
        raise BadInputError(
            f"there is no run '{run_id}'" if run_id else "there has been no run",
            "`marketwake status` lists the last runs.",
        )
    return str(known[0][0])


# The bounds let DuckDB skip whole row groups: versions are stored in the order of landing.
_RECEIPT = "receipt as (select landed_at from ops.load where run_id = $run and status = 'loaded')"
_OPENED = f"""
    with {_RECEIPT},
    opened as (
        select * from {{table}} semi join receipt on recorded_at = landed_at
        where recorded_at between $first and $last
    ),
    closed as (
        select * from {{table}} semi join receipt on superseded_at = landed_at
        where superseded_at between $first and $last
    )
"""


def _counts(
    con: duckdb.DuckDBPyConnection, run_id: str, bounds: tuple[datetime, datetime]
) -> list[tuple[str, int, int]]:
    """Tables with changes: versions opened, and closed. One statement for all is the quickest."""
    names = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw' and not temporary"
    ).fetchall()
    moments = " union all ".join(
        f"select '{name}' as name, {column} as moment, {opened} as opened from raw.\"{name}\" "
        f"where {column} between $first and $last"
        for (name,) in names
        for column, opened in (("recorded_at", 1), ("superseded_at", 0))
    )
    return con.execute(
        f"""
        with {_RECEIPT}, version as ({moments})
        select name, count(*) filter (opened = 1), count(*) filter (opened = 0)
        from version semi join receipt on moment = landed_at
        group by name
        order by name
        """,
        _given(run_id, bounds),
    ).fetchall()


def _restated(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    run_id: str,
    bounds: tuple[datetime, datetime],
) -> int:
    """Versions opened in the place of another."""
    key = ", ".join(f'"{name}"' for name in table.key)
    (restated,) = con.execute(
        _OPENED.format(table=table.table)
        + f"select count(*) from opened semi join closed using ({key})",
        _given(run_id, bounds),
    ).fetchall()[0]
    return int(restated)


def _given(run_id: str, bounds: tuple[datetime, datetime]) -> dict[str, Any]:
    return {"run": run_id, "first": bounds[0], "last": bounds[1]}


def _figures(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    run_id: str,
    bounds: tuple[datetime, datetime],
    limit: int,
) -> tuple[list[Restated], int]:
    same = " and ".join(f'old."{name}" = new."{name}"' for name in table.key)
    key = ", ".join(f'new."{name}"::varchar' for name in table.key)
    pairs = ", ".join(
        f"{{'name': '{column.name}', "
        f"'old': old.\"{column.name}\"::varchar, 'new': new.\"{column.name}\"::varchar}}"
        for column in table.columns
        if column.name not in table.key
    )
    figures = f"""
        , pair as (
            select [{key}] as key, new.recorded_at as recorded_at, unnest([{pairs}]) as figure
            from opened new
            join closed old on {same} and old.superseded_at = new.recorded_at
        ),
        figures as (select * from pair where figure.old is distinct from figure.new)
        select
            key, figure.name, figure.old, figure.new, recorded_at, (select count(*) from figures)
        from figures
        order by recorded_at, key, figure.name
        limit greatest($limit, 1)
    """
    rows = con.execute(
        _OPENED.format(table=table.table) + figures,
        _given(run_id, bounds) | {"limit": limit},
    ).fetchall()
    name = table.table.removeprefix("raw.")
    listed = [
        Restated(name, dict(zip(table.key, cells, strict=True)), *values)
        for cells, *values, _ in rows[: max(limit, 0)]
    ]
    return listed, rows[0][-1] if rows else 0
