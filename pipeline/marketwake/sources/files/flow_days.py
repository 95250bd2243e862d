"""How tables of flows write their days: 06 Jul 2026, 2026-07-06, July 6, 2026, and as spreadsheets
do, 6-Jul-26 or 07/06/2026.
"""

import re
from collections.abc import Sequence
from datetime import date

from marketwake.sources.files.given import Given

DAY = re.compile(
    r"(?P<day>\d{1,2})[ -](?P<month>[A-Za-z]{3,9})\.?,?[ -](?P<year>\d{4}|\d\d)"
    r"|(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?:[T ]0.*)?"
    r"|(?P<named>[A-Za-z]{3,9})\.? (?P<of>\d{1,2}),? (?P<in>\d{4})"
    r"|(?P<one>\d{1,2})[/.](?P<two>\d{1,2})[/.](?P<of_year>\d{4}|\d\d)"
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


def read_days(given: Given, cells: Sequence[str]) -> list[str]:
    """Days in ISO form; an impossible one, and what is none, as it stands.

    Raises:
        SourceChangedError: days like 07/06/2026, and no number above 12 tells day from month, or
            some tell it one way and some the other.
    """
    matches = [DAY.fullmatch(cell) for cell in cells]
    numbers = [(int(m["one"]), int(m["two"])) for m in matches if m and m["one"]]
    is_day_first = any(one > 12 for one, _ in numbers)
    if numbers and is_day_first == any(two > 12 for _, two in numbers):
        shown = next(cell for cell, m in zip(cells, matches, strict=True) if m and m["one"])
        raise given.refused("days that can be told from months, like 2026-07-06", f"'{shown}'")
    return [
        _iso(match, is_day_first=is_day_first) or cell
        for cell, match in zip(cells, matches, strict=True)
    ]


def _iso(match: re.Match[str] | None, *, is_day_first: bool) -> str:
    """Empty where it is no day."""
    if match is None:
        return ""
    if match["one"]:
        day, month = (match["one"], match["two"])[:: 1 if is_day_first else -1]
        year, number = match["of_year"], int(month)
    else:
        year = match["year"] or match["y"] or match["in"]
        day = match["day"] or match["d"] or match["of"]
        number = int(match["m"]) if match["m"] else _month(match["month"] or match["named"])
    try:
        return date(
            int(year if len(year) == len("2026") else f"20{year}"), number, int(day)
        ).isoformat()
    except ValueError:
        return ""


def _month(name: str) -> int:
    """1 to 12, by a name or how it begins; 0 for none."""
    return next((i for i, month in enumerate(_MONTHS, 1) if month.startswith(name.lower())), 0)
