"""Definitions in SQL, as the database of a connection takes them. A lake knows no checks, and no
comments on macros or on the columns of views.
"""

import re
from collections.abc import Iterator

import duckdb

ALIAS = "lake"
"""The database of a connection to a lake."""
_TABLE = re.compile(r"create\s+(?:or\s+replace\s+)?table\s+(\w+)\.\w+\s*\(", re.IGNORECASE)
_VIEW = re.compile(r"create\s+(?:or\s+replace\s+)?view\s+(\w+\.\w+)", re.IGNORECASE)
_COMMENT = re.compile(
    r"^comment\s+on\s+(macro|column)\s+(?:table\s+)?(\w+\.\w+)?", re.IGNORECASE | re.MULTILINE
)


def define(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """Run definitions of the SQL tree. Raises duckdb.Error."""
    for statement in _for_lake(text) if is_lake(con) else [text]:
        con.execute(statement)


def is_lake(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a connection is one to a lake."""
    return con.execute("select current_database()").fetchall() == [(ALIAS,)]


def _for_lake(text: str) -> Iterator[str]:
    """The statements of a text that a lake takes, as it takes them."""
    statements = [statement.query.strip() for statement in duckdb.extract_statements(text)]
    views = {found[1] for found in map(_VIEW.search, statements) if found}
    for statement in statements:
        comment = _COMMENT.search(statement)
        if comment and (comment[1].lower() == "macro" or comment[2] in views):
            continue
        table = _TABLE.search(statement)
        yield _without_checks(statement, table) if table else statement


def _without_checks(statement: str, head: re.Match[str]) -> str:
    """A table as DuckDB understands it, by names, types, nullability and defaults alone."""
    with duckdb.connect() as scratch:
        scratch.execute(f"create schema {head[1]}")
        scratch.execute(statement)
        columns = scratch.execute(
            "select column_name, data_type, is_nullable, column_default from duckdb_columns() "
            "where not internal order by column_index"
        ).fetchall()
    parts = (
        f'"{column}" {kind}'
        + ("" if is_nullable else " not null")
        + (f" default {default}" if default not in {None, "NULL"} else "")
        for column, kind, is_nullable, default in columns
    )
    return f"{head[0]}{', '.join(parts)})"
