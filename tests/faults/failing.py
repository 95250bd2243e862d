"""Runs whose writes, flushes, renames and truncations fail: the run says so, readers keep a whole
file, and the next run ends where an undisturbed one does.
"""

import csv
import errno
import logging
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb

from marketwake.runs.verify import verify
from marketwake.warehouse.contracts import read_contracts
from tests.faults.kills import DERIVED, differing, reading
from tests.support.kills import PROJECT, Attempt, nursery

log = logging.getLogger(__name__)
BARE = "from tests.support.killed import bare_night_with_a_fault as work, warm; warm(work)"
BRIEF = (
    "from tests.support.killed import night_with_a_fault as work, warm, be_brief; "
    "warm(work); be_brief()"
)
"""What the nights are: loading and publishing alone, or all steps with a study of one anchor."""
SOURCE = PROJECT / "tests" / "support" / "faults.c"
KINDS = {"w": errno.ENOSPC, "f": errno.EIO, "r": errno.EROFS, "t": errno.EIO}
"""Writes, flushes, renames and truncations, each with an error that it may give."""
ERRORS = (errno.ENOSPC, errno.EIO)
FILES = ("writer.duckdb", "market.duckdb")
Rows = dict[str, list[tuple[object, ...]]]
"""The current rows of every raw table."""
Place = tuple[str, int, int]
"""Kind and number of the operation of a night that fails, from 1, and its error."""


class Faults:
    """Nights with a fault, in a folder that holds the figures and the plan of the fault."""

    def __init__(self, folder: Path, attempt: Attempt) -> None:
        self.folder = folder
        self._attempt = attempt

    def night(self, root: Path, place: Place = ("-", 0, 0)) -> str:
        """A night in which the operation at that place fails. What it said at its end."""
        (self.folder / "plan").write_text("{} {} {}".format(*place))
        (self.folder / "log").write_text("")
        (self.folder / "error").unlink(missing_ok=True)
        self._attempt(root, None)
        return (self.folder / "error").read_text()

    def counts(self) -> Counter[str]:
        """Operations of the newest night by kind; `!` are those that failed."""
        return Counter((self.folder / "log").read_text())


def compiled(folder: Path, compiler: str) -> Path:
    """The library that makes operations fail."""
    library = folder / "faults.so"
    arguments = ["-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run([compiler, *arguments], check=True)
    return library


@contextmanager
def failing(made: Path, folder: Path, shim: Path, work: str) -> Iterator[Faults]:
    """Nights in a copy of `made`, with `figures` that have changed since the night that made its
    `warehouse`.
    """
    shutil.copytree(made, folder, symlinks=True)
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
    with nursery(work, **environment) as attempt:
        yield Faults(folder, attempt)


def _current(file: Path) -> Rows:
    with duckdb.connect(file, read_only=True, config={"threads": 1}) as con:
        return {
            name: con.execute(
                "select * exclude (recorded_at, superseded_at, payload_sha256) "
                f"from raw.{name} where superseded_at is null order by all"
            ).fetchall()
            for name in read_contracts("raw")
        }


def few(counts: Counter[str], wanted: Mapping[str, int]) -> Iterator[Place]:
    """Of each kind so many places, evenly spread, the first and the last among them."""
    for kind, most in wanted.items():
        total = counts[kind]
        chosen = min(most, total)
        for number in range(chosen):
            yield kind, 1 + (number * (total - 1) // max(1, chosen - 1)), KINDS[kind]


def spread(counts: Counter[str], total: int) -> list[Place]:
    """So many of all operations, each with each of the errors; all where there are not more."""
    every = [
        (kind, number + 1, error)
        for error in ERRORS
        for kind in KINDS
        for number in range(counts[kind])
    ]
    chosen = min(total, len(every))
    return [every[number * len(every) // chosen] for number in range(chosen)]


def fail(
    faults: Faults, choose: Callable[[Counter[str]], Iterable[Place]], *, is_read: bool
) -> Counter[str]:
    """Let the chosen ones of a night's operations, which are counted by kind, fail, one a night,
    with a reader that reads all the while or without; how many of each kind did.
    """
    origin, root = faults.folder / "warehouse", faults.folder / "disturbed"
    shutil.copytree(origin, root, symlinks=True)
    assert faults.night(root) == ""
    counts = faults.counts()
    log.info("operations of a night: %s", dict(counts))
    assert all(counts[kind] for kind in KINDS)
    undisturbed = Path(shutil.copytree(root, faults.folder / "undisturbed", symlinks=True))
    states = _current(origin / "market.duckdb"), _current(undisturbed / "writer.duckdb")
    derived = DERIVED if _has_marts(undisturbed) else {}
    failed: Counter[str] = Counter()
    with reading(faults.folder, origin) if is_read else nullcontext() as show:
        for place in choose(counts):
            if show:
                show(origin)
            fresh = shutil.copytree(origin, faults.folder / "fresh", symlinks=True)
            # The reader may have been about to open it; it has by the time that the next is there.
            root.rename(faults.folder / "gone")
            Path(fresh).rename(root)
            if show:
                show(root)
            # Not every night makes quite as many operations.
            failed[place[0]] += _fail_once(faults, place, states)
            for name in FILES if derived else ():
                assert differing(root / name, undisturbed / name, derived) == {}, place
            shutil.rmtree(faults.folder / "gone")
    return failed


def _fail_once(faults: Faults, where: Place, states: tuple[Rows, Rows]) -> bool:
    """`states` are the rows before the night that fails and after one that does not."""
    root, after = faults.folder / "disturbed", states[1]
    said = faults.night(root, where)
    log.info("%s: %s", where, said or "nothing")
    has_failed = faults.counts()["!"] == 1
    assert _current(root / "market.duckdb") in states, where
    assert faults.night(root) == "", where
    for name in FILES:
        assert _current(root / name) == after, where
    assert verify(root).damages == (), where
    left = {path.name for path in (root / "published").iterdir()}
    assert all(name.startswith("market-") for name in left), where
    return has_failed


def _has_marts(root: Path) -> bool:
    with duckdb.connect(root / "writer.duckdb", read_only=True) as con:
        return bool(
            con.execute("select 1 from duckdb_tables() where schema_name = 'mart'").fetchall()
        )
