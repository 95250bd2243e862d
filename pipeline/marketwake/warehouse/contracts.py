"""The DDL is the contract: types, nullability, checks, keys and comments are read back from
DuckDB's catalogue.

Nothing is declared twice. A contract gives the polars schema of incoming rows and splits a frame
into accepted and rejected rows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import duckdb
import polars as pl
from polars._typing import PolarsDataType

from marketwake.base.duck import transaction
from marketwake.base.errors import DefinitionError
from marketwake.warehouse.columns import Column, raw_name
from marketwake.warehouse.ddl import SCHEMA_OF, VERSION_COLUMNS, create_tables


@dataclass(frozen=True)
class Validated:
    """What a contract made of a frame: every row is in exactly one of the two.

    `accepted` has the contract's columns and types; `rejected` has row_number (from 1), reason and
    row_json.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame


@dataclass(frozen=True)
class Rule:
    """Which rows break it, and why, as expressions over the columns in their types."""

    is_broken: pl.Expr
    reason: pl.Expr


@dataclass(frozen=True)
class Contract:
    """What a table promises about its rows; `columns`: those that a source must give, in order."""

    table: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    checks: tuple[str, ...]

    @property
    def optional(self) -> frozenset[str]:
        """Columns that may be null, and that a source may therefore leave out."""
        return frozenset(column.name for column in self.columns if column.nullable)

    def validate(self, frame: pl.DataFrame, rules: Sequence[Rule] = ()) -> Validated:
        """Split a frame into rows that keep the contract, and `rules` beside it, and rows that
        break either, with every reason.

        Text is cast to the column's type; NaN and infinities become null, because polars and DuckDB
        order them differently. A key that occurs twice with equal values is one row; with different
        values, all its rows are rejected.

        Raises:
            DefinitionError: the frame lacks a column that may not be null, or has one too many.
        """
        names = [column.name for column in self.columns]
        absent = self.optional.difference(frame.columns)
        if set(frame.columns) | absent != set(names):
            raise DefinitionError(
                f"{self.table}: a parser gave the columns {sorted(frame.columns)}, "
                f"the contract has {sorted(names)}",
                "Mend the parser: it must give the columns of the DDL, versions aside; what may be "
                "null may be left out.",
            )
        frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
        both = frame.select(pl.col(names).name.map(raw_name))
        given = tuple(frame.schema[name] for name in names)
        try:
            both = both.with_columns(_casts(self, given))
            broken = both.select(
                pl.any_horizontal(
                    _is_broken(self, given),
                    *(rule.is_broken.fill_null(value=False) for rule in rules),
                )
            ).to_series()
        except pl.exceptions.PolarsError as error:
            raise DefinitionError(
                f"{self.table}: polars cannot evaluate a check: {error}",
                "Write it without regular expressions, and with typed literals: "
                "date '2024-01-11', not '2024-01-11'.",
            ) from error
        accepted = both.select(names)
        if broken.any():
            accepted = accepted.filter(~broken)
        if ascends(accepted, self.key):
            if accepted.height == both.height:
                return Validated(accepted, _NO_REJECTS)
            conflicting = _NO_ROWS
        else:
            accepted, conflicting = self._without_repeats(accepted, ~broken)
        return Validated(accepted, self._rejects(both, given, rules, broken, conflicting))

    def _without_repeats(
        self, sound: pl.DataFrame, is_sound: pl.Series
    ) -> tuple[pl.DataFrame, pl.Series]:
        """The sound rows, one for each key; and the numbers, among all rows, of those that differ
        from another with their key.
        """
        row = pl.int_range(len(is_sound), eager=True).alias("row").filter(is_sound)
        repeated = sound.select(self.key).is_duplicated()
        several = sound.with_columns(row).filter(repeated)
        conflicting = several.filter(pl.struct(sound.columns).n_unique().over(self.key) > 1)["row"]
        kept = sound.filter(~row.is_in(conflicting.implode()))
        return kept.unique(self.key, keep="first", maintain_order=True), conflicting

    def _rejects(
        self,
        both: pl.DataFrame,
        given: tuple[PolarsDataType, ...],
        rules: Sequence[Rule],
        broken: pl.Series,
        conflicting: pl.Series,
    ) -> pl.DataFrame:
        """The text of a row is made for these alone."""
        text = f"the key ({', '.join(self.key)}) occurs more than once with different values"
        every = [
            *_reasons(self, given),
            *(pl.when(rule.is_broken).then(rule.reason) for rule in rules),
        ]
        reasons = pl.concat_str(every, separator="; ", ignore_nulls=True)
        row = pl.struct(pl.col(column.raw_name).alias(column.name) for column in self.columns)
        return (
            both.with_columns(pl.int_range(pl.len()).alias("row"))
            .filter(broken | pl.col("row").is_in(conflicting.implode()))
            .select(
                row_number=pl.col("row") + 1,
                reason=pl.when(reasons != "").then(reasons).otherwise(pl.lit(text)),
                row_json=row.struct.json_encode(),
            )
        )


