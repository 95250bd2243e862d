"""What docs/own.md shows works, on the warehouse of a demo."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from marketwake.warehouse.own_events import event_of
from tests.docs.snippets import CHECKOUT, PAGES, blocks, command_lines
from tests.support.command import command

TEXT = PAGES["own.md"]


@pytest.mark.usefixtures("without_pictures")
def test_four_commands_put_a_claim_on_the_page_of_its_event(
    sample_root: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True))
    lines = command_lines(TEXT)
    assert len(lines) == 4
    for _, *words in lines:
        done = command(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    pages = set(re.findall(r"`warehouse/(reports/[^`]+)`", TEXT))
    assert pages == {"reports/fomc-2025-07.html"}
    page = (root / "reports" / "fomc-2025-07.html").read_text(encoding="utf-8")
    assert "Bitcoin fell over the 24 hours after" in page
    assert "supported" in page
    assert "fomc-2025-07" in command("events", cwd=tmp_path).stdout
    for file in re.findall(r"`warehouse/((?:events|claims)/[^`]+)`", TEXT):
        assert (root / file).is_file()


def test_the_event_that_it_shows_keeps_the_contracts(tmp_path: Path) -> None:
    (text,) = blocks(TEXT, "toml")
    frames = event_of(tmp_path / "fomc-2025-07.toml", text)
    assert {name: frame.height for name, frame in frames.items()} == {
        "event": 1,
        "anchor": 2,
        "confounder": 1,
    }


def test_git_ignores_neither_folder() -> None:
    tried = ["events/a.toml", "claims/a.sql", "writer.duckdb", "landing/a", "reports/a.html"]
    done = subprocess.run(
        ["git", "check-ignore", *(f"warehouse/{name}" for name in tried)],  # noqa: S607
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [f"warehouse/{name}" for name in tried[2:]]
