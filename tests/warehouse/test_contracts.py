"""Contracts read from the DDL agree with what DuckDB enforces, and say why a row is refused."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base.errors import DefinitionError
from marketwake.warehouse.columns import dtype_of
from marketwake.warehouse.contracts import Contract, read_contracts
from marketwake.warehouse.ddl import VERSION_COLUMNS, create_tables

RAW = sorted(read_contracts("raw"))


@pytest.mark.parametrize("table", RAW)
def test_every_raw_table_carries_the_version_columns_and_comments_everything(table: str) -> None:
    with duckdb.connect() as con:
        create_tables(con, "raw")
        rows = con.execute(
            "select column_name, comment from duckdb_columns() where schema_name = 'raw' and "
            "table_name = ? order by column_index",
            [table],
        ).fetchall()
    assert [name for name, _ in rows][-3:] == list(VERSION_COLUMNS)
    assert not [name for name, comment in rows if not comment]


# One value inside and some outside of what the DDL of index_bar, fed_probability and spot_bar
# allow, nulls and NaN among them.
_ODD_FLOATS = st.one_of(
    st.none(),
    st.sampled_from([-1.0, 0.0, 1e-9, 0.5, 1.0, 1.5, 117_500.0, float("nan"), float("inf")]),
)
_TEXTS = st.one_of(
    st.none(), st.sampled_from(["", "x", "1d", "1h", "1mo", "BTC", "ETH", "last_trade"])
)
_INTS = st.one_of(st.none(), st.integers(-2, 500))
_DAYS = st.one_of(st.none(), st.dates(date(1860, 1, 1), date(2030, 1, 1)))
_STAMPS = st.one_of(
    st.none(),
    # Hypothesis wants naive bounds.
    st.datetimes(datetime(2008, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
_FLAGS = st.one_of(st.none(), st.booleans())
_VALUES = {
    "VARCHAR": _TEXTS,
    "DOUBLE": _ODD_FLOATS,
    "BIGINT": _INTS,
    "INTEGER": _INTS,
    "BOOLEAN": _FLAGS,
    "DATE": _DAYS,
    "TIMESTAMP WITH TIME ZONE": _STAMPS,
}


def _rows(contract: Contract) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {column.name: _VALUES[column.duckdb_type] for column in contract.columns}
    )


@pytest.fixture(scope="module")
def enforcing() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_tables(con, "raw")
        yield con


@pytest.mark.parametrize("table", RAW)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_polars_accepts_a_row_exactly_when_duckdb_does(
    table: str, enforcing: duckdb.DuckDBPyConnection, data: st.DataObject
) -> None:
    contract = read_contracts("raw")[table]
    row = data.draw(_rows(contract))
    frame = pl.DataFrame(
        [row], schema={column.name: dtype_of(column) for column in contract.columns}
    )
    finite = frame.with_columns(
        pl.when(pl.col(pl.Float64).is_finite()).then(pl.col(pl.Float64)).name.keep()
    )
    enforcing.register("incoming", finite.to_arrow())
    try:
        enforcing.execute(
            f"insert into raw.{table} by name select *, now() as recorded_at, 'x' as "
            "payload_sha256 from incoming"
        )
        enforced = True
    except duckdb.ConstraintException:
        enforced = False
    validated = contract.validate(frame)
    assert (validated.accepted.height == 1) is enforced
    assert validated.accepted.height + validated.rejected.height == 1


def test_a_batch_of_sound_bars_passes_duckdb_unchanged() -> None:
    contract = read_contracts("raw")["spot_bar"]
    rows = [
        (
            "Coinbase",
            "BTC/USD",
            "1h",
            datetime(2025, 8, 7, 16, tzinfo=UTC),
            116_700.0,
            116_900.0,
            116_500.0,
            116_732.65,
            500.25,
        ),
        (
            "Coinbase",
            "BTC/USD",
            "1h",
            datetime(2025, 8, 7, 17, tzinfo=UTC),
            116_732.65,
            116_732.65,
            116_732.65,
            116_732.65,
            0.0,
        ),
    ]
    frame = pl.DataFrame(
        rows, schema={column.name: dtype_of(column) for column in contract.columns}, orient="row"
    )
    assert contract.validate(frame).accepted.rows() == rows


def _index_bars(*cells: tuple[str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"symbol": "^DJI", "bar_interval": "1d", "session": day, "close": close}
            for day, close in cells
        ],
        schema_overrides=dict.fromkeys(["session", "close"], pl.String),
    )


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (("2025-02-31", "41.22"), "session: '2025-02-31' is not a DATE"),
        (("1932-07-08", "forty"), "close: 'forty' is not a DOUBLE"),
        (("1932-07-08", None), "close: missing"),
        (("1932-07-08", "nan"), "close: 'nan' is not a DOUBLE"),
        (("1932-07-08", "-1"), 'breaks ("close" > 0)'),
        (("1492-10-12", "41.22"), "breaks (\"session\" >= CAST('1871-01-01' AS DATE))"),
    ],
)
def test_a_refused_row_says_which_cell_and_why_and_its_neighbour_stays(
    cell: tuple[str, str | None], reason: str
) -> None:
    validated = read_contracts("raw")["index_bar"].validate(
        _index_bars(("1929-09-03", "381.17"), cell)
    )
    # The columns that may be null were left out.
    assert validated.accepted.rows() == [("^DJI", "1d", date(1929, 9, 3), 381.17, None, None, None)]
    assert validated.rejected["row_number"].to_list() == [2]
    # DuckDB versions differ in the letter case of type names in a check's text.
    assert validated.rejected["reason"].item().casefold() == reason.casefold()


def test_the_same_key_twice_is_one_row_when_equal_and_refused_when_not() -> None:
    twice = _index_bars(
        ("1929-09-03", "381.17"),
        ("1929-09-03", "381.17"),
        ("1932-07-08", "41.22"),
        ("1932-07-08", "41.63"),
    )
    validated = read_contracts("raw")["index_bar"].validate(twice)
    assert validated.accepted["close"].to_list() == [381.17]
    assert validated.rejected["row_number"].to_list() == [3, 4]
    assert validated.rejected["reason"].unique().to_list() == [
        "the key (symbol, bar_interval, session) occurs more than once with different values"
    ]


def test_a_parser_that_gives_other_columns_is_told_so() -> None:
    with pytest.raises(DefinitionError, match=r"raw\.index_bar: a parser gave"):
        read_contracts("raw")["index_bar"].validate(pl.DataFrame({"symbol": ["^DJI"]}))
