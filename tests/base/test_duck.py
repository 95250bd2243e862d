"""DuckDB files in folders of any name."""

from pathlib import Path

import pytest

from marketwake.base.duck import attached, open_file


@pytest.mark.parametrize("name", ["a 'b' \"c\"", "old:", "#a&b=%20;", "a\nb", "~", "[x]"])
def test_files_are_opened_and_attached_wherever_they_lie(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(name)
    folder.mkdir()
    with open_file(folder / "one.duckdb") as one:
        one.execute("create table t as select 42 as figure")
    with open_file(folder / "two.duckdb") as two:
        with attached(two, folder / "one.duckdb", "one", read_only=True):
            assert two.sql("from one.t").fetchall() == [(42,)]
        assert two.sql(
            "select count(*) from duckdb_databases() where database_name = 'one'"
        ).fetchall() == [(0,)]
    assert {path.name for path in folder.iterdir()} == {"one.duckdb", "two.duckdb"}
