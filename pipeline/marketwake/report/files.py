"""The files of pages: how they are named, and written."""

from collections.abc import Callable
from pathlib import Path

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import WarehouseError
from marketwake.base.figure_text import LANGUAGES, Language

INDEX = "index"
"""The page that lists the others."""
SUFFIXES: dict[Language, str] = {"en": ".html", "zh": ".zh.html"}


def page_file(folder: Path, name: str, language: Language = "en") -> Path:
    """The file of the page of an event, or of the index, in a language."""
    return folder / f"{name}{SUFFIXES[language]}"


def write_pages(folder: Path, name: str, render: Callable[[Language], str]) -> Path:
    """Write a page in every language, each whole or not at all, and return the path of the English
    one, which is written last.

    Args:
        folder: made where it is missing.
        name: an event, or `INDEX`.
        render: makes the page in a language.

    Raises:
        WarehouseError: the folder or a file cannot be written.
    """
    for language in reversed(LANGUAGES):
        text = render(language)
        path = page_file(folder, name, language)
        try:
            write_atomically(path, text.encode())
        except OSError as error:
            raise WarehouseError(
                f"the report {path} cannot be written: {error.strerror}",
                "Check space and rights of the folder.",
            ) from error
    return path
