"""Receipts are lines that are only added; half a line of a killed run costs no other."""

import dataclasses
import json
import os
import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from marketwake.base.errors import LandingError
from marketwake.landing.receipts import Receipt, append_receipt, read_receipts
from marketwake.landing.store import Landing
from marketwake.sources.source import Request
from tests.support.kills import instants, nursery

NOW = datetime(2025, 9, 1, tzinfo=UTC)
BARS = Request("spot_bar", "Zuflüsse \u2028\n BTC/USD")
LINE = (
    '{"receipt_id": "20250901T000000.000000Z-spot-kraken-ca978112ca1b", "run_id": "run-1", '
    '"source": "spot-kraken", "dataset": "spot_bar", "what": "Zuflüsse \u2028\\n BTC/USD", '
    '"payload_sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", '
    '"requested_at": "2025-09-01T00:00:00+00:00", "landed_at": "2025-09-01T00:00:00+00:00", '
    '"crc32": "c5f079f8"}\n'
).encode()
"""One byte, `a`, whose SHA-256 is that of FIPS 180-4's examples, asked for and landed at NOW. The
checksum is what gzip writes at the end of the line without it.
"""


def _put(landing: Landing, body: bytes) -> Receipt:
    receipt = landing.put("spot-kraken", BARS, body, NOW, "run-1")
    assert receipt is not None
    return receipt


def _file(root: Path, month: str = "2025-09") -> Path:
    return root / "landing" / "receipts" / f"{month}.jsonl"


def test_a_receipt_is_a_line_of_the_month_in_which_it_landed(tmp_path: Path) -> None:
    landing = Landing(tmp_path, lambda: NOW)
    receipt = _put(landing, b"a")
    assert _file(tmp_path).read_bytes() == LINE
    landing.clock = lambda: datetime(2025, 9, 30, 23, 59, 59, 999999, UTC)
    last = _put(landing, b"b")
    # The clock stands still: a microsecond more is the next month.
    first = _put(landing, b"c")
    assert first.landed_at == datetime(2025, 10, 1, tzinfo=UTC)
    assert len(_file(tmp_path).read_bytes().splitlines()) == 2
    assert json.loads(_file(tmp_path, "2025-10").read_bytes())["payload_sha256"] == (
        "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6"
    )
    assert Landing(tmp_path).receipts() == landing.receipts() == [receipt, last, first]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_line_broken_off_at_any_byte_is_no_receipt_and_the_next_takes_its_place(
    tmp_path: Path, is_first: bool
) -> None:
    folder = tmp_path / "receipts"
    later = Receipt("20250902", "run-2", "spot-kraken", "spot_bar", "ß", "0" * 64, NOW, NOW)
    earlier = dataclasses.replace(Receipt.from_json(LINE), receipt_id="20250801")
    before = b"" if is_first else earlier.as_line()
    folder.mkdir()
    path = folder / "2025-09.jsonl"
    for length in range(len(LINE)):
        path.write_bytes(before + LINE[:length])
        assert len(read_receipts(folder)) == before.count(b"\n")
        append_receipt(folder, later)
        assert path.read_bytes() == before + later.as_line()
    path.write_bytes(before + LINE)
    append_receipt(folder, later)
    assert path.read_bytes() == before + LINE + later.as_line()
    assert len(read_receipts(folder)) == before.count(b"\n") + 2


