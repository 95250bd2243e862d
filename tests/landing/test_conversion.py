"""A landing of the old form, written here as it was then, is converted once, and a kill loses
nothing.
"""

import gzip
import hashlib
import json
import logging
import os
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketwake.base.errors import LandingError
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import Landing
from marketwake.sources.source import Request
from tests.support.kills import instants, nursery

Content = list[tuple[Receipt, bytes]]


def _receipt(at: datetime, body: bytes) -> dict[str, str]:
    digest = hashlib.sha256(body).hexdigest()
    return {
        "receipt_id": f"{at:%Y%m%dT%H%M%S.%fZ}-sample-{digest[:12]}",
        "run_id": "run",
        "source": "sample",
        "dataset": "spot_bar",
        "what": "Zuflüsse\u2028\n",
        "payload_sha256": digest,
        "requested_at": at.isoformat(),
        "landed_at": at.isoformat(),
    }


def _write_loose(root: Path, at: datetime, body: bytes) -> None:
    receipt = _receipt(at, body)
    digest = receipt["payload_sha256"]
    day = root / "landing" / "receipts" / f"{at:%Y-%m-%d}"
    payload = root / "landing" / "payloads" / digest[:2] / f"{digest}.gz"
    for path in (day, payload.parent):
        path.mkdir(parents=True, exist_ok=True)
    payload.write_bytes(gzip.compress(body, mtime=0))
    text = json.dumps(receipt, indent=1, ensure_ascii=False)
    (day / f"{receipt['receipt_id']}.json").write_text(text, encoding="utf-8")


def _write_pack(root: Path, landed: list[tuple[datetime, bytes]]) -> Path:
    """The pack of the month of the first; those of one month are all in it."""
    path = root / "landing" / "packs" / f"{landed[0][0]:%Y-%m}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(_receipt(at, body), ensure_ascii=False) + "\n" for at, body in landed]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("receipts.jsonl.gz", gzip.compress("".join(lines).encode(), mtime=0))
        for body in dict.fromkeys(body for _, body in landed):
            digest = hashlib.sha256(body).hexdigest()
            archive.writestr(f"payloads/{digest}.gz", gzip.compress(body, mtime=0))
    return path


def _expected(landed: list[tuple[datetime, bytes]]) -> Content:
    return [
        (
            Receipt(
                **{
                    **_receipt(at, body),
                    "requested_at": at,
                    "landed_at": at,
                }  # type: ignore[arg-type]
            ),
            body,
        )
        for at, body in landed
    ]


def _content(root: Path) -> Content:
    landing = Landing(root)
    return [(receipt, landing.read(receipt)) for receipt in landing.receipts()]


def _files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root / "landing").as_posix(): path.read_bytes()
        for path in (root / "landing").rglob("*")
        if path.is_file()
    }


JULY = [(datetime(2025, 7, day, tzinfo=UTC), body) for day, body in ((1, b"a"), (9, b"b"))]
AUGUST = [(datetime(2025, 8, day, tzinfo=UTC), body) for day, body in ((2, b"b"), (3, b"a"))]
LANDED = JULY + AUGUST


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """July in a pack, August loose; both months name both payloads."""
    _write_pack(tmp_path, JULY)
    for at, body in AUGUST:
        _write_loose(tmp_path, at, body)
    return tmp_path


