"""Tables as the SQL tree declares them. Needs only DuckDB, so that reading a published file stays
quick.
"""

import duckdb

from marketwake.base.definitions import define
from marketwake.base.errors import DefinitionError
from marketwake.base.resources import SQL

VERSION_COLUMNS = {
    "recorded_at": "When this version was stored (landing instant of its payload), UTC",
    "superseded_at": "When a later version replaced it, UTC; null while it is current",
    "payload_sha256": "Content address of the payload that brought it",
}
"""Columns that the loader fills on every raw table, with their comments."""

SCHEMA_OF = {"seeds": "seed", "calendars": "cal"}
"""Folders of sql/ whose DDL fills a schema of another name."""


def create_tables(con: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Create the schema of `sql/<folder>` and every table in it that is not there yet.

    Raises:
        DefinitionError: a DDL file does not run.
    """
    con.execute(f"create schema if not exists {SCHEMA_OF.get(folder, folder)}")
    there = _tables(con, folder)
    for path in sorted((SQL / folder).glob("*.sql")):
        if path.stem not in there:
            _create(con, folder, path.stem)


def create_table(con: duckdb.DuckDBPyConnection, folder: str, name: str) -> None:
    """Create the table of `sql/<folder>/<name>.sql` where it is not there yet.

    Raises:
        DefinitionError: the DDL file does not run.
    """
    if name not in _tables(con, folder):
        _create(con, folder, name)


def _tables(con: duckdb.DuckDBPyConnection, folder: str) -> set[str]:
    schema = SCHEMA_OF.get(folder, folder)
    rows = con.execute(
        "select table_name from duckdb_tables() "
        "where schema_name = ? and database_name = current_database()",
        [schema],
    )
    return {name for (name,) in rows.fetchall()}


def _create(con: duckdb.DuckDBPyConnection, folder: str, name: str) -> None:
    schema = SCHEMA_OF.get(folder, folder)
    try:
        define(con, (SQL / folder / f"{name}.sql").read_text(encoding="utf-8"))
    except duckdb.Error as error:
        raise DefinitionError(f"{name}.sql: {error}", "Mend the DDL file.") from error
    if folder == "raw":
        for column, comment in VERSION_COLUMNS.items():
            con.execute(f"comment on column {schema}.{name}.{column} is '{comment}'")
