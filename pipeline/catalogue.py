"""Tables as the SQL tree declares them. Needs only DuckDB, so that reading a published file stays quick."""

import duckdb

from pipeline.errors import DefinitionError
from pipeline.resources import SQL

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
    schema = SCHEMA_OF.get(folder, folder)
    con.execute(f"create schema if not exists {schema}")
    present = {row[0] for row in con.execute("select table_name from duckdb_tables() where schema_name = ?", [schema]).fetchall()}
    for path in sorted((SQL / folder).glob("*.sql")):
        if path.stem in present:
            continue
        try:
            con.execute(path.read_text(encoding="utf-8"))
        except duckdb.Error as error:
            raise DefinitionError(f"{path.name}: {error}", "Mend the DDL file.") from error
        if folder == "raw":
            for column, comment in VERSION_COLUMNS.items():
                con.execute(f"comment on column {schema}.{path.stem}.{column} is '{comment}'")
