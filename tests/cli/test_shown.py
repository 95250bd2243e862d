"""What stands in data steers no terminal, in whatever command it comes up; machines get it as it
is.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from rich.markup import escape
from rich.table import Table

from marketwake.cli import show, show_status
from marketwake.cli.console import Terminal, say
from marketwake.cli.sql.query import answer, asking
from tests.support.command import command

STEERING = "\x1b]0;owned\x07\x9b2J\u202e"
SHOWN = "�]0;owned��2J�"
QUERY = 'select $$\x1b]0;owned\x07\x9b2J\u202e$$ as "a\x1b", 1 as n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    duckdb.connect(tmp_path / "market.duckdb").close()
    return tmp_path


@pytest.fixture
def con(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with asking(root) as connection:
        yield connection


def _answer(con: duckdb.DuckDBPyConnection, text: str, output: str) -> str:
    stream = io.StringIO()
    answer(con, text, output, stream)
    return stream.getvalue()


def _is_calm(text: str) -> bool:
    return not any(mark in text for mark in "\x1b\x07\x9b\u202e")


@pytest.mark.parametrize("output", ["table", "markdown"])
def test_tables_for_people_are_calm(con: duckdb.DuckDBPyConnection, output: str) -> None:
    text = _answer(con, QUERY, output)
    assert SHOWN in text
    assert _is_calm(text)
    assert _is_calm(_answer(con, f"explain {QUERY}", "table"))


def test_rows_as_blocks_are_calm(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    text = _answer(con, f"select *, 1e9 as b, 1e9 as c from ({QUERY})", "table")
    assert "row 1" in text
    assert _is_calm(text)


def test_a_table_is_as_wide_as_what_it_shows(con: duckdb.DuckDBPyConnection) -> None:
    rows = "(values ($$\x1b\x1b\x1b$$, 'b'), ('abc', 'b')) as t(a, b)"
    lines = _answer(con, f"select * from {rows}", "table").splitlines()[:-1]
    assert [line.index("b", 3) for line in lines] == [5, 5, 5]


def test_machines_get_the_value_as_it_is(con: duckdb.DuckDBPyConnection) -> None:
    assert json.loads(_answer(con, QUERY, "json")) == [{"a\x1b": STEERING, "n": 1}]
    assert _answer(con, QUERY, "csv") == f"a\x1b,n\n{STEERING},1\n"


def test_cells_titles_and_sentences_are_calm() -> None:
    terminal = Terminal(file=io.StringIO(), width=80, force_terminal=True, color_system="standard")
    table = Table(title=STEERING)
    table.add_column(STEERING)
    table.add_row(f"[red]{escape(STEERING)}[/]")
    terminal.print(table)
    terminal.print(f"[bold]{STEERING}[/]")
    written = terminal.file.getvalue()  # type: ignore[attr-defined]
    assert written.count("owned") == 4
    # Its own colours are all that steers.
    assert _is_calm(written.replace("\x1b[", ""))


def test_listings_of_what_a_warehouse_holds_are_calm(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    say(STEERING)
    show.listing(STEERING, ("venue",), [(STEERING,)])
    show_status._gaps(
        [
            {
                "dataset": "spot_bar",
                "venue": STEERING,
                "missing": 1,
                "series": 1,
                "reason": "not_fetched",
                "next_step": STEERING,
                "first_at": "2025-01-01",
                "last_at": "2025-01-02",
            }
        ],
        wide=True,
    )
    said = capsys.readouterr().out
    assert said.count("owned") == 5
    assert _is_calm(said)


def test_errors_are_calm(root: Path) -> None:
    done = command("sql", f"selec '{STEERING}'", "--warehouse", str(root))
    assert done.returncode == 2
    assert "owned" in done.stderr
    assert _is_calm(done.stderr)
