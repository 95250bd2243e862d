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


def open_zip(path: Path) -> zipfile.ZipFile:
    """An archive to read. What its damage raises then is in DAMAGE: an index that points before
    the archive's beginning is found here, where zipfile would raise OSError later.
    """
    archive = zipfile.ZipFile(path)
    if any(member.header_offset < 0 for member in archive.infolist()):
        archive.close()
        raise zipfile.BadZipFile("its index points before its beginning")
    return archive
