"""What DuckDB needs around a statement: its file, a transaction, tables of what Python has."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

_OF_THE_DISK = (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException)


def is_of_the_disk(error: BaseException) -> bool:
    """Whether it is what DuckDB raises where a disk is full, or fails: when it commits, a
    TransactionException; on a damaged block its plain Error.
    """
    return isinstance(error, _OF_THE_DISK) or type(error) is duckdb.Error


def open_file(
    path: Path,
    config: dict[str, bool | int | float | str | list[str]] | None = None,
    *,
    read_only: bool = False,
) -> duckdb.DuckDBPyConnection:
    """A connection to a file, wherever it lies. Raises duckdb.Error."""
    # A relative path that begins like `old:` is a kind of database to DuckDB, which it would fetch.
    return duckdb.connect(path.absolute(), read_only=read_only, config=config or {})


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
