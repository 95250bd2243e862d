"""What every connection to a warehouse goes through before its use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from marketwake.base.duck import transaction
from marketwake.base.errors import WarehouseError
from marketwake.warehouse import migrations
from marketwake.warehouse.ddl import create_tables


@contextmanager
def opening(
    con: duckdb.DuckDBPyConnection, refusal: Callable[[Exception], WarehouseError]
) -> Iterator[None]:
    """Close a connection over which what is needed before its use fails: on a damaged file any
    statement may.
    """
    try:
        yield
    except duckdb.Error as error:
        con.close()
        raise refusal(error) from error
    except BaseException:
        con.close()
        raise


def set_up(con: duckdb.DuckDBPyConnection) -> None:
    """The session's time zone is UTC, and nothing is drawn."""
    con.execute("set timezone = 'UTC'")
    # DuckDB 2.0 draws it on standard output, amid JSON and CSV.
    con.execute("set enable_progress_bar = false")


def bring_up_to_date(con: duckdb.DuckDBPyConnection) -> None:
    """Raw and ops tables in place and in their newest form.

    Raises:
        NewerWarehouseError: a newer program wrote it.
        DefinitionError: a DDL file or a migration does not run; all stays as it was.
    """
    for migration in migrations.pending(con):
        with transaction(con):
            migration.apply(con)
    # One transaction: tables of the newest form without the record of it would be migrated again.
    with transaction(con):
        built_in = migrations.known() if migrations.is_new(con) else []
        create_tables(con, "raw")
        create_tables(con, "ops")
        for migration in built_in:
            migration.record(con)
