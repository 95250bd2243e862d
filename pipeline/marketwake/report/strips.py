"""The figures of a part of a claim as dots on strips, beside what was stated."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.report.drawing.words import chained, sentence
from marketwake.report.tables import Row
from marketwake.report.text import figure_text, range_text

MARGIN = 4.0
"""Of a strip, in per cent, left free at either end."""


@dataclass(frozen=True)
class Dot:
    """A distinct figure on its strip: positions in per cent of the width."""

    at: float | None
    low: float | None
    width: float
    decides: bool


@dataclass(frozen=True)
class Strip:
    """The figures of one definition on the scale of its part."""

    label: str
    figures: str
    dots: list[Dot]


def strips(claim: Row, figures: list[Row], language: Language) -> dict[str, Any] | None:
    """The figures of a part in the unit of its first definition, beside what is stated; None where
    that is a single figure.
    """
    held = [row for row in figures if values_of(row) and row["unit"] == figures[0]["unit"]]
    if not held:
        return None
    unit = held[0]["unit"]
    try:
        # What a claim states is its first part's.
        is_stated = claim["unit"] == unit and figures[0]["part"] == 1
        stated = float(claim["stated"]) if is_stated else None
    except (TypeError, ValueError):
        stated = None
    values = [value for row in held for value in values_of(row)]
    ends = [*values, stated] if stated is not None else values
    least, most = min(ends), max(ends)
    if least == most or (len(set(values)) == 1 and stated is None):
        return None

    def place(value: float) -> float:
        return round(MARGIN + (100 - 2 * MARGIN) * (value - least) / (most - least), 2)

    signed = least < 0
    answering = {row["anchor"] for row in figures if row["vote"] is not None and row["anchor"]}
    made = []
    for definition, members in groupby(held, key=lambda row: row["definition"]):
        own = list(members)
        dots = dict.fromkeys(_dot(row, place) for row in own)
        # What is only shown is told of the clocks that count, as the sentence of the part does.
        voting = (
            [row for row in own if row["vote"] is not None]
            or [row for row in own if row["anchor"] in answering]
            or own
        )
        spread = range_text((v for row in voting for v in values_of(row)), unit, signed, language)
        made.append(Strip(translated(definition, language), spread, list(dots)))
    stated_text = None if stated is None else figure_text(stated, unit, signed, language)
    return {
        "strips": made,
        "stated": None if stated is None else place(stated),
        "key": _key(made, stated_text, language),
        "least": figure_text(least, unit, signed, language),
        "most": figure_text(most, unit, signed, language),
    }


def _key(made: list[Strip], stated: str | None, language: Language) -> str:
    """What the marks mean that are there, in a sentence; nothing where there are dots alone."""
    dots = [dot for strip in made for dot in strip.dots]
    told = [] if stated is None else [said("red line: stated, {figure}", language, figure=stated)]
    if any(dot.low is not None for dot in dots):
        told.append(translated("grey bar: range", language))
    if any(dot.at is not None and not dot.decides for dot in dots):
        told.append(translated("filled: counts; hollow: only shown", language))
    return sentence(chained(told, language), language)


def _dot(row: Row, place: Callable[[float], float]) -> Dot:
    low, high = row["low"], row["high"]
    spread = low is not None and high is not None and low < high
    return Dot(
        None if row["value"] is None else place(row["value"]),
        place(low) if spread else None,
        place(high) - place(low) if spread else 0.0,
        row["vote"] is not None,
    )


def values_of(row: Row) -> list[float]:
    """The figures of a row of mart.claim_figure: value, low and high, where they are there."""
    return [row[name] for name in ("value", "low", "high") if row[name] is not None]
