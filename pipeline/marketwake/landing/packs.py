"""Packs: receipts and payloads of one month of landing in one file, `landing/packs/<YYYY-MM>.zip`.

A plain ZIP archive of stored members, so that any tool opens it: `receipts.jsonl.gz` first, one
receipt a line in the order of landing, then `payloads/<sha256>.gz` for every payload that those
receipts name. Its directory is the index. Equal content gives equal bytes.
"""

import gzip
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from marketwake.base.errors import LandingError

_RECEIPTS = "receipts.jsonl.gz"
_LOCAL_HEADER = struct.Struct("<4s14xIIHH")
"""Signature, stored size, size, length of the name, length of the extra field: PKWARE's APPNOTE,
4.3.7.
"""


def write_pack(path: Path, lines: Iterable[str], payloads: Iterable[tuple[str, bytes]]) -> None:
    """Write a pack and have it on the disk when this returns. `payloads` gives digests and
    compressed bytes. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(
                zipfile.ZipInfo(_RECEIPTS),
                gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0),
            )
            for digest, blob in payloads:
                archive.writestr(zipfile.ZipInfo(_member(digest)), blob)
        stream.flush()
        os.fsync(stream.fileno())


def receipt_lines(path: Path) -> list[str]:
    """The receipts of a pack, each as JSON, in the order of landing; the index is not read for
    them.

    Raises:
        LandingError: the pack is damaged.
    """
    try:
        return gzip.decompress(_stored(path, 0)).decode().split("\n")[:-1]
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise LandingError(
            f"pack {path} is damaged: its receipts cannot be read: {error}",
            "Restore it from a backup.",
        ) from error


def payload(path: Path, digest: str) -> bytes | None:
    """The compressed bytes of a payload, not verified; null where the pack, or the payload in it,
    is not there.

    Raises:
        LandingError: the pack is damaged.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    try:
        offset = _offsets(path, found.st_ino, found.st_mtime_ns).get(_member(digest))
        return None if offset is None else _stored(path, offset)
    except (OSError, zipfile.BadZipFile, struct.error, ValueError) as error:
        raise LandingError(
            f"pack {path} is damaged: {error}", "Restore it from a backup."
        ) from error


def _member(digest: str) -> str:
    return f"payloads/{digest}.gz"


@lru_cache(maxsize=64)
def _offsets(path: Path, inode: int, changed_ns: int) -> dict[str, int]:  # noqa: ARG001 - a pack that was replaced is read again
    with zipfile.ZipFile(path) as archive:
        return {member.filename: member.header_offset for member in archive.infolist()}


def _stored(path: Path, offset: int) -> bytes:
    # zipfile reads the whole directory each time it opens an archive; this reads one member.
    with path.open("rb") as stream:
        stream.seek(offset)
        signature, size, _, name_length, extra_length = _LOCAL_HEADER.unpack(
            stream.read(_LOCAL_HEADER.size)
        )
        if signature != b"PK\x03\x04":
            raise ValueError(f"no member begins at byte {offset}")
        stream.seek(name_length + extra_length, os.SEEK_CUR)
        return stream.read(size)
