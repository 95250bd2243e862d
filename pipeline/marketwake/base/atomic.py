"""Files that are whole or not there, and on the disk when it matters."""

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_PIECE = 1 << 20
"""Bytes that are copied at once."""
_LOOKS = 100
"""More often than others replace one file within the microseconds of two looks."""


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader, or a power cut, sees all of it or nothing; it is on the disk
    when this returns.
    """
    make_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(mode)
        replace(Path(name), path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sweep(folder: Path) -> None:
    """Remove what a process left that was killed while it wrote a file of the folder, where nobody
    else writes any; what cannot be removed stays.
    """
    for leftover in folder.glob(".partial-*"):
        if leftover.is_file():
            with suppress(OSError):
                leftover.unlink()


def replace(source: Path, target: Path) -> None:
    """Give a file its name in one step; the name is on the disk when this returns. Raises
    OSError.
    """
    source.replace(target)
    flush(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; their names are on the disk when this returns. Raises
    OSError.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        flush(folder.parent)


def flush(path: Path) -> None:
    """Have a file, or the names of the files in a folder, on the disk when this returns. Raises
    OSError.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """The digest of a file of any size, in hex. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def copy_with_digest(source: Path, target: Path) -> str:
    """Copy a file of any size, which is read once; the copy is on the disk when this returns.
    Returns its digest, in hex. Raises OSError.
    """
    digest, piece = hashlib.sha256(), memoryview(bytearray(_PIECE))
    with source.open("rb", buffering=0) as read, target.open("wb") as written:
        while size := read.readinto(piece):
            digest.update(piece[:size])
            written.write(piece[:size])
        written.flush()
        os.fsync(written.fileno())
    return digest.hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path in a folder of its own to write to, whose file takes the place of `path` when the
    block has ended well, with the mode and the owner of the file that stood there.

    A link stays, and what it leads to is replaced. A device, a pipe or what standard output goes
    to has the bytes written into it.

    Raises:
        OSError: `path` cannot be written.
    """
    target = Path(os.path.realpath(path))
    former, has_name = _former(path, target)
    if former and stat.S_ISDIR(former.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if former and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    through = former is not None and not (has_name and _is_replaceable(former))
    folder = None if through else target.parent
    with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as own:
        partial = Path(own) / target.name
        yield partial
        if through:
            with partial.open("rb") as source, _written_through(path) as sink:
                shutil.copyfileobj(source, sink)
            return
        if former:
            # An owner can be given by root alone; the mode comes after, as a change clears bits.
            with suppress(PermissionError):
                os.chown(partial, former.st_uid, former.st_gid)
            partial.chmod(stat.S_IMODE(former.st_mode))
        flush(partial)
        replace(partial, target)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _former(path: Path, target: Path) -> tuple[os.stat_result | None, bool]:
    """What stands at a path, and whether that has the name `target`: a file that was deleted while
    it is open has none. Looked at again where the two differ, for somebody else may replace the
    file between the two looks.
    """
    for _ in range(_LOOKS):
        former, there = _stat(path), _stat(target)
        if former is None or (there is not None and os.path.samestat(former, there)):
            return former, True
    return former, False


def _is_replaceable(former: os.stat_result) -> bool:
    """Whether it is a plain file, and not the one that standard output goes to."""
    return stat.S_ISREG(former.st_mode) and not _is_standard_output(former)


def _is_standard_output(file: os.stat_result) -> bool:
    try:
        return os.path.samestat(file, os.fstat(1))
    except OSError:  # it is closed
        return False


def _written_through(path: Path) -> BinaryIO:
    # Opened anew, a file that standard output goes to would lose what stands in it.
    return os.fdopen(os.dup(1), "wb") if _is_standard_output(path.stat()) else path.open("wb")
