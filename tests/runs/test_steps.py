"""Steps that no other test file is about."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from marketwake.runs import own, steps
from marketwake.runs.current import pages
from marketwake.warehouse.files import Warehouse


def test_pages_older_than_the_marts_are_written_again(
    sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True))
    warehouse = Warehouse(root)
    written: list[str] = []

    def noted(_: duckdb.DuckDBPyConnection, event: str, target: Path) -> Path:
        written.append(event)
        page = target / f"{event}.html"
        page.write_text("a page of this run")
        return page

    monkeypatch.setattr(steps, "write_report", noted)
    with warehouse.reader() as con:
        built_at: datetime = con.execute("select max(built_at) from ops.build").fetchall()[0][0]
        found = pages(con, warehouse.reports)
    (root / "reports").mkdir()
    assert len(found) == 10
    for page in found:
        page.write_text("a page of this build")
    assert steps.report(warehouse) == (found, [])
    assert written == []
    # A run that was killed between the rebuild and its pages: those that it had written stay.
    os.utime(found[-1], times=(built_at.timestamp() - 60,) * 2)
    assert steps.report(warehouse) == (found, [])
    assert written == [found[-1].stem]
    found[0].unlink()
    steps.report(warehouse)
    assert written == [found[-1].stem, found[0].stem]
    # A rebuild of one event since then leaves the other pages as they are.
    with warehouse.writer() as con:
        own.record(con, "of later", [found[2].stem])
    warehouse.publish()
    steps.report(warehouse)
    assert written[2:] == [found[2].stem]
    with warehouse.writer() as con:
        own.record(con, "of all")
    warehouse.publish()
    steps.report(warehouse)
    assert len(written) == 3 + len(found)


def test_a_page_that_breaks_is_named_and_is_no_page_of_the_run(
    sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(Path(shutil.copytree(sample_root, tmp_path / "w", symlinks=True)))
    warehouse.reports.mkdir()

    def broken(_: duckdb.DuckDBPyConnection, event: str, target: Path) -> Path:
        if event == "eo-401k":
            raise ZeroDivisionError("by nought")
        return target / f"{event}.html"

    monkeypatch.setattr(steps, "write_report", broken)
    shown, problems = steps.report(warehouse)
    with warehouse.reader() as con:
        found = pages(con, warehouse.reports)
    assert [page for page in found if page not in shown] == [warehouse.reports / "eo-401k.html"]
    assert problems == ["the page of eo-401k broke: ZeroDivisionError: by nought"]
