"""The verdict on a claim: one rule, applied to the figures that were computed for it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

Verdict = Literal["supported", "contradicted", "depends", "not_testable"]

DIMENSIONS = ("anchor", "venue", "definition")
_PREPOSITION = {"anchor": "from", "venue": "on", "definition": "by"}
_UNIT = {"usd": " USD", "ratio": "", "hour": " h", "coin": " coins"}
_SHOWN = 3
"""Groups that a reason spells out where it turns on one dimension; the rest are counted."""


@dataclass(frozen=True)
class Figure:
    """One computed figure of a claim. `agrees` is null where the figure does not vote; `note` then
    says why.

    `value` is in `unit`: fraction, usd, ratio, yyyymmdd (a day written as a number), or another
    word that is printed behind the value.
    """

    anchor: str | None
    venue: str | None
    definition: str
    value: float | None
    unit: str
    agrees: bool | None
    note: str | None = None


def judge(figures: Iterable[Figure]) -> tuple[Verdict, str]:
    """The verdict and the reason for it, whatever the order of the figures.

    Figures that do not vote are left aside. No vote: not_testable; all agree: supported; none
    agrees: contradicted; otherwise depends, and the reason names the fewest dimensions (anchor,
    venue, definition) that separate the two camps.
    """
    ordered = sorted(figures, key=_order)
    voters = [figure for figure in ordered if figure.agrees is not None]
    if not voters:
        return "not_testable", _untestable(ordered)
    agreeing = sum(figure.agrees is True for figure in voters)
    if 0 < agreeing < len(voters):
        return "depends", _divided(voters) + _uncounted(ordered)
    verdict: Verdict = "supported" if agreeing else "contradicted"
    return verdict, _unanimous("Agrees" if agreeing else "Disagrees", voters) + _uncounted(ordered)


def _order(figure: Figure) -> tuple[object, ...]:
    place = (figure.definition, figure.anchor or "", figure.venue or "", figure.unit)
    return (
        *place,
        figure.value is not None,
        figure.value or 0.0,
        str(figure.agrees),
        figure.note or "",
    )


def _untestable(figures: Sequence[Figure]) -> str:
    """The reason that most figures give; of equals the first in alphabetical order."""
    notes = Counter(figure.note for figure in figures if figure.note)
    if not notes:
        return "No figure could be computed from the data."
    note = min(notes, key=lambda text: (-notes[text], text))
    return note[0].upper() + note[1:].rstrip(".") + "."


def _uncounted(figures: Sequence[Figure]) -> str:
    """Definitions without any vote, with the reason that the first of them gives."""
    voting = {figure.definition for figure in figures if figure.agrees is not None}
    silent = {
        figure.definition: figure.note
        for figure in reversed(figures)
        if figure.definition not in voting
    }
    if not silent:
        return ""
    name, note = min(silent.items())
    more = f" and {len(silent) - 1} more" if len(silent) > 1 else ""
    return f" Not counted: {name}{f' ({note})' if note else ''}{more}."


def _unanimous(verb: str, voters: Sequence[Figure]) -> str:
    signed = _has_both_signs(voters)
    spans = _spans(voters, DIMENSIONS)
    names = _distinct(figure.definition for figure in voters)
    if len(names) > 2:
        return f"{verb} {_listed(spans)}{_values(voters, signed)}."
    spans = _spans(voters, [dimension for dimension in DIMENSIONS if dimension != "definition"])
    named = [
        f"{name}{_values([figure for figure in voters if figure.definition == name], signed)}"
        for name in names
    ]
    return f"{verb}{' ' + _listed(spans) if spans else ''} by {_listed(named)}."


def _divided(voters: Sequence[Figure]) -> str:
    on = _separating(voters)
    signed = _has_both_signs(voters)
    groups: dict[tuple[bool | None, str], list[Figure]] = {}
    for figure in voters:
        groups.setdefault((figure.agrees, _label(figure, on)), []).append(figure)
    shown = _SHOWN if len(on) == 1 else _SHOWN - 1
    camps = {
        camp: _capped(
            [
                f"{label}{_values(members, signed)}"
                for (agrees, label), members in groups.items()
                if agrees is camp
            ],
            shown,
        )
        for camp in (True, False)
    }
    same = _spans(voters, [dimension for dimension in DIMENSIONS if dimension not in on])
    text = (
        f"Turns on the {_listed(on)}: "
        f"agrees {_listed(camps[True])}, not {_listed(camps[False], 'or')}"
    )
    return f"{text}; the same {_listed(same)}." if same else f"{text}."


def _separating(voters: Sequence[Figure]) -> tuple[str, ...]:
    for size in range(1, len(DIMENSIONS)):
        for on in combinations(DIMENSIONS, size):
            if len({_key(figure, on) for figure in voters}) == len(
                {(_key(figure, on), figure.agrees) for figure in voters}
            ):
                return on
    return DIMENSIONS


def _key(figure: Figure, on: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(getattr(figure, dimension) for dimension in on)


def _label(figure: Figure, on: Sequence[str]) -> str:
    names = zip(on, _key(figure, on), strict=True)
    return " ".join(
        f"{_PREPOSITION[dimension]} {name}" if name else f"without {dimension}"
        for dimension, name in names
    )


def _spans(voters: Sequence[Figure], dimensions: Sequence[str]) -> list[str]:
    counts = {
        dimension: len({_key(figure, [dimension]) for figure in voters}) for dimension in dimensions
    }
    return [
        f"{_PREPOSITION[name]} {'both' if count == 2 else f'all {count}'} {name}s"
        for name, count in counts.items()
        if count > 1
    ]


def _has_both_signs(figures: Sequence[Figure]) -> bool:
    values = [figure.value for figure in figures if figure.value and figure.unit == "fraction"]
    return bool(values) and min(values) < 0


def _values(figures: Sequence[Figure], signed: bool) -> str:
    """The range of the values in brackets; nothing where there is none or the units differ."""
    units = {figure.unit for figure in figures}
    values = [figure.value for figure in figures if figure.value is not None]
    if not values or len(units) > 1:
        return ""
    low, high = (
        format_value(value, figures[0].unit, signed=signed) for value in (min(values), max(values))
    )
    if low == high:
        return f" ({high})"
    number, _, unit = high.partition(" ")
    suffix = f" {unit}" if unit else ""
    return f" ({low.removesuffix(suffix)} to {number}{suffix})"


def format_value(value: float, unit: str, *, signed: bool = False) -> str:
    """A value as people read it: fractions in per cent, money in the largest unit that keeps a
    digit, days as ISO dates.
    """
    if unit == "fraction":
        return f"{value * 100:{'+' if signed else ''}.1f} %"
    if unit == "yyyymmdd":
        day = f"{value:.0f}"
        return f"{day[:4]}-{day[4:6]}-{day[6:]}"
    name = _UNIT.get(unit, f" {unit}")
    for size, prefix in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if abs(value) >= size:
            return f"{value / size:.4g} {prefix}{name}"
    return f"{value:{',.0f' if abs(value) >= 1000 else '.3g'}}{name}"


def format_stated(value: object, unit: str | None) -> str:
    """What a claim states, a number or words, as people read it; "-" for nothing."""
    if value is None:
        return "-"
    if not isinstance(value, int | float):
        return str(value)
    if unit == "year":
        return f"{value:.0f}"
    return format_value(value, unit or "", signed=value < 0)


def _distinct(texts: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))


def _capped(texts: list[str], most: int) -> list[str]:
    return texts if len(texts) <= most + 1 else [*texts[:most], f"{len(texts) - most} more"]


def _listed(texts: Sequence[str], last: str = "and") -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {last} {texts[-1]}"
