"""The commands of upkeep, one after the other, as a person gives them."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marketwake.base.errors import BadInputError, MarketwakeError, WarehouseError
from marketwake.cli.main import app


def _run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False, env={"COLUMNS": "140"})
    assert done.exit_code == 0, done.output
    return done.output


def test_backup_restore_and_vacuum_say_what_they_did(sample_root: Path, tmp_path: Path) -> None:
    saved = shutil.copytree(sample_root, tmp_path / "saved", symlinks=True)
    home = str(tmp_path / "restored")
    assert "read back and verified" in _run(
        "backup", str(tmp_path / "one.zip"), "--warehouse", str(saved)
    )
    assert "every file verified" in _run("restore", str(tmp_path / "one.zip"), "--warehouse", home)
    shown = _run(
        "vacuum", "--keep-days", "30", "--dry-run", "--dataset", "etf_flow", "--warehouse", home
    )
    assert "would be removed" in shown
    assert "etf_flow" in shown
    assert "spot_bar" not in shown


@pytest.mark.parametrize(
    ("arguments", "error", "complaint"),
    [
        (("backup", "one.zip"), BadInputError, "nothing to save"),
        (("restore", "one.zip"), BadInputError, "there is no archive"),
        (("vacuum", "--keep-days", "9"), WarehouseError, "there is no warehouse"),
    ],
)
def test_without_a_warehouse_they_say_so(
    tmp_path: Path, arguments: tuple[str, ...], error: type[MarketwakeError], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        _run(*arguments, "--warehouse", str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()
