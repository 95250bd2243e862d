"""Reading ZIP archives that may be damaged."""

import lzma
import struct
import zipfile
import zlib

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    KeyError,
    TypeError,
)
"""What zipfile, and json on what it read, raise on altered bytes: among them members that seem
encrypted (RuntimeError) or packed by another method.
"""
