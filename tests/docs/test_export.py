"""What docs/export.md shows works, on the warehouse of a demo."""

from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from tests.docs.snippets import PAGES, blocks, command_lines, inline_commands
from tests.support.command import command

TEXT = PAGES["export.md"]


@pytest.fixture
def lines() -> list[list[str]]:
    shown = [words[1:] for words in command_lines(TEXT) if words[0] == "marketwake"]
    return [*shown, *(words for words in inline_commands(TEXT) if "--to" in words)]


# The workbook is in the tests of the command; here it would be what takes longest.
def test_its_commands_and_its_python_run_in_their_order(
    place: Path, lines: list[list[str]]
) -> None:
    for words in lines:
        short = ["--format", "csv"] if words[0] == "export" else []
        done = command(*words, *short, cwd=place)
        assert done.returncode == 0, done.stderr
    names: dict[str, Any] = {}
    for code in blocks(TEXT, "python"):
        exec(code, names)  # noqa: S102
    assert names["hours"]["close"].tolist() == names["excel"]["close"].tolist()
    assert (place / "flows.csv").read_bytes() == (place / "order/csv/flows.csv").read_bytes()
    assert len(openpyxl.load_workbook(place / "both.xlsx").sheetnames) == 4
    assert (place / "mine" / "marketwake.toml").is_file()
