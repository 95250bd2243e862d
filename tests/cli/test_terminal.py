"""What a person sees at eighty columns, what a pipe gets, what cron hears, and what is suggested
where a name is mistyped.
"""

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from marketwake.base.log import timed
from marketwake.base.under_way import step, watching
from marketwake.cli import run as commands
from marketwake.cli.main import app
from marketwake.cli.show import steps_of
from marketwake.cli.sql.output import shown
from marketwake.cli.sql.query import asking
from marketwake.runs import files
from marketwake.runs.result import RunFailedError, RunResult
from tests.support.command import Done, command

Ask = Callable[..., Done]
BOX = re.compile("[\u2500-\u257f]")
READING = [
    "status",
    "changes",
    "claims",
    "claims a25",
    "claims a10 --lang zh",
    "query",
    "query move_after_event",
    "events",
    "study eo-401k",
    "study eo-401k --full",
    "study eo-401k --scenario",
    "study gfc-2008",
]


@pytest.fixture
def ask(sample_root: Path) -> Ask:
    def narrow(line: str, **variables: str) -> Done:
        given = {"width": 80, "MARKETWAKE_WAREHOUSE": str(sample_root)} | variables
        return command(*line.split(), **given)  # type: ignore[arg-type]

    return narrow


@pytest.fixture
def piped(sample_root: Path) -> Callable[[list[str], str], str]:
    def answer(words: list[str], text: str = "") -> str:
        environment = {"MARKETWAKE_WAREHOUSE": str(sample_root)}
        done = CliRunner().invoke(app, words, input=text, env=environment)
        assert done.exit_code == 0, done.output
        assert done.stderr == ""
        return done.stdout

    return answer


@pytest.mark.parametrize("line", READING)
def test_eighty_columns_are_enough(ask: Ask, line: str) -> None:
    done = ask(line)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    # The terminal itself breaks a Chinese sentence.
    shown = [text for text in lines if "zh" not in line or cell_len(text) == len(text)]
    assert max(map(len, shown)) <= 80
    assert not [text for text in lines if text != text.rstrip()]
    assert "…" not in done.stdout


@pytest.mark.parametrize("line", READING)
def test_a_pipe_gets_neither_boxes_nor_padding(piped: Callable[..., str], line: str) -> None:
    lines = piped(line.split()).splitlines()
    assert not [text for text in lines if BOX.search(text) or text != text.rstrip(" ")]
    # Figures of a table are parted by tabs.
    assert not [text for text in lines if "\t" in text and "  " in text]
    assert any("\t" in text for text in lines)


def test_each_command_has_the_width_of_its_own_terminal(ask: Ask) -> None:
    narrow, wide = ask("study eo-401k"), ask("study eo-401k", width="160")
    assert max(map(len, wide.stdout.splitlines())) > 80
    assert narrow.stdout.split() == wide.stdout.split()


