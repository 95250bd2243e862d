"""What DuckDB needs around a statement: its file, a transaction, tables of what Python has."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import duckdb

from marketwake.base.settings import read_settings

Config: TypeAlias = dict[str, bool | int | float | str | list[str]]
"""Settings of a connection."""
_OF_THE_DISK = (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException)


def is_of_the_disk(error: BaseException) -> bool:
    """Whether it is what DuckDB raises where a disk is full, or fails: when it commits, a
    TransactionException; on a damaged block its plain Error.
    """
    return isinstance(error, _OF_THE_DISK) or type(error) is duckdb.Error


def open_file(
    path: Path,
    config: Config | None = None,
    *,
    read_only: bool = False,
) -> duckdb.DuckDBPyConnection:
    """A connection to a file, wherever it lies, within the limits of the settings.

    Raises:
        BadInputError: the settings are not well formed.
        duckdb.Error: it cannot be opened.
    """
    # A relative path that begins like `old:` is a kind of database to DuckDB, which it would fetch.
    settings = read_settings(path.parent)
    limits: Config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
    given = {name: limit for name, limit in limits.items() if limit} | (config or {})
    return duckdb.connect(path.absolute(), read_only=read_only, config=given)


def lower_memory(con: duckdb.DuckDBPyConnection, most: str) -> str:
    """Let a connection use no more memory than `most`, an amount like 2GB; returns what it could
    use until then. A lower limit stays.
    """
    ((before, is_higher),) = con.execute(
        "select current_setting('memory_limit') as before, "
        "parse_formatted_bytes(before) > parse_formatted_bytes(?)",
        [most],
    ).fetchall()
    if is_higher:
        con.execute(f"set memory_limit = '{most}'")
    return str(before)


def parse_tree(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """How DuckDB reads SELECT statements, as JSON; of another text `error` is true."""
    ((tree,),) = con.execute("select json_serialize_sql(?::varchar)", [query]).fetchall()
    return str(tree)


@contextmanager
def attached(
    con: duckdb.DuckDBPyConnection, path: Path, name: str, *, read_only: bool = False
) -> Iterator[None]:
    """Another file under the name `name` within the block."""
    quoted = str(path.absolute()).replace("'", "''")
    con.execute(f"attach '{quoted}' as {name}{' (read_only)' if read_only else ''}")
    try:
        yield
    finally:
        con.execute(f"detach {name}")


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block or, when it is left by an exception or an interrupt, nothing of it."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


@contextmanager
def registered(con: duckdb.DuckDBPyConnection, name: str, table: object) -> Iterator[None]:
    """An Arrow table as the view `name` within the block."""
    con.register(name, table)
    try:
        yield
    finally:
        con.unregister(name)


def insert_rows(
    con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]
) -> None:
    """Insert rows of values in the order of the table's columns; one statement for all costs a
    hundredth of one for each, and twice as much as one for one.
    """
    if len(rows) == 1:
        con.execute(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows[0])
    elif rows:
        columns = ", ".join(f"unnest(?::{kind}[])" for kind in con.table(table).types)
        values = [list(column) for column in zip(*rows, strict=True)]
        con.execute(f"insert into {table} select {columns}", values)
