"""How the report writes figures and instants. Tables and JSON keep raw units; only here do they
become text.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from marketwake.base.figure_text import Language, format_value
from marketwake.base.languages import said, translated

MISSING = "\N{EN DASH}"
_NO_BREAK = "\N{NO-BREAK SPACE}"


def figure_text(
    value: float | None, unit: str, signed: bool = False, language: Language = "en"
) -> str:
    """A value with its unit, unbroken across lines: rates in per cent, US dollars in M, B or T
    (Chinese: in 亿 and 万亿), days in words.
    """
    if value is None:
        return MISSING
    if unit == "year":
        return f"{value:.0f}"
    if unit == "yyyymmdd":
        return day_text(datetime.strptime(f"{value:.0f}", "%Y%m%d").replace(tzinfo=UTC), language)
    text = format_value(value, unit, signed=signed, language=language).replace("_", " ")
    return (
        re.sub(r"^[+-](0(\.0+)?)(?=[ %]|$)", r"\1", text)
        .replace("-", "\N{MINUS SIGN}")
        .replace(" ", _NO_BREAK)
    )


def joined(text: str) -> str:
    """Prose with every number kept on one line with the unit behind it, and a true minus."""
    text = re.sub("(?<=[ (\N{FULLWIDTH LEFT PARENTHESIS}])-(?=\\d)", "\N{MINUS SIGN}", text)
    return re.sub(r"(?<=\d) (?=(%|[MBT] USD|USD|亿|万))|(?<=\d [MBT]) (?=USD)", _NO_BREAK, text)


def signs(text: str) -> str:
    """Figures of the study with a true minus, unbroken across lines; a lone hyphen, which says that
    there is none, as a dash.
    """
    if text in ("-", ""):
        return MISSING
    return re.sub(r"-(?=\d)", "\N{MINUS SIGN}", text).replace(" ", _NO_BREAK)


def stated_text(
    stated: str | None, unit: str | None, signed: bool = False, language: Language = "en"
) -> str:
    """What an article states: a number in its unit, or the words as they are."""
    try:
        return figure_text(float(stated or ""), unit or "ratio", signed, language)
    except ValueError:
        return translated(stated, language) if stated else MISSING


def range_text(
    values: Iterable[float | None], unit: str, signed: bool = False, language: Language = "en"
) -> str:
    """Least and greatest value with their unit once if it is the same, or the one value if they
    read alike.
    """
    known = [value for value in values if value is not None]
    if not known:
        return MISSING
    least, greatest = (
        figure_text(value, unit, signed, language) for value in (min(known), max(known))
    )
    number, _, suffix = least.partition(_NO_BREAK)
    if least == greatest:
        return least
    if language == "zh":  # a per cent, a hundred million, stands at both ends (GB/T 15835)
        unit = suffix.lstrip("万亿")
        first = least.removesuffix(unit).rstrip() if greatest.endswith(unit) else least
    else:
        first = number if suffix and greatest.endswith(_NO_BREAK + suffix) else least
    return said("{least} to {most}", language, least=first, most=greatest)


def share_text(share: float, language: Language = "en") -> str:
    """A share in whole per cent; what is nearly nothing or nearly all is not rounded to it."""
    sign = translated(f"{_NO_BREAK}%", language)
    if 0 < share < 0.01:
        return f"< 1{sign}"
    return f"> 99{sign}" if 0.99 < share < 1 else f"{100 * share:.0f}{sign}"


def day_text(day: date, language: Language = "en") -> str:
    """Day, month and year, e.g. 7 August 2025."""
    return said("{day.day} {day:%B %Y}", language, day=day)


def short_day(day: date, language: Language = "en") -> str:
    """Day and month, for axes and tables, e.g. 7 Aug."""
    return said("{day.day} {day:%b}", language, day=day)


def instant_text(at: datetime, language: Language = "en") -> str:
    """Day, month and time in UTC, e.g. 7 Aug, 16:00 UTC."""
    return said("{day}, {at:%H:%M} UTC", language, day=short_day(at, language), at=at)


def known_text(at: datetime, precision: str, language: Language = "en") -> str:
    """An instant to the precision to which it is known: a year, a day, or a time of day."""
    if precision == "year":
        return said("{at.year}", language, at=at)
    if precision == "day":
        return day_text(at, language)
    form = "{day}, {at:%H:%M:%S} UTC" if precision == "second" else "{day}, {at:%H:%M} UTC"
    return said(form, language, day=day_text(at, language), at=at)


def span_text(
    earliest: datetime, latest: datetime, precision: str, language: Language = "en"
) -> str:
    """Between which instants something happened; whole days are named as days, the last one
    included.
    """
    if precision == "year":
        return said("any day of {at.year}", language, at=earliest)
    if earliest == latest:
        known = {"second": "known to the second", "minute": "known to the minute"}
        return said(known.get(precision, "taken as {at:%H:%M} UTC"), language, at=earliest)
    if earliest.time() == latest.time() == datetime.min.time():
        final = latest - timedelta(days=1)
        if final <= earliest:
            return day_text(earliest, language)
        ends = short_day(earliest, language), day_text(final, language)
        return said("{first} to {last}", language, first=ends[0], last=ends[1])
    if earliest.date() == latest.date():
        form = "{first:%H:%M} to {last:%H:%M} UTC"
        return said(form, language, first=earliest, last=latest)
    form = "{days[0]} {first:%H:%M} to {days[1]} {last:%H:%M} UTC"
    days = [day_text(at, language) for at in (earliest, latest)]
    return said(form, language, days=days, first=earliest, last=latest)
