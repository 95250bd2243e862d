"""Reading ZIP archives that may be damaged."""

import lzma
import struct
import zipfile
import zlib
from pathlib import Path

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
)
"""What zipfile, and json on what it read, raise on altered bytes: among them members that seem
encrypted (RuntimeError) or packed by another method.
"""


LARGEST = 2**30
"""Bytes that anything packed may have unpacked: a gigabyte is fifteen years of minutes."""


def unpack(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member, unpacked.

    Raises:
        BadZipFile: it has more than LARGEST bytes; what else its damage raises is in DAMAGE.
    """
    size = archive.getinfo(name).file_size
    if size > LARGEST:
        raise zipfile.BadZipFile(f"{name} has {size:,} bytes unpacked, of at most {LARGEST:,}")
    return archive.read(name)


def refuse_large(archive: zipfile.ZipFile) -> None:
    """For what unpacks all members itself.

    Raises:
        BadZipFile: they have more than LARGEST bytes together.
    """
    size = sum(member.file_size for member in archive.infolist())
    if size > LARGEST:
        raise zipfile.BadZipFile(f"{size:,} bytes unpacked, of at most {LARGEST:,}")


def open_zip(path: Path) -> zipfile.ZipFile:
    """An archive to read. What its damage raises then is in DAMAGE: an index that points before
    the archive's beginning is found here, where zipfile would raise OSError later.
    """
    archive = zipfile.ZipFile(path)
    if any(member.header_offset < 0 for member in archive.infolist()):
        archive.close()
        raise zipfile.BadZipFile("its index points before its beginning")
    return archive