def test_packs_and_files_become_lines_once_and_the_log_says_so(
    old: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert _content(old) == _expected(LANDED)
    assert caplog.messages == [
        "landing: receipts and packs of the old form are converted to a file for each month"
    ]
    files = _files(old)
    assert {name for name in files if not name.startswith("payloads/")} == {
        "receipts/2025-07.jsonl",
        "receipts/2025-08.jsonl",
    }
    lines = [json.loads(line) for line in files["receipts/2025-07.jsonl"].splitlines()]
    assert all(line.pop("crc32") for line in lines)
    assert lines == [_receipt(at, body) for at, body in JULY]
    assert {path.name for path in (old / "landing").iterdir()} == {"payloads", "receipts"}
    assert _content(old) == _expected(LANDED)
    assert _files(old) == files
    assert len(caplog.messages) == 1


def test_landing_goes_on_after_the_conversion(old: Path) -> None:
    landing = Landing(old)
    request = Request("spot_bar", "Zuflüsse\u2028\n")
    at = datetime(2025, 9, 1, tzinfo=UTC)
    assert landing.put("sample", request, b"a", at, "run") is None
    assert landing.put("sample", request, b"c", at, "run")
    assert [body for _, body in _content(old)] == [b"a", b"b", b"b", b"a", b"c"]


def test_an_old_folder_that_is_put_beside_the_new_form_joins_it(old: Path) -> None:
    Landing(old)
    late = (datetime(2025, 7, 5, tzinfo=UTC), b"restored")
    _write_loose(old, *late)
    _write_pack(old, JULY)
    assert _content(old) == _expected(sorted([*LANDED, late]))


def test_what_the_old_program_left_half_written_goes(old: Path) -> None:
    for name in ("packs/.partial-2025-08.zip", "receipts/2025-08-02/.partial-abc"):
        (old / "landing" / name).write_bytes(b"PK\x03\x04 and no more")
    assert _content(old) == _expected(LANDED)
    assert not [name for name in _files(old) if ".partial-" in name]


@pytest.mark.parametrize("at", range(0, 100, 3))
def test_a_flipped_byte_in_a_pack_is_noticed_and_nothing_deleted_or_harmless(
    old: Path, at: int
) -> None:
    pack = old / "landing" / "packs" / "2025-07.zip"
    content = bytearray(pack.read_bytes())
    content[len(content) * at // 100] ^= 0x10
    pack.write_bytes(content)
    before = _files(old)
    try:
        after = _content(old)
    except LandingError as error:
        assert f"{pack} is damaged: " in error.what  # noqa: PT017 - either outcome is right
        assert before.items() <= _files(old).items()
    else:
        assert after == _expected(LANDED)


def test_a_receipt_that_is_not_readable_is_named_and_nothing_is_deleted(old: Path) -> None:
    path = next((old / "landing" / "receipts" / "2025-08-03").iterdir())
    path.write_text("{")
    before = _files(old)
    with pytest.raises(LandingError) as caught:
        Landing(old)
    assert f"{path} is damaged: " in caught.value.what
    assert before.items() <= _files(old).items()


def test_a_payload_that_is_damaged_beside_its_pack_is_made_whole(old: Path) -> None:
    digest = hashlib.sha256(b"a").hexdigest()
    (old / "landing" / "payloads" / digest[:2] / f"{digest}.gz").write_bytes(b"rot")
    assert _content(old) == _expected(LANDED)


def test_a_kill_at_any_instant_loses_nothing(tmp_path: Path) -> None:
    first = datetime(2025, 6, 1, tzinfo=UTC)
    landed = [
        (first + timedelta(days=n), os.urandom(5000) if n % 9 else b"same") for n in range(90)
    ]
    original = tmp_path / "original"
    for month in (6, 7):
        _write_pack(original, [(at, body) for at, body in landed if at.month == month])
    for at, body in landed:
        if at.month == 8:
            _write_loose(original, at, body)
    work = "from marketwake.landing.store import Landing\ndef work(root): Landing(root)"
    with nursery(work) as attempt:
        _, seconds = attempt(Path(shutil.copytree(original, tmp_path / "measured")), None)
        killed = 0
        for number, after in enumerate(instants(seconds)):
            root = Path(shutil.copytree(original, tmp_path / str(number)))
            killed += attempt(root, after)[0]
            assert _content(root) == _expected(landed)
            assert not list((root / "landing" / "receipts").glob("*/"))
            assert not (root / "landing" / "packs").exists()
    assert killed