def test_a_table_for_people_parts_thousands_and_machines_get_digits(
    sample_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = "12345678901.5::double as a, 1234 as b, 999999999999999::double as c"
    query = f"select {big}, 2025 as year"
    where = ("--warehouse", str(sample_root))
    # Ten significant digits of a double.
    assert command("sql", query, *where).stdout.splitlines()[1].split() == [
        "12,345,678,900",
        "1,234",
        "1,000,000,000,000,000",
        "2025",
    ]
    monkeypatch.delenv("COLUMNS", raising=False)
    for output in ("csv", "json", "markdown", "tsv"):
        told = command("sql", query, "-o", output, *where).stdout
        assert "1234" in told
        assert "1,234" not in told
    assert [shown(number) for number in (1e10, 1e14, 0.00001, 1e15, -2.5e12)] == [
        "10000000000",
        "100000000000000",
        "0.00001",
        "1e+15",
        "-2500000000000",
    ]


def test_dot_commands_come_from_a_pipe(piped: Callable[..., str], ask: Ask) -> None:
    named = piped(["sql", "-"], ".tables etf_flow_daily\n")
    assert named.startswith("name\tmeaning\nmart.etf_flow_daily\t")
    assert named == piped(["sql", ".tables etf_flow_daily"])
    mixed = "-- both\n.schema mart.claim\n.output csv\nselect 1\n as one;\nselect 2 as two\n"
    told = piped(["sql"], mixed)
    assert "verdict\tvarchar\t" in told
    assert told.endswith("one\n1\ntwo\n2\n")
    assert piped(["sql"], ".quit\nselect 1 as one;") == ""
    refused = ask("sql .tabels")
    assert refused.returncode == 2
    assert "Did you mean '.tables'? " in refused.stderr
    assert ask("sql .tables --to x.csv").returncode == 2


def test_a_written_file_is_counted_and_no_row_is_a_warning(
    sample_root: Path, tmp_path: Path
) -> None:
    def wrote(rows: int, *more: object) -> Done:
        words = ("sql", f"from range({rows})", *map(str, more))
        return command(*words, "--warehouse", str(sample_root))

    for ending in ("csv", "parquet", "json", "md", "tsv", "xlsx"):
        file = tmp_path / f"btc.{ending}"
        assert wrote(265, "--to", file).stderr == f"265 rows -> {file}\n"
        none = wrote(0, "--to", file)
        assert (none.returncode, none.stdout) == (0, "")
        assert none.stderr.startswith("warning: the query found no rows; ")
    assert wrote(1, "--to", file).stderr == f"1 row -> {file}\n"
    silent = wrote(0, "-o", "csv")
    assert (silent.stdout, silent.stderr) == ("range\n", "warning: the query found no rows\n")


def test_no_rows_have_a_reason_beside_them(ask: Ask) -> None:
    done = ask("query hours_with_flows --set event=crash-1929")
    assert done.stdout.splitlines()[-1] == "0 rows"
    # The sample's hours begin in August 2024.
    assert done.stderr.startswith("no rows: hourly bars of BTC are held from 2024-08-01 to ")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "claims new x --event eo-401k --says exploded --statement s --article a",
            "'--says': 'exploded' is not one of 'open', 'fell', 'rose'.",
        ),
        (
            "claims new x --event eo-401k --hours 0 --statement s --article a",
            "'--hours': 0 is less than 1.",
        ),
        ("study eo-401k --hours many", "'--hours': 'many' is no whole number."),
        ("vacuum --keep-days 1.5", "'--keep-days': '1.5' is no whole number."),
        ("serve --port 65536", "'--port': 65536 is more than 65535."),
        ("query holes --to x.docx", "x.docx: no answer is written for the ending '.docx'"),
        ("query holes --to x.docx", "Endings that work: .csv, .tsv, .json, .parquet, .xlsx, .md"),
        ("query holes --to x", "x: its name has no ending that says what to write"),
    ],
)
def test_a_value_is_refused_in_our_own_words(ask: Ask, line: str, told: str) -> None:
    done = ask(line)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in " ".join(done.stderr.replace("│", " ").split())


def test_the_step_that_runs_is_named() -> None:
    seen = list[Sequence[str]]()
    with watching(seen.append):
        with step("report"), suppress(ValueError), step("page of eo-401k"):
            raise ValueError
        with timed("alerts"):
            pass
    with step("afterwards"):
        pass
    both = ("report", "page of eo-401k")
    assert seen == [("report",), both, ("report",), (), ("alerts",), ()]
    assert steps_of("running the night", both, 80) == "running the night ... " + ", ".join(both)
    assert steps_of("running the night", (), 80) == "running the night ..."
    assert len(steps_of("running the night", ["spot-coinbase"] * 9, 80)) <= 68


