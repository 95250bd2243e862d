"""Answers as a workbook: what stands in its cells, read back as Excel and pandas would."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl  # type: ignore[import-untyped]
import pandas as pd
import pytest

from marketwake.base.errors import BadInputError
from marketwake.cli.sql import workbook
from marketwake.cli.sql.workbook import Workbook
from tests.support.command import Done, command

Con = duckdb.DuckDBPyConnection
Asked = Callable[..., Any]


@pytest.fixture
def asked(unchanged: Con, tmp_path: Path) -> Asked:
    """`asked(*queries)`: the workbook of their answers, read back."""

    def ask(*queries: str) -> Any:  # noqa: ANN401 - openpyxl has no types
        return openpyxl.load_workbook(_written(unchanged, tmp_path, *queries))

    return ask


def _written(con: Con, folder: Path, *queries: str) -> Path:
    book = Workbook(con)
    for query in queries:
        book.begin("answer", query)
        (statement,) = con.extract_statements(query)
        book.add(statement, {})
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


@pytest.mark.parametrize(
    ("value", "cell", "form"),
    [
        ("timestamptz '2025-08-07 18:30+02'", datetime(2025, 8, 7, 16, 30), "hh:mm"),  # noqa: DTZ001
        ("timestamptz '2025-08-07 16:00:07Z'", datetime(2025, 8, 7, 16, 0, 7), "hh:mm:ss"),  # noqa: DTZ001
        ("timestamp '2025-08-07 16:30'", datetime(2025, 8, 7, 16, 30), "hh:mm"),  # noqa: DTZ001
        ("date '2025-08-07'", datetime(2025, 8, 7), "yyyy-mm-dd"),  # noqa: DTZ001
        ("0.1::double", 0.1, "General"),
        ("-12.50::decimal(10, 2)", -12.5, "General"),
        ("1000000000000000", 10**15, "General"),
        ("true", True, "General"),
    ],
)
def test_values_are_what_they_are(asked: Asked, value: str, cell: object, form: str) -> None:
    found = asked(f"select {value} as x")["answer"]["A2"]
    assert found.value == cell
    assert form in found.number_format
    # Excel has no time zones: the cell itself says which one it is.
    assert ('"UTC"' in found.number_format) == ("timestamptz" in value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("'=1+1'", "=1+1"),
        ("'+1'", "+1"),
        ("'-1'", "-1"),
        ("'@a'", "@a"),
        ("'#N/A'", "#N/A"),
        ("'007'", "007"),
        # 2^53 + 1 is no double, and Excel keeps fifteen digits.
        ("9007199254740993", "9007199254740993"),
        ("'nan'::double", "nan"),
        ("'-infinity'::date", "-infinity"),
        ("'infinity'::timestamptz", "infinity"),
        # Excel knows no day before 1900, and a 29 February 1900 that never was.
        ("date '1871-01-01'", "1871-01-01"),
        ("timestamptz '1871-01-01 12:00Z'", "1871-01-01 12:00Z"),
        ("[1, 2]", "[1, 2]"),
        ("'a' || chr(7) || 'b'", "a\N{REPLACEMENT CHARACTER}b"),
    ],
)
def test_what_excel_would_change_is_text(asked: Asked, value: str, text: str) -> None:
    found = asked(f"select {value} as x")["answer"]["A2"]
    assert (found.value, found.data_type) == (text, "s")
    # Otherwise a click into the cell and Enter would make a formula of it.
    assert found.quotePrefix == text.startswith(("=", "+", "-", "@"))


def test_nothing_is_an_empty_cell_and_an_empty_answer_a_header(asked: Asked) -> None:
    assert asked("select null as x, 1 as y")["answer"]["A2"].value is None
    rows = list(asked("select 1 as x where false")["answer"].values)
    assert rows == [("x",)]


def test_the_header_is_bold_stays_in_sight_and_columns_are_as_wide_as_their_texts(
    asked: Asked,
) -> None:
    sheet = asked(
        "select 'x' as a, repeat('y', 40) as b, repeat('z', 400) as c, "
        "timestamptz '2025-08-07 00:00Z' as d"
    )["answer"]
    assert [cell.font.bold for cell in sheet[1]] == [True] * 4
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D2"
    widths = [sheet.column_dimensions[letter].width for letter in "ABCD"]
    # `2025-08-07 00:00 UTC` has twenty characters.
    assert widths[1:3] == [42, 60]
    assert widths[0] < 12
    assert 20 <= widths[3] < 26


def test_each_query_has_a_sheet_and_all_share_the_dictionary(asked: Asked) -> None:
    query = """-- column: b: what I mean by it
        select asset, session, sum(net_flow_usd) as total_usd, 1 as b
        from stg.etf_flow group by all"""
    book = asked(query, "select event, name from seed.event limit 2")
    assert book.sheetnames == ["answer", "answer 2", "dictionary", "queries"]
    header, *rows = book["dictionary"].values
    assert header == ("sheet", "column", "meaning", "unit", "where it comes from")
    told = {row[:2]: row[2:] for row in rows}
    # The view has no comments: they are those of the table and the seed that it reads.
    assert told["answer", "session"][2] == "raw.etf_flow.session"
    assert told["answer", "session"][1] == "day"
    assert told["answer", "total_usd"] == (
        "sum(net_flow_usd)",
        "US dollars",
        "computed by the query",
    )
    assert told["answer", "b"][0] == "what I mean by it"
    assert told["answer 2", "event"][2] == "seed.event.event"
    counts = {row[0]: row[1] for row in book["queries"].values}
    assert counts["answer 2"] == 2
    assert "sum(net_flow_usd)" in str(book["queries"]["E2"].value)


def test_a_column_is_told_through_macros_unions_and_subqueries(asked: Asked) -> None:
    book = asked(
        "with a as (select close as last from hours_with_flows('ETH', 'Coinbase')) "
        "select last from a union all select 1"
    )
    (row,) = list(book["dictionary"].values)[1:]
    assert row[1:] == ("last", "Last trade, in quote currency", None, "mart.spot_hourly.close")


@pytest.mark.parametrize(
    "query",
    [
        "show all tables",
        "pivot seed.anchor on event using count(*)",
        "values (1)",
        "explain select 1",
    ],
)
def test_an_answer_whose_columns_come_from_no_table_has_its_sheet_too(
    asked: Asked, query: str
) -> None:
    book = asked(query)
    told = [row[1] for row in list(book["dictionary"].values)[1:]]
    assert told == [cell.value for cell in book["answer"][1]]
    assert book["answer"].max_row > 1


def test_what_does_not_fit_a_sheet_is_refused(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workbook.MOST_ROWS == 2**20 - 1
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    assert asked("from range(3)")["answer"].max_row == 4
    with pytest.raises(BadInputError, match="more rows than the 3 that a sheet"):
        asked("from range(4)")
    with pytest.raises(BadInputError, match="32,768 characters does not fit"):
        asked("select repeat('x', 32768)")


@pytest.fixture
def run(sample_root: Path, tmp_path: Path) -> Callable[..., Done]:
    return lambda *words: command(*words, cwd=tmp_path, MARKETWAKE_WAREHOUSE=str(sample_root))


def test_one_command_gives_bitcoin_around_the_order_with_the_flows_that_were_public(
    run: Callable[..., Done], tmp_path: Path
) -> None:
    words = ("query", "hours_with_flows", "--set", "event=eo-401k")
    assert run(*words, "--to", "hours.xlsx").returncode == 0
    assert run(*words, "--to", "hours.parquet").returncode == 0
    excel = pd.read_excel(tmp_path / "hours.xlsx")
    parquet = pd.read_parquet(tmp_path / "hours.parquet")
    assert list(excel.columns) == list(parquet.columns)
    assert excel["close"].tolist() == parquet["close"].tolist()
    stamps = excel["closed_at"].dt.tz_localize("UTC").dt.as_unit("us")
    assert stamps.tolist() == parquet["closed_at"].dt.tz_convert("UTC").tolist()
    coinbase = parquet[parquet["venue"] == "Coinbase"].set_index("closed_at")
    # Farside: bitcoin funds 91.6 million on the 6th, 277.4 on the 7th. What a session brought is
    # public at 05:00 UTC of the morning after.
    known = coinbase.loc[[pd.Timestamp("2025-08-08 04:00Z"), pd.Timestamp("2025-08-08 05:00Z")]]
    assert known["session"].astype(str).tolist() == ["2025-08-06", "2025-08-07"]
    assert known["net_flow_usd"].tolist() == [91.6e6, 277.4e6]
    assert (parquet["flow_public_at"] <= parquet["closed_at"]).all()


def test_several_queries_come_in_one_workbook_and_in_no_csv(
    run: Callable[..., Done], tmp_path: Path
) -> None:
    names = ("move_after_event", "flows_around_order")
    done = run("query", *names, "--set", "event=eo-401k", "--to", "both.xlsx")
    assert done.returncode == 0, done.stderr
    book = openpyxl.load_workbook(tmp_path / "both.xlsx")
    assert book.sheetnames == [*names, "dictionary", "queries"]
    assert "2 queries at once" in run("query", *names, "--to", "both.csv").stderr
    unknown = run("query", *names, "--set", "n(o=1", "--to", "both.xlsx")
    assert "none of the queries has a parameter 'n(o'" in unknown.stderr
    assert run("sql", "select 1", "--output", "xlsx").returncode == 2
    assert run("sql", "select 1; select 2", "--to", "two.xlsx").returncode == 0
    book = openpyxl.load_workbook(tmp_path / "two.xlsx")
    assert [book[name]["A2"].value for name in book.sheetnames[:2]] == [1, 2]
