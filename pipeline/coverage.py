"""How many rows each series has in each month, kept in ops.coverage_month so that the raw tables need not be read for it.

Versions are recorded in the order of landing: those newer than the last count lie at the end of their table, and only the months that they
touch are counted again.
"""

import duckdb

from pipeline.build import reference, run_folder


def count(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the counts up to date in temporary tables (coverage_month, coverage_touched, coverage_recounted); nothing is written.

    Raises:
        DefinitionError: an SQL file does not run.
    """
    if not con.execute("select 1 from duckdb_views() where schema_name = 'cal' and view_name = 'stamp'").fetchall():
        reference(con)
    run_folder(con, "coverage")


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Bring ops.coverage_month up to date."""
    count(con)
    con.execute('delete from ops.coverage_month where (dataset, venue, symbol, "interval", "month") in (from coverage_touched)')
    con.execute("insert into ops.coverage_month by name from coverage_recounted")
