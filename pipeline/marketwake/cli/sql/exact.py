"""Answers in which every value can be told from every other: Python has no date without end and no
month, so that DuckDB writes such columns as text.
"""

import duckdb

from marketwake.cli.sql.reading import bare

_WRITTEN = {
    "DATE": "{}::varchar",
    "INTERVAL": "{}::varchar",
    # In ISO 8601. Those with a time zone need no text: one without end comes without its zone.
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
        "replace({}::varchar, ' ', 'T')",
    ),
}


def execute(
    con: duckdb.DuckDBPyConnection, statement: duckdb.Statement, bound: dict[str, str]
) -> list[tuple[str, str]]:
    """Run a statement whose rows are then fetched; its columns' names and DuckDB types."""
    columns = _described(con, statement, bound)
    if not any(kind in _WRITTEN for _, kind in columns):
        con.execute(statement, bound)
        return [(str(name), str(kind)) for name, kind, *_ in con.description or []]
    own = [f"column_{place}" for place in range(len(columns))]
    chosen = ", ".join(
        _WRITTEN.get(kind, "{}").format(name) for name, (_, kind) in zip(own, columns, strict=True)
    )
    con.execute(
        f"select {chosen} from (\n{bare(statement.query)}\n) as answer({', '.join(own)})", bound
    )
    return columns


def _described(
    con: duckdb.DuckDBPyConnection, statement: duckdb.Statement, bound: dict[str, str]
) -> list[tuple[str, str]]:
    if statement.type != duckdb.StatementType.SELECT:
        return []
    try:
        rows = con.execute(f"describe {statement.query}", bound).fetchall()
    except duckdb.Error:  # SHOW and its like; whatever else is wrong is told when it runs
        return []
    return [(name, kind) for name, kind, *_ in rows]
