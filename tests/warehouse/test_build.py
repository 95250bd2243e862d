"""Building: order by need, errors that name the file, and the data dictionary up to date."""

from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import DefinitionError
from marketwake.base.resources import SQL
from marketwake.warehouse import build as build_module
from marketwake.warehouse.build import build, run_folder, stage
from marketwake.warehouse.dictionary import render


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An SQL tree of one's own with an empty folder `marts`."""
    folder = tmp_path / "sql" / "marts"
    folder.mkdir(parents=True)
    monkeypatch.setattr(build_module, "SQL", tmp_path / "sql")
    return folder


def test_files_run_after_those_they_name(tree: Path) -> None:
    (tree / "a.sql").write_text("-- One row.\n-- after: c, b\ncreate table a as from b, c")
    (tree / "b.sql").write_text(
        "-- One row.\n-- after: c\ncreate table b as select y + 1 as x from c"
    )
    (tree / "c.sql").write_text("-- One row.\ncreate table c as select 1 as y")
    with duckdb.connect() as con:
        run_folder(con, "marts")
        assert con.execute("from a").fetchall() == [(2, 1)]


def test_a_file_runs_with_all_that_it_comes_after_and_nothing_else(tree: Path) -> None:
    (tree / "a.sql").write_text("-- One row.\n-- after: b\ncreate table a as from b")
    (tree / "b.sql").write_text("-- One row.\n-- after: c\ncreate table b as from c")
    (tree / "c.sql").write_text("-- One row.\ncreate table c as select 1 as x")
    (tree / "d.sql").write_text("-- One row.\n-- after: a\ncreate table d as from a")
    with duckdb.connect() as con:
        run_folder(con, "marts", ["b"])
        made = con.execute("select table_name from duckdb_tables() order by 1").fetchall()
    assert made == [("b",), ("c",)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- after: nowhere\nselect 1", r"comes after \['nowhere'\]"),
        ("-- after: a\nselect 1", "wait for one another"),
        ("selec 1", r"sql/marts/a\.sql: Parser Error"),
    ],
)
def test_a_file_that_cannot_run_is_named(tree: Path, text: str, message: str) -> None:
    (tree / "a.sql").write_text(text)
    with duckdb.connect() as con, pytest.raises(DefinitionError, match=message):
        run_folder(con, "marts")


def test_a_failed_build_leaves_the_marts_of_the_last_good_one(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    con.execute("create table mart.probe as select 1 as value")
    events = con.execute("select count(*) from seed.event").fetchall()

    def broken(_con: duckdb.DuckDBPyConnection, folder: str, **_other: object) -> None:
        if folder == "marts":
            raise DefinitionError("sql/marts/x.sql: no", "Mend it.")

    monkeypatch.setattr(build_module, "run_folder", broken)
    with pytest.raises(DefinitionError):
        build(con)
    assert con.execute("from mart.probe").fetchall() == [(1,)]
    assert con.execute("select count(*) from seed.event").fetchall() == events


def test_reference_data_and_views_are_made_anew_when_the_program_has_changed_and_not_otherwise(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("delete from seed.event")
    stage(con)
    assert con.execute("select count(*) from seed.event").fetchall() == [(0,)]
    con.execute("update ops.stage set fingerprint = 'that of another program'")
    stage(con)
    (events,) = con.execute("select count(*) from seed.event").fetchall()[0]
    lines = (SQL / "seeds" / "event.csv").read_text(encoding="utf-8").splitlines()
    assert events == len(lines) - 1


def test_the_data_dictionary_is_up_to_date(con: duckdb.DuckDBPyConnection) -> None:
    assert (SQL / "README.md").read_text(encoding="utf-8") == render(con), "run `make dictionary`"


def test_every_table_view_and_column_that_people_query_is_described(
    con: duckdb.DuckDBPyConnection,
) -> None:
    bare = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where not internal and "
        "comment is null union all "
        "select schema_name || '.' || view_name from duckdb_views() where not internal and "
        "comment is null union all "
        "select c.schema_name || '.' || c.table_name || '.' || column_name from duckdb_columns() c "
        "where not internal and schema_name != 'stg' and comment is null"
    ).fetchall()
    assert bare == []
