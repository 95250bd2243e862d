"""Writing the sample: current rows of a warehouse, cut by `sql/exports/sample/<raw table>.sql`, as
CSV that a person can read.

The files are deterministic: rows in the order of the key, columns in the order of the contract,
stamps in UTC as `2025-08-07T16:00:00Z`, numbers in the shortest form that reads back as the same
double, `\\n` at the end of a line. A warehouse that was loaded from the sample exports the same
bytes.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import DefinitionError, WarehouseError
from marketwake.base.resources import SQL
from marketwake.warehouse.columns import dtype_of
from marketwake.warehouse.contracts import read_contracts


@dataclass(frozen=True)
class Written:
    """One exported file: its raw table (without schema), place, rows without the header, and size
    in bytes.
    """

    table: str
    path: Path
    rows: int
    size: int


def export_sample(con: duckdb.DuckDBPyConnection, target: Path) -> list[Written]:
    """Write one CSV per export query into `target`, replacing what is there. The session time zone
    must be UTC.

    Raises:
        DefinitionError: a query does not run, or does not give the incoming columns of its
            contract.
        WarehouseError: the folder cannot be written.
    """
    contracts = read_contracts("raw")
    written = []
    for query in sorted((SQL / "exports" / "sample").glob("*.sql")):
        try:
            frame = con.sql(query.read_text(encoding="utf-8")).pl()
        except duckdb.Error as error:
            raise DefinitionError(
                f"sql/exports/sample/{query.name}: {error}", "Mend the query."
            ) from error
        expected = {column.name: dtype_of(column) for column in contracts[query.stem].columns}
        if dict(frame.schema) != expected:
            raise DefinitionError(
                f"sql/exports/sample/{query.name} gives {dict(frame.schema)}, "
                f"the contract has {expected}",
                "Select the contract's columns.",
            )
        path = target / f"{query.stem}.csv"
        content = _csv(frame).encode()
        try:
            write_atomically(path, content)
        except OSError as error:
            raise WarehouseError(
                f"{path} cannot be written: {error.strerror}",
                "Name a folder that this user may write.",
            ) from error
        written.append(Written(query.stem, path, frame.height, len(content)))
    return written


def _csv(frame: pl.DataFrame) -> str:
    return frame.select(_text(name, dtype) for name, dtype in frame.schema.items()).write_csv(
        line_terminator="\n"
    )


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ")
    text = pl.col(name).cast(pl.String)
    return text.str.replace(r"\.0$", "") if dtype == pl.Float64 else text
