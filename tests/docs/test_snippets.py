"""What the pages show runs: Python and SQL on the sample; command lines where they only read, the
others against the options that there are.
"""

import json
import random
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from importlib.util import find_spec
from math import exp, log
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from marketwake.base.resources import SQL
from marketwake.base.settings import Settings, read_settings
from marketwake.cli.main import app
from marketwake.cli.sql.output import shown
from marketwake.cli.sql.query import asking
from marketwake.warehouse.files import Warehouse
from tests.docs.snippets import CHECKOUT, PAGES, blocks, command_lines, inline_commands
from tests.support.rows import at, bar, ranked

Insert = Callable[..., None]
READING = {"changes", "claims", "panel", "query", "sql", "status", "study"}
"""Commands that write nothing into the warehouse."""
LINES = [(name, words) for name, text in PAGES.items() for words in command_lines(text)]
INLINE = [words for text in PAGES.values() for words in inline_commands(text)]
TARGETS = re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE)


def _reading(page: str) -> list[list[str]]:
    lines = [words for name, words in LINES if name == page]
    return [words[1:] for words in lines if words[0].endswith("marketwake") and words[1] in READING]


def _group() -> TyperGroup:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def _parse(name: str, *arguments: str) -> None:
    _group().commands[name].make_context(name, list(arguments))


def _run(words: list[str]) -> str:
    """What a command prints; where it reads standard input, a query stands there."""
    result = CliRunner().invoke(app, words, input="select 42 as answer", env={"COLUMNS": "160"})
    assert result.exit_code == 0, (words, result.output, result.exception)
    return result.output


