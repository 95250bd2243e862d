"""Bars in order of size, each with its name on the left and its value at its end."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketwake.report.drawing.grammar import (
    Drawn,
    Sheet,
    Spec,
    at,
    hue,
    marks,
    number,
    pixel,
    plain,
    text_width,
)
from marketwake.report.palette import light

_ROW, _HEAD = 21, 30


@dataclass(frozen=True)
class Bar:
    """One bar: its name and the short one for a telephone, how long it is, what stands at its
    end.
    """

    name: str
    short: str
    value: float
    label: str


@dataclass(frozen=True)
class Group:
    """Bars under a heading.

    Attributes:
        colour: entry of the palette.
    """

    heading: str
    colour: str
    bars: Sequence[Bar]


def bars(groups: Sequence[Group], sheet: Sheet) -> Drawn:
    """Groups below each other on one scale; a stop for every bar."""
    every = [bar for group in groups for bar in group.bars]
    names = {bar: bar.short if sheet.is_narrow else bar.name for bar in every}
    left = max((text_width(name) for name in names.values()), default=0) + 18
    ends = [0.0, *(bar.value for bar in every)]
    label = max((text_width(bar.label) for bar in every), default=0) + 8
    width = sheet.width - left - 4
    share = label / (width - 2 * label)
    room = (max(ends) - min(ends)) * share
    domain = [min(ends) - room * (min(ends) < 0), max(ends) + room * (max(ends) > 0)]
    x = number("value", scale={"domain": domain, "nice": False}, axis=None)
    rows: list[Spec] = []
    heads: list[Spec] = []
    place = 0.0
    zeros: list[Spec] = []
    for group in groups:
        heads.append({"text": group.heading, "place": place + _HEAD / 2})
        place += _HEAD
        for bar in group.bars:
            rows.append(
                {
                    "name": names[bar],
                    "value": bar.value,
                    "top": place + 3,
                    "bottom": place + _ROW - 3,
                    "place": place + _ROW / 2,
                    "colour": light(group.colour),
                    "before": bar.label if bar.value < 0 else "",
                    "after": bar.label if bar.value >= 0 else "",
                }
            )
            place += _ROW
        begins = place - _ROW * len(group.bars)
        zeros.append({"value": 0, "top": begins, "bottom": place})
        place += 6
    return Drawn(
        {"width": width, "height": place, "layer": _layers(rows, heads, zeros, x, left)},
        left,
        tuple(row["place"] for row in rows),
        "y",
        (-left + 4, width),
    )


def _layers(
    rows: list[Spec], heads: list[Spec], zeros: list[Spec], x: Spec, left: float
) -> list[Spec]:
    y = pixel("place")
    span = {"y": pixel("top"), "y2": {"field": "bottom"}}
    middle = {"baseline": "middle"}
    head = {"align": "left", "baseline": "middle", "fontWeight": 600}
    return [
        marks(rows, "rect", {}, x=x, x2={"datum": 0}, color=hue("colour"), **span),
        marks(zeros, "rule", {"color": light("muted")}, x=x, **span),
        marks(heads, "text", head, x=at(4 - left), y=y, text=plain("text")),
        marks(rows, "text", middle | {"align": "right"}, x=at(-8), y=y, text=plain("name")),
        marks(rows, "text", middle | {"align": "left", "dx": 5}, x=x, y=y, text=plain("after")),
        marks(rows, "text", middle | {"align": "right", "dx": -5}, x=x, y=y, text=plain("before")),
    ]
