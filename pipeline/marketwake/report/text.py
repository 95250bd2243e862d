"""How the report writes figures and instants. Tables and JSON keep raw units; only here do they
become text.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from marketwake.base.figure_text import format_value

MISSING = "\N{EN DASH}"
_NO_BREAK = "\N{NO-BREAK SPACE}"


def figure_text(value: float | None, unit: str, signed: bool = False) -> str:
    """A value with its unit, unbroken across lines: rates in per cent, US dollars in M, B or T,
    days as ISO dates.
    """
    if value is None:
        return MISSING
    if unit == "year":
        return f"{value:.0f}"
    text = format_value(value, unit, signed=signed).replace("_", " ")
    if unit == "yyyymmdd":
        return text
    return (
        re.sub(r"^[+-](0(\.0+)?)(?= |$)", r"\1", text)
        .replace("-", "\N{MINUS SIGN}")
        .replace(" ", _NO_BREAK)
    )


def joined(text: str) -> str:
    """Prose with every number kept on one line with the unit behind it."""
    return re.sub(r"(?<=\d) (?=(%|[MBT] USD|USD))|(?<=\d [MBT]) (?=USD)", _NO_BREAK, text)


def stated_text(stated: str | None, unit: str | None, signed: bool = False) -> str:
    """What an article states: a number in its unit, or the words as they are."""
    try:
        return figure_text(float(stated or ""), unit or "ratio", signed)
    except ValueError:
        return stated or MISSING


def range_text(values: Iterable[float | None], unit: str, signed: bool = False) -> str:
    """Least and greatest value with their unit once if it is the same, or the one value if they
    read alike.
    """
    known = [value for value in values if value is not None]
    if not known:
        return MISSING
    least, greatest = (figure_text(value, unit, signed) for value in (min(known), max(known)))
    number, _, suffix = least.partition(_NO_BREAK)
    if least == greatest:
        return least
    return f"{number if suffix and greatest.endswith(_NO_BREAK + suffix) else least} to {greatest}"


def share_text(share: float) -> str:
    """A share in whole per cent; what is nearly nothing or nearly all is not rounded to it."""
    if 0 < share < 0.01:
        return f"< 1{_NO_BREAK}%"
    return f"> 99{_NO_BREAK}%" if 0.99 < share < 1 else f"{100 * share:.0f}{_NO_BREAK}%"


def day_text(day: date) -> str:
    """Month, day and year, e.g. Aug 7 2025."""
    return f"{day:%b} {day.day} {day.year}"


def instant_text(at: datetime) -> str:
    """Month, day and time in UTC, e.g. Aug 7 16:00 UTC."""
    return f"{at:%b} {at.day} {at:%H:%M} UTC"


def known_text(at: datetime, precision: str) -> str:
    """An instant to the precision to which it is known: a year, a day, or a time of day."""
    if precision == "year":
        return str(at.year)
    if precision == "day":
        return day_text(at)
    clock = f"{at:%H:%M:%S}" if precision == "second" else f"{at:%H:%M}"
    return f"{day_text(at)}, {clock} UTC"


def span_text(earliest: datetime, latest: datetime, precision: str) -> str:
    """Between which instants something happened; whole days are named as days, the last one
    included.
    """
    if precision == "year":
        return f"any day of {earliest.year}"
    if earliest == latest:
        if precision in ("second", "minute"):
            return f"known to the {precision}"
        return f"taken as {earliest:%H:%M} UTC"
    if earliest.time() == latest.time() == datetime.min.time():
        final = latest - timedelta(days=1)
        return (
            day_text(earliest)
            if final <= earliest
            else f"{earliest:%b} {earliest.day} to {day_text(final)}"
        )
    if earliest.date() == latest.date():
        return f"{earliest:%H:%M} to {latest:%H:%M} UTC"
    return f"{day_text(earliest)} {earliest:%H:%M} to {day_text(latest)} {latest:%H:%M} UTC"