_NO_REJECTS = pl.DataFrame(
    schema={"row_number": pl.Int64, "reason": pl.String, "row_json": pl.String}
)
_NO_ROWS = pl.Series([], dtype=pl.Int64)


@cache
def _casts(contract: Contract, given: tuple[PolarsDataType, ...]) -> list[pl.Expr]:
    return [column.cast(dtype) for column, dtype in zip(contract.columns, given, strict=True)]


@cache
def _is_broken(contract: Contract, given: tuple[PolarsDataType, ...]) -> pl.Expr:
    return pl.any_horizontal(
        *(column.is_broken(dtype) for column, dtype in zip(contract.columns, given, strict=True)),
        *(_breaks(check) for check in contract.checks),
    )


@cache
def _reasons(contract: Contract, given: tuple[PolarsDataType, ...]) -> list[pl.Expr]:
    return [
        *(column.reason(dtype) for column, dtype in zip(contract.columns, given, strict=True)),
        *(pl.when(_breaks(check)).then(pl.lit(f"breaks {check}")) for check in contract.checks),
    ]


def _breaks(check: str) -> pl.Expr:
    """A check that evaluates to null passes, as in SQL."""
    return pl.sql_expr(check).eq(other=False).fill_null(value=False)


def ascends(frame: pl.DataFrame, key: Sequence[str]) -> bool:
    """Whether each row's key is greater than that of the row before: then none occurs twice. Most
    payloads are so, and it is found sooner than what occurs twice.
    """
    later = pl.lit(value=False)
    for name in reversed(key):
        this, before = pl.col(name), pl.col(name).shift()
        later = (this > before) | ((this == before) & later)
    return frame.height < 2 or bool(frame.select(later.slice(1).all()).item())


_QUOTED_TYPE = re.compile(r'(?<= AS )"([A-Z ]+)"(?=\))')
"""How DuckDB 1.5 gives a cast in a check back: CAST('2024-01-11' AS "DATE")."""


@cache
def read_contracts(schema: str) -> dict[str, Contract]:
    """Contracts of all tables in `sql/<schema>/*.sql`, by table name without schema, in
    alphabetical order.

    Raises:
        DefinitionError: a DDL file does not run, or a table comment lacks its `Key: a, b.`
    """
    with duckdb.connect(config={"threads": 1}) as con, transaction(con):
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
        checks[name].append(_QUOTED_TYPE.sub(_plain_type, expression))
    return {
        name: _contract(
            f"{schema}.{name}", comment or "", tuple(columns[name]), tuple(checks[name])
        )
        for name, comment in tables
    }


def _plain_type(quoted: re.Match[str]) -> str:
    return quoted[1].replace("TIMESTAMP WITH TIME ZONE", "timestamptz")


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
