"""The axis of time, and what happened on it: the clocks of an event and other news."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.figure_text import Language
from marketwake.base.languages import translated
from marketwake.report.drawing.grammar import (
    Spec,
    at,
    marks,
    pixel,
    plain,
    text_width,
)
from marketwake.report.palette import light
from marketwake.report.text import short_day

Span = tuple[datetime, datetime]
"""First and last instant of a chart, UTC."""

ROW = 15
"""Height of a line of labels, pixels."""
_STEPS = [
    *(timedelta(hours=hours) for hours in (6, 12)),
    *(timedelta(days=days) for days in (1, 2, 3, 5, 7, 14, 28, 91, 182)),
]
_TICK_ROOM = {"en": 54, "zh": 64}
_WORDS = {
    "report": "news",
    "report_late": "later news",
    "day": "start of the day",
    "publication": "day of publication",
}
"""Clocks of an event by their names in the catalogue, where a plainer word is at hand."""
_PHRASES = {
    "event": "the event",
    "report": "the news",
    "report_late": "the later news",
    "day": "the start of the day",
    "signing": "the signing",
    "confirmed": "the confirmation",
    "release": "the release",
    "leak": "the leak",
    "text": "the publication of the text",
    "publication": "the day of publication",
    "year": "the start of the year",
}


def clock_name(anchor: str, language: Language) -> str:
    """What people call an anchor."""
    found = translated(anchor, language)
    return found if found != anchor else _WORDS.get(anchor, anchor).replace("_", " ")


def after_clock(anchor: str, language: Language) -> str:
    """What people call an anchor in a sentence: the news."""
    found = translated(anchor, language)
    return found if found != anchor else _PHRASES.get(anchor, clock_name(anchor, language))


def candidates(anchors: pl.DataFrame) -> pl.DataFrame:
    """The anchors of an event that can be meant; all where none can."""
    return anchors.filter("is_candidate") if anchors["is_candidate"].any() else anchors


def first_day(anchors: pl.DataFrame) -> datetime:
    """The midnight before an event, UTC."""
    return midnight(min(candidates(anchors)["nominal_at"]))


def milliseconds(instant: datetime) -> int:
    """An instant as charts take it."""
    return round(instant.timestamp() * 1000)


def place(instant: datetime, span: Span, width: float) -> float:
    """Where on an axis of so many pixels an instant stands; what is outside, at its end."""
    first, last = span
    return width * ((min(max(instant, first), last) - first) / (last - first))


def when(field: str, span: Span, axis: Spec | None = None) -> Spec:
    """A field of instants as a channel, over exactly the span, without an axis or with one."""
    domain = [milliseconds(instant) for instant in span]
    scale = {"type": "utc", "domain": domain, "nice": False}
    return {"field": field, "type": "temporal", "scale": scale, "axis": axis}


def time_axis(span: Span, width: float, language: Language) -> Spec:
    """Ticks on whole hours, days or years, as many as there is room for, named in the language."""
    first, last = span
    room = max(width / _TICK_ROOM[language], 2)
    if last - first > timedelta(days=730):
        step = -(-(last.year - first.year) // int(room))
        years = range(first.year, last.year + 1)
        ticks = [datetime(year, 1, 1, tzinfo=UTC) for year in years if year % step == 0]
        names = [str(tick.year) for tick in ticks]
    else:
        gap = next((step for step in _STEPS if (last - first) / step <= room), _STEPS[-1])
        start = midnight(first)
        ticks = [start + gap * count for count in range((last - start) // gap + 1)]
        names = [
            short_day(tick, language) if tick == midnight(tick) else f"{tick:%H:%M}"
            for tick in ticks
        ]
    shown = {
        str(milliseconds(tick)): name
        for tick, name in zip(ticks, names, strict=True)
        if first <= tick <= last
    }
    return {
        "values": [int(tick) for tick in shown],
        "labelExpr": f"{json.dumps(shown, ensure_ascii=False)}[+datum.value]",
    }


def stagger(rules: Sequence[float], spans: Sequence[tuple[float, float]]) -> list[int]:
    """Row of each label, 0 lowest, such that no label touches another and no rule below a label
    runs through one.

    Args:
        rules: horizontal position of each label's rule, ascending, in pixels; a rule reaches up to
            its label's row.
        spans: left and right end of each label, in pixels.
    """
    rows: dict[int, int] = {}
    for own in reversed(range(len(rules))):
        left, right = spans[own]
        row = 0
        for other in sorted(rows, key=rows.__getitem__):
            other_left, other_right = spans[other]
            touches = rows[other] == row and left < other_right and other_left < right
            crossed = rows[other] > row and left < rules[other] < right
            if touches or crossed:
                row = rows[other] + 1
        rows[own] = row
    return [rows[own] for own in range(len(rules))]


def midnights(span: Span, width: float) -> list[Spec]:
    """A thin rule where each day begins."""
    first, last = span
    days = pl.datetime_range(midnight(first), last, "1d", time_zone="UTC", eager=True)
    rows = [{"at": place(day, span, width)} for day in days if first < day < last]
    x = pixel("at")
    return [marks(rows, "rule", {"color": light("grid")}, x=x)]


def clocks(
    anchors: pl.DataFrame, span: Span, width: float, height: float, language: Language
) -> tuple[list[Spec], float]:
    """Grey bands where the clocks of an event can have been, and rules where they are known, with
    their names above the plot; and how high those stand, pixels.

    Args:
        anchors: anchor, earliest_at, latest_at (UTC) of those to be shown.
    """
    first, last = span
    inside = anchors.filter(pl.col("latest_at") >= first, pl.col("earliest_at") <= last).sort(
        "earliest_at", "anchor"
    )
    if inside.is_empty():
        return [], 0
    starts = [place(instant, span, width) for instant in inside["earliest_at"]]
    ends = [place(instant, span, width) for instant in inside["latest_at"]]
    names = [clock_name(anchor, language) for anchor in inside["anchor"]]
    lefts = [
        max(min(start + 1, width - text_width(name)), 0)
        for start, name in zip(starts, names, strict=True)
    ]
    spans = [(left, left + text_width(name) + 8) for left, name in zip(lefts, names, strict=True)]
    levels = stagger(starts, spans)
    rows = [
        {
            "from": start,
            "to": end,
            "is_exact": end - start < 2,
            "left": left,
            "top": -4 - ROW * level,
            "name": name,
        }
        for start, end, left, level, name in zip(starts, ends, lefts, levels, names, strict=True)
    ]
    ends_of = {"y": pixel("top"), "y2": at(height)}
    start = pixel("from")
    band, rule = {"color": light("context"), "opacity": 0.22}, {"color": light("context")}
    named = {"align": "left", "baseline": "bottom", "color": light("muted")}
    return [
        marks(rows, "rect", band, x=start, x2={"field": "to"}, **ends_of),
        marks([row for row in rows if row["is_exact"]], "rule", rule, x=start, **ends_of),
        marks(rows, "text", named, x=pixel("left"), y=pixel("top"), text=plain("name")),
    ], ROW * (max(levels) + 1) + 4


def day_of(start: datetime) -> pl.DataFrame:
    """The day of an event as one clock, for charts of weeks."""
    row = {"anchor": "event", "earliest_at": start, "latest_at": start + timedelta(days=1)}
    return pl.DataFrame([row])


def other_news(
    confounders: pl.DataFrame, span: Span, width: float, above: float
) -> tuple[list[Spec], float]:
    """The letters of other news (letter, happened_at) inside the span, in a line that stands
    `above` pixels above the plot, over the names of the clocks, and how high it reaches; those
    that would touch share a place.
    """
    inside = confounders.filter(pl.col("happened_at").is_between(*span, closed="left")).sort(
        "happened_at", "letter"
    )
    places: list[tuple[float, str]] = []
    for letter, instant in inside.select("letter", "happened_at").iter_rows():
        here = place(instant, span, width)
        if places and here - places[-1][0] < text_width(places[-1][1] + " ") / 2 + 8:
            before, letters = places.pop()
            places.append((before, f"{letters} {letter}"))
        else:
            places.append((here, letter))
    if not places:
        return [], above
    rows = [{"at": here, "letters": letters} for here, letters in places]
    ticks, named = {"color": light("ink")}, {"baseline": "bottom", "fontWeight": 600}
    x = pixel("at")
    return [
        marks(rows, "rule", ticks, x=x, y=at(-above - 6), y2=at(-above - 1)),
        marks(rows, "text", named, x=x, y=at(-above - 7), text=plain("letters")),
    ], above + 7 + ROW
