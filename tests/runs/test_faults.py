"""A write, a flush, a rename or a truncation that fails, at any place of a night: the night says
so, readers keep a whole file, and the next night ends where an undisturbed one does.

Nine places; `MARKETWAKE_LONG=1` takes every one.
"""

import csv
import errno
import logging
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from marketwake.base.resources import SAMPLE
from marketwake.runs.verify import verify
from marketwake.warehouse.contracts import read_contracts
from tests.conftest import BuiltOnce
from tests.support.kills import Attempt, nursery

log = logging.getLogger(__name__)
LONG = "MARKETWAKE_LONG" in os.environ
pytestmark = pytest.mark.timeout(14_400 if LONG else 300)
WORK = "from tests.support.killed import night_with_a_fault as work, warm; warm()"
SOURCE = Path(__file__).parents[1] / "support" / "faults.c"
KINDS = {
    "w": (errno.ENOSPC, "No space left on device"),
    "f": (errno.EIO, "Input/output error"),
    "r": (errno.EROFS, "Read-only file system"),
    "t": (errno.EIO, "Input/output error"),
}
SHORT = {"w": 4, "f": 2, "r": 2, "t": 1}
"""How many places of each kind the short version takes."""


class Faults:
    """Nights with a fault, in a folder that holds the figures and the plan of the fault."""

    def __init__(self, folder: Path, attempt: Attempt) -> None:
        self.folder = folder
        self._attempt = attempt

    def night(self, root: Path, kind: str = "-", number: int = 0) -> str:
        """A night whose operation of that kind and number fails. What it said at its end."""
        (self.folder / "plan").write_text(f"{kind} {number} {KINDS.get(kind, (0,))[0]}")
        (self.folder / "log").write_text("")
        (self.folder / "error").unlink(missing_ok=True)
        self._attempt(root, None)
        return (self.folder / "error").read_text()

    def counts(self) -> Counter[str]:
        """Operations of the newest night by kind; `!` are those that failed."""
        return Counter((self.folder / "log").read_text())


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes operations fail; skips where it cannot be compiled."""
    if not (compiler := shutil.which("gcc")):
        pytest.skip("needs gcc, which compiles tests/support/faults.c")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    arguments = ["-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run([compiler, *arguments], check=True)
    return library


def _make(folder: Path) -> None:
    (folder / "figures").mkdir()
    for name in ("etf_flow", "index_bar"):
        shutil.copyfile(SAMPLE / f"{name}.csv", folder / "figures" / f"{name}.csv")
    with nursery(WORK) as attempt:
        attempt(folder / "warehouse", None)
    assert (folder / "error").read_text() == ""


@pytest.fixture
def faults(built_once: BuiltOnce, shim: Path, tmp_path: Path) -> Iterator[Faults]:
    """A folder with `figures` that have changed since the night that made `warehouse` of them."""
    made = built_once("for-faults", _make)
    folder = Path(shutil.copytree(made, tmp_path / "nights", symlinks=True))
    with (folder / "figures" / "etf_flow.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[0]["net_flow_usd"] = "123456789"
    with (folder / "figures" / "etf_flow.csv").open("w", newline="") as stream:
        table = csv.DictWriter(stream, rows[0])
        table.writeheader()
        table.writerows(rows)
    environment = {
        "LD_PRELOAD": str(shim),
        "FAULT_BELOW": str(folder / "disturbed"),
        "FAULT_PLAN": str(folder / "plan"),
        "FAULT_LOG": str(folder / "log"),
    }
    with nursery(WORK, **environment) as attempt:
        yield Faults(folder, attempt)


def _current(file: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(file, read_only=True) as con:
        return {
            name: con.execute(
                "select * exclude (recorded_at, superseded_at, payload_sha256) "
                f"from raw.{name} where superseded_at is null order by all"
            ).fetchall()
            for name in read_contracts("raw")
        }


def _places(counts: Counter[str]) -> Iterator[tuple[str, int]]:
    """Of each kind evenly spread places, the first and the last among them."""
    for kind, short in SHORT.items():
        total = counts[kind]
        wanted = total if LONG else min(short, total)
        for number in range(wanted):
            yield kind, 1 + (number * (total - 1) // max(1, wanted - 1))


def test_after_a_fault_the_next_night_ends_as_if_nothing_had_been(faults: Faults) -> None:
    root = faults.folder / "disturbed"
    shutil.copytree(faults.folder / "warehouse", root, symlinks=True)
    assert faults.night(root) == ""
    counts, undisturbed = faults.counts(), _current(root / "writer.duckdb")
    log.info("operations of a night: %s", dict(counts))
    assert all(counts[kind] for kind in KINDS)
    for kind, number in _places(counts):
        shutil.rmtree(root)
        shutil.copytree(faults.folder / "warehouse", root, symlinks=True)
        before = _current(root / "market.duckdb")
        said, where = faults.night(root, kind, number), (kind, number)
        log.info("%s: %s", where, said or "nothing")
        assert faults.counts()["!"] == 1, where
        assert _current(root / "market.duckdb") in (before, undisturbed), where
        assert faults.night(root) == "", where
        for name in ("writer.duckdb", "market.duckdb"):
            assert _current(root / name) == undisturbed, where
        assert verify(root).damages == (), where
        left = {path.name for path in (root / "published").iterdir()}
        assert all(name.startswith("market-") for name in left), where
