"""Receipts: what was asked, when, and which payload came, a line of JSON each.

    landing/receipts/<YYYY-MM>.jsonl    those that landed in that month, UTC

Lines are only ever added. A line is whole with its newline: what a killed run left without one is
no receipt, and the next line takes its place.
"""

import errno
import json
import logging
import os
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any

from marketwake.base.atomic import flush, make_folder, write_atomically
from marketwake.base.errors import LandingError
from marketwake.sources.source import Request

log = logging.getLogger(__name__)

DECISION = "decision"
"""The source of what a person decided about payloads: `dataset` says what, `what` about which, as
`payloads_named` finds them. Its payload is empty.
"""
ACCEPT = "accept"
WITHDRAW = "withdraw"
_LATER = {"ordered_by", "own_address"}
"""Fields that older programs did not write: left out where they are empty."""
SHORTEST = 8
"""Hexadecimal digits of a digest that name a payload."""


@dataclass(frozen=True)
class Receipt:
    """One landed payload. Instants are UTC; `landed_at` becomes recorded_at of the versions that
    the payload opens. Ids sort in the order of landing. `ordered_by` is as in the request;
    `own_address` is where the settings had the source asked, empty for the source's own.
    """

    receipt_id: str
    run_id: str
    source: str
    dataset: str
    what: str
    payload_sha256: str
    requested_at: datetime
    landed_at: datetime
    ordered_by: str = ""
    own_address: str = ""

    @property
    def request(self) -> Request:
        """What had been asked for."""
        return Request(self.dataset, self.what, self.ordered_by)

    @property
    def file_name(self) -> str:
        """Of the file that holds it."""
        return f"{self.landed_at:%Y-%m}.jsonl"

    def as_line(self) -> bytes:
        """As a line that `from_json` reads back, with a checksum of the rest at its end."""
        fields = {name: value for name, value in vars(self).items() if value or name not in _LATER}
        return f"{_as_text(fields | {'crc32': _crc32(fields)})}\n".encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Receipt":
        """The receipt that `as_line` wrote, or an older program, which knew no checksums. Raises
        ValueError, KeyError or TypeError where it is none.
        """
        fields = json.loads(text)
        if not isinstance(fields, dict):
            raise TypeError("it is no JSON object")
        told, found = fields.pop("crc32", None), _crc32(fields)
        for name in ("requested_at", "landed_at"):
            fields[name] = datetime.fromisoformat(fields[name])
        receipt = cls(**fields)
        if told not in {None, found}:
            raise ValueError("it does not match its checksum")
        return receipt


def _as_text(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, default=datetime.isoformat)


def _crc32(fields: dict[str, Any]) -> str:
    return f"{zlib.crc32(_as_text(fields).encode()):08x}"


def read_receipts(folder: Path) -> dict[str, Receipt]:
    """All receipts of a folder by id, in the order of landing.

    Raises:
        LandingError: a line is whole and no receipt.
    """
    # Lines that a person put back may stand anywhere, or twice.
    receipts = dict[str, Receipt]()
    for path in receipt_files(folder):
        for line in receipts_of(path):
            if isinstance(line, LandingError):
                raise line
            receipts[line.receipt_id] = line
    return dict(sorted(receipts.items()))


def payloads_named(
    receipts: Iterable[Receipt], name: str, before: datetime | None = None
) -> list[Receipt]:
    """The receipts of payloads, landed before an instant, that a receipt id, a SHA-256 of at least
    SHORTEST digits or the id of a run names.
    """
    return [
        receipt
        for receipt in receipts
        if receipt.source != DECISION
        and (before is None or receipt.landed_at < before)
        and (
            name in {receipt.receipt_id, receipt.run_id}
            or (len(name) >= SHORTEST and receipt.payload_sha256.startswith(name.lower()))
        )
    ]


def receipt_files(folder: Path) -> list[Path]:
    """The files of receipts in a folder, the oldest first."""
    return sorted(folder.glob("[0-9]*.jsonl"))


def append_receipt(folder: Path, receipt: Receipt) -> None:
    """Add a receipt to its file; it is on the disk when this returns. Raises OSError."""
    path = folder / receipt.file_name
    is_new = not path.exists()
    make_folder(folder)
    line = receipt.as_line()
    with path.open("a+b", buffering=0) as stream:
        _cut_off_half_a_line(stream, path)
        if stream.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(stream.fileno())
    if is_new:
        flush(folder)


def remove_receipts(folder: Path, receipts: Iterable[Receipt]) -> None:
    """Take receipts out of their files, each file at once. Raises OSError."""
    gone = defaultdict[str, set[bytes]](set)
    for receipt in receipts:
        gone[receipt.file_name].add(receipt.as_line().removesuffix(b"\n"))
    for name, lines in gone.items():
        kept = (folder / name).read_bytes().split(b"\n")
        write_atomically(folder / name, b"\n".join(line for line in kept if line not in lines))


def _cut_off_half_a_line(stream: FileIO, path: Path) -> None:
    if stream.tell() == 0:
        return
    stream.seek(-1, os.SEEK_END)
    if stream.read(1) != b"\n":
        stream.seek(0)
        content = stream.read()
        whole = content.rfind(b"\n") + 1
        log.warning("%s: half a line of a killed run is cut off: %r", path, content[whole:])
        stream.truncate(whole)


def receipts_of(path: Path) -> Iterator[Receipt | LandingError]:
    """The receipts of a file, and what is wrong with each line that is whole and none."""
    *lines, _ = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            yield Receipt.from_json(line)
        except (ValueError, KeyError, TypeError) as error:
            yield LandingError(
                f"line {number} of {path} is no receipt: {error}",
                "Put it back as it is in a backup, or delete the line to forget its payload.",
            )
