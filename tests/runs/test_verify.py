"""Verify: a bit that is turned over anywhere is found, its file is named, and a good warehouse is
never taken for a damaged one.
"""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from marketwake.base.atomic import sha256_of
from marketwake.base.errors import WarehouseError
from marketwake.landing.store import Landing
from marketwake.runs.pending import load_pending
from marketwake.runs.verify import verify
from marketwake.sources.source import Request
from marketwake.warehouse.files import Warehouse
from tests.conftest import BuiltOnce
from tests.faults.rotting import FILES, turn_bits
from tests.support.command import command
from tests.support.rot import flip

NOW = datetime(2025, 9, 1, tzinfo=UTC)
FLOWS = (254_700_000, 254_800_000, 254_900_000)
HEADER = "asset,ticker,session,net_flow_usd\n"


def _make(root: Path) -> None:
    landing = Landing(root, lambda: NOW)
    for number, flow in enumerate(FLOWS):
        body = f"{HEADER}ETH,ETHA,2025-08-08,{flow}\n".encode()
        assert landing.put("sample", Request("etf_flow", f"{number}.csv"), body, NOW, "run")
    warehouse = Warehouse(root)
    with warehouse.exclusive():
        with warehouse.writer() as con:
            assert [load.rejected for load in load_pending(con, landing)] == [0, 0, 0]
        warehouse.publish()


@pytest.fixture
def root(built_once: BuiltOnce, tmp_path: Path) -> Path:
    """A published warehouse with three payloads of one figure."""
    made = built_once("to-verify", _make)
    return Path(shutil.copytree(made, tmp_path / "warehouse", symlinks=True))


def test_all_is_well(root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.[dgj]*")}
    seen: list[tuple[str, int, int]] = []
    found = verify(root, lambda *told: seen.append(told))
    assert (found.receipts, found.payloads, found.copies, found.damages) == (3, 3, 1, ())
    assert [told for told in seen if told[0] == "payloads"] == [
        ("payloads", number, 3) for number in (1, 2, 3)
    ]
    (copy,) = (root / "published").glob("*.duckdb")
    for name in ("writer.duckdb", copy.name):
        last = [told for told in seen if told[0] == name][-1]
        assert last[1] == last[2]
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.[dgj]*")} == before


def test_bits_that_are_turned_over_are_found_and_their_files_named(root: Path) -> None:
    assert turn_bits(root, 20250807, 25) > 90


def test_a_last_line_that_lost_its_end_is_named(root: Path) -> None:
    (path,) = root.glob(FILES["receipts"])
    flip(path, path.stat().st_size * 8 - 1)
    assert path in {damage.path for damage in verify(root).damages}


def _forget_a_line(root: Path) -> Path:
    (path,) = root.glob(FILES["receipts"])
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    return path


def _remove_a_payload(root: Path) -> Path:
    path = next(root.glob(FILES["payload"]))
    path.unlink()
    return path


def _break_the_link(root: Path) -> Path:
    (root / "market.duckdb").resolve().unlink()
    return root / "market.duckdb"


def _damage_what_has_no_digest(root: Path) -> Path:
    (copy,) = root.glob(FILES["published"])
    next(root.glob("published/*.sha256")).unlink()
    flip(copy, 3 * 4096 * 8 + 99_999)
    return copy


@pytest.mark.parametrize(
    ("do", "remedy"),
    [
        (_forget_a_line, "marketwake replay"),
        (_remove_a_payload, "from a backup"),
        (_break_the_link, "marketwake nightly"),
        (_damage_what_has_no_digest, "marketwake nightly"),
    ],
)
def test_what_is_missing_is_named_with_a_remedy(
    root: Path, do: Callable[[Path], Path], remedy: str
) -> None:
    path = do(root)
    damages = {damage.path: damage.fix for damage in verify(root).damages}
    assert remedy in damages[path]


def test_rows_of_a_payload_that_landing_does_not_know_are_named(root: Path) -> None:
    _forget_a_line(root)
    texts = [damage.text for damage in verify(root).damages]
    assert any("raw.etf_flow has rows of 1 payload that landing does not know" in t for t in texts)


def test_after_a_killed_run_all_is_well(root: Path, tmp_path: Path) -> None:
    with duckdb.connect(root / "writer.duckdb") as con:
        con.execute("set wal_autocheckpoint = '1TB'")
        con.execute("insert into ops.build values (now(), 'killed', null)")
        killed = Path(shutil.copytree(root, tmp_path / "killed", symlinks=True))
    assert (killed / "writer.duckdb.wal").exists()
    with (killed / "landing" / "receipts" / "2025-09.jsonl").open("ab") as stream:
        stream.write(b'{"receipt_id": "half of a')
    assert verify(killed).damages == ()


def test_a_copy_that_a_run_has_replaced_meanwhile_is_not_missed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replaced(path: Path) -> str:
        path.unlink()
        return sha256_of(path)

    monkeypatch.setattr("marketwake.runs.verify.sha256_of", replaced)
    (root / "market.duckdb").unlink()
    assert verify(root).damages == ()


def test_while_a_run_is_under_way_it_says_so(root: Path) -> None:
    with (
        Warehouse(root).exclusive("nightly"),
        pytest.raises(WarehouseError, match=r"is being written by process .*nightly"),
    ):
        verify(root)


def test_the_command_names_what_is_damaged_and_ends_with_4(root: Path, tmp_path: Path) -> None:
    well = command("verify", "--warehouse", str(root))
    assert (well.returncode, well.stderr) == (0, "")
    assert "3 receipts, 3 payloads, the tables, 1 published file" in well.stdout
    flip(root / "writer.duckdb", 100_000)
    payload = _remove_a_payload(root)
    done = command("verify", "--warehouse", str(root))
    assert done.returncode == 4
    for text in (str(payload), f"{root / 'writer.duckdb'} is damaged", "marketwake replay"):
        assert text in done.stderr
    nowhere = command("verify", "--warehouse", str(tmp_path / "nowhere"))
    assert (nowhere.returncode, "there is no warehouse" in nowhere.stderr) == (4, True)
    assert not (tmp_path / "nowhere").exists()
