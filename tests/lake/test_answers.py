"""A lake answers as the embedded file does, of the same version of DuckDB."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketwake.base.resources import SQL
from marketwake.cli.sql.parameters import defaults
from marketwake.cli.sql.query import asking
from marketwake.fact_check.reading import read_claims
from tests.docs.snippets import PAGES, blocks

ASKED = {
    **{path.stem: path.read_text() for path in sorted((SQL / "queries").glob("*.sql"))},
    **{
        f"{page} {number}": block
        for page in ("README.md", "questions.md", "sql.md")
        for number, block in enumerate(blocks(PAGES.get(page, ""), "sql"))
    },
}


Both = tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]
"""To the file and to the lake."""


@pytest.fixture
def both(sample_root: Path, in_lake: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    with asking(in_lake) as lake:
        monkeypatch.delenv("MARKETWAKE_CONFIG")
        with asking(sample_root) as file:
            yield file, lake


def _rows(
    con: duckdb.DuckDBPyConnection, query: str, given: dict[str, str] | None = None
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = con.execute(query, given or {}).fetchall()
    return rows


def _key(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(f"{value:.9g}" if isinstance(value, float) else str(value) for value in row)


def assert_same(mine: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> None:
    """The same rows in any order, floats to 1e-12."""
    assert len(mine) == len(theirs)
    for one, other in zip(sorted(mine, key=_key), sorted(theirs, key=_key), strict=True):
        for a, b in zip(one, other, strict=True):
            same = math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12) if _are_floats(a, b) else a == b
            assert same, (one, other)


def _are_floats(a: object, b: object) -> bool:
    return isinstance(a, float) and isinstance(b, float)


def test_every_table_and_view_has_the_same_rows(both: Both) -> None:
    file, lake = both
    names = _rows(
        file,
        "select schema_name || '.' || table_name from duckdb_tables() where not internal "
        "union select schema_name || '.' || view_name from duckdb_views() where not internal "
        "and schema_name = 'stg' order by all",
    )
    # What tells of the place at hand, and when it was looked at.
    own = {"ops.acceptance", "ops.build", "ops.migration", "ops.stage", "ops.taken_in"}
    for (name,) in names:
        if name not in own:
            columns = "* exclude (checked_at)" if name == "ops.offender" else "*"
            query = f"select {columns} from {name}"
            assert_same(_rows(lake, query), _rows(file, query))
    assert len(names) > 80


def test_the_verdicts_and_their_figures_are_the_same(both: Both) -> None:
    file, lake = both
    assert read_claims(lake) == read_claims(file)


@pytest.mark.parametrize("name", ASKED)
def test_every_question_has_the_same_answer(both: Both, name: str) -> None:
    file, lake = both
    values = defaults(ASKED[name])
    for statement in duckdb.extract_statements(ASKED[name]):
        given = {key: values[key] for key in statement.named_parameters}
        assert_same(_rows(lake, statement.query, given), _rows(file, statement.query, given))
