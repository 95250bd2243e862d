"""Every argument and option of every command, with values that nobody means: a command is done, or
says in a sentence which of them is wrong.

The commands are found by themselves, so that a new one is tried too. What is slow or reaches
outside is replaced behind the arguments.
"""

import io
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any, get_args

import duckdb
import polars as pl
import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketwake.base.clock import asked_instant, utc_now
from marketwake.base.settings import Settings
from marketwake.base.text import printable
from marketwake.cli import bundle, show_study
from marketwake.cli import run as commands
from marketwake.cli.main import app
from marketwake.event_study import anchors, inputs, windows
from marketwake.event_study import run as event_study
from marketwake.event_study.design import Design
from marketwake.event_study.run import EventStudy
from marketwake.runs import doctor, nightly, replay
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import Order, days, settings_for
from marketwake.runs.result import RunResult
from marketwake.runs.run import Run
from marketwake.warehouse.files import Warehouse
from marketwake_flows import pages, serve
from marketwake_flows.api import Api
from tests.support.command import command

LONG = "MARKETWAKE_LONG" in os.environ
EXAMPLES = 100 if LONG else 10
"""Of each command."""
CODES = {int(code) for code in re.findall(r"(\d) +\w", str(typer.main.get_command(app).epilog))} - {
    1
}
"""What a command may end with; 1 is for what nobody foresaw."""
ODD = ("a 'b' \"c\"", "#a&b=%20;c", "a\nb", "old:", "~", "a.", "[x]", "$HOME", "é")
"""Names of folders and files that mean something else to a shell, to SQL or in an address."""
IMPOSSIBLE = ("\udcff", "a?b", "x" * 300)
"""The same, for what no warehouse can be called: no UTF-8, a query to DuckDB, too long."""
WORDS = ("", " ", "-1", "0", "1", "-", "BTC/USD", "live", "eo-401k", "a=b", "table", "-1:1", "9h")
USUAL = {
    "event": "eo-401k",
    "keep_days": "4000",
    "name": "rejects",
    "prices": "prices.csv",
    "events": "events.csv",
    "files": "prices.csv",
    "query": "select 1 as one",
    "target": "made",
}
"""What stands for an argument while others are tried; one without a line gets any value."""
RESULT = RunResult("run", 0, 0, 0, (), ())


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    for name, inner in group.commands.items():
        if hasattr(inner, "commands"):
            yield from _commands(inner, (*path, name))
        else:
            yield " ".join((*path, name)), inner


COMMANDS = dict(_commands(typer.main.get_command(app)))

_text = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), max_size=12)
_number = (st.integers() | st.integers(-3, 70_000)).map(str)
_VALUES: dict[type, st.SearchStrategy[str]] = {
    int: _number | st.sampled_from(WORDS),
    Path: st.sampled_from((*ODD, *IMPOSSIBLE)) | _text,
    str: st.one_of(
        _text,
        _number,
        st.dates().map(lambda day: day.isoformat()),
        st.datetimes(timezones=st.none() | st.just(UTC)).map(lambda at: at.isoformat()),
        st.sampled_from((*WORDS, *ODD, *IMPOSSIBLE)),
    ),
}


@st.composite
def _lines(draw: st.DrawFn, name: str) -> list[str]:
    """A command with one to three odd values, and with what it cannot do without."""
    parameters = COMMANDS[name].params
    odd = draw(st.lists(st.sampled_from(parameters), min_size=1, max_size=3, unique=True))
    options, arguments = list[str](), list[str]()
    for parameter in parameters:
        if parameter not in odd and not parameter.required:
            continue
        if getattr(parameter, "is_flag", False):
            options += parameter.opts[:1]
            continue
        kind = parameter.type_descriptor.annotation
        value = draw(_VALUES.get((*get_args(kind), kind)[0], _VALUES[str]))
        if parameter not in odd:
            value = USUAL.get(parameter.name, value)
        if parameter.param_type_name == "argument":
            arguments.append(value)
        else:
            options += [draw(st.sampled_from(parameter.opts)), value]
    if draw(st.integers(0, 9)) == 0:
        options.append(draw(st.sampled_from(["--no-such", "-z"])))
    return [*name.split(), *options, "--", *arguments]


