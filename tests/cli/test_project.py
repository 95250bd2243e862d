"""A folder of one's own."""

import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from marketwake.cli.main import app
from tests.docs.snippets import command_lines
from tests.support.command import command

MADE = [
    ".gitignore",
    "README.md",
    "marketwake.toml",
    "warehouse",
    "warehouse/claims",
    "warehouse/events",
]


def _below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_new_folder_has_all_that_a_project_needs(tmp_path: Path) -> None:
    done = command("init", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert _below(tmp_path / "mine") == MADE
    assert "cd mine, then marketwake demo" in done.stdout
    assert tomllib.loads((tmp_path / "mine" / "marketwake.toml").read_text()) == {}


def test_what_is_there_stays_and_what_lacks_is_added(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "marketwake.toml").write_text("coins = 7\n")
    assert command("init", ".", cwd=tmp_path).returncode == 0
    assert (tmp_path / "marketwake.toml").read_text() == "coins = 7\n"
    assert _below(tmp_path) == sorted([*MADE, ".git"])
    again = command("init", ".", cwd=tmp_path)
    assert "has everything already" in again.stdout


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    done = command("init", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert "is not empty: it has thesis.tex" in done.stderr
    assert _below(tmp_path) == ["thesis.tex"]
    assert command("init", "thesis.tex", cwd=tmp_path).returncode == 2


def test_its_settings_are_found_from_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MARKETWAKE_CONFIG", raising=False)
    assert command("init", "mine", cwd=tmp_path).returncode == 0
    file = tmp_path / "mine" / "marketwake.toml"
    file.write_text(file.read_text().replace("#coins = 50", "coins = 0"))
    # A setting that cannot be: whoever reads it says so.
    done = command("doctor", cwd=tmp_path / "mine")
    assert done.returncode == 2
    assert "settings marketwake.toml: coins is 0" in done.stderr


def test_its_readme_shows_what_there_is(tmp_path: Path) -> None:
    command("init", "mine", cwd=tmp_path)
    lines = command_lines((tmp_path / "mine" / "README.md").read_text())
    assert [words[:2] for words in lines[:5]] == [
        ["marketwake", name] for name in ("demo", "nightly", "status", "study", "query")
    ]
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for _, name, *arguments in lines:
        commands[name].make_context(name, arguments)


def test_its_readme_makes_a_claim_that_can_be_judged(sample_root: Path, tmp_path: Path) -> None:
    command("init", ".", cwd=tmp_path)
    (tmp_path / "warehouse" / "market.duckdb").symlink_to((sample_root / "market.duckdb").resolve())
    readme = (tmp_path / "README.md").read_text()
    made = [line[1:] for line in command_lines(readme) if line[1] == "claims" and len(line) > 3]
    assert len(made) == 2
    for words in made:
        # The event of the README is made by a run; the claim is of one that is there.
        done = command(*(word.replace("my-event", "eo-401k") for word in words), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert "Over 24 hours bitcoin moved by" in done.stdout
