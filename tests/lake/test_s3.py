"""A lake in a bucket, behind a server of S3 on loopback."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketwake.base.errors import LandingError
from marketwake.cli.sql.query import asking
from marketwake.landing.store import Landing
from marketwake.sources.source import Request
from marketwake.warehouse.files import Warehouse
from tests.lake.conftest import configure, database
from tests.lake.loads import bars, put

NOW = datetime(2025, 8, 7, 14, tzinfo=UTC)
BARS = Request("bars", "BTCUSDT 1h")


def test_what_two_writers_land_is_read_back(bucket: str, tmp_path: Path) -> None:
    shared = f"{bucket}/landing"
    first, second = (Landing(tmp_path, lambda: NOW, shared=shared) for _ in range(2))
    first.put("binance", BARS, b"one", NOW, "run-1")
    second.put("binance", BARS, b"two", NOW, "run-2")
    first.put("binance", BARS, b"three", NOW, "run-1")
    again = Landing(tmp_path, lambda: NOW, shared=shared)
    assert sorted(again.read(receipt) for receipt in again.receipts()) == [b"one", b"three", b"two"]


def test_a_bucket_that_is_not_reached_is_named(bucket: str, tmp_path: Path) -> None:
    missing = bucket.replace("lake", "other") + "/landing"
    landing = Landing(tmp_path, lambda: NOW, shared=missing)
    with pytest.raises(LandingError, match="cannot be written"):
        landing.put("binance", BARS, b"one", NOW, "run-1")
    assert not list(tmp_path.iterdir())


def test_tables_and_landing_in_a_bucket_are_written_published_and_asked(
    postgres: str, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "warehouse"
    root.mkdir()
    with database(postgres) as catalogue:
        monkeypatch.setenv("MARKETWAKE_CONFIG", str(configure(tmp_path, catalogue, bucket)))
        warehouse = Warehouse(root)
        with warehouse.exclusive():
            put(warehouse, bars("2025-08", 48))
            put(warehouse, bars("2025-08", 2, close=101.0), seconds=1)
            warehouse.publish()
        with asking(root) as con:
            query = (
                "select close, count(*) from raw.spot_bar where superseded_at is null group by 1"
            )
            assert sorted(con.execute(query).fetchall()) == [(100.0, 46), (101.0, 2)]
    assert {path.name for path in tmp_path.iterdir()} == {"warehouse", "marketwake.toml"}
