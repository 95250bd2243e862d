"""The DDL is the contract: types, nullability, checks, keys and comments are read back from
DuckDB's catalogue.

Nothing is declared twice. A contract gives the polars schema of incoming rows and splits a frame
into accepted and rejected rows.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import polars as pl
from polars._typing import PolarsDataType

from marketwake.base.errors import DefinitionError
from marketwake.warehouse.ddl import SCHEMA_OF, VERSION_COLUMNS, create_tables

_DTYPES: dict[str, PolarsDataType] = {
    "VARCHAR": pl.String(),
    "DOUBLE": pl.Float64(),
    "BIGINT": pl.Int64(),
    "INTEGER": pl.Int32(),
    "BOOLEAN": pl.Boolean(),
    "DATE": pl.Date(),
    "TIMESTAMP WITH TIME ZONE": pl.Datetime("us", "UTC"),
}
_FORMATS = {
    "DATE": ("%Y-%m-%d",),
    "TIMESTAMP WITH TIME ZONE": ("%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%SZ"),
}


@dataclass(frozen=True)
class Column:
    """One column of a table, as the catalogue describes it."""

    name: str
    duckdb_type: str
    nullable: bool
    comment: str

    @property
    def dtype(self) -> PolarsDataType:
        """The polars type that arrives in DuckDB as `duckdb_type`."""
        return _DTYPES[self.duckdb_type]


@dataclass(frozen=True)
class Validated:
    """What a contract made of a frame: every row is in exactly one of the two.

    `accepted` has the contract's columns and types; `rejected` has row_number (from 1), reason and
    row_json.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame


@dataclass(frozen=True)
class Contract:
    """What a table promises about its rows; `columns`: those that a source must give, in order."""

    table: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    checks: tuple[str, ...]

    def validate(self, frame: pl.DataFrame) -> Validated:
        """Split a frame into rows that keep the contract and rows that break it, with every reason.

        Text is cast to the column's type; NaN and infinities become null, because polars and DuckDB
        order them differently. A key that occurs twice with equal values is one row; with different
        values, all its rows are rejected.

        Raises:
            DefinitionError: the frame lacks a column of the contract or has one too many.
        """
        names = [column.name for column in self.columns]
        if set(frame.columns) != set(names):
            raise DefinitionError(
                f"{self.table}: a parser gave the columns {sorted(frame.columns)}, "
                f"the contract has {sorted(names)}",
                "Mend the parser: it must give exactly the columns of the DDL, versions aside.",
            )
        raw = frame.select(names)
        # Everything in few passes: a night has a hundred small payloads.
        both = raw.rename(_raw_name).with_columns(
            _cast(column, pl.col(_raw_name(column.name)), raw.schema[column.name]).alias(
                column.name
            )
            for column in self.columns
        )
        cast = both.select(names)
        try:
            reason = both.select(
                pl.concat_str(self._reasons(raw.schema), separator="; ", ignore_nulls=True)
            ).to_series()
        except pl.exceptions.PolarsError as error:
            raise DefinitionError(
                f"{self.table}: polars cannot evaluate a check: {error}",
                "Write it without regular expressions, and with typed literals: "
                "date '2024-01-11', not '2024-01-11'.",
            ) from error
        reason = self._judge_repeats(cast, reason)
        rejected = pl.DataFrame(
            {
                "row_number": pl.int_range(1, frame.height + 1, eager=True),
                "reason": reason,
                "row_json": raw.select(pl.struct(names).struct.json_encode()).to_series(),
            }
        ).filter(pl.col("reason") != "")
        accepted = cast.filter(reason == "").unique(self.key, keep="first", maintain_order=True)
        return Validated(accepted, rejected)

    def _reasons(self, given: pl.Schema) -> list[pl.Expr]:
        reasons = [_cast_reason(column, given[column.name]) for column in self.columns]
        # A check that evaluates to null passes, as in SQL.
        return [
            *reasons,
            *(
                pl.when(pl.sql_expr(check).eq(other=False)).then(pl.lit(f"breaks {check}"))
                for check in self.checks
            ),
        ]

    def _judge_repeats(self, cast: pl.DataFrame, reason: pl.Series) -> pl.Series:
        sound = pl.when(pl.col("__reason") == "").then(pl.struct(cast.columns))
        conflict = (
            cast.with_columns(reason.alias("__reason"))
            .select(sound.drop_nulls().n_unique().over(self.key) > 1)
            .to_series()
        )
        text = f"the key ({', '.join(self.key)}) occurs more than once with different values"
        return reason.zip_with((reason != "") | ~conflict, pl.repeat(text, len(reason), eager=True))