@pytest.fixture(scope="module")
def place(
    sample_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Path]]:
    """A folder to work in, and the warehouse that the environment names."""
    above = tmp_path_factory.mktemp("arguments")
    folder = above / "here"
    folder.mkdir()
    (folder / "prices.csv").write_text("series,at,close\nA,2025-01-01,1\n")
    (folder / "events.csv").write_text("event,series,day\ne,A,2025-01-01\n")
    root = Path(shutil.copytree(sample_root, above / "warehouse", symlinks=True))
    with pytest.MonkeyPatch.context() as patch:
        _reach_nothing(patch)
        _be_quick(patch, root)
        yield folder, root


def _reach_nothing(patch: pytest.MonkeyPatch) -> None:
    """No network, no server, and none of the terminal's input."""
    import prefect

    def plans(root: Path, chosen: Settings, order: Order, *_: object) -> backfill.BackfillResult:
        Warehouse(root)
        settings_for(chosen, order, days(chosen, order, utc_now())[0], utc_now)
        return backfill.BackfillResult(None, ())

    def runs(root: Path, *_: object, **__: object) -> RunResult:
        Warehouse(root)
        return RESULT

    for name in ("PREFECT_LOGGING_LEVEL", "PREFECT_LOGGING_EXTRA_LOGGERS"):
        patch.setenv(name, "")  # restored at the end
    patch.setattr(prefect, "serve", lambda *_, **__: None)
    patch.setattr(serve, "running", lambda *_: nullcontext(Api("http://127.0.0.1:1/api", "k")))
    patch.setattr(pages, "shown", lambda *_: nullcontext())
    patch.setattr(nightly, "nightly", runs)
    # What comes after the loading depends on no argument.
    patch.setattr(Run, "finish", lambda *_: RESULT)
    patch.setattr(commands, "_first_demo", lambda _: RESULT)
    patch.setattr(backfill, "backfill", plans)
    patch.setattr(doctor, "examine", lambda *_: [])
    patch.setattr(sys, "stdin", _Input())


class _Input(io.StringIO):
    def read(self, _: int | None = None) -> str:
        return "select 1 as one"


def _be_quick(patch: pytest.MonkeyPatch, root: Path) -> None:
    """Of a study all that its arguments decide; of a replay its folder; of an event's export one
    table.
    """

    def studied(
        _: object, dated: pl.DataFrame, design: Design, catalogue: pl.DataFrame | None = None
    ) -> EventStudy:
        windows.with_estimation(dated, design)
        anchors.nominal_anchors(dated, dated if catalogue is None else catalogue, design)
        return known()

    @cache
    def known() -> EventStudy:
        with Warehouse(root).reader() as con:
            return event_study.published(con, "eo-401k")

    @cache
    def read() -> inputs.Inputs:
        with Warehouse(root).reader() as con:
            return inputs.read_inputs(con, Design())

    @contextmanager
    def as_known(con: duckdb.DuckDBPyConnection, at: Any) -> Iterator[duckdb.DuckDBPyConnection]:  # noqa: ANN401
        asked_instant(at)
        yield con

    def replayed(root: Path) -> list[object]:
        Warehouse(root).reader().close()
        return []

    patch.setattr(event_study, "study_anchors", studied)
    patch.setattr(event_study, "read_inputs", lambda *_: read())
    patch.setattr(show_study, "as_known", as_known)
    patch.setattr(replay, "replay", replayed)
    every = bundle.queries
    patch.setattr(bundle, "queries", lambda event: {"responses": every(event)["responses"]})


@pytest.mark.parametrize("name", COMMANDS)
def test_any_line_is_done_or_refused_in_a_sentence(name: str, place: tuple[Path, Path]) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(line=_lines(name))
    def hold(line: list[str]) -> None:
        _is_done_or_refused(name, line, *place)

    hold()


