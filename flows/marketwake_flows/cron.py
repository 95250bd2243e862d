"""When nights begin, as crontab(5) writes it: minute, hour, day, month, weekday.

Prefect, which reads such lines too, is imported only once a server stands. What is no line is
refused before that.
"""

import re

from marketwake.base.errors import BadInputError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 7, _WEEKDAYS),
)
"""First and last number of each, and names for the numbers from the first on."""
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)


def check_cron(line: str) -> None:
    """Refuse what is no such line of five fields.

    Raises:
        BadInputError: it names no times.
    """
    fields = line.split()
    if len(fields) != len(_FIELDS) or not all(
        _is_part(part, *field)
        for text, field in zip(fields, _FIELDS, strict=True)
        for part in text.lower().split(",")
    ):
        raise BadInputError(
            f"--cron: '{line}' names no times",
            "Give minute, hour, day, month and weekday, e.g. '15 6 * * *'.",
        )


def _is_part(text: str, lowest: int, highest: int, names: tuple[str, ...]) -> bool:
    """Whether it is `*`, a number or a range, each with a step or without."""
    part = _PART.fullmatch(text)
    if part is None:
        return False
    ends = [_number(end, lowest, names) for end in part.group("first", "last") if end]
    inside = all(lowest <= end <= highest for end in ends)
    return inside and ends == sorted(ends) and int(part["step"] or 1) > 0


def _number(text: str, lowest: int, names: tuple[str, ...]) -> int:
    """Of a field's number or name; -1, which no field has, for what is neither."""
    if text in names:
        return lowest + names.index(text)
    return int(text) if re.fullmatch(r"\d{1,2}", text, re.ASCII) else -1
