"""How the effect of an event grows with time, with its interval as a band."""

import duckdb
import polars as pl

from marketwake.base.figure_text import Language, format_range
from marketwake.base.languages import said, translated
from marketwake.event_study.day_path import read_chosen_by_price
from marketwake.report.drawing.clock import after_clock
from marketwake.report.drawing.effects import first_clock, note_of, read_tests, table
from marketwake.report.drawing.grammar import (
    Drawn,
    Sheet,
    Spec,
    heading,
    level,
    marks,
    number,
    plain,
)
from marketwake.report.drawing.words import asset_name, listed, named, per_cent, sentences
from marketwake.report.palette import light
from marketwake.report.picture import Picture, view
from marketwake.report.text import instant_text

_HEIGHT = 130


def path(con: duckdb.DuckDBPyConnection, event: str, language: Language = "en") -> Picture | None:
    """How the effect grows with the length of the window, with its interval as a band; None without
    a test.
    """
    tests = read_tests(con, event)
    if tests.is_empty():
        return None
    by_price = read_chosen_by_price(con, event)
    rows = tests.filter(venue=tests["venue"][0], anchor=first_clock(tests, by_price))
    last = rows.filter(hours=rows["hours"].max()).sort("instrument", descending=True)
    told = [
        said(
            "{name} {range}",
            language,
            name=named(instrument, language),
            range=format_range(low, high, "fraction", signed=True, language=language).replace(
                "-", "\N{MINUS SIGN}"
            ),
        )
        for instrument, low, high in last.select("instrument", "ci_low", "ci_high").rows()
    ]
    title = said(
        "After {length} no effect can be distinguished: {ranges}"
        if bool((last["ci_low"] * last["ci_high"] < 0).all())
        else "The effect after {length}: {ranges}",
        language,
        length=_length(last["hours"][0], language),
        ranges=listed(told, language),
    )
    venue = rows["venue"][0]
    clock = after_clock(rows["anchor"][0], language)
    instant = instant_text(rows["nominal_at"][0], language)
    note = said(
        "From {clock} on ({instant}), {venue}.", language, clock=clock, instant=instant, venue=venue
    )
    made = view("path", title, lambda sheet: _draw(rows, sheet, language), table(rows, language))
    note = sentences([note, note_of(rows["anchor"][0], by_price, language)], language)
    return Picture("path", note, (made,), language)


def _length(hours: int, language: Language) -> str:
    """A time in days where they are whole."""
    if hours % 24:
        return said("1 hour" if hours == 1 else "{hours} hours", language, hours=hours)
    return said("1 day" if hours == 24 else "{days} days", language, days=hours // 24)


def _draw(rows: pl.DataFrame, sheet: Sheet, language: Language) -> Drawn:
    left, right = 44, (76 if sheet.is_narrow else 84)
    width = sheet.width - left - right
    last = float(str(rows["hours"].max()))
    ends = [0.0, *rows["ci_low"], *rows["ci_high"]]
    domain = [100 * min(ends), 100 * max(ends)]
    marked = [hours for hours in (0, 24, 48, 72, 120) if hours <= last]
    axis = {"values": marked, "title": translated("hours after", language)}
    x = number("hours", scale={"domain": [0, last], "nice": False}, axis=axis)
    panels = []
    for (instrument,), of_one in rows.sort("instrument", descending=True).group_by(
        "instrument", maintain_order=True
    ):
        points = [
            {"hours": 0, "effect": 0, "low": 0, "high": 0},
            *(
                {
                    "hours": row["hours"],
                    "effect": 100 * row["effect"],
                    "low": 100 * row["ci_low"],
                    "high": 100 * row["ci_high"],
                }
                for row in of_one.iter_rows(named=True)
            ),
        ]
        colour = light(str(instrument))
        of_last = (
            x if instrument == rows["instrument"].min() else x | {"axis": axis | {"title": None}}
        )
        panels.append(_panel(points, str(instrument), colour, of_last, domain, width, language))
    stops = tuple(width * hours / last for hours in rows["hours"].unique().sort())
    height = len(panels) * _HEIGHT + (len(panels) - 1) * 68
    return Drawn({"vconcat": panels, "spacing": 30}, left, stops, span=(0, height))


def _panel(
    points: list[Spec],
    instrument: str,
    colour: str,
    x: Spec,
    domain: list[float],
    width: float,
    language: Language,
) -> Spec:
    scale = {"domain": domain, "nice": True}
    y = number("effect", scale=scale, axis={"tickCount": 5})
    low = number("low", scale=scale, axis=y["axis"])
    end = [points[-1] | {"name": f"{instrument} {per_cent(points[-1]['effect'] / 100)}"}]
    style = {"align": "left", "baseline": "middle", "dx": 6, "fontWeight": 600, "color": colour}
    title = said(
        "{name}: move beyond what is usual, %", language, name=asset_name(instrument, language)
    )
    layer: list[Spec] = [
        marks(points, "area", {"color": colour, "opacity": 0.26}, x=x, y=low, y2={"field": "high"}),
        level(0, y),
        marks(points, "line", {"color": colour, "point": {"color": colour}}, x=x, y=y),
        marks(end, "text", style, x=x, y=y, text=plain("name")),
        heading(title, 8),
    ]
    return {"width": width, "height": _HEIGHT, "layer": layer}
