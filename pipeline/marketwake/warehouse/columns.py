"""One column of a table: the values that fit it, as polars expressions.

A frame under validation holds each column twice: as it came, under `raw_name`, and cast.
"""

from typing import Any

import polars as pl
from polars._typing import PolarsDataType

from marketwake.warehouse.catalogue import Column

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


def dtype_of(column: Column) -> PolarsDataType:
    """The polars type that arrives in DuckDB as the column's."""
    return _DTYPES[column.duckdb_type]


def raw_name(name: str) -> str:
    """What the column of that name is called as it came."""
    return f"__raw {name}"


def cast(column: Column, given: PolarsDataType) -> pl.Expr:
    """The column in its type; null where what came, of type `given`, is not of it. NaN and
    infinities are null: polars and DuckDB order them differently.
    """
    value = pl.col(raw_name(column.name))
    dtype: Any = dtype_of(column)
    if given == pl.String and column.duckdb_type in _FORMATS:
        made = pl.coalesce(
            value.str.strptime(dtype, format_, strict=False, exact=True)
            for format_ in _FORMATS[column.duckdb_type]
        )
    elif given == pl.String and column.duckdb_type == "BOOLEAN":
        made = value.replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean()
        )
    elif given == pl.String and dtype.is_integer():
        # Spreadsheets and data frames write whole numbers as 100.0.
        whole = value.str.replace(r"^([-+]?\d+)\.0*$", "$1")
        made = whole.cast(dtype, strict=False)
    else:
        made = value.cast(dtype, strict=False)
        if column.duckdb_type == "DOUBLE":
            made = pl.when(made.is_finite()).then(made)
    return made.alias(column.name)


def is_broken(column: Column, given: PolarsDataType) -> pl.Expr:
    """Whether the value is not of the column's type, or missing where it must not be."""
    return (_is_lost(column, given) | _is_missing(column)).fill_null(value=False)


def broken_reason(column: Column, given: PolarsDataType) -> pl.Expr:
    """What is broken, as text; null where nothing is."""
    raw = pl.col(raw_name(column.name)).cast(pl.String)
    return (
        pl.when(_is_lost(column, given))
        .then(pl.format(f"{column.name}: '{{}}' is not a {column.duckdb_type}", raw))
        .when(_is_missing(column))
        .then(pl.lit(f"{column.name}: missing"))
    )


def _is_lost(column: Column, given: PolarsDataType) -> pl.Expr:
    raw = pl.col(raw_name(column.name))
    lost = raw.is_not_null() & pl.col(column.name).is_null()
    if given == pl.String:
        return lost & (raw != "")
    return lost & raw.is_finite() if given.is_float() else lost


def _is_missing(column: Column) -> pl.Expr:
    return pl.lit(value=False) if column.nullable else pl.col(column.name).is_null()
