"""How many rows each series has in each month, and the gaps between its bars, kept so that the raw
tables need not be read for it.

Only the months are counted again that versions touch which are newer than the last count
(marketwake.warehouse.renewal).
"""

from datetime import datetime
from itertools import accumulate

import duckdb

from marketwake.warehouse.build import reference, run_folder
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.renewal import known_to, take_in

ROWS_AT_ONCE = 5_000_000
"""Bars whose gaps are looked for at once: what is sorted has to fit into memory."""


def counted_to(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """The instant after which every version that is not counted yet was recorded or superseded;
    None where all are to be counted.
    """
    return known_to(con, "coverage", list(read_contracts("raw")))


def count(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the counts up to date in temporary tables (coverage_month, coverage_gap); nothing is
    written.

    Raises:
        DefinitionError: an SQL file does not run.
    """
    if not con.execute(
        "select 1 from information_schema.tables "
        "where table_schema = 'cal' and table_name = 'stamp'"
    ).fetchall():
        reference(con)
    con.execute(
        "set variable coverage_counted_to = coalesce(?::timestamptz, timestamptz '-infinity')",
        [counted_to(con)],
    )
    run_folder(con, "coverage/counts")
    months = con.execute(
        'select "month", sum(current_rows) from coverage_short group by 1 order by 1'
    ).fetchall()
    while months:
        total = accumulate(rows for _, rows in months)
        taken = max(1, sum(rows <= ROWS_AT_ONCE for rows in total))
        con.execute(
            "insert into coverage_regapped from coverage_gaps(?::date, ?::date)",
            [months[0][0], months[taken - 1][0]],
        )
        months = months[taken:]


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Bring ops.coverage_month and ops.coverage_gap up to date, in a transaction of the caller's:
    one without the other would pass for whole. Raises DefinitionError.
    """
    count(con)
    for table, fresh in (
        ("coverage_month", "coverage_recounted"),
        ("coverage_gap", "coverage_regapped"),
    ):
        con.execute(
            f'delete from ops.{table} where (dataset, venue, symbol, "interval", "month") '
            "in (from coverage_touched)"
        )
        con.execute(f"insert into ops.{table} by name from {fresh}")
    take_in(con, "coverage")