def test_the_status_says_first_since_when_readers_have_what_they_have(
    ask: Ask, sample_root: Path
) -> None:
    name = (sample_root / "market.duckdb").resolve().name
    year, month, day, hour, minute = re.findall(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)", name)[0]
    lines = ask("status").stdout.splitlines()
    assert lines[0].startswith("As of ")
    assert lines[1].startswith(f"Published {year}-{month}-{day} {hour}:{minute} UTC: ")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("stady", "Did you mean 'study'?"),
        ("events ad", "Did you mean 'add'?"),
        ("study eo401k", "Did you mean 'eo-401k'?"),
        ("study eo-401k --venue coinbase", "Did you mean 'Coinbase'?"),
        ("study eo-401k --instrument eth", "Did you mean 'ETH'?"),
        ("study eo-401k --model market-model", "Did you mean 'market_model'?"),
        ("query move_after", "Did you mean 'move_after_event'?"),
        ("claims a100", "Did you mean 'a10'?"),
        ("export event eo401k --to made", "Did you mean 'eo-401k'?"),
        ("sql --claim a100", "Did you mean 'a10'?"),
        ("claims chek", "Did you mean 'check'?"),
        ("sql select -o markdwn", "Did you mean 'markdown'?"),
        ("backfill spot_bars --dry-run", "Did you mean 'spot_bar'?"),
        ("backfill --venue kraken --dry-run", "Did you mean 'Kraken'?"),
        ("load . --venue krakn", "Did you mean 'Kraken'?"),
        ("nightly --source smple", "Did you mean 'sample'?"),
        ("query holes --to x.xls", "Did you mean '.xlsx'?"),
        ("query hours_with_flows --set evnt=eo-401k", "Did you mean 'event'?"),
        ("query holes known_at --set att=2025-08-07", "Did you mean 'at'?"),
    ],
)
def test_the_name_that_was_meant_is_suggested(
    ask: Ask, tmp_path: Path, line: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").touch()
    monkeypatch.chdir(tmp_path)
    done = ask(line)
    assert done.returncode == 2
    assert meant in " ".join(done.stderr.replace("│", " ").split())
    assert done.stdout == ""


def test_an_instant_beside_a_known_event_and_a_strange_venue_are_refused_at_once(ask: Ask) -> None:
    at = ask("study eo-401k --at 2025-08-07T10:00Z")
    assert (at.returncode, at.stdout) == (2, "")
    assert "'eo-401k' is an event with instants of its own" in at.stderr
    assert "Leave --at away" in at.stderr
    venue = ask("study eo-401k --venue nope --json")
    assert (venue.returncode, venue.stdout) == (2, "")


def test_the_longest_window_that_can_be_filled_is_named(ask: Ask) -> None:
    # The sample ends with the hour of 22 August 2025 that begins at 23:00: twelve hours are left.
    told = ask("study --at 2025-08-22T12:00Z").stdout
    assert "the longest window that is filled has 12: --hours 12." in " ".join(told.split())
    assert "BTC return" in ask("study --at 2025-08-22T12:00Z --hours 12").stdout


def test_json_has_the_sentences_of_the_screen_and_the_family(
    ask: Ask, piped: Callable[..., str], sample_root: Path
) -> None:
    told = json.loads(ask("study eo-401k --json").stdout)
    screen = piped(["study", "eo-401k"]).splitlines()
    # As the page has it, from Coinbase's hour that begins at 10:00.
    assert told["sentences"][0].startswith("Ether jumped 2.4 % and bitcoin 1.1 % from 10:00 to ")
    assert set(told["sentences"]) <= set(screen)
    with asking(sample_root) as con:
        rows = con.execute(
            "select distinct on (venue, instrument, measure, model, market, window_unit, "
            "window_length, starts_at) p_two_sided from mart.event_inference "
            "where event = 'eo-401k' and is_in_family"
        ).fetchall()
    family = told["family"]
    assert family["tests"] == len(rows)
    assert family["unusual"] == sum(p <= 0.05 for (p,) in rows)
    # One in twenty by chance alone.
    assert family["by_chance"] == pytest.approx(len(rows) / 20)


RESULT = RunResult("20250101T000000Z-abc", 1234, 0, 8, (), (), (Path("w/reports/eo-401k.html"),))


def test_a_night_ends_in_a_dozen_lines(
    ask: Ask, sample_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_nightly", lambda *_, **__: RESULT)
    lines = ask("nightly --source sample").stdout.splitlines()
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 80
    with asking(sample_root) as con:
        named = con.execute(
            "select claim, statement from mart.claim where verdict = 'contradicted' order by claim"
        ).fetchall()
    text = " ".join(" ".join(lines).split())
    assert "1,234 new rows" in text
    # Coinbase's ether and bitcoin from 10:00 to 11:00: +2.38 % and +1.11 %.
    assert "Ether jumped 2.4 % and bitcoin 1.1 % from 10:00 to 11:00 UTC, when the news " in text
    assert f", {len(named)} contradicted, " in text
    for claim, statement in named[:5]:
        assert f"  {claim}  {statement[:50]}" in "\n".join(lines)
    assert f"and {len(named) - 5} more: marketwake claims" in text
    assert "w/reports/eo-401k.html" in text
    assert f"marketwake claims {named[0][0]}" in text


def test_cron_hears_only_what_is_wrong(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> RunResult:
        raise RunFailedError(RunResult("run", 0, 0, 0, (), ("farside: down",)))

    monkeypatch.setattr(commands, "_nightly", lambda *_, **__: RESULT)
    monkeypatch.setattr(commands, "_first_demo", lambda _: RESULT)
    monkeypatch.setattr(files, "load_files", lambda *_: RESULT)
    (tmp_path / "a.csv").touch()
    for line in ("nightly --quiet", "demo -q", f"load -q {tmp_path}"):
        assert ask(line) == Done(0, "", "")
    monkeypatch.setattr(commands, "_nightly", fails)
    monkeypatch.setattr(files, "load_files", fails)
    for line in ("nightly -q", f"load -q {tmp_path}"):
        done = ask(line)
        assert (done.returncode, done.stdout) == (3, "")
        assert "farside: down" in done.stderr


def test_help_is_in_panels_and_broken_by_the_terminal_alone(ask: Ask) -> None:
    shown = ask("--help").stdout
    panels = re.findall(r"^╭─ (.+?) ─", shown, re.MULTILINE)
    assert panels == ["Options", "Run", "Ask", "Study", "Your own", "Upkeep"]
    assert max(map(len, shown.splitlines())) <= 80
    for line, after in pairwise(shown[shown.index("╭─ Run") :].splitlines()):
        if after.startswith("│    "):
            # The next word had no room left, two columns before the frame.
            assert len(line.rstrip("│ ")) + 1 + len(after.strip("│ ").split()[0]) > 78, line
    details = ask("load --help").stdout
    assert "dump, Yahoo, FedWatch, Farside" in " ".join(details.replace("│", " ").split())


def test_a_pipe_gets_help_without_boxes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from marketwake.cli.main import main

    monkeypatch.setattr(sys, "argv", ["marketwake", "claims", "--help"])
    monkeypatch.delenv("COLUMNS", raising=False)
    with pytest.raises(SystemExit):
        main()
    told = capsys.readouterr().out
    assert "Usage: marketwake claims" in told
    assert not BOX.search(told)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("study eo", ["eo-401k"]),
        ("open eo", ["eo-401k"]),
        ("claims a1", [f"a{number}" for number in range(10, 20)]),
        ("sql --claim b0", [f"b0{number}" for number in range(1, 10)]),
        ("query move", ["move_after_event"]),
        ("stat", ["status"]),
    ],
)
def test_a_shell_completes_names(ask: Ask, words: str, expected: list[str]) -> None:
    line = f"marketwake {words}"
    place = str(len(line.split()) - 1)
    told = ask("", _MARKETWAKE_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=place)
    assert told.stdout.split() == expected


def test_where_nothing_is_published_nothing_is_completed(ask: Ask, tmp_path: Path) -> None:
    told = ask(
        "",
        MARKETWAKE_WAREHOUSE=str(tmp_path),
        _MARKETWAKE_COMPLETE="complete_bash",
        COMP_WORDS="marketwake study eo",
        COMP_CWORD="2",
    )
    assert (told.stdout.strip(), told.stderr) == ("", "")


def test_the_lines_of_a_pipe_are_a_table(piped: Callable[..., str]) -> None:
    query = "select 'a\tb' as text, null as none, 1.5 as half from range(150)"
    rows = list(csv.reader(io.StringIO(piped(["sql", query])), delimiter="\t"))
    # All of them: nothing is cut where nobody scrolls.
    assert rows == [["text", "none", "half"], *([["a b", "null", "1.5"]] * 150)]
