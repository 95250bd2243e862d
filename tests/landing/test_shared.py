"""Landing on a folder that several machines write."""

from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from marketwake.base.errors import LandingError
from marketwake.landing.store import Landing
from marketwake.sources.source import Request

NOW = datetime(2025, 8, 7, 14, tzinfo=UTC)
BARS = Request("bars", "BTCUSDT 1h")


def _land(root: Path, shared: str, bodies: list[bytes]) -> None:
    landing = Landing(root, lambda: NOW, shared=shared)
    for body in bodies:
        landing.put("binance", BARS, body, NOW, "run-1")


def _bodies(root: Path, shared: str) -> list[bytes]:
    landing = Landing(root, lambda: NOW, shared=shared)
    return [landing.read(receipt) for receipt in landing.receipts()]


def test_two_processes_that_land_at_once_lose_nothing(tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    ours = [[f"{writer} {number}".encode() for number in range(20)] for writer in range(2)]
    context = get_context("spawn")
    writers = [context.Process(target=_land, args=(tmp_path, shared, each)) for each in ours]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert sorted(_bodies(tmp_path, shared)) == sorted(ours[0] + ours[1])
    assert len(list((tmp_path / "shared/receipts/2025-08").iterdir())) == 2


def test_a_cut_off_object_is_named(tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    _land(tmp_path, shared, [b"one", b"two"])
    (path,) = (tmp_path / "shared/receipts/2025-08").iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(LandingError, match=f"line 2 of {path} is no receipt: it is cut off"):
        Landing(tmp_path, shared=shared)


def test_receipts_ahead_of_the_clock_are_set_aside(tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    _land(tmp_path, shared, [b"kept"])
    ahead = Landing(tmp_path, lambda: NOW + timedelta(days=1), shared=shared)
    ahead.put("binance", BARS, b"ahead", NOW, "run-2")
    assert len(Landing(tmp_path, lambda: NOW, shared=shared).set_aside("run-2")) == 1
    assert _bodies(tmp_path, shared) == [b"kept"]
    assert len(list((tmp_path / "shared/withdrawn/2025-08").iterdir())) == 1
