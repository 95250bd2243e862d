"""The SQL session: what completes, when Enter sends, what a line answers, and a conversation
through a terminal made of pipes.
"""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from marketwake.cli.sql import session as ask_session
from marketwake.cli.sql.complete import COMMANDS, Names, completions, is_complete, read_names
from marketwake.cli.sql.query import answer, asking
from marketwake.cli.sql.session import Session, converse

NAMES = Names(
    {"mart.spot_daily": ["venue", "close"], "mart.claim": ["claim", "verdict"]},
    ["bars"],
    ["select", "from", "where"],
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A published file with one described table and a macro."""
    with duckdb.connect(tmp_path / "market.duckdb") as con:
        con.execute(
            "create schema mart; create table mart.claim as select 'a01' as claim, 'mixed' as "
            "verdict"
        )
        con.execute(
            "comment on table mart.claim is 'What was judged'; comment on column "
            "mart.claim.verdict is 'In a word'"
        )
        con.execute("create macro twice(x) as 2 * x")
    return tmp_path


@pytest.fixture
def session(root: Path) -> Iterator[Session]:
    with asking(root) as con:
        yield Session(con, "table")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("sel", "", ["select"]),
        ("SEL", "", ["select"]),
        ("from mart.s", "", ["mart.spot_daily"]),
        ("select ver", " from mart.claim", ["verdict"]),
        ("select c", " from mart.claim", ["claim"]),
        ("select d.", " from mart.spot_daily as d", ["d.venue", "d.close"]),
        ("select claim.v", " from mart.claim", ["claim.verdict"]),
        ("from ba", "", ["bars("]),
        (".s", "", [".schema"]),
        (".schema mart.c", "", ["mart.claim"]),
        (".output js", "", ["json"]),
        ("select nothing_like_it", "", []),
    ],
)
def test_words_complete_to_what_fits_there(before: str, after: str, expected: list[str]) -> None:
    assert completions(NAMES, before + after, before) == expected


def test_names_come_from_the_catalogue(root: Path) -> None:
    with asking(root) as con:
        names = read_names(con)
    assert names.columns == {"mart.claim": ["claim", "verdict"]}
    assert names.macros == ["twice"]
    assert "select" in names.keywords


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("select 1", False),
        ("select 1;", True),
        ("select 1;  -- done", True),
        ("select 1 -- not yet;", False),
        ("select ';", False),
        ("select 'it''s;';", True),
        ('select "a;', False),
        ("select /* ; */ 1", False),
        ("select /* ;", False),
        (".tables", True),
        ("", True),
    ],
)
def test_enter_sends_what_is_finished(text: str, *, complete: bool) -> None:
    assert is_complete(text) is complete


def test_lines_are_answered_and_errors_do_not_end_the_session(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert session.handle("selec 1;")
    assert "syntax error" in capsys.readouterr().out
    assert session.handle("drop table mart.claim;")
    assert "read-only" in capsys.readouterr().out
    for text, expected in [
        ("select twice(21) as n;", "42"),
        (".tables", "What was judged"),
        (".tables nothing", "0 rows"),
        (".schema mart.claim", "In a word"),
        (".schema claim", "there is no table or view 'claim'"),
        (".macros", "twice(x)"),
        (".queries", "restated"),
        (".query nothing", "there is no saved query 'nothing'"),
        (".output parquet", "unknown output 'parquet'"),
        (".what", "unknown command '.what'"),
        ("set variable n = 1;", ""),
    ]:
        assert session.handle(text)
        assert expected in capsys.readouterr().out, text
    assert session.handle(".output csv")
    assert session.handle("from mart.claim;")
    assert capsys.readouterr().out == "claim,verdict\na01,mixed\n"
    assert not session.handle(".quit")


def test_help_names_every_command(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    session.handle(".help")
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


def test_ctrl_c_stops_a_query_and_leaves_the_session_usable(
    session: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT))

    def answer_timed(*arguments: Any) -> None:  # noqa: ANN401 - handed on
        timer.start()
        answer(*arguments)

    with monkeypatch.context() as patch:
        # The second counts from when Ctrl-C is listened for, however busy the machine is.
        patch.setattr(ask_session, "answer", answer_timed)
        # Hours of work, were it not stopped.
        assert session.handle(
            "select count(*) from range(10_000_000_000_000) as a where a.range % 7 = 3;"
        )
    timer.join()
    assert capsys.readouterr().out == "stopped\n"
    assert session.handle("select 42 as n;")
    assert "42" in capsys.readouterr().out


def test_completion_replaces_the_word_before_the_cursor() -> None:
    (completion,) = ask_session._completer(NAMES).get_completions(
        Document("from mart.cl"), CompleteEvent()
    )
    assert (completion.text, completion.start_position) == ("mart.claim", -len("mart.cl"))


def test_a_conversation_spans_lines_and_is_remembered(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("select claim\rfrom mart.claim;\r\x03.quit\r")
        converse(root)
    assert "a01" in capsys.readouterr().out
    remembered = (root / "state" / "sql_history").read_text()
    assert "+select claim\n+from mart.claim;\n" in remembered


def test_a_warehouse_that_cannot_be_written_is_asked_without_memory(root: Path) -> None:
    (root / "state").write_text("in the way")
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("\x04")
        converse(root)
    assert (root / "state").read_text() == "in the way"
