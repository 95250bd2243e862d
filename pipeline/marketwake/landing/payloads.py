"""Payloads: files that are named by the SHA-256 of their content, compressed, never changed.

landing/payloads/<first two hex digits>/<sha256>.gz
"""

import gzip
import hashlib
import zlib
from pathlib import Path


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