def _raw_name(name: str) -> str:
    return f"__raw {name}"


def _cast(column: Column, value: pl.Expr, given: PolarsDataType) -> pl.Expr:
    if given == pl.String and column.duckdb_type in _FORMATS:
        dtype: Any = column.dtype
        formats = _FORMATS[column.duckdb_type]
        return pl.coalesce(
            value.str.strptime(dtype, format_, strict=False, exact=True) for format_ in formats
        )
    if given == pl.String and column.duckdb_type == "BOOLEAN":
        return value.replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean()
        )
    cast = value.cast(column.dtype, strict=False)
    return pl.when(cast.is_finite()).then(cast) if column.duckdb_type == "DOUBLE" else cast


def _cast_reason(column: Column, given: PolarsDataType) -> pl.Expr:
    raw, cast = pl.col(_raw_name(column.name)), pl.col(column.name)
    lost = raw.is_not_null() & cast.is_null()
    if given == pl.String:
        lost &= raw != ""
    elif given.is_float():
        lost &= raw.is_finite()
    missing = (
        cast.is_null() & ~lost.fill_null(value=False)
        if not column.nullable
        else pl.lit(value=False)
    )
    return (
        pl.when(lost)
        .then(
            pl.format(f"{column.name}: '{{}}' is not a {column.duckdb_type}", raw.cast(pl.String))
        )
        .when(missing)
        .then(pl.lit(f"{column.name}: missing"))
    )


@cache
def read_contracts(schema: str) -> dict[str, Contract]:
    """Contracts of all tables in `sql/<schema>/*.sql`, by table name without schema, in
    alphabetical order.

    Raises:
        DefinitionError: a DDL file does not run, or a table comment lacks its `Key: a, b.`
    """
    with duckdb.connect() as con:
        create_tables(con, schema)
        return contracts_in(con, SCHEMA_OF.get(schema, schema))


def contracts_in(con: duckdb.DuckDBPyConnection, schema: str) -> dict[str, Contract]:
    """Contracts of the tables that a database holds, by table name: those of a published file can
    be older than the DDL.

    Raises:
        DefinitionError: a table comment lacks its `Key: a, b.`
    """
    tables = con.execute(
        "select table_name, comment from duckdb_tables() "
        "where schema_name = ? and not temporary order by table_name",
        [schema],
    ).fetchall()
    columns: dict[str, list[Column]] = {name: [] for name, _ in tables}
    checks: dict[str, list[str]] = {name: [] for name, _ in tables}
    for name, *column in con.execute(
        "select table_name, column_name, data_type, is_nullable, coalesce(comment, '') "
        "from duckdb_columns() where schema_name = ? order by table_name, column_index",
        [schema],
    ).fetchall():
        # The columns of views stand beside those of tables.
        if name in columns and (schema != "raw" or column[0] not in VERSION_COLUMNS):
            columns[name].append(Column(*column))
    for name, expression in con.execute(
        "select table_name, expression from duckdb_constraints() "
        "where schema_name = ? and constraint_type = 'CHECK' order by table_name, constraint_index",
        [schema],
    ).fetchall():
        checks[name].append(expression)
    return {
        name: _contract(
            f"{schema}.{name}", comment or "", tuple(columns[name]), tuple(checks[name])
        )
        for name, comment in tables
    }


def _contract(
    table: str, comment: str, columns: tuple[Column, ...], checks: tuple[str, ...]
) -> Contract:
    stated = re.search(r"Key: ([a-z0-9_, ]+)\.$", comment)
    key = tuple(stated[1].split(", ")) if stated else ()
    if not key or not set(key) <= {column.name for column in columns}:
        raise DefinitionError(
            f"{table}: the table comment must end with 'Key: column, column.'",
            "Mend the comment in the DDL.",
        )
    return Contract(table, comment, columns, key, checks)
