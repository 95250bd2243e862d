"""Landing on a bucket, behind a server of S3 on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from marketwake.base.errors import LandingError
from marketwake.landing.store import Landing
from marketwake.sources.source import Request

moto = pytest.importorskip(
    "moto.server", reason="a server of S3, moto, is not installed: make lake"
)
NOW = datetime(2025, 8, 7, 14, tzinfo=UTC)
BARS = Request("bars", "BTCUSDT 1h")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "loopback")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "loopback")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: make lake")
    s3fs.S3FileSystem.clear_instance_cache()
    lake = f"lake-{uuid4()}"  # buckets of the process outlive a server
    s3fs.S3FileSystem().mkdir(lake)
    yield f"s3://{lake}/wh/landing"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_what_two_writers_land_is_read_back(bucket: str, tmp_path: Path) -> None:
    first, second = (Landing(tmp_path, lambda: NOW, shared=bucket) for _ in range(2))
    first.put("binance", BARS, b"one", NOW, "run-1")
    second.put("binance", BARS, b"two", NOW, "run-2")
    first.put("binance", BARS, b"three", NOW, "run-1")
    again = Landing(tmp_path, lambda: NOW, shared=bucket)
    assert sorted(again.read(receipt) for receipt in again.receipts()) == [b"one", b"three", b"two"]


def test_a_bucket_that_is_not_reached_is_named(bucket: str, tmp_path: Path) -> None:
    missing = bucket.replace("lake", "other")
    landing = Landing(tmp_path, lambda: NOW, shared=missing)
    with pytest.raises(LandingError, match="cannot be written"):
        landing.put("binance", BARS, b"one", NOW, "run-1")
    assert not list(tmp_path.iterdir())
