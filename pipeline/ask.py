"""Ad-hoc SQL on the published file: read-only by construction."""

import csv
import json
import sys
from pathlib import Path

import duckdb

from pipeline.errors import BadInputError
from pipeline.warehouse import reader

OUTPUTS = ("table", "csv", "json")


def ask(root: Path, query: str, output: str) -> None:
    """Run one query, or a file of one, and print its rows. Stamps are UTC.

    Raises:
        BadInputError: the output is unknown, the file is not there, or DuckDB refuses the query.
        WarehouseError: nothing is published.
    """
    if output not in OUTPUTS:
        raise BadInputError(f"unknown output '{output}'", f"Choose one of {', '.join(OUTPUTS)}.")
    text = query
    if query.endswith(".sql"):
        try:
            text = Path(query).read_text(encoding="utf-8")
        except OSError as error:
            raise BadInputError(f"{query} cannot be read: {error.strerror}", "Name a file, or give the query itself in quotes.") from error
    with reader(root) as con:
        # The file is opened read-only; this also keeps a query from reading or writing any other file.
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        try:
            relation = con.sql(text)
            if relation is None:
                raise BadInputError("the query returns no rows", "Give a query that selects something.")
            _print(relation, output)
        except duckdb.Error as error:
            raise BadInputError(str(error), "`marketwake sql 'show all tables'` lists the tables; sql/README.md describes them.") from error


def _print(relation: duckdb.DuckDBPyRelation, output: str) -> None:
    if output == "table":
        relation.show(max_rows=200)
        return
    columns, rows = relation.columns, relation.fetchall()
    if output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    else:
        json.dump([dict(zip(columns, row, strict=True)) for row in rows], sys.stdout, default=str, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
