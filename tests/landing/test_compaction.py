"""Compaction: a pack is landing in another form; nothing is deleted before the pack is whole, and a
kill loses nothing.
"""

import gzip
import json
import os
import shutil
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base.errors import LandingError, WarehouseError
from marketwake.landing import packs
from marketwake.landing.compaction import compact
from marketwake.landing.store import Landing, Receipt
from marketwake.sources.source import Request
from tests.support.kills import instants, nursery

SEPTEMBER = datetime(2025, 9, 15, tzinfo=UTC)
BARS = Request("spot_bar", "BTC/USD")


def _land(root: Path, at: datetime, body: bytes, request: Request = BARS) -> Receipt:
    receipt = Landing(root, lambda: at).put("spot-kraken", request, body, at, "run")
    assert receipt is not None
    return receipt


def _content(root: Path) -> list[tuple[Receipt, bytes]]:
    landing = Landing(root)
    return [(receipt, landing.read(receipt)) for receipt in landing.receipts()]


def _files(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in (root / "landing").rglob("*")
        if path.is_file()
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Landing with three receipts of July, one of August and one of September; two payloads are
    shared between months.
    """
    for stamp, body in (
        ("2025-07-01T00:00:00Z", b"a"),
        ("2025-07-01T01:00:00Z", b"b"),
        ("2025-07-31T23:59:59Z", b"a"),
        ("2025-08-01T00:00:00Z", b"b"),
        ("2025-09-01T00:00:00Z", b"a"),
    ):
        _land(tmp_path, datetime.fromisoformat(stamp), body)
    return tmp_path


def test_closed_months_are_packed_and_read_as_before(root: Path) -> None:
    before = _content(root)
    packed = compact(root, lambda: SEPTEMBER)
    assert [(one.path.name, one.receipts, one.payloads) for one in packed] == [
        ("2025-07.zip", 3, 2),
        ("2025-08.zip", 1, 1),
    ]
    assert _content(root) == before
    newest = before[-1][0]
    # Only September is loose: one receipt, and the one payload it names.
    assert _files(root) == {
        "landing/packs/2025-07.zip",
        "landing/packs/2025-08.zip",
        f"landing/receipts/2025-09-01/{newest.receipt_id}.json",
        f"landing/payloads/{newest.payload_sha256[:2]}/{newest.payload_sha256}.gz",
    }


def test_packing_again_changes_nothing(root: Path) -> None:
    compact(root, lambda: SEPTEMBER)
    before = {path: path.read_bytes() for path in (root / "landing").rglob("*") if path.is_file()}
    assert compact(root, lambda: SEPTEMBER) == []
    assert {
        path: path.read_bytes() for path in (root / "landing").rglob("*") if path.is_file()
    } == before


def test_a_pack_is_a_plain_zip_that_any_tool_reads(root: Path) -> None:
    compact(root, lambda: SEPTEMBER)
    with zipfile.ZipFile(root / "landing" / "packs" / "2025-07.zip") as archive:
        assert archive.testzip() is None
        lines = gzip.decompress(archive.read("receipts.jsonl.gz")).decode().splitlines()
        digests = [json.loads(line)["payload_sha256"] for line in lines]
        assert [gzip.decompress(archive.read(f"payloads/{digest}.gz")) for digest in digests] == [
            b"a",
            b"b",
            b"a",
        ]


def test_landing_goes_on_after_compaction_as_it_would_have(root: Path) -> None:
    compact(root, lambda: SEPTEMBER)
    landing = Landing(root, lambda: datetime(2025, 8, 30, tzinfo=UTC))
    late = landing.put("spot-kraken", BARS, b"c", SEPTEMBER, "run")
    assert late is not None
    # The clock stands before the newest receipt: stamps still increase.
    assert late.landed_at == datetime(2025, 9, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert [body for _, body in _content(root)] == [b"a", b"b", b"a", b"b", b"a", b"c"]


def test_a_file_landed_before_compaction_is_not_landed_again(tmp_path: Path) -> None:
    flows = Request("etf_flow", "flows.csv")
    assert Landing(tmp_path, lambda: datetime(2025, 7, 1, tzinfo=UTC)).put(
        "sample", flows, b"a", SEPTEMBER, "run"
    )
    compact(tmp_path, lambda: SEPTEMBER)
    assert Landing(tmp_path).put("sample", flows, b"a", SEPTEMBER, "run") is None


def test_what_comes_loose_of_a_packed_month_joins_its_pack(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    compact(root, lambda: SEPTEMBER)
    other = tmp_path_factory.mktemp("other")
    _land(other, datetime(2025, 7, 15, tzinfo=UTC), b"restored")
    shutil.copytree(other / "landing", root / "landing", dirs_exist_ok=True)
    compact(root, lambda: SEPTEMBER)
    assert [body for _, body in _content(root)] == [b"a", b"b", b"restored", b"a", b"b", b"a"]
    assert len(list((root / "landing" / "receipts").glob("*/*.json"))) == 1


@settings(max_examples=15)
@given(
    landed=st.lists(st.tuples(st.integers(0, 120), st.binary(max_size=3)), max_size=12),
    now=st.lists(st.integers(0, 150), min_size=1, max_size=3),
    name=st.text(max_size=4),
)
def test_compaction_never_changes_what_landing_says(
    landed: list[tuple[int, bytes]],
    now: list[int],
    name: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("landing")
    first = datetime(2025, 6, 1, tzinfo=UTC)
    for days, body in sorted(landed):
        _land(root, first + timedelta(days=days), body, Request("spot_bar", f"{name}\u2028\n"))
    (root / "landing").mkdir(exist_ok=True)
    before = _content(root)
    for days in now:
        instant = first + timedelta(days=days)
        compact(root, lambda instant=instant: instant)  # type: ignore[misc]
        assert _content(root) == before
        assert all(
            receipt.month >= f"{instant:%Y-%m}" for receipt in Landing(root).loose().values()
        )


def test_a_corrupt_payload_is_named_and_its_month_stays_as_it_was(root: Path) -> None:
    receipt = Landing(root).receipts()[3]
    blob = (
        root / "landing" / "payloads" / receipt.payload_sha256[:2] / f"{receipt.payload_sha256}.gz"
    )
    blob.write_bytes(gzip.compress(b"something else"))
    before = _files(root)
    with pytest.raises(LandingError, match=r"does not match its address") as caught:
        compact(root, lambda: SEPTEMBER)
    assert str(blob) in caught.value.what
    assert {name for name in _files(root) if ".partial-" not in name} == before


def test_a_pack_that_does_not_read_back_costs_no_loose_file(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _files(root)

    def bad_disk(path: Path, digest: str) -> bytes | None:
        return gzip.compress(b"rot") if path.exists() and digest else None

    with monkeypatch.context() as patched:
        patched.setattr(packs, "payload", bad_disk)
        with pytest.raises(LandingError, match="does not match its address"):
            compact(root, lambda: SEPTEMBER)
    assert {name for name in _files(root) if ".partial-" not in name} == before
    compact(root, lambda: SEPTEMBER)
    assert [body for _, body in _content(root)] == [b"a", b"b", b"a", b"b", b"a"]
    assert not [name for name in _files(root) if ".partial-" in name]


@pytest.mark.parametrize("at", range(0, 100, 7))
def test_a_flipped_byte_in_a_pack_is_noticed_or_harmless(root: Path, at: int) -> None:
    before = _content(root)
    compact(root, lambda: SEPTEMBER)
    pack = root / "landing" / "packs" / "2025-07.zip"
    content = bytearray(pack.read_bytes())
    content[len(content) * at // 100] ^= 0x10
    pack.write_bytes(content)
    try:
        after = _content(root)
    except LandingError as error:
        assert "2025-07.zip" in error.what or "is missing" in error.what  # noqa: PT017 - either outcome is right
    else:
        assert after == before


def test_without_landing_it_says_so_and_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="there is no landing"):
        compact(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_what_a_killed_compaction_left_half_written_is_no_pack(root: Path) -> None:
    before = _content(root)
    packed = root / "landing" / "packs"
    packed.mkdir()
    (packed / ".partial-2025-07.zip").write_bytes(b"PK\x03\x04 and no more")
    assert _content(root) == before
    compact(root, lambda: SEPTEMBER)
    assert _content(root) == before
    assert not [name for name in _files(root) if ".partial-" in name]


def test_a_kill_at_any_instant_loses_nothing(tmp_path: Path) -> None:
    original = tmp_path / "original"
    landing = Landing(original, lambda: datetime(2025, 6, 1, tzinfo=UTC))
    for number in range(90):
        landing.clock = lambda number=number: (
            datetime(2025, 6, 1, tzinfo=UTC) + timedelta(days=number)
        )  # type: ignore[misc]
        assert landing.put(
            "spot-kraken", BARS, os.urandom(5000) if number % 9 else b"same", SEPTEMBER, "run"
        )
    before = _content(original)
    work = (
        "import datetime; from marketwake.landing.compaction import compact\n"
        "def work(root): compact(root, lambda: datetime.datetime(2025, 9, 15, tzinfo=datetime.UTC))"
    )
    with nursery(work) as attempt:
        _, seconds = attempt(Path(shutil.copytree(original, tmp_path / "measured")), None)
        assert _content(tmp_path / "measured") == before
        killed = 0
        for number, after in enumerate(instants(seconds)):
            root = Path(shutil.copytree(original, tmp_path / str(number)))
            killed += attempt(root, after)[0]
            assert _content(root) == before
            compact(root, lambda: SEPTEMBER)
            assert _content(root) == before
            assert not Landing(root).loose()
            assert not list((root / "landing").rglob("*.gz"))
    assert killed


def test_a_decade_of_receipts_is_read_in_seconds(tmp_path: Path) -> None:
    def line(number: int) -> str:
        at = datetime(2015, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        return Receipt(
            f"{at:%Y%m%dT%H%M%S.%fZ}-x",
            "run",
            "spot-kraken",
            "spot_bar",
            "BTC/USD",
            "0" * 64,
            at,
            at,
        ).as_json()

    packs.write_pack(
        tmp_path / "landing" / "packs" / "2015-01.zip",
        [line(number) for number in range(100_000)],
        [],
    )
    started = time.monotonic()
    assert len(Landing(tmp_path).receipts()) == 100_000
    # About 2 s; reading as many files takes 5 to 10 s from memory and far more from a cold disk.
    assert time.monotonic() - started < 30
