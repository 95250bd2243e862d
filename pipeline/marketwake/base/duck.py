"""What DuckDB needs around a statement: a transaction, and tables of what Python holds."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb


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
    hundredth of one for each.
    """
    if rows:
        columns = ", ".join(f"unnest(?::{kind}[])" for kind in con.table(table).types)
        values = [list(column) for column in zip(*rows, strict=True)]
        con.execute(f"insert into {table} select {columns}", values)
