"""Whether figures come from addresses of one's own: a rehearsal, or a proxy."""

import duckdb


def own_addresses(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Sources that were asked elsewhere than at their own address, each with where that was; none
    in a file of a program that did not know.
    """
    is_kept = con.execute(
        "select 1 from duckdb_columns() where (schema_name, table_name, column_name) "
        "= ('ops', 'load', 'own_address')"
    ).fetchall()
    if not is_kept:
        return []
    rows = con.execute(
        "select distinct source || ' at ' || own_address as place from ops.load "
        "where own_address is not null order by place"
    ).fetchall()
    return [place for (place,) in rows]


def told(addresses: list[str]) -> str:
    """The same as a sentence; empty where there are none."""
    if not addresses:
        return ""
    return f"Not from the sources themselves: the settings had {', '.join(addresses)} asked."
