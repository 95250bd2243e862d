"""What keeps a warehouse in order does so in a lake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from marketwake.base.errors import BadInputError
from marketwake.base.settings import read_settings
from marketwake.landing.store import Landing
from marketwake.runs.backup import backup
from marketwake.runs.decide import decide
from marketwake.runs.move import move
from marketwake.runs.replay import replay
from marketwake.runs.vacuum import vacuum
from marketwake.runs.verify import verify
from marketwake.sources.source import Request
from marketwake.warehouse.embedded import Embedded
from marketwake.warehouse.files import Warehouse
from tests.lake.loads import bars, put, versions

RAW = "select * exclude (payload_sha256) from raw.spot_bar order by all"
LOADS = "select receipt_id, status, rows_new, rows_restated from ops.load order by all"


@pytest.fixture(autouse=True)
def _no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketwake.runs.steps.report", lambda _: ([], []))
    monkeypatch.setattr("marketwake.runs.steps.write_reports", lambda *_: ([], []))


def landing(root: Path) -> Landing:
    return Landing.of(root, read_settings(root))


def land(root: Path, body: bytes) -> None:
    """As a source does it that has sent a file."""
    asked_at = datetime(2025, 10, 1, tzinfo=UTC)
    assert landing(root).put("sample", Request("spot_bar", "spot_bar.csv"), body, asked_at, "run")


def held(warehouse: Warehouse) -> list[list[tuple[Any, ...]]]:
    with warehouse.writer() as con:
        return [con.execute(query).fetchall() for query in (RAW, LOADS)]


def test_a_warehouse_is_replayed_verified_vacuumed_and_moved_back_in_a_lake(lake: Path) -> None:
    land(lake, bars("2025-08", 48))
    land(lake, bars("2025-08", 2, close=100.5))
    assert [load.restated for load in replay(lake)] == [0, 2]
    warehouse = Warehouse(lake)
    assert versions(warehouse) == [(100.0, False, 2), (100.0, True, 46), (100.5, True, 2)]
    done = verify(lake)
    assert (done.receipts, done.payloads, done.damages) == (2, 2, ())
    # Every version comes along, and stands in the order in which it was written.
    Embedded(lake).open().close()
    with pytest.raises(BadInputError, match="there is a warehouse in the lake already"):
        move(lake)
    (lake / "writer.duckdb").unlink()
    before = held(warehouse)
    rows = move(lake, back=True)
    assert rows["raw.spot_bar"] == 50
    assert held(Warehouse(lake, Embedded(lake))) == before
    assert Landing(lake).receipts() == landing(lake).receipts()
    # Again: nothing is the same twice.
    replay(lake)
    assert held(Warehouse(lake)) == before
    tables = vacuum(lake, 1, now=datetime.now(UTC) + timedelta(days=2))
    assert [(t.dataset, t.removed) for t in tables if t.removed] == [("spot_bar", 2)]
    assert versions(Warehouse(lake)) == [(100.0, True, 46), (100.5, True, 2)]


def test_what_a_payload_brought_is_taken_out_of_a_lake_and_a_lost_file_is_named(
    lake: Path, tmp_path: Path
) -> None:
    land(lake, bars("2025-08", 48))
    land(lake, bars("2025-08", 2, close=100.5))
    replay(lake)
    second = landing(lake).receipts()[1].receipt_id
    told, _ = decide(lake, "withdraw", second)
    assert told == "2 rows taken out; for 2 of them what stood before stands again"
    with Warehouse(lake).reader() as con:
        count = "select close, count(*) from raw.spot_bar where superseded_at is null group by all"
        assert con.execute(count).fetchall() == [(100.0, 48)]
    path, manifest = backup(lake, tmp_path / "saved")
    assert path.exists()
    # Two payloads and the empty one of the decision, the receipts of their month, and no tables.
    assert [name.split("/")[1] for name in manifest.members] == ["payloads"] * 3 + ["receipts"]
    assert manifest.rows == {}
    assert verify(lake).damages == ()
    (file, *_) = (tmp_path / "data" / "tables" / "raw").rglob("*.parquet")
    file.unlink()
    (payload, *_) = (tmp_path / "data" / "landing" / "payloads").rglob("*.gz")
    payload.unlink()
    found = [damage.text for damage in verify(lake).damages]
    assert len(found) == 2
    assert "cannot be read whole" in found[0]
    assert found[1].startswith(f"{payload} is missing or damaged")


def test_vacuum_puts_small_files_together_where_no_version_goes(lake: Path) -> None:
    def count() -> int:
        query = "select file_count from ducklake_table_info('lake') where table_name = 'spot_bar'"
        with Warehouse(lake).writer() as con:
            files: int = con.execute(query).fetchall()[0][0]
            return files

    for number in range(3):
        put(Warehouse(lake), bars("2025-08", 10 * (number + 1)), seconds=number)
    assert count() == 3
    assert not any(table.removed for table in vacuum(lake, 1))
    assert count() == 1
    assert versions(Warehouse(lake)) == [(100.0, True, 30)]
