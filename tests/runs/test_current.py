"""A run on the sample that has nothing to do says so, and looks before it imports anything slow."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from marketwake.base.resources import SAMPLE
from marketwake.landing.store import Landing
from marketwake.runs import current
from marketwake.runs.current import pages, unchanged_sample
from marketwake.sources.source import Request
from marketwake.warehouse.files import ACCEPTED, HELD_BACK, Warehouse


@pytest.fixture
def warehouse(sample_root: Path, tmp_path: Path) -> Warehouse:
    """The sample's warehouse with pages, as a first demo leaves it."""
    made = Warehouse(Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True)))
    made.reports.mkdir(exist_ok=True)
    with made.reader() as con:
        found = pages(con, made.reports)
    for page in found:
        page.write_text("a page of this build")
    return made


def test_a_second_run_has_nothing_to_do_and_names_the_first(warehouse: Warehouse) -> None:
    result = unchanged_sample(warehouse)
    assert result is not None
    with warehouse.reader() as con:
        assert con.execute("select run_id from ops.run").fetchall() == [(result.run_id,)]
    assert (result.new, result.restated, result.problems, result.warnings) == (0, 0, (), ())
    assert result.unchanged_payloads == len(list(SAMPLE.glob("*.csv")))
    assert result.pages[0].name == "eo-401k.html"


def _a_page_is_gone(warehouse: Warehouse) -> None:
    with warehouse.reader() as con:
        pages(con, warehouse.reports)[-1].unlink()


def _a_note_of_a_failure(warehouse: Warehouse) -> None:
    (warehouse.root / HELD_BACK).write_text("{}")


def _an_acceptance_of_later(warehouse: Warehouse) -> None:
    (warehouse.root / ACCEPTED).write_text("check_name,object,detail_like,reason,source\n")


def _the_newest_run_failed(warehouse: Warehouse) -> None:
    with warehouse.writer() as con:
        con.execute("update ops.run set state = 'failed'")


def _a_version_is_gone(warehouse: Warehouse) -> None:
    with warehouse.writer() as con:
        con.execute("delete from raw.etf_flow where ticker = 'ETHA'")


def _nothing_is_published(warehouse: Warehouse) -> None:
    (warehouse.root / "market.duckdb").unlink()


def _a_killed_run_has_landed(warehouse: Warehouse) -> None:
    landing = Landing(warehouse.root)
    now = landing.clock()
    landing.put("spot-kraken", Request("spot_bar", "what"), b"[]", now, "killed")


@pytest.mark.parametrize(
    "change",
    [
        _a_page_is_gone,
        _a_note_of_a_failure,
        _an_acceptance_of_later,
        _the_newest_run_failed,
        _a_version_is_gone,
        _nothing_is_published,
        _a_killed_run_has_landed,
    ],
)
def test_it_runs_where_something_is_to_be_done(
    warehouse: Warehouse, change: Callable[[Warehouse], None]
) -> None:
    change(warehouse)
    assert unchanged_sample(warehouse) is None


def test_it_runs_where_a_figure_of_the_sample_has_changed(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "figures"))
    monkeypatch.setattr(current, "SAMPLE", folder)
    assert unchanged_sample(warehouse) is not None
    with (folder / "etf_flow.csv").open("a") as stream:
        stream.write("ETH,ETHA,2031-01-02,1\n")
    assert unchanged_sample(warehouse) is None


def test_it_runs_where_the_program_has_changed(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "program_digest", lambda: "that of another program")
    assert unchanged_sample(warehouse) is None


def test_looking_needs_no_slow_import() -> None:
    slow = ("polars", "pyarrow", "numpy", "prefect", "ccxt", "altair")
    code = (
        "import sys, marketwake.runs.current; "
        f"sys.exit(', '.join(name for name in {slow} if name in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
