"""How tables lie in a lake: in what files, and without what DuckLake does not know."""

import duckdb

from marketwake.base.definitions import ALIAS
from marketwake.base.duck import transaction

BARS, STAMP = "raw.spot_bar", "opened_at"
_INLINED_ROWS = 1000
"""Rows of a statement in `ops` that PostgreSQL keeps: sixty small inserts made 670 files without,
and none with. On raw tables deletes of inlined rows and of rows in files may both succeed:
https://github.com/duckdb/ducklake/issues/1215
"""


def make_form(con: duckdb.DuckDBPyConnection) -> None:
    """Set what stands in the catalogue of a new lake, before its first table; all writers do so."""
    con.execute(f"call {ALIAS}.set_option('parquet_compression', 'zstd')")
    con.execute(f"call {ALIAS}.set_option('data_inlining_row_limit', '0')")
    con.execute("create schema ops")
    con.execute(
        f"call {ALIAS}.set_option('data_inlining_row_limit', '{_INLINED_ROWS}', schema => 'ops')"
    )


def sort_bars(con: duckdb.DuckDBPyConnection) -> None:
    """Lay bars, the table that grows without end, by month and by a few shares of their markets,
    and sort each file: a file for each market and month would be a thousand times as many.
    """
    con.execute(
        f"alter table {BARS} set partitioned by (year({STAMP}), month({STAMP}), bucket(8, symbol))"
    )
    con.execute(f"alter table {BARS} set sorted by (venue, symbol, bar_interval, {STAMP})")


def make_empty(con: duckdb.DuckDBPyConnection) -> None:
    """Take away every table and view; snapshots before keep them."""
    with transaction(con):
        for (schema,) in con.execute(
            "select distinct schema_name from duckdb_tables() "
            "where database_name = current_database()"
        ).fetchall():
            con.execute(f"drop schema {schema} cascade")
        con.execute("drop schema if exists stg cascade")
