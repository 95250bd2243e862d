"""What docs/own.md shows of an event's file works; its commands are run by test_tutorial.py."""

import subprocess
from pathlib import Path

from marketwake.warehouse.own_events import event_of
from tests.docs.snippets import CHECKOUT, PAGES, blocks

TEXT = PAGES["own.md"]


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
