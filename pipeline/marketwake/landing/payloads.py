"""Payloads: files that are named by the SHA-256 of their content, compressed, never changed.

landing/payloads/<first two hex digits>/<sha256>.gz
"""

import gzip
import hashlib
import zlib
from pathlib import Path

_COMPRESSED = (b"ARROW1", b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
"""What Feather and Parquet files, workbooks and archives, gzip and Zstandard begin with."""


def packed(body: bytes) -> bytes:
    """A payload as it is kept: compressed, where it is not so already. The usual level takes
    three times as long as this one, for a fiftieth less.
    """
    return gzip.compress(body, compresslevel=0 if body.startswith(_COMPRESSED) else 4, mtime=0)


def payload_path(folder: Path, digest: str) -> Path:
    """Where a payload lies, or would lie, in a folder of payloads."""
    return folder / digest[:2] / f"{digest}.gz"


def unpacked(blob: bytes, digest: str) -> bytes:
    """A payload from its compressed bytes.

    Raises:
        ValueError: they are cut off, or hold something else than what has that digest.
    """
    try:
        body = gzip.decompress(blob)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(str(error)) from error
    if hashlib.sha256(body).hexdigest() != digest:
        raise ValueError("its content does not match its address")
    return body


def is_intact(path: Path) -> bool:
    """Whether a payload lies there, with the content that its name says."""
    try:
        unpacked(path.read_bytes(), path.stem)
    except (OSError, ValueError):
        return False
    return True
