"""Every way to ask whether a coin rose, in order of the answer."""

import re

import duckdb
import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.report.drawing.clock import clock_name
from marketwake.report.drawing.grammar import (
    Drawn,
    Sheet,
    Spec,
    heading,
    hue,
    level,
    marks,
    number,
)
from marketwake.report.drawing.words import chained, listed, named, sentence
from marketwake.report.palette import light
from marketwake.report.picture import Picture, Table, view
from marketwake.report.tables import frame
from marketwake.report.text import figure_text, share_text

_HEIGHT, _FEWEST, _RARE = 96, 20, 0.05


def specifications(
    con: duckdb.DuckDBPyConnection, event: str, language: Language = "en"
) -> Picture | None:
    """A panel per question, a dot for every clock, venue, model and length of window; None where
    there are too few.
    """
    asked = frame(con, _ASKED, event=event, fewest=_FEWEST)
    if asked.is_empty():
        return None
    made = view(
        "specifications",
        _finding(asked, language),
        lambda sheet: _draw(asked, sheet, language),
        _table(asked, language),
    )
    note = translated(
        "A dot for each clock, venue, model of the usual and length of window, in order of the "
        "answer; filled where the move was unusual.",
        language,
    )
    return Picture("specifications", note, (made,), language)


def _finding(asked: pl.DataFrame, language: Language) -> str:
    """What most ways to ask say, and what fewer do."""
    most: list[str] = []
    fewer: list[str] = []
    for (question,), rows in asked.group_by("question", maintain_order=True):
        share = _share(rows)
        told = said(
            "{question} ({share})",
            language,
            question=_question(str(question), language),
            share=share_text(share, language),
        )
        (most if share > 0.5 else fewer).append(told)
    parts = [
        said(form, language, parts=listed(found, language))
        for form, found in (
            ("most ways to ask say that {parts}", most),
            ("only some ways to ask say that {parts}", fewer),
        )
        if found
    ]
    return sentence(chained(parts, language), language)


def _question(question: str, language: Language) -> str:
    """A question of the warehouse as people say it: ether rose more than bitcoin."""
    match = re.fullmatch(r"(\S+) rose(?: more than (\S+))?", question)
    if not match:
        return question
    name = named(match[1], language)
    if not match[2]:
        return said("{name} rose", language, name=name)
    other = named(match[2], language)
    return said("{name} rose more than {other}", language, name=name, other=other)


def _share(rows: pl.DataFrame) -> float:
    return float(rows["agrees"].sum()) / rows.height


def _draw(asked: pl.DataFrame, sheet: Sheet, language: Language) -> Drawn:
    left, right = 40, 8
    width = sheet.width - left - right
    most = max(asked["place"]) + 1
    panels = []
    for (question,), rows in asked.group_by("question", maintain_order=True):
        points = [
            {
                "place": place,
                "value": 100 * value,
                "colour": light("ink" if value > 0 else "context"),
                "fill": light(("ink" if value > 0 else "context") if rare else "paper"),
            }
            for place, value, rare in rows.select("place", "value", "is_rare").rows()
        ]
        x = number("place", axis=None, scale={"domain": [-1, most], "nice": False})
        y = number("value", axis={"tickCount": 4})
        text = said(
            "{question}? (log return, %)",
            language,
            question=sentence(_question(str(question), language), language),
        )
        layer: list[Spec] = [
            level(0, y),
            marks(
                points,
                "point",
                {"size": 9 if sheet.is_narrow else 22, "strokeWidth": 1.2, "opacity": 1},
                x=x,
                y=y,
                color=hue("colour"),
                fill=hue("fill"),
            ),
            heading(text, 8),
        ]
        panels.append({"width": width, "height": _HEIGHT, "layer": layer})
    stops = tuple(width * (place + 1) / (most + 1) for place in range(most))
    height = _HEIGHT * len(panels) + 52 * (len(panels) - 1)
    return Drawn({"vconcat": panels, "spacing": 30}, left, stops, span=(0, height))


def _table(asked: pl.DataFrame, language: Language) -> Table:
    """What share of the ways says yes, by choice; all ways are in the raw values."""
    header = tuple(translated(name, language) for name in ("question", "ways", "yes", "unusual"))
    cells = tuple(
        (
            _question(str(question), language),
            str(rows.height),
            share_text(_share(rows), language),
            str(rows["is_rare"].sum()),
        )
        for (question,), rows in asked.group_by("question", maintain_order=True)
    )
    told: list[str] = []
    for (place,), rows in asked.sort("place", "question").group_by("place", maintain_order=True):
        parts = [
            said(
                "{question} {value} ({clock}, {venue}, {length})",
                language,
                question=_question(row["question"], language),
                value=figure_text(row["value"], "fraction", signed=True, language=language),
                clock=clock_name(row["anchor"], language),
                venue=row["venue"],
                length=f"{row['window_length']} {translated(row['window_unit'] + 's', language)}",
            )
            for row in rows.iter_rows(named=True)
        ]
        told.append(f"{place + 1}: " + " · ".join(parts))
    names = (
        "question",
        "anchor",
        "venue",
        "model",
        "market",
        "window_length",
        "window_unit",
        "value",
        "p_two_sided",
    )
    return Table(header, cells, names, tuple(asked.select(names).rows()), tuple(told))


_ASKED = f"""
select
    *, p_two_sided <= {_RARE} as is_rare,
    row_number() over (partition by question order by value, anchor, venue, model, window_length)
    - 1 as place
from mart.specification
where event = $event
qualify count(*) over (partition by question) > $fewest
order by question, place
"""
