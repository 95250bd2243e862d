"""Tables as DuckDB's catalogue describes them: columns, comments, keys and checks. Needs only
DuckDB, so that asking a published file stays quick.
"""

import re
from dataclasses import dataclass

import duckdb

from marketwake.base.errors import DefinitionError
from marketwake.warehouse.ddl import VERSION_COLUMNS


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    duckdb_type: str
    nullable: bool
    comment: str


@dataclass(frozen=True)
class Table:
    """A table, `table` being its name with the schema; `columns`: those that a source must give, in
    order.
    """

    table: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    checks: tuple[str, ...]


_QUOTED_TYPE = re.compile(r'(?<= AS )"([A-Z ]+)"(?=\))')
"""How DuckDB 1.5 gives a cast in a check back: CAST('2024-01-11' AS "DATE")."""


def tables_in(con: duckdb.DuckDBPyConnection, schema: str) -> dict[str, Table]:
    """The tables that a database holds, by name without schema: those of a published file can be
    older than the DDL.

    Raises:
        DefinitionError: a table comment lacks its `Key: a, b.`
    """
    tables = con.execute(
        "select table_name, comment from duckdb_tables() "
        "where schema_name = ? and database_name = current_database() order by table_name",
        [schema],
    ).fetchall()
    columns: dict[str, list[Column]] = {name: [] for name, _ in tables}
    checks: dict[str, list[str]] = {name: [] for name, _ in tables}
    for name, *column in con.execute(
        "select table_name, column_name, data_type, is_nullable, coalesce(comment, '') "
        "from duckdb_columns() where schema_name = ? order by table_name, column_index",
        [schema],
    ).fetchall():
        # The columns of views stand beside those of tables.
        if name in columns and (schema != "raw" or column[0] not in VERSION_COLUMNS):
            columns[name].append(Column(*column))
    for name, expression in con.execute(
        "select table_name, expression from duckdb_constraints() "
        "where schema_name = ? and database_name = current_database() "
        "and constraint_type = 'CHECK' order by table_name, constraint_index",
        [schema],
    ).fetchall():
        checks[name].append(_QUOTED_TYPE.sub(_plain_type, expression))
    return {
        name: _table(f"{schema}.{name}", comment or "", tuple(columns[name]), tuple(checks[name]))
        for name, comment in tables
    }


def _plain_type(quoted: re.Match[str]) -> str:
    return quoted[1].replace("TIMESTAMP WITH TIME ZONE", "timestamptz")


def _table(table: str, comment: str, columns: tuple[Column, ...], checks: tuple[str, ...]) -> Table:
    stated = re.search(r"Key: ([a-z0-9_, ]+)\.$", comment)
    key = tuple(stated[1].split(", ")) if stated else ()
    if not key or not set(key) <= {column.name for column in columns}:
        raise DefinitionError(
            f"{table}: the table comment must end with 'Key: column, column.'",
            "Mend the comment in the DDL.",
        )
    return Table(table, comment, columns, key, checks)
