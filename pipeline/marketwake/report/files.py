"""How the files of pages are named."""

from pathlib import Path

from marketwake.base.figure_text import Language

INDEX = "index"
"""The page that lists the others."""
SUFFIXES: dict[Language, str] = {"en": ".html", "zh": ".zh.html"}


def page_file(folder: Path, name: str, language: Language = "en") -> Path:
    """The file of the page of an event, or of the index, in a language."""
    return folder / f"{name}{SUFFIXES[language]}"