@pytest.mark.parametrize("name", COMMANDS)
def test_any_place_is_used_or_refused_in_a_sentence(name: str, place: tuple[Path, Path]) -> None:
    parameters = COMMANDS[name].params
    for tried in parameters:
        if tried.type_descriptor.annotation is not Path:
            continue
        for odd in (*IMPOSSIBLE, *(ODD if LONG else ODD[:1])):
            options, arguments = list[str](), list[str]()
            for parameter in parameters:
                value = odd if parameter is tried else USUAL.get(parameter.name, "")
                if parameter.param_type_name == "argument" and parameter.required:
                    arguments.append(value)
                elif parameter is tried or parameter.required:
                    options += [parameter.opts[0], value]
            if tried.name == "archive" and name == "nightly":
                options += ["--source", "archive"]
            _is_done_or_refused(name, [*name.split(), *options, "--", *arguments], *place)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["serve", "--port", "-1"], "'--port'"),
        (["serve", "--port", "65536"], "'--port'"),
        (["serve", "--cron", "not a cron"], "--cron: 'not a cron' names no times"),
        (["study", "x", "--at", "0001-01-01T00:00Z"], "0001-01-01T00:00:00+00:00 is too far away"),
        (
            ["study", "x", "--at", "1799-12-31T23:59Z"],
            "is too far away\nGive one of the years 1800",
        ),
        (["study", "x", "--at", "2200-01-01T00:00Z"], "is too far away"),
        (["study", "x", "--at", "noon"], "--at: 'noon' is no instant"),
        (["study", "eo-401k", "--as-known-at", ""], "--as-known-at: '' is no instant"),
        (["study", "eo-401k", "--as-known-at", "9999-12-31T00:00Z"], "is too far away"),
        (["vacuum", "--keep-days", "3000000"], "3000000 days cannot be kept"),
        (["backfill", "--from", "0001-01-01"], "0001-01-01 lies before all figures"),
        (["backfill", "--from", "yesterday"], "--from: 'yesterday' is no day"),
        (["backfill", "--to", ""], "--to: '' is no day"),
        (["backfill", "--symbol", "btc/usd"], "'btc/usd' is no market"),
        (["sql", "select 1", "--output", "", "--to", "x"], "unknown output ''"),
        (["restore", "x" * 300, "--warehouse", "new"], "xxx: File name too long"),
        (["panel", "prices.csv", "no\udcff"], "No such file"),
    ],
)
def test_what_is_wrong_is_named(line: list[str], told: str, place: tuple[Path, Path]) -> None:
    done = command(*line, cwd=place[0], MARKETWAKE_WAREHOUSE=str(place[1]))
    assert done.returncode == 2
    assert told in done.stderr


@pytest.mark.parametrize("name", IMPOSSIBLE)
@pytest.mark.parametrize("line", ["status", "serve", "vacuum --keep-days 4000", "backfill"])
def test_where_no_warehouse_can_be_is_said(line: str, name: str, place: tuple[Path, Path]) -> None:
    done = command(*line.split(), "--warehouse", name, cwd=place[0])
    assert done.returncode == 4
    # What no encoding takes is shown as U+FFFD.
    shown = name.replace("\udcff", "\N{REPLACEMENT CHARACTER}")
    assert f"{shown} cannot be used: " in done.stderr


@pytest.mark.parametrize("name", ODD)
def test_a_warehouse_may_lie_in_any_folder(name: str, place: tuple[Path, Path]) -> None:
    folder = place[0].parent / "odd"
    folder.mkdir(exist_ok=True)
    (folder / name).symlink_to(place[1])
    for line in (["sql", "select 1 as one"], ["vacuum", "--keep-days", "4000", "--dry-run"]):
        done = command(*line, "--warehouse", name, cwd=folder)
        assert done.returncode == 0, done.stderr


def _is_done_or_refused(name: str, line: list[str], folder: Path, root: Path) -> None:
    done = command(*line, cwd=folder, MARKETWAKE_WAREHOUSE=str(root))
    assert done.returncode in CODES
    assert "Traceback" not in done.stderr
    if done.returncode not in {0, 7}:
        assert done.stderr
    if done.returncode == 2:
        given = [*line[name.count(" ") + 1 :], str(root)]
        known = [parameter.name for parameter in COMMANDS[name].params]
        told = _squeezed(done.stderr)
        words = [_squeezed(printable(word)) for word in (*given, *known) if word != "--"]
        assert any(word in told for word in words)


def _squeezed(text: str) -> str:
    """A text without its spaces, and without the frame around it."""
    return re.sub(r"[\s│]+", "", text)
