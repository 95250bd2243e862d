"""One catalogue of what people read: English in the code, the claim files and the queries, other
languages in `locale/<language>.po`.
"""

import re
from functools import cache, lru_cache
from pathlib import Path

from marketwake.base.figure_text import Language

FOLDER = Path(__file__).parent.parent / "locale"
_FORM = "form"
"""Flag of an entry for texts that have values in them before they are looked up."""
_SHAPES = {
    "day": r"\d{4}-\d\d-\d\d",
    "at": r"\d{4}-\d\d-\d\d \d\d:\d\d",
    "month": r"\d{4}-\d\d",
    "date": r"\d\d-\d\d",
    "n": r"[+-]?[\d.,]+",
    "millions": r"[+-]?[\d.,]+",
}
"""What a field of a form takes in, by its name without digits at the end; others take any text."""
_DAYS: dict[Language, tuple[tuple[str, str], ...]] = {
    "zh": (
        (r"(\d{4})-0?(\d+)-0?(\d+)", r"\1年\2月\3日"),
        (r"(\d{4})-0?(\d+)$", r"\1年\2月"),
        (r"^0?(\d+)-0?(\d+)$", r"\1月\2日"),
    ),
}
_SUMS: dict[Language, tuple[float, str]] = {"zh": (1e8, "亿")}


def translated(text: str, language: Language) -> str:
    """The text in a language, a text with values in it by the first form that it fits; as it is
    where the catalogue has none.
    """
    if language == "en":
        return text
    found = catalogue(language).get(text)
    return _by_form(text, language) if found is None else found


def said(template: str, language: Language, **fields: object) -> str:
    """The template in a language with its fields filled, as by `str.format`."""
    return translated(template, language).format(**fields)


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every text of a language by the English one."""
    return {entry: text for entry, text, _ in _entries(language)}


@cache
def _entries(language: Language) -> list[tuple[str, str, bool]]:
    """English, the other language, and whether it is a form."""
    import polib  # needed by runs and by readers of another language

    file = polib.pofile(str(FOLDER / f"{language}.po"), encoding="utf-8")
    return [(entry.msgid, entry.msgstr, _FORM in entry.flags) for entry in file if entry.msgstr]


@cache
def _forms(language: Language) -> list[tuple[re.Pattern[str], str]]:
    """The one with the most words of its own first."""
    forms = [(entry, text) for entry, text, is_form in _entries(language) if is_form]
    forms.sort(key=lambda form: -len(re.sub(r"\{\w+\}", "", form[0])))
    return [(re.compile(_pattern(entry)), text) for entry, text in forms]


def _pattern(form: str) -> str:
    """A pattern with a group for each field."""
    parts = re.split(r"\{(\w+)\}", form)
    for place in range(0, len(parts), 2):
        parts[place] = re.escape(parts[place])
    for place in range(1, len(parts), 2):
        shape = _SHAPES.get(parts[place].rstrip("0123456789"), ".+?")
        parts[place] = f"(?P<{parts[place]}>{shape})"
    return "".join(parts)


@lru_cache(maxsize=4096)
def _by_form(text: str, language: Language) -> str:
    for pattern, template in _forms(language):
        if match := pattern.fullmatch(text):
            values = {
                name: _value(name, value, language) for name, value in match.groupdict().items()
            }
            return template.format(**values)
    return text


def _value(name: str, value: str, language: Language) -> str:
    """A value of a form as the language writes it."""
    kind = name.rstrip("0123456789")
    if kind == "millions":
        size, word = _SUMS[language]
        sign = "+" if value.startswith("+") else ""
        return f"{float(value.replace(',', '')) * 1e6 / size:{sign}.4g} {word}"
    if kind == "n":
        return value
    if kind in _SHAPES:
        for pattern, day in _DAYS[language]:
            value = re.sub(pattern, day, value)
        return value
    if (whole := translated(value, language)) != value or ", " not in value:
        return whole
    parts = value.split(", ")
    told = [translated(part, language) for part in parts]
    known = all(
        part != tell or re.fullmatch(r"[\d:.]+", part)
        for part, tell in zip(parts, told, strict=True)
    )
    return translated(", ", language).join(told) if known else value
