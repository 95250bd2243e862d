"""Only statements that read may run, by any way to ask; the bytes of the published file and its
folder stay as they are, even for root and for DuckDB's own rights to the file.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import BadInputError
from marketwake.cli.sql.query import answer, ask, asking
from marketwake.cli.sql.reading import READING, bare, demand_reading
from marketwake.cli.sql.session import Session
from tests.support.command import command

Con = duckdb.DuckDBPyConnection
COPY = "copy (select 1 as n) to '{file}' (format csv, use_tmp_file false)"
"""Overwrites the open file, where DuckDB may run it."""
PIVOT = "pivot three on number using count(*)"
"""Its columns are found as it runs: two statements in one, of which DuckDB shows no tree."""

WRITING = {
    "INSERT": "insert into three values (4)",
    "UPDATE": "update three set number = 1",
    "CREATE": "create temp table mine as from three",
    "DELETE": "delete from three",
    "PREPARE": f"prepare later as {COPY}",
    "EXECUTE": "execute later",
    "ALTER": "alter table three rename to four",
    "TRANSACTION": "begin",
    "COPY": COPY,
    "DROP": "drop table three",
    "EXPORT": "export database '{folder}/exported'",
    "PRAGMA": "import database '{folder}'",
    "VACUUM": "vacuum",
    "CALL": "call checkpoint()",
    "LOAD": "load httpfs",
    "ATTACH": "attach '{folder}/other.duckdb'",
    "DETACH": "detach market",
    "MERGE_INTO": "merge into three using three as t on false when not matched then insert",
}
"""What cannot be written down is a type of DuckDB's own."""

HIDDEN = [
    f"with copied as ({COPY}) from copied",
    f"with copied as materialized ({COPY}) select 1",
    "with gone as (insert into three values (4) returning *) from gone",
    f"/* first */ explain analyze {COPY}",
    f"explain (analyze) {COPY}",
    f"explain (analyze, format json)\n-- now\n{COPY}",
    f"explain analyze with copied as ({COPY}) from copied",
    "explain analyze insert into three values (4)",
    f"copy ({PIVOT}) to '{{file}}' (format csv, use_tmp_file false)",
    f"create table mine as {PIVOT}",
    f"prepare later as {PIVOT}",
    f"explain analyze copy ({PIVOT}) to '{{file}}' (format csv, use_tmp_file false)",
    f'with copied as ({COPY}) pivot copied on "Count" using count(*)',
    f'with copied\u00a0as (\u00a0{COPY}) pivot copied on "Count" using count(*)',
    f"with copied as ({COPY}), wide as ({PIVOT}) from copied, wide",
    "from json_execute_serialized_sql(json_serialize_sql($$with a as ({copy}) from a$$))",
    "from query($$from JSON_execute_$$ || $$serialized_sql(x)$$)",
    'from system.main."Query"($$select 1$$)',
    "set variable found = (from json_execute_serialized_sql("
    "json_serialize_sql($$with a as ({copy}) from a$$)))",
    f"set variable found = (with a as ({COPY}) from a)",
    "update extensions",  # of a type that the Python client does not know
]

READ = [
    "select 1;",
    "-- a question\nselect 1 -- ; and its end\n;",
    "from three",
    "table three",
    "values (1)",
    "show all tables",
    "describe three",
    "summarize three",
    PIVOT,
    f"{PIVOT}; -- é",
    f"with wide as ({PIVOT}) from wide",
    f"describe {PIVOT}",
    "unpivot three on number",
    "explain from three",
    "explain (analyze, format json) from three",
    "explain analyze (from three)",
    f"explain {PIVOT}",
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) from n",
    "select 1 union select 2",
    "select 'copy' as \"copy\", 1 as update",
    'select $$"type":"COPY_QUERY_NODE","modifiers":$$',
    "select count(*) from query_table('three')",
    "set variable least = 2",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A published file with one table of three rows, behind a link."""
    with duckdb.connect(tmp_path / "market-1.duckdb") as con:
        con.execute("create table three as select range as number from range(3)")
    (tmp_path / "market.duckdb").symlink_to("market-1.duckdb")
    return tmp_path


@pytest.fixture
def con(root: Path) -> Iterator[Con]:
    with asking(root) as connection:
        yield connection


@pytest.fixture(scope="module")
def parser() -> Iterator[Con]:
    """A connection that can parse, and has nothing to lose."""
    with duckdb.connect() as connection:
        yield connection


def _filled(text: str, root: Path) -> str:
    copy = COPY.format(file=root / "market-1.duckdb")
    return text.format(file=root / "market-1.duckdb", folder=root, copy=copy)


def _left(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.iterdir()}


def test_every_type_of_statement_is_known_to_read_or_is_refused() -> None:
    assert {kind.name for kind in READING} == {"SELECT", "EXPLAIN", "MULTI", "SET"}


@pytest.mark.parametrize("name", WRITING)
def test_a_type_that_is_not_of_reading_is_refused_by_name(parser: Con, name: str) -> None:
    kind = duckdb.StatementType.__members__[name]
    statements = parser.extract_statements(WRITING[name].format(file="f", folder="d"))
    assert [statement.type for statement in statements] == [kind]
    with pytest.raises(BadInputError, match=f"^{name.replace('_', ' ')} may not run") as caught:
        demand_reading(parser, statements)
    assert "--to FILE writes an answer" in caught.value.fix


@pytest.mark.parametrize(
    "kind",
    [*(kind for kind in duckdb.StatementType.__members__.values() if kind not in READING)],
    ids=str,
)
def test_every_other_type_is_refused_whatever_its_text(kind: duckdb.StatementType) -> None:
    class Fake:
        type = kind
        query = "select 1"

    with pytest.raises(BadInputError, match="may not run"):
        demand_reading(None, [Fake()])  # type: ignore[arg-type, list-item]


def test_no_text_that_writes_runs_or_leaves_a_trace(root: Path, con: Con) -> None:
    before = _left(root)
    for text in [*WRITING.values(), *HIDDEN]:
        with pytest.raises(BadInputError, match=r"may not run|syntax error"):
            answer(con, _filled(text, root), "table", io.StringIO())
        assert _left(root) == before, text


@pytest.mark.parametrize("text", READ)
def test_what_reads_runs(con: Con, text: str) -> None:
    answer(con, text, "table", io.StringIO())


def test_nothing_of_a_text_runs_where_one_statement_may_not(root: Path, con: Con) -> None:
    stream = io.StringIO()
    with pytest.raises(BadInputError, match="COPY may not run"):
        answer(con, f"set variable n = 1; from three; {_filled(COPY, root)}", "table", stream)
    assert stream.getvalue() == ""
    assert con.execute("select getvariable('n')").fetchall() == [(None,)]


def test_every_way_to_ask_refuses_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _left(root)
    copy = _filled(COPY, root)
    done = command("sql", copy, "--warehouse", str(root))
    assert (done.returncode, done.stdout) == (2, "")
    assert "COPY may not run" in done.stderr
    with pytest.raises(BadInputError, match="COPY may not run"):
        ask(root, copy, to=root / "answer.parquet")
    with asking(root) as con:
        Session(con).handle(f"{copy};")
    assert "COPY may not run" in capsys.readouterr().out
    assert _left(root) == before


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select 1", "select 1"),
        ("select 1 ; -- é\n;", "select 1"),
        ("select 'é;' -- x", "select 'é;'"),
        ("select '--;'", "select '--;'"),
    ],
)
def test_a_bare_query_has_no_end_but_its_own(query: str, expected: str) -> None:
    assert bare(query) == expected
