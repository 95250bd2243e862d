"""What DuckDB needs around a statement: a transaction, and a table that SQL can read."""

from collections.abc import Iterator
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