def test_what_is_cut_off_stands_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _put(Landing(tmp_path), b"a")
    (path,) = (tmp_path / "landing" / "receipts").iterdir()
    with path.open("ab") as stream:
        stream.write(b'{"receipt_id": "2025')
    landing = Landing(tmp_path)
    assert caplog.messages == []
    _put(landing, b"b")
    assert caplog.messages == [
        f'{path}: half a line of a killed run is cut off: b\'{{"receipt_id": "2025\''
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"\xff", "utf-8"),
        (b"[]", "no JSON object"),
        (LINE[:-1].replace(b'"run_id"', b'"run"'), "run"),
        (LINE[:-1].replace(b"2025-09-01T", b"2025-09-31T"), "day"),
        (LINE[:-1].replace(b'"2025-09-01T00:00:00+00:00"', b"1"), "argument must be str"),
    ],
)
def test_a_whole_line_that_is_no_receipt_is_named_and_what_to_do(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    path = _file(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(LINE + line + b"\n" + LINE)
    with pytest.raises(LandingError, match=reason) as caught:
        Landing(tmp_path)
    assert caught.value.what.startswith(f"line 2 of {path} is no receipt: ")
    assert "delete the line" in caught.value.fix


def test_lines_that_a_person_put_back_count_once_and_in_order(tmp_path: Path) -> None:
    landing = Landing(tmp_path, lambda: NOW)
    receipts = [_put(landing, body) for body in (b"a", b"b", b"c")]
    first, second, third = _file(tmp_path).read_bytes().splitlines(keepends=True)
    _file(tmp_path).write_bytes(second + third + first + second)
    assert Landing(tmp_path).receipts() == receipts


def test_threads_of_a_run_land_at_once_and_stamps_increase(tmp_path: Path) -> None:
    landing = Landing(tmp_path, lambda: NOW)
    with ThreadPoolExecutor(8) as pool:
        put = list(pool.map(partial(_put, landing), [b"%d" % n for n in range(60)]))
    again = Landing(tmp_path)
    assert again.receipts() == landing.receipts() == sorted(put, key=lambda r: r.landed_at)
    assert all(
        later.landed_at - earlier.landed_at == timedelta(microseconds=1)
        for earlier, later in pairwise(again.receipts())
    )
    assert {again.read(receipt) for receipt in put} == {b"%d" % n for n in range(60)}


def test_payload_and_line_are_on_the_disk_before_the_receipt_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = Landing(tmp_path, lambda: NOW)
    flushed: list[tuple[str, int]] = []

    def fsync(handle: int) -> None:
        flushed.append((Path(f"/proc/self/fd/{handle}").readlink().name, len(landing.receipts())))

    monkeypatch.setattr(os, "fsync", fsync)
    _put(landing, b"a")
    # A folder's name is in the folder above it. The payload, its name; the line, the new file's
    # name.
    names = [(name if not name.startswith(".partial-") else "payload", n) for name, n in flushed]
    root = tmp_path.name
    assert names[:3] == [(root, 0), ("landing", 0), ("payloads", 0)]
    assert names[3:5] == [("payload", 0), ("ca", 0)]
    assert names[5:] == [("landing", 0), ("2025-09.jsonl", 0), ("receipts", 0)]
    assert len(landing.receipts()) == 1


def test_a_line_that_finds_no_room_is_an_error_and_the_next_is_whole(tmp_path: Path) -> None:
    landing = Landing(tmp_path, lambda: NOW)
    first = _put(landing, b"a")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel then writes the first 50 bytes of the line, as on a disk that is full.
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(LINE) + 50, hard))
    try:
        with pytest.raises(LandingError, match="No space left on device"):
            _put(landing, b"b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _file(tmp_path).stat().st_size == len(LINE) + 50
    assert landing.receipts() == Landing(tmp_path).receipts() == [first]
    third = _put(landing, b"c")
    assert landing.receipts() == Landing(tmp_path).receipts() == [first, third]


def test_a_run_killed_at_any_instant_leaves_whole_receipts_with_their_payloads(
    tmp_path: Path,
) -> None:
    work = (
        "from datetime import UTC, datetime\n"
        "from marketwake.landing.store import Landing\n"
        "from marketwake.sources.source import Request\n"
        "def work(root):\n"
        "    landing = Landing(root)\n"
        "    for n in range(40):\n"
        "        at = datetime(2025, 9, 1, tzinfo=UTC)\n"
        "        landing.put('spot-kraken', Request('spot_bar', 'x' * 5000), b'%d' % n, at, "
        "'run')\n"
    )
    with nursery(work) as attempt:
        _, seconds = attempt(tmp_path / "measured", None)
        assert len(Landing(tmp_path / "measured").receipts()) == 40
        killed = 0
        for number, after in enumerate(instants(seconds)):
            root = tmp_path / str(number)
            killed += attempt(root, after)[0]
            landing = Landing(root)
            landed = landing.receipts()
            assert [landing.read(receipt) for receipt in landed] == [
                b"%d" % n for n in range(len(landed))
            ]
            newest = _put(landing, b"next")
            assert Landing(root).receipts() == [*landed, newest]
    assert killed


def test_every_bit_of_a_line_that_is_turned_over_is_noticed() -> None:
    for bit in range((len(LINE) - 1) * 8):
        content = bytearray(LINE)
        content[bit // 8] ^= 1 << bit % 8
        with pytest.raises((ValueError, KeyError, TypeError)):
            Receipt.from_json(bytes(content))


def test_a_line_of_an_older_program_has_no_checksum() -> None:
    older = LINE.replace(LINE[LINE.index(b', "crc32"') : -2], b"")
    assert older.endswith(b'"}\n')
    assert Receipt.from_json(older) == Receipt.from_json(LINE)
