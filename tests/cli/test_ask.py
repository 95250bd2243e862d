"""Asking the published file: every output against values written by hand, nothing but the asked
file touched, nothing held in memory.
"""

import csv
import io
import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError, WarehouseError
from marketwake.cli.sql.output import plain, shown
from marketwake.cli.sql.query import answer, ask, asking, query_text
from marketwake.cli.sql.saved import questions
from marketwake.cli.sql.table import BLOCKS, COUNTED, SHOWN

Con = duckdb.DuckDBPyConnection
ODD = (
    "select 'a|b' as text, timestamptz '2025-08-07 18:00:00+02' as at, date '2025-08-07' as day, "
    "1.50 as decimal, 'nan'::double as bad, null as none"
)


def _published(folder: Path) -> Path:
    with duckdb.connect(folder / "market.duckdb") as con:
        con.execute("create table three as select range as number from range(3)")
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with one table of three rows."""
    return _published(tmp_path_factory.mktemp("ask"))


@pytest.fixture
def con(tmp_path: Path) -> Iterator[Con]:
    """A connection to another such file: DuckDB shares settings between connections of a process to
    one file.
    """
    with asking(_published(tmp_path)) as connection:
        yield connection


def _answer(con: Con, text: str, output: str) -> str:
    stream = io.StringIO()
    answer(con, text, output, stream)
    return stream.getvalue()


def test_json_has_iso_stamps_in_utc_numbers_and_nulls(con: Con) -> None:
    # 18:00 in summer-time Berlin is 16:00 UTC.
    expected = {
        "text": "a|b",
        "at": "2025-08-07T16:00:00+00:00",
        "day": "2025-08-07",
        "decimal": 1.5,
        "bad": None,
        "none": None,
    }
    assert json.loads(_answer(con, ODD, "json")) == [expected]
    assert json.loads(_answer(con, "select 1 where false", "json")) == []


def test_a_session_is_in_utc_and_stays_so(con: Con) -> None:
    assert "UTC" in _answer(con, "select current_setting('timezone') as zone", "csv")
    with pytest.raises(BadInputError, match="configuration has been locked"):
        answer(con, "set timezone = 'Asia/Kathmandu'", "csv")


EXACT = [
    ("timestamptz 'infinity'", "infinity", "infinity"),
    ("timestamptz '-infinity'", "-infinity", "-infinity"),
    (
        "timestamptz '9999-12-31 23:59:59.999999+00'",
        "9999-12-31T23:59:59.999999+00:00",
        "9999-12-31 23:59:59.999999Z",
    ),
    ("timestamptz '0001-01-01 00:00+00'", "0001-01-01T00:00:00+00:00", "0001-01-01 00:00Z"),
    ("timestamp 'infinity'", "infinity", "infinity"),
    ("timestamp '0001-01-01'", "0001-01-01T00:00:00", "0001-01-01T00:00:00"),
    ("date 'infinity'", "infinity", "infinity"),
    ("date '9999-12-31'", "9999-12-31", "9999-12-31"),
    ("date '-infinity'", "-infinity", "-infinity"),
    ("interval 1 month", "1 month", "1 month"),
    ("interval 30 days", "30 days", "30 days"),
    ("interval '1 year 2 days 03:04:05'", "1 year 2 days 03:04:05", "1 year 2 days 03:04:05"),
]


@pytest.mark.parametrize(("value", "machine", "person"), EXACT)
def test_no_value_is_shown_as_another(con: Con, value: str, machine: str, person: str) -> None:
    query = f"select {value} as value, 1 as value_1 where 1 = 1; -- the end"
    assert _answer(con, query, "csv") == f"value,value_1\n{machine},1\n"
    assert json.loads(_answer(con, query, "json")) == [{"value": machine, "value_1": 1}]
    assert f"| {person} | 1 |" in _answer(con, query, "markdown")
    assert _answer(con, query, "table").splitlines()[1].startswith(f"{person} ")
    assert _answer(con, query, "tsv") == f"value\tvalue_1\n{person}\t1\n"


def test_columns_of_one_name_and_parameters_are_no_hindrance(con: Con) -> None:
    stream = io.StringIO()
    query = "select date '2025-08-07' as day, $text as day, interval '-1 month' as \"a \"\"b\""
    answer(con, query, "csv", stream, {"text": "x"})
    assert stream.getvalue() == 'day,day,"a ""b"\n2025-08-07,x,-1 month\n'


def test_the_order_of_an_answer_stays(con: Con) -> None:
    query = (
        "select date '1900-01-01' + range::integer as day, hash(range) as mixed "
        "from range(300_000) order by mixed"
    )
    mixed = [int(row["mixed"]) for row in csv.DictReader(io.StringIO(_answer(con, query, "csv")))]
    assert mixed == sorted(mixed)


def test_json_refuses_what_it_would_lose(con: Con) -> None:
    with pytest.raises(BadInputError, match="two columns are named 'a'"):
        _answer(con, "select 1 as a, 2 as a", "json")


def test_csv_has_exact_decimals_and_empty_nulls(con: Con) -> None:
    assert _answer(con, ODD, "csv") == (
        "text,at,day,decimal,bad,none\na|b,2025-08-07T16:00:00+00:00,2025-08-07,1.50,nan,\n"
    )
    assert (
        _answer(con, "select [date '2025-08-07'] as days, {'a': 1} as pair", "csv")
        == 'days,pair\n"[""2025-08-07""]","{""a"": 1}"\n'
    )


def test_markdown_escapes_bars_and_puts_numbers_right(con: Con) -> None:
    assert _answer(con, ODD, "markdown") == (
        "| text | at | day | decimal | bad | none |\n|---|---|---|---:|---:|---|\n"
        "| a\\|b | 2025-08-07 16:00Z | 2025-08-07 | 1.50 | nan |  |\n"
    ).replace(
        "|---|\n|", "|---:|\n|" if con.sql("select null").types[0] == "INTEGER" else "|---|\n|"
    )


def test_parquet_keeps_types_and_is_the_only_file_written(root: Path, tmp_path: Path) -> None:
    ask(root, ODD, to=tmp_path / "odd.parquet")
    frame = pl.read_parquet(tmp_path / "odd.parquet")
    assert frame.schema["at"] == pl.Datetime("us", "UTC")
    assert frame.row(0)[:4] == (
        "a|b",
        datetime(2025, 8, 7, 16, tzinfo=UTC),
        date(2025, 8, 7),
        Decimal("1.50"),
    )
    assert [path.name for path in tmp_path.iterdir()] == ["odd.parquet"]


@pytest.mark.parametrize(
    "name", ["answer.csv", "answer.json", "answer.md", "answer.txt", "answer.parquet"]
)
def test_a_failed_query_leaves_the_former_file(root: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("before")
    with pytest.raises(BadInputError, match="Could not convert"):
        ask(root, "select cast(if(number = 2, 'x', '1') as integer) from three", to=path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(name, "before")]


@pytest.mark.parametrize(
    ("output", "to", "complaint"),
    [
        ("yaml", None, "unknown output 'yaml'"),
        ("parquet", None, "no text for a terminal"),
        (None, "answer.duckdb", r"no answer is written for the ending .\.duckdb"),
        (None, "nowhere/answer.csv", "cannot be written"),
        (None, "nowhere/answer.parquet", "nowhere"),
    ],
)
def test_outputs_that_cannot_be_are_refused(
    root: Path, tmp_path: Path, output: str | None, to: str | None, complaint: str
) -> None:
    with pytest.raises(BadInputError, match=complaint):
        ask(root, "from three", output, tmp_path / to if to else None)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_link_and_a_mode_stay(root: Path, tmp_path: Path, ending: str) -> None:
    target, link = tmp_path / f"target.{ending}", tmp_path / f"link.{ending}"
    target.touch(0o600)
    link.symlink_to(target)
    ask(root, "from three", to=link)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with duckdb.connect() as con:
        assert len(con.sql(f"from '{target}'").fetchall()) == 3


def test_an_answer_does_not_replace_the_warehouse(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root / "market.duckdb")
    for to in (root / "market.duckdb", tmp_path / "link"):
        with pytest.raises(BadInputError, match="is the warehouse itself"):
            ask(root, "from three", "csv", to)
    ask(root, "from three", "csv")


def test_all_statements_run_and_tables_follow_each_other(root: Path, con: Con) -> None:
    shown_text = _answer(
        con,
        "set variable chosen = 2; from three where number = getvariable('chosen'); select 'end' "
        "as last",
        "table",
    )
    assert shown_text.count("1 row\n") == 2
    assert _answer(con, "pivot three on number using count(*)", "csv") == "0,1,2\n1,1,1\n"
    with pytest.raises(BadInputError, match="2 queries at once do not fit one csv"):
        _answer(con, "select 1; select 2", "csv")
    with pytest.raises(BadInputError, match="returns no rows"):
        ask(root, "set variable nothing = 1")


def test_parameters_come_from_the_header_and_from_the_command(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = "-- default: least = 1\nselect count(*) as n from three where number >= $least"
    ask(root, query, "csv")
    ask(root, query, "csv", given={"least": "2"})
    assert capsys.readouterr().out == "n\n2\nn\n1\n"
    with pytest.raises(BadInputError, match="no parameter 'most'"):
        ask(root, query, "csv", given={"most": "2"})
    with pytest.raises(BadInputError, match=r"no value for \$least"):
        ask(root, "select $least")


@pytest.mark.parametrize(
    ("query", "given", "told"),
    [
        ("-- default: n = 7\nselect $n", {"n": "abc"}, "n=abc is no whole number.*As here: 7"),
        ("-- default: n = 7\nselect $n", {"n": "1.5"}, "n=1.5 is no whole number"),
        (
            "-- default: word = b\n-- among: word = select unnest(['bank', 'book'])\nselect $word",
            {"word": "bok"},
            "there is no such word.*Did you mean 'book'.*There are bank, book",
        ),
    ],
)
def test_a_value_that_a_parameter_cannot_have_is_refused(
    root: Path, query: str, given: dict[str, str], told: str
) -> None:
    with pytest.raises(BadInputError) as refused:
        ask(root, query, "csv", given=given)
    assert re.search(told, str(refused.value), re.DOTALL)


def test_a_table_fits_the_terminal_and_says_what_is_cut(
    con: Con, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = _answer(
        con, f"select repeat('word ', 30) as words, range as n from range({SHOWN + 7})", "table"
    )
    assert max(map(len, text.splitlines())) <= 60
    assert "first 100 rows, 7 more are cut" in text
    many = _answer(con, f"from range({SHOWN + COUNTED + 1})", "table")
    assert "more than 100,000 more are cut" in many


def test_columns_that_do_not_fit_side_by_side_become_blocks(
    con: Con, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    columns = ", ".join(f"range + 1e9 as column_{i}" for i in range(8))
    text = _answer(con, f"select {columns} from range({BLOCKS + 2})", "table")
    assert max(map(len, text.splitlines()[:-1])) <= 40
    assert text.count("column_7") == BLOCKS
    assert "2 more are cut: choose fewer columns" in text


def test_a_large_csv_streams_and_holds_nothing_but_rows(root: Path) -> None:
    # The high-water mark since the start of the program; getrusage would count the parent's memory
    # before it.
    code = (
        "import sys; from pathlib import Path; from marketwake.cli.sql.query import ask\n"
        "ask(Path(sys.argv[1]), 'select range as n, repeat(chr(97), 100) as text from "
        "range(1_000_000)', 'csv')\n"
        "print(*[line for line in Path('/proc/self/status').read_text().splitlines() if "
        "line.startswith('VmHWM')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (1_000_001, "n,text", f"999999,{'a' * 100}")
    # The rows alone are 150 MB as Python tuples and texts; the interpreter and DuckDB take 70.
    assert int(done.stderr.split()[1]) < 130_000


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("insert into three values (4)", "read-only"),
        ("from read_text('/etc/hostname')", "disabled"),
        ("from frame", "does not exist"),
        ("attach 'other.duckdb'", "read-only"),
        ("set threads = 1", "locked"),
        ("reset enable_external_access", "locked"),
    ],
)
def test_nothing_but_the_published_file_can_be_reached(
    con: Con, query: str, complaint: str
) -> None:
    frame = pl.DataFrame({"secret": [1]})
    with pytest.raises(BadInputError, match=complaint):
        answer(con, query, "table", io.StringIO())
    assert frame.height == 1


def test_a_query_may_write_its_own_file_alone(root: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="disabled"):
        ask(
            root,
            "from read_csv('/etc/hostname')",
            to=tmp_path / "answer.parquet",
        )
    assert list(tmp_path.iterdir()) == []


def test_query_texts_come_from_arguments_files_and_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.sql").write_text("select 1")
    monkeypatch.setattr(sys, "stdin", io.StringIO("select 2"))
    assert [query_text(text) for text in (str(tmp_path / "one.sql"), "-", "select 3")] == [
        "select 1",
        "select 2",
        "select 3",
    ]
    with pytest.raises(BadInputError, match="No such file"):
        query_text("nowhere.sql")


def test_without_a_published_file_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="no published warehouse"):
        ask(tmp_path, "select 1")


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_in_json_is_never_another_number(value: Decimal) -> None:
    assert Decimal(str(plain(value))) == value


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.datetimes()
        | st.dates()
        | st.binary(),
        st.lists,
    )
)
def test_every_value_is_valid_json(value: object) -> None:
    json.loads(json.dumps(plain(value), allow_nan=False))
    assert isinstance(shown(value), str)


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=1
    )
)
def test_any_text_survives_csv(values: list[str]) -> None:
    with duckdb.connect() as con:
        stream = io.StringIO()
        rows = ", ".join("('" + value.replace("'", "''") + "')" for value in values)
        answer(con, f"select * from (values {rows}) as t(x)", "csv", stream)
    assert [
        row[0] if row else "" for row in csv.reader(io.StringIO(stream.getvalue(), newline=""))
    ][1:] == values


def test_every_saved_query_has_a_question() -> None:
    assert len(questions()) >= 8
    assert all(question.endswith("?") for question in questions().values())