def _python(page: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for code in blocks(PAGES[page], "python"):
        exec(code, names)  # noqa: S102
    return names


def test_every_language_of_a_block_has_its_test() -> None:
    languages = {
        name for text in PAGES.values() for name in re.findall(r"^ *```(\w+)", text, re.MULTILINE)
    }
    assert languages == {"python", "sql", "sh", "toml", "ini", "text"}
    with_python = {name for name, text in PAGES.items() if blocks(text, "python")}
    # Those of ask.md, operations.md and export.md have test files of their own, and so has the text
    # of tutorial.md.
    assert with_python == {"ask.md", "export.md", "operations.md", "panel.md", "study.md"}
    assert [name for name, text in PAGES.items() if blocks(text, "text")] == ["tutorial.md"]
    assert len(LINES) > 20
    # An indented block of shell would pass by unseen.
    indented = re.compile(r"^    (\$ |make |prefect |\.venv|marketwake \w+)", re.MULTILINE)
    fenced = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
    assert not [name for name, text in PAGES.items() if indented.search(fenced.sub("", text))]


@pytest.mark.parametrize(("page", "words"), LINES, ids=[" ".join(words)[:60] for _, words in LINES])
def test_command_lines_name_what_there_is(page: str, words: list[str]) -> None:
    match [words[0].removeprefix(".venv/bin/"), *words[1:]]:
        case ["marketwake", "--install-completion"]:
            assert "--install-completion" in CliRunner().invoke(app, ["--help"]).output
        case ["marketwake", name, *arguments]:
            _parse(name, *arguments)
        case ["make", target, *_]:
            assert target in TARGETS
        case ["python", "-m", module, *_]:
            assert find_spec(module)
        case ["python", script]:
            assert (CHECKOUT / script).is_file()
        case ["prefect" | "export", *_]:
            assert page == "operations.md"
        case ["source", script]:
            assert script == ".venv/bin/activate"
        case ["echo" | "cut", *_]:
            pass
        case _:
            pytest.fail(f"{page}: nothing checks this command")


@pytest.mark.parametrize("words", INLINE, ids=" ".join)
def test_commands_in_sentences_name_what_there_is(words: list[str]) -> None:
    # One that stands alone is named, not shown: its arguments may be missing.
    if len(words) == 1:
        assert words[0] in _group().commands
    else:
        _parse(*words)


ELSEWHERE = {"coins.md", "export.md", "own.md", "study.md", "tutorial.md"}
"""Pages whose commands other tests run: of docs/, on warehouses that hold what they ask for, and of
the command `study`, which takes its time.
"""


@pytest.mark.parametrize(
    "page", [name for name in PAGES if _reading(name) if name not in ELSEWHERE]
)
def test_commands_that_read_run(place: Path, page: str) -> None:
    (place / "my.sql").write_text("from mart.etf_flow_daily", encoding="utf-8")
    printed = {" ".join(words): _run(words) for words in _reading(page)}
    if page == "ask.md":
        assert "42" in printed["sql"]
        assert "BTC return" in printed["study eo-401k"]
        assert (place / "answer.parquet").stat().st_size > 1000


def test_the_settings_that_are_shown_are_the_defaults(tmp_path: Path) -> None:
    (shown,) = blocks(PAGES["nightly.md"], "toml")
    file = tmp_path / "marketwake.toml"
    file.write_text(shown, encoding="utf-8")
    settings, default = read_settings(tmp_path, file), Settings()
    for name in re.findall(r"^(\w+) = ", shown, re.MULTILINE):
        assert getattr(settings, name) == getattr(default, name)


@pytest.mark.parametrize("page", [name for name in PAGES if blocks(PAGES[name], "sql")])
def test_the_sql_of_the_pages_runs_and_has_the_answers_it_prints(
    sample_root: Path, page: str
) -> None:
    with asking(sample_root) as con:
        for query in blocks(PAGES[page], "sql"):
            rows = con.sql(query).fetchall()
            if answer := re.search(r"(?:^-- [^\n]*\n)+\Z", query, re.MULTILINE):
                assert "".join(f"-- {' | '.join(map(shown, row))}\n" for row in rows) == answer[0]


@pytest.mark.usefixtures("place")
def test_the_python_of_the_page_on_the_study_runs() -> None:
    names = _python("study.md")
    assert names["payrolls"].estimation["nominal_at"].to_list() == [at("2025-08-01 12:30")]
    # No hour is known that ends after six on the 8th.
    hours = names["order"].response.filter(
        measure="log_return", window_unit="hour", is_nominal=True, venue="Coinbase"
    )
    ends = pl.col("anchor_at") + pl.duration(hours="window_length")
    assert hours.drop_nulls("value").select(ends.max()).item() <= at("2025-08-08 06:00")
    (rise,) = hours.filter(anchor="day", instrument="BTC", window_length=24)["value"]
    # Coinbase, 2025-08-07 00:00 to 08-08 00:00.
    assert rise == pytest.approx(log(117_515.49 / 115_028.83), abs=1e-6)


@pytest.mark.usefixtures("place")
def test_the_python_of_the_page_on_panels_gives_what_it_says() -> None:
    names = _python("panel.md")
    three, groups, result = (names[name] for name in ("three", "groups", "result"))
    assert three.design.factors == ("bitcoin", "ethereum", "solana")
    assert set(three.outcome["code"]) == {"ok"}
    apart = groups.differences.select("group", "other", "n", "n_other", "days").rows()
    assert apart == [("Friday", "Monday", 50, 50, 100)]
    # As the page says.
    estimation = result.design.described()["estimation window"]
    assert estimation == "-130:-11, at least 100 returns"
    assert result.outcome["code"].to_list() == ["ok"] * 3
    days = result.abnormal.group_by("period").agg(pl.col("abnormal").mean()).sort("period")
    means = result.tests.filter(test="brown_warner")["mean_car"].to_list()
    assert means == pytest.approx(days["abnormal"].to_list(), rel=1e-12)
    assert len(means) == 11
    tests = {row["test"]: row for row in names["beyond"].tests.filter(window="0:2").to_dicts()}
    assert round(tests["brown_warner"]["mean_car"], 3) == 0.045
    assert tests["brown_warner"]["n"] == 46
    assert {name: round(row["p_value"], 2) for name, row in tests.items() if row["valid"]} == {
        "brown_warner": 0.08,
        "patell_adjusted": 0.14,
        "kolari_pynnonen": 0.25,
        "corrado_zivney": 0.1,
    }


@pytest.fixture
def with_daily_bars(place: Path, sample_root: Path, insert: Insert) -> Path:
    """The sample with what nights bring of three coins: lists, and daily bars on Coinbase of which
    two rise by 3 % beyond bitcoin on 7 August 2025.
    """
    root = place / "warehouse"
    shutil.copyfile(sample_root / "writer.duckdb", root / "writer.duckdb")
    chance = random.Random(14330)  # noqa: S311
    logs = dict.fromkeys(("BTC", "ETH", "SOL"), 5.0)
    bars = []
    for day in (date(2025, 6, 1) + timedelta(days=number) for number in range(75)):
        market = chance.gauss(0, 0.02)
        for asset, beta in (("BTC", 1.0), ("ETH", 1.5), ("SOL", 0.8)):
            beyond = 0.0 if asset == "BTC" else chance.gauss(0, 1e-4)
            jump = 0.03 if asset != "BTC" and day == date(2025, 8, 7) else 0.0
            logs[asset] += beta * market + beyond + jump
            bars.append(bar(at(str(day)), exp(logs[asset]), asset=asset, bar_interval="1d"))
    names = (("bitcoin", "BTC"), ("ethereum", "ETH"), ("solana", "SOL"))
    ranks = [ranked("2025-06-01", rank, *name) for rank, name in enumerate(names, start=1)]
    with Warehouse(root).writer() as con:
        insert(con, "spot_bar", bars)
        insert(con, "coin_rank", ranks)
        con.execute((SQL / "marts" / "coin_daily.sql").read_text(encoding="utf-8"))
    Warehouse(root).publish()
    return root


@pytest.mark.usefixtures("with_daily_bars")
def test_the_page_on_coins_studies_the_panel_on_bitcoin() -> None:
    prices, events, panel = _reading("coins.md")
    _run(prices)
    _run(events)
    assert "market model on bitcoin" in _run(panel)
    tests = json.loads(_run([*panel, "--json"]))["tests"]
    # 75 days are too few for the permutation test.
    tests = [row for row in tests if row["test"] != "permutation"]
    assert {row["n"] for row in tests} == {2}
    for row in tests:
        # 3 % of each, but for the chance of a hundredth of a percent a day.
        assert row["mean_car"] == pytest.approx(0.03, abs=0.001)
