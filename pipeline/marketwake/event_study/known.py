"""The warehouse as it could be known at an instant: for studies that must not look ahead."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb

from marketwake.base.clock import asked_instant
from marketwake.base.duck import registered
from marketwake.warehouse import own_events
from marketwake.warehouse.build import build, run_folder
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.ddl import create_tables


@contextmanager
def as_known(
    con: duckdb.DuckDBPyConnection, instant: datetime
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory, built from what could be known at an instant, and nothing else.

    A figure counts when the public could know it by then (`available_at` of its staging view;
    without one it never counts). Of its versions that one counts which this warehouse held then.
    Before the warehouse held anything, the version that it recorded first does: a later restatement
    of the same figure never enters.

    Args:
        con: a reader will do.
        instant: with a time zone.

    Raises:
        BadInputError: the instant has no time zone, or is too far away.
    """
    at = asked_instant(instant)
    held = {
        name
        for (name,) in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
    }
    tables = [name for name in read_contracts("raw") if name in held]
    stamps = " union all ".join(
        f"select min(recorded_at) as first from raw.{name}" for name in tables
    )
    began = con.execute(f"select min(first) from ({stamps})").fetchall()[0][0]
    was_running = began is not None and began <= at
    with duckdb.connect() as memory:
        memory.execute("set timezone = 'UTC'")
        create_tables(memory, "raw")
        create_tables(memory, "ops")
        for name in tables:
            _copy(con, memory, name, at if was_running else None)
        build(memory)
        own_events.place(memory, own_events.placed(con))
        for name in tables:
            _forget(memory, name, at)
        run_folder(memory, "marts")
        yield memory


def _copy(
    con: duckdb.DuckDBPyConnection,
    memory: duckdb.DuckDBPyConnection,
    name: str,
    instant: datetime | None,
) -> None:
    """Copy the version of every figure held at the instant, without one the first recorded."""
    key = ", ".join(f'"{column}"' for column in read_contracts("raw")[name].key)
    chosen = (
        f"from as_known_at('raw.{name}', $instant::timestamptz)"
        if instant
        else f"""
            from raw.{name}
            qualify row_number() over (partition by {key} order by recorded_at) = 1
            """
    )
    relation = con.sql(
        f"select * replace (null::timestamptz as superseded_at) {chosen}",
        params={"instant": instant} if instant else None,
    )
    with registered(memory, "held", relation.to_arrow_table()):
        memory.execute(f"insert into raw.{name} by name from held")


def _forget(memory: duckdb.DuckDBPyConnection, name: str, instant: datetime) -> None:
    """Delete what was not public at the instant."""
    columns = memory.execute(
        "select column_name from duckdb_columns() where schema_name = 'stg' and table_name = ?",
        [name],
    ).fetchall()
    if ("available_at",) not in columns:
        memory.execute(f"delete from raw.{name}")
        return
    later = f"(select * from stg.{name} where not coalesce(available_at <= ?, false)) as later"
    same = " and ".join(
        f'held."{column}" = later."{column}"' for column in read_contracts("raw")[name].key
    )
    memory.execute(f"delete from raw.{name} as held using {later} where {same}", [instant])
