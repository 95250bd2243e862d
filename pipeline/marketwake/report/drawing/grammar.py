"""Pieces of Vega-Lite that the charts share, as plain specifications: made by Altair's classes they
would take three times as long as to draw.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from marketwake.report.palette import light

Spec = dict[str, Any]
"""A part of a Vega-Lite specification."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
SIZE = 12
"""Of all text, pixels."""
_WIDE = 0.62
"""Of a letter or a digit, on average, in what the fonts of most machines have."""
_GREY = {"labelColor": light("muted"), "gridColor": light("grid")}
CONFIG: Spec = {
    "aria": False,
    "background": "transparent",
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        **_GREY,
        "labelFontSize": SIZE,
        "labelOverlap": False,
        "labelPadding": 6,
        "domain": False,
        "ticks": False,
        "title": None,
        "titleColor": light("muted"),
        "titleFontSize": SIZE,
        "titleFontWeight": "normal",
    },
    "axisX": {
        "grid": False,
        "domain": True,
        "domainColor": light("muted"),
        "ticks": True,
        "tickColor": light("muted"),
        "tickSize": 4,
        "labelFlush": False,
        "labelPadding": 4,
    },
    "text": {"fontSize": SIZE, "color": light("ink")},
}


@dataclass(frozen=True)
class Sheet:
    """What a drawing is for: a desk or a telephone. Text has the same size on both.

    Attributes:
        width: of the whole, pixels.
    """

    name: str
    width: int

    @property
    def is_narrow(self) -> bool:
        """Whether there is room for short labels only."""
        return self.name == "narrow"


SHEETS = (Sheet("wide", 960), Sheet("narrow", 350))


@dataclass(frozen=True)
class Drawn:
    """A chart for one sheet, and where in it values can be read.

    Attributes:
        spec: Vega-Lite without what all have.
        left: room to the left of the plot, pixels.
        stops: for each reading its distance from the corner of the plot, pixels.
        along: whether stops stand beside each other (`x`) or below each other (`y`).
        span: begin and end of what marks a stop, across, pixels from the corner of the plot.
    """

    spec: Spec
    left: float
    stops: tuple[float, ...] = ()
    along: str = "x"
    span: tuple[float, float] = (0, 0)


def whole(spec: Spec) -> Spec:
    """The specification with what all have."""
    return {"$schema": SCHEMA, "config": CONFIG, **spec}


def rows_of(frame: pl.DataFrame) -> list[Spec]:
    """Rows as Vega-Lite takes them."""
    return frame.to_dicts()


def marks(values: list[Spec], mark: str, style: Spec, **encoding: Spec) -> Spec:
    """A layer on rows of its own."""
    return {
        "data": {"values": values},
        "mark": {"type": mark, **style},
        "encoding": encoding,
    }


def number(field: str, **more: object) -> Spec:
    """A field of numbers as a channel."""
    return {"field": field, "type": "quantitative", **more}


def pixel(field: str) -> Spec:
    """A field of places in pixels as a channel."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def plain(field: str) -> Spec:
    """A field that holds a text, or names that are told apart."""
    return {"field": field, "type": "nominal"}


def hue(field: str) -> Spec:
    """A field that holds a colour, to be taken as it is."""
    return {"field": field, "type": "nominal", "scale": None}


def at(pixels: float) -> Spec:
    """A place or a size in pixels as a channel."""
    return {"value": pixels}


def dots(values: list[Spec], x: Spec, y: Spec) -> Spec:
    """A layer of full dots."""
    style = {"size": 60, "filled": True, "opacity": 1, "color": light("ink")}
    return marks(values, "point", style, x=x, y=y)


def heading(text: str, above: float) -> Spec:
    """What an axis measures, above the plot on the left."""
    style = {"align": "left", "baseline": "bottom", "color": light("muted")}
    return marks([{"text": text}], "text", style, x=at(0), y=at(-above), text=plain("text"))


def level(value: float, y: Spec, colour: str = "muted") -> Spec:
    """A thin rule at a value of the vertical axis."""
    style = {"color": light(colour), "strokeWidth": 1}
    return marks([{y["field"]: value}], "rule", style, y=y)


def text_width(text: str) -> float:
    """About how wide a text is, pixels: a Chinese character is as wide as it is high."""
    return sum(SIZE if ord(letter) > 0x2E80 else _WIDE * SIZE for letter in text)


def fitted(text: str, width: float) -> str:
    """As many words of a text as there is room for, with dots where some are left out."""
    if text_width(text) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…") > width:
        kept = kept[:-1]
    return f"{kept.rpartition(' ')[0] or kept}…"


def spread(places: list[float], gap: float) -> list[float]:
    """The places moved apart as little as it takes for neighbours to be `gap` apart, in the order
    given.
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    groups: list[list[int]] = []
    middles: list[float] = []
    for one in order:
        groups.append([one])
        middles.append(places[one])
        while len(groups) > 1:
            room = gap * (len(groups[-1]) + len(groups[-2])) / 2
            if middles[-1] - middles[-2] >= room:
                break
            merged = groups.pop(-2) + groups.pop()
            groups.append(merged)
            del middles[-2:]
            middles.append(sum(places[each] for each in merged) / len(merged))
    moved = list(places)
    for group, middle in zip(groups, middles, strict=True):
        for rank, each in enumerate(group):
            moved[each] = middle + gap * (rank - (len(group) - 1) / 2)
    return moved
