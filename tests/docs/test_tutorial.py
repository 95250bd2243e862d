"""The tutorial, walked from its first command to its last, and docs/own.md, whose commands are
those of the tutorial's last part.
"""

import re
import shutil
from pathlib import Path

import pytest

from marketwake.cli.show_claims import tally
from marketwake.report.headline import headline
from marketwake.warehouse.files import Warehouse
from tests.docs.snippets import PAGES, blocks, command_lines
from tests.support.command import command

TEXT, OWN = PAGES["tutorial.md"], PAGES["own.md"]
STEPS = [
    (command_lines(f"```sh\n{shell}```"), shown.splitlines())
    for shell, shown in re.findall(
        r"^```sh\n(.*?)^```(?:\n\n```text\n(.*?)^```)?", TEXT, re.MULTILINE | re.DOTALL
    )
]
"""Commands, and lines that the last of them prints."""


def _steps() -> list[tuple[list[str], list[str]]]:
    """Each command that runs here, and what is shown of what it prints."""
    return [
        (line[1:], shown if line is lines[-1] else [])
        for lines, shown in STEPS
        for line in lines
        # The demo is in the tests of the wheel; a browser is in none.
        if line[0] == "marketwake" and line[1] != "open"
    ]


@pytest.mark.usefixtures("without_pictures")
def test_its_commands_run_in_their_order_and_print_what_it_shows(
    sample_root: Path, tmp_path: Path
) -> None:
    # In a folder of one's own, whose places for events and claims are there already.
    assert command("init", ".", cwd=tmp_path).returncode == 0
    root = tmp_path / "warehouse"
    shutil.copytree(sample_root, root, symlinks=True, dirs_exist_ok=True)
    for words, shown in _steps():
        done = command(*words, cwd=tmp_path, width=80)
        assert done.returncode == 0, (words, done.stderr)
        printed = [line.rstrip() for line in done.stdout.splitlines()]
        assert [line for line in shown if line not in printed] == [], words
    assert (tmp_path / "hours.xlsx").stat().st_size > 10_000
    pages = set(re.findall(r"`warehouse/(reports/[^`]+)`", OWN))
    assert pages == {"reports/fomc-2025-07.html"}
    page = (root / "reports" / "fomc-2025-07.html").read_text(encoding="utf-8")
    assert "Bitcoin fell over the 24 hours after" in page
    assert '<span class="word">right</span>' in page
    assert "fomc-2025-07" in command("events", cwd=tmp_path).stdout
    for file in re.findall(r"`warehouse/((?:events|claims)/[^`]+)`", OWN):
        assert (root / file).is_file()


def test_the_four_commands_for_an_event_and_a_claim_are_those_of_the_tutorial() -> None:
    four = command_lines(OWN)
    assert len(four) == 4
    assert [words for words, _ in _steps()][-4:] == [words for _, *words in four]


def test_what_the_demo_is_said_to_end_with_is_what_the_sample_says(sample_root: Path) -> None:
    (told,) = [shown for lines, shown in STEPS if lines[0] == ["make", "demo"]]
    with Warehouse(sample_root).reader() as con:
        answer = headline(con, "eo-401k")
        verdicts = [row[0] for row in con.execute("select verdict from mart.claim").fetchall()]
    counts = f"{len(verdicts)} statements: {tally(verdicts)}. Contradicted by the figures:"
    assert " ".join(" ".join(told).split()) == f"{' '.join(answer)} {counts}"


def test_all_that_it_shows_is_held_against_the_program() -> None:
    assert len([shown for _, shown in STEPS if shown]) == len(blocks(TEXT, "text"))
