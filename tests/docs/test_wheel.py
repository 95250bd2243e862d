"""The wheel alone does the whole job outside the repository: sample and SQL travel inside it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from marketwake.base.settings import Settings
from marketwake.sources.smallest import smallest

pytestmark = pytest.mark.timeout(900)
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    return next(target.glob("marketwake-*.whl"))


def _run(site: Path, cwd: Path, *arguments: str) -> str:
    # The wheel's packages stand before the checkout's on the path, its dependencies come from this
    # environment.
    environment = os.environ | {
        "PYTHONPATH": str(site),
        "PREFECT_HOME": str(cwd / "prefect"),
        "COLUMNS": "160",
    }
    code = (
        f"import marketwake; assert marketwake.__file__.startswith({str(site)!r}); "
        "from marketwake.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def _keep_one_event(site: Path) -> None:
    """The instants of the other events go: their pages take longer than all else."""
    path = site / "marketwake" / "bundled" / "sql" / "seeds" / "anchor.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert header.startswith("event,")
    kept = [row for row in rows if row.startswith("eo-401k,")]
    path.write_text(header + "".join(kept), encoding="utf-8")


def test_the_wheel_says_whose_figures_it_brings(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (notice,) = [name for name in archive.namelist() if name.endswith("/licenses/NOTICE")]
        text = archive.read(notice).decode()
        (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        assert "License-File: NOTICE" in archive.read(metadata).decode()
        sample = archive.read("marketwake/bundled/sample/README.md").decode()
    assert "NOTICE" in sample
    # Every source of a live run, every exchange, and all that publish what the sample holds.
    for thing in smallest(Settings()):
        assert thing.terms in text, thing.source
    publishers = ("CME Group", "Robert Shiller", "Dow Jones", "reference_figure.csv")
    assert all(name in text for name in publishers)


def test_the_wheel_runs_the_demo_twice_in_a_folder_of_its_own(wheel: Path, tmp_path: Path) -> None:
    site, place = tmp_path / "site", tmp_path / "place"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    _keep_one_event(site)
    assert "marketwake.toml" in _run(site, tmp_path, "init", str(place))
    shown = _run(site, place, "demo")
    assert "  a17  " in shown
    assert "bundled sample" in shown
    page = place / "warehouse" / "reports" / "eo-401k.html"
    assert "warehouse/reports/eo-401k.html" in shown
    assert page.stat().st_size > 10_000
    assert _run(site, place, "demo").count(": 0 new rows, 0 restated") == 1
