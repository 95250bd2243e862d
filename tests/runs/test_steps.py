"""Steps that no other test file is about."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from marketwake.runs import steps
from marketwake.runs.current import pages
from marketwake.warehouse.files import Warehouse


def test_pages_older_than_the_marts_are_written_again(
    sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True))
    warehouse = Warehouse(root)
    written: list[Warehouse] = []
    monkeypatch.setattr(steps, "write_reports", written.append)
    with warehouse.reader() as con:
        built_at: datetime = con.execute("select max(built_at) from ops.build").fetchall()[0][0]
    (root / "reports").mkdir()
    found = pages(warehouse)
    assert len(found) == 10
    for page in found:
        page.write_text("a page of this build")
    assert steps.report(warehouse) == (found, [])
    # A run that was killed between the rebuild and its pages.
    os.utime(found[-1], times=(built_at.timestamp() - 60,) * 2)
    steps.report(warehouse)
    assert written == [warehouse]
    found[-1].unlink()
    steps.report(warehouse)
    assert written == [warehouse, warehouse]
