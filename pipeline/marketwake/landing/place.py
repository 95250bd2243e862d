"""Where landing's bytes lie: what keeps payloads, packed, and receipts."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from marketwake.base.atomic import write_atomically
from marketwake.landing.conversion import convert
from marketwake.landing.payloads import is_intact, payload_path
from marketwake.landing.receipts import Receipt, append_receipt, read_receipts, remove_receipts


class Place(Protocol):
    """A place of payloads and receipts. Its methods raise OSError where it cannot be written or
    read; what they write is durable when they return.
    """

    name: str
    """Where it lies, for people."""
    mark: str
    """What receipt ids end with, so that those of several writers differ."""

    def has(self, digest: str) -> bool:
        """Whether an intact payload lies there."""

    def write(self, digest: str, blob: bytes) -> None:
        """Keep a packed payload, whole or not at all."""

    def read(self, digest: str) -> bytes:
        """A payload, packed."""

    def append(self, receipts: Iterable[Receipt]) -> None:
        """Keep receipts, in order."""

    def receipts(self) -> dict[str, Receipt]:
        """All receipts by id, in order. Raises LandingError where one is damaged."""

    def set_aside(self, receipts: Iterable[Receipt]) -> None:
        """Move receipts to where they no longer count."""

    def payload_name(self, digest: str) -> str:
        """Where a payload lies, for people."""

    def receipt_name(self, receipt: Receipt) -> str:
        """Where the line of a receipt lies, for people."""


class LocalPlace:
    """A folder that one machine writes; a landing of the old form is converted first.

    Raises:
        LandingError: the old form cannot be converted.
    """

    mark = ""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._payloads = folder / "payloads"
        self._receipts = folder / "receipts"
        self._withdrawn = folder / "withdrawn"
        convert(folder)

    def has(self, digest: str) -> bool:
        return is_intact(payload_path(self._payloads, digest))

    def write(self, digest: str, blob: bytes) -> None:
        write_atomically(payload_path(self._payloads, digest), blob)

    def read(self, digest: str) -> bytes:
        return payload_path(self._payloads, digest).read_bytes()

    def append(self, receipts: Iterable[Receipt]) -> None:
        for receipt in receipts:
            append_receipt(self._receipts, receipt)

    def receipts(self) -> dict[str, Receipt]:
        return read_receipts(self._receipts)

    def set_aside(self, receipts: Iterable[Receipt]) -> None:
        ahead = list(receipts)
        for receipt in ahead:
            append_receipt(self._withdrawn, receipt)
        remove_receipts(self._receipts, ahead)

    def payload_name(self, digest: str) -> str:
        return str(payload_path(self._payloads, digest))

    def receipt_name(self, receipt: Receipt) -> str:
        return str(self._receipts / receipt.file_name)


def copy(source: Place, target: Place) -> int:
    """Bring to a place what it lacks of another: payloads, then the receipts that name them. How
    many receipts that were.

    Raises:
        LandingError: a receipt of either is damaged.
        OSError: one cannot be read, or the other not written.
    """
    there = target.receipts()
    lacking = [each for each in source.receipts().values() if each.receipt_id not in there]
    for digest in {receipt.payload_sha256 for receipt in lacking}:
        if not target.has(digest):
            target.write(digest, source.read(digest))
    target.append(lacking)
    return len(lacking)
