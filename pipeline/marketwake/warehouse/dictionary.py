"""The data dictionary: sql/README.md, written from the comments in DuckDB's catalogue.

`python -m marketwake.warehouse.dictionary` writes it; a test fails while it is stale.
"""

import tempfile
from pathlib import Path

import duckdb

from marketwake.base.resources import SQL
from marketwake.warehouse.build import build
from marketwake.warehouse.files import Warehouse

_HEAD = """# Data dictionary

Written by `make dictionary` from the comments in the SQL files; change those, not this page.

A row travels `raw` -> `stg` -> `mart`; `seed` is reference data kept in this repository, `cal`
what the calendars compute, `ops` the record of runs. Instants are UTC, rates are fractions, units
stand in the names. In `raw`, `superseded_at is null` marks the current version of a row;
`from as_known_at('raw.etf_flow', timestamptz '2025-08-08 12:00:00+00')` answers as the warehouse
stood then.
"""
_SCHEMAS = {
    "raw": "Raw tables: what sources published, every version of it",
    "stg": "Staging views: current versions, with the instant the public could know them",
    "mart": "Marts: what is asked",
    "seed": "Seeds: reference data, each row with its source",
    "cal": "Calendars: sessions and expiries",
    "ops": "Operations: runs, loads, rejects",
}


def render(con: duckdb.DuckDBPyConnection) -> str:
    """Markdown: all tables and views with columns, types and comments, and the macros."""
    parts = [_HEAD]
    relations = con.execute(
        """
        select schema_name, table_name, coalesce(comment, '')
        from duckdb_tables() where not internal and database_name = current_database()
        union all
        select schema_name, view_name, coalesce(comment, '')
        from duckdb_views() where not internal and database_name = current_database()
        order by all
        """
    ).fetchall()
    for schema, title in _SCHEMAS.items():
        parts.append(f"## {title}\n")
        for _, name, comment in (relation for relation in relations if relation[0] == schema):
            parts.append(
                f"### {schema}.{name}\n\n{comment}\n\n| column | type | meaning |\n|---|---|---|"
            )
            columns = con.execute(
                "select column_name, data_type, coalesce(comment, '') from duckdb_columns() "
                "where schema_name = ? and table_name = ? order by column_index",
                [schema, name],
            ).fetchall()
            parts.append(
                "\n".join(
                    f"| {column} | {_type(kind)} | {text} |" for column, kind, text in columns
                )
                + "\n"
            )
    parts.append("## Macros: functions to ask with\n")
    for name, parameters, comment in con.execute(
        "select distinct function_name, parameters, coalesce(comment, '') from duckdb_functions() "
        "where not internal and function_type like '%macro' order by all"
    ).fetchall():
        meaning, _, example = comment.partition(" Example: ")
        parts.append(
            f"### {name}({', '.join(parameters)})\n\n{meaning}\n\n```sql\n{example}\n```\n"
        )
    return "\n".join(parts)


def _type(name: str) -> str:
    return "timestamptz" if name == "TIMESTAMP WITH TIME ZONE" else name.lower()


def main() -> None:
    """Write sql/README.md from a warehouse built without a single raw row."""
    with tempfile.TemporaryDirectory() as folder, Warehouse(Path(folder)).writer() as con:
        build(con)
        (SQL / "README.md").write_text(render(con), encoding="utf-8")


if __name__ == "__main__":
    main()
