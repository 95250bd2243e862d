"""One catalogue of what people read: English in the code and the claim files, other languages in
`locale/<language>.po`.
"""

from functools import cache
from pathlib import Path

from marketwake.base.figure_text import Language

FOLDER = Path(__file__).parent.parent / "locale"


def translated(text: str, language: Language) -> str:
    """The text in a language; as it is where the catalogue has none."""
    return text if language == "en" else catalogue(language).get(text, text)


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every text of a language by the English one."""
    import polib  # needed by runs and by readers of another language

    entries = polib.pofile(str(FOLDER / f"{language}.po"), encoding="utf-8")
    return {entry.msgid: entry.msgstr for entry in entries if entry.msgstr}
