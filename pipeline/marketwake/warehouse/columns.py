"""One column of a table: the values that fit it, as polars expressions.

A frame under validation holds each column twice: as it came, under `raw_name`, and cast.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl
from polars._typing import PolarsDataType

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

    @property
    def raw_name(self) -> str:
        """What the column is called as it came."""
        return raw_name(self.name)

    def cast(self, given: PolarsDataType) -> pl.Expr:
        """The column in its type; null where what came, of type `given`, is not of it. NaN and
        infinities are null: polars and DuckDB order them differently.
        """
        value = pl.col(self.raw_name)
        if given == pl.String and self.duckdb_type in _FORMATS:
            dtype: Any = self.dtype
            cast = pl.coalesce(
                value.str.strptime(dtype, format_, strict=False, exact=True)
                for format_ in _FORMATS[self.duckdb_type]
            )
        elif given == pl.String and self.duckdb_type == "BOOLEAN":
            cast = value.replace_strict(
                {"true": True, "false": False}, default=None, return_dtype=pl.Boolean()
            )
        elif given == pl.String and self.dtype.is_integer():
            # Spreadsheets and data frames write whole numbers as 100.0.
            whole = value.str.replace(r"^([-+]?\d+)\.0*$", "$1")
            cast = whole.cast(self.dtype, strict=False)
        else:
            cast = value.cast(self.dtype, strict=False)
            if self.duckdb_type == "DOUBLE":
                cast = pl.when(cast.is_finite()).then(cast)
        return cast.alias(self.name)

    def is_broken(self, given: PolarsDataType) -> pl.Expr:
        """Whether the value is not of the column's type, or missing where it must not be."""
        return (self._is_lost(given) | self._is_missing()).fill_null(value=False)

    def reason(self, given: PolarsDataType) -> pl.Expr:
        """What is broken, as text; null where nothing is."""
        raw = pl.col(self.raw_name).cast(pl.String)
        return (
            pl.when(self._is_lost(given))
            .then(pl.format(f"{self.name}: '{{}}' is not a {self.duckdb_type}", raw))
            .when(self._is_missing())
            .then(pl.lit(f"{self.name}: missing"))
        )

    def _is_lost(self, given: PolarsDataType) -> pl.Expr:
        raw = pl.col(self.raw_name)
        lost = raw.is_not_null() & pl.col(self.name).is_null()
        if given == pl.String:
            return lost & (raw != "")
        return lost & raw.is_finite() if given.is_float() else lost

    def _is_missing(self) -> pl.Expr:
        return pl.lit(value=False) if self.nullable else pl.col(self.name).is_null()


def raw_name(name: str) -> str:
    """What the column of that name is called as it came."""
    return f"__raw {name}"
