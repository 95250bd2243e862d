"""A write, a flush, a rename or a truncation that fails, at any place of a night: the night says
so, readers keep a whole file, and the next night ends where an undisturbed one does.

Twenty places; `make faults` takes three hundred.
"""

import shutil
from pathlib import Path

import pytest

from marketwake.base.resources import SAMPLE
from tests.conftest import BuiltOnce
from tests.faults.failing import BARE, compiled, fail, failing, few
from tests.support.kills import nursery

pytestmark = pytest.mark.timeout(900)
PLACES = {"w": 11, "f": 5, "r": 3, "t": 1}


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes operations fail; skips where it cannot be compiled."""
    if not (compiler := shutil.which("gcc")):
        pytest.skip("needs gcc, which compiles tests/support/faults.c")
    return compiled(tmp_path_factory.mktemp("faults"), compiler)


def _make(folder: Path) -> None:
    (folder / "figures").mkdir()
    for name in ("etf_flow", "index_bar"):
        shutil.copyfile(SAMPLE / f"{name}.csv", folder / "figures" / f"{name}.csv")
    with nursery(BARE) as attempt:
        attempt(folder / "warehouse", None)
    assert (folder / "error").read_text() == ""


def test_after_a_fault_the_next_night_ends_as_if_nothing_had_been(
    built_once: BuiltOnce, shim: Path, tmp_path: Path
) -> None:
    made = built_once("for-faults", _make)
    with failing(made, tmp_path / "nights", shim, BARE) as faults:
        assert fail(faults, lambda counts: few(counts, PLACES), is_read=False) == PLACES
