"""The command load: what it hands on, and what it shows of each file."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marketwake.cli.load import app
from marketwake.runs import files
from marketwake.runs.files import Choice, FileResult, Watch
from marketwake.runs.result import RunFailedError, RunResult

RESULTS = [
    FileResult("good.zip", "loaded", new=44_640, same=3),
    FileResult("x.csv", "refused", why="expected its figures as spot_bar-....csv, found a dump"),
    FileResult("flows.csv", "loaded", held=2, notes=("flows.csv: 104 rows of zeros left out",)),
]


def test_every_file_is_listed_with_its_rows_and_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.zip").touch()
    asked: list[tuple[Path, list[Path], Choice]] = []

    def loads(root: Path, paths: Sequence[Path], choice: Choice, watch: Watch) -> RunResult:
        asked.append((root, list(paths), choice))
        for result in RESULTS:
            watch.ended(result)
        return RunResult("run", 44_640, 0, 0, (), ())

    monkeypatch.setattr(files, "load_files", loads)
    options = ["--venue", "Kraken", "--symbol", "SOL/USD", "--interval", "1h", "--supersede"]
    given = [str(tmp_path), *options, "--warehouse", str(tmp_path / "w")]
    ended = CliRunner().invoke(app, given)
    assert ended.exit_code == 0, ended.output
    choice = Choice("Kraken", ("SOL/USD",), ("1h",), supersede=True)
    assert asked == [(tmp_path / "w", [tmp_path / "good.zip"], choice)]
    # In a pipe: a line for each file, with tabs.
    lines = [line.split("\t") for line in ended.output.splitlines() if "\t" in line]
    assert lines == [
        ["file", "state", "new", "same", "restated", "held", "rejected"],
        ["x.csv", "refused", "0", "0", "0", "0", "0"],
        ["flows.csv", "loaded", "0", "0", "0", "2", "0"],
        ["good.zip", "loaded", "44,640", "3", "0", "0", "0"],
    ]
    assert "x.csv: expected its figures as spot_bar-....csv, found a dump" in ended.output
    assert "flows.csv: 104 rows of zeros left out" in ended.output
    assert "3 files: 44,640 rows new, 3 the same, 0 restated, 2 held, 0 rejected" in ended.output
    assert "marketwake query held" in ended.output


def test_a_stopped_load_says_that_what_came_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> RunResult:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "load_files", stopped)
    (tmp_path / "a.csv").touch()
    ended = CliRunner().invoke(app, [str(tmp_path)])
    assert ended.exit_code == 130
    assert "Stopped. What came is kept" in ended.output


def test_what_the_summary_tells_of_a_file_is_not_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = ("inbox: x.csv: expected bars, found a dump", "the study of crash-1929 broke")

    def fails(*_: object) -> RunResult:
        result = RunResult("run", 0, 0, 0, (), problems, of_files=frozenset(problems[:1]))
        raise RunFailedError(result)

    monkeypatch.setattr(files, "load_files", fails)
    (tmp_path / "x.csv").touch()
    ended = CliRunner().invoke(app, [str(tmp_path)])
    assert isinstance(ended.exception, RunFailedError)
    assert ended.exception.result.problems == (
        "1 file refused, or with rows rejected: told above",
        problems[1],
    )
    assert ended.exception.exit_code == 3
