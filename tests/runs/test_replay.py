"""Landing alone is enough: replay rebuilds the same rows."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import LandingError, SourceUnavailableError
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import Landing
from marketwake.runs import load as batches
from marketwake.runs import steps
from marketwake.runs.pending import load_pending
from marketwake.runs.replay import replay
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse
from tests.support.rot import flip, unflushed_names

TABLES = [f"raw.{name}" for name in read_contracts("raw")] + [
    "ops.load",
    "ops.reject",
    "ops.request",
    "mart.event_response",
    "mart.claim",
    "mart.claim_figure",
]


pytestmark = pytest.mark.usefixtures("brief_study", "without_pictures")


@pytest.fixture
def root(sample_root: Path, tmp_path: Path) -> Path:
    """The sample's warehouse after a later night: a figure restated, a row rejected, a payload
    refused, an empty page, a failed fetch.
    """
    root = Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True))
    landing = Landing(root)
    for name, text in (
        (
            "late.csv",
            "asset,ticker,session,net_flow_usd\nETH,ETHA,2025-08-08,254800000\nETH,ETHA,2025-08-09,lost\n",
        ),
        ("torn.csv", "asset,ticker,sess"),
    ):
        assert landing.put(
            "sample",
            Request("etf_flow", name),
            text.encode(),
            datetime(2025, 9, 1, tzinfo=UTC),
            "later",
        )
    page = Request("spot_bar", "Coinbase BTC/USD 1h 2025-09-01T00:00Z..2025-09-01T05:00Z")
    assert landing.put("spot-coinbase", page, b"[]", datetime(2025, 9, 2, tzinfo=UTC), "later")
    failed_at = landing.clock()
    failed = Receipt(
        "later-failed",
        "later",
        "spot-coinbase",
        page.dataset,
        page.what,
        "",
        failed_at,
        failed_at,
    )
    with Warehouse(root).writer() as con:
        loads = load_pending(con, landing)
        batches.record_failed_fetch(con, failed, SourceUnavailableError("503", "Ask again."))
    assert [(load.status, load.restated, load.rejected) for load in loads] == [
        ("loaded", 1, 1),
        ("refused", 0, 0),
        ("loaded", 0, 0),
    ]
    steps.derive(Warehouse(root))
    return root


def _rows(root: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(root / "writer.duckdb", read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return {
            table: con.execute(f"select * from {table} order by all").fetchall() for table in TABLES
        }


def test_replay_without_the_warehouse_gives_the_same_rows(root: Path) -> None:
    with Warehouse(root).writer() as con:
        # Known to this file alone.
        con.execute(
            "delete from ops.load where status = 'fetch_failed'; "
            "delete from ops.request where status = 'fetch_failed'"
        )
    before = _rows(root)
    assert all(
        before[table]
        for table in (
            "raw.spot_bar",
            "raw.etf_flow",
            "ops.reject",
            "mart.event_response",
            "mart.claim",
        )
    )
    (root / "writer.duckdb").unlink()
    replay(root)
    assert _rows(root) == before


def test_replay_beside_the_warehouse_keeps_its_runs(root: Path) -> None:
    before = _rows(root)
    replay(root)
    assert _rows(root) == before
    with duckdb.connect(root / "writer.duckdb", read_only=True) as con:
        assert con.execute("select flow, state from ops.run").fetchall() == [
            ("nightly", "completed")
        ]
        # The ledger is written again, with what a live run wants beside what is held.
        assert con.execute("select count(*) > 0 from ops.series where is_running").fetchall() == [
            (True,)
        ]


def test_the_logs_of_a_warehouse_that_cannot_be_read_do_not_outlive_it(root: Path) -> None:
    before = _rows(root)
    (root / "writer.duckdb").write_bytes(b"damaged")
    for name in ("writer.duckdb.wal", "writer.duckdb.wal.checkpoint", "writer.duckdb.wal.recovery"):
        (root / name).write_bytes(b"of the damaged file")
    replay(root)
    assert {table: rows for table, rows in _rows(root).items() if table.startswith("raw.")} == {
        table: rows for table, rows in before.items() if table.startswith("raw.")
    }
    assert not list(root.glob("writer.duckdb.wal*"))


def test_of_a_damaged_warehouse_what_can_be_read_is_carried_over(
    root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    unflushed = unflushed_names(monkeypatch)
    file = root / "writer.duckdb"
    # A table of random text has blocks of its own.
    with duckdb.connect(file) as con:
        con.execute(
            "insert into ops.alert by name select md5(range::varchar) as alert_key, '' as run_id, "
            "'run_late' as kind, 'info' as severity, 'nightly' as subject, '' as detail, "
            "now() as created_at from range(30000)"
        )
        con.execute("checkpoint")
        at = con.execute(
            "select max(block_id) from pragma_storage_info('ops.alert') where block_id >= 0"
        ).fetchall()[0][0]
    flip(file, (3 * 4096 + 262_144 * at + 9999) * 8)
    replay(root)
    assert "ops.alert of the old warehouse is damaged and lost" in caplog.text
    with Warehouse(root).reader() as con:
        assert con.execute("select flow, state from ops.run").fetchall() == [
            ("nightly", "completed")
        ]
        assert con.execute("select count(*) from ops.alert").fetchall() == [(0,)]
    assert unflushed() == set()


def test_a_corrupt_payload_is_named_and_the_warehouse_stays(root: Path) -> None:
    before = _rows(root)
    receipt = Landing(root).receipts()[-3]
    (
        root / "landing" / "payloads" / receipt.payload_sha256[:2] / f"{receipt.payload_sha256}.gz"
    ).write_bytes(b"\0")
    with pytest.raises(LandingError, match=r"late\.csv is corrupt"):
        replay(root)
    assert _rows(root) == before


def test_nothing_landed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="nothing to replay"):
        replay(tmp_path)
