"""The database that a new Prefect server begins with."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from marketwake.base.errors import WarehouseError
from marketwake_flows.api import home
from marketwake_flows.database import TABLES, make
from marketwake_flows.server import running
from tests.support.prefect_tables import dumped, migrated


def test_it_is_what_prefect_makes_of_nothing_and_prefect_changes_nothing(tmp_path: Path) -> None:
    made, begun = tmp_path / "made", tmp_path / "begun"
    for folder in (made, begun):
        folder.mkdir()
    tables = TABLES.read_text(encoding="utf-8")
    # Where they differ: python -m tests.support.prefect_tables
    assert _statements(dumped(migrated(made))) == _statements(tables)
    make(begun / "prefect.db")
    assert dumped(migrated(begun)) == tables


def _statements(sql: str) -> list[list[str]]:
    """Statements and their lines, sorted: in which order Prefect makes constraints and indices
    differs from run to run.
    """
    return sorted(
        sorted(line.rstrip(", ") for line in statement.splitlines())
        for statement in sql.split(";\n")
    )


def test_one_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "prefect.db"
    with closing(sqlite3.connect(path)) as con:
        con.execute("create table mine (n)")
    before = path.read_bytes()
    make(path)
    assert path.read_bytes() == before


def test_one_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    home(tmp_path).mkdir(parents=True)
    (home(tmp_path) / "prefect.db").symlink_to(tmp_path / "nowhere" / "prefect.db")
    with pytest.raises(WarehouseError, match="unable to open database file"), running(tmp_path):
        pass
