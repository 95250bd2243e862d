"""Files that people put beside the warehouse: which of a folder count, and their text."""

from pathlib import Path

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import BadInputError

MOST_BYTES = 1_000_000
"""Events and claims are a page of text."""


def own_files(folder: Path, ending: str) -> list[Path]:
    """The files of a folder with an ending, but for those whose names begin with a dot: editors and
    systems leave such.
    """
    return sorted(path for path in folder.glob(f"*{ending}") if not path.name.startswith("."))


def own_text(path: Path) -> str:
    """The text of a file, without a byte order mark.

    Raises:
        OSError: it cannot be read, is no regular file, or is larger than a page of text.
        UnicodeDecodeError: it is not UTF-8.
    """
    if path.exists() and not path.is_file():
        raise OSError("it is no regular file")
    if path.stat().st_size > MOST_BYTES:
        raise OSError(f"it has more than {MOST_BYTES:,} bytes")
    return path.read_text(encoding="utf-8-sig")


def write_new(file: Path, text: str) -> None:
    """Write a file that a person then edits. Raises BadInputError where there is one."""
    if file.exists():
        raise BadInputError(f"{file} exists", "Edit it, or choose another name.")
    write_atomically(file, text.encode())
