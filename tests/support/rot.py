"""Bits that a disk turns over by itself, and what is on it when the power goes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


def flip(path: Path, bit: int) -> None:
    """Turn one bit over, counted from the beginning of a file; its stamps stay as they are, and so
    do the rights.
    """
    state = path.stat()
    path.chmod(0o600)
    with path.open("r+b") as stream:
        stream.seek(bit // 8)
        (byte,) = stream.read(1)
        stream.seek(bit // 8)
        stream.write(bytes([byte ^ 1 << bit % 8]))
    path.chmod(state.st_mode)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def unflushed_names(patch: pytest.MonkeyPatch) -> Callable[[], set[Path]]:
    """From now on: the folders in which a file got a name that a power cut would take away."""
    replace, fsync = Path.replace, os.fsync
    unflushed: set[Path] = set()

    def replaced(source: Path, target: Path) -> Path:
        unflushed.add(Path(target).parent.resolve())
        return replace(source, target)

    def flushed(handle: int) -> None:
        unflushed.discard(Path(f"/proc/self/fd/{handle}").readlink())
        fsync(handle)

    patch.setattr(Path, "replace", replaced)
    patch.setattr(os, "fsync", flushed)
    return lambda: unflushed
