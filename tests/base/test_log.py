"""The log of a run: where the disk refuses it, that is said once, in a sentence, and nothing else
changes.
"""

import errno
import logging
from pathlib import Path

import pytest

from marketwake.base.log import run_log

log = logging.getLogger("marketwake.tests")


def _run(root: Path) -> None:
    with run_log(root, "run-1"):
        log.info("one")
        log.info("two")


def _told(capsys: pytest.CaptureFixture[str], path: Path, why: str) -> None:
    assert capsys.readouterr().err == (
        f"The log {path} cannot be written: {why}. The run goes on; check space and rights.\n"
    )


def test_a_full_disk_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "logs" / "marketwake.log"
    path.parent.mkdir()
    path.symlink_to("/dev/full")
    _run(tmp_path)
    _told(capsys, path, "No space left on device")


def test_a_file_that_cannot_be_opened_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "logs" / "marketwake.log"
    path.mkdir(parents=True)
    _run(tmp_path)
    _told(capsys, path, "Is a directory")


def test_a_folder_that_cannot_be_made_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    _run(tmp_path)
    _told(capsys, tmp_path / "logs" / "marketwake.log", "File exists")


def test_lines_come_again_when_there_is_room_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "logs" / "marketwake.log"
    with run_log(tmp_path, "run-1"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "mkdir", _refused)
            log.info("lost")
        log.info("kept")
    _told(capsys, path, "No space left on device")
    assert path.read_text().splitlines()[-1].endswith("kept")


def _refused(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
