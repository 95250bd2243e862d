"""Lines with their names and last values at their ends, in place of a legend."""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from marketwake.report.drawing.clock import Span, milliseconds, place, when
from marketwake.report.drawing.grammar import SIZE, Spec, hue, marks, number, pixel, plain, spread
from marketwake.report.palette import light

_GAP = SIZE + 3


def lines(
    frame: pl.DataFrame,
    y: Spec,
    span: Span,
    size: tuple[float, float],
    label: Callable[[str, float], str],
    colours: dict[str, str],
    axis: Spec | None = None,
) -> list[Spec]:
    """A line for each series; a null breaks it.

    Args:
        frame: series, at (UTC), value.
        y: the channel of the field `value`, with the domain of its scale.
        size: width and height of the plot, pixels.
        label: what stands at the end of a line, by its series and last value.
        colours: entry of the palette by series.
        axis: of time.
    """
    width, height = size
    low, high = y["scale"]["domain"]
    layers: list[Spec] = []
    ends: list[Spec] = []
    for (series,), rows in frame.sort("series", "at").group_by("series", maintain_order=True):
        colour = light(colours[str(series)])
        points = [{"at": milliseconds(at), "value": value} for at, value in _points(rows)]
        style = {"color": colour, "strokeWidth": 2, "strokeJoin": "round", "clip": True}
        layers.append(marks(points, "line", style, x=when("at", span, axis), y=y))
        at, value = _points(rows.drop_nulls("value"))[-1]
        ends.append(
            {
                "left": place(at, span, width) + 8,
                "place": height * (high - value) / (high - low),
                "name": label(str(series), value),
                "colour": colour,
            }
        )
    for end, moved in zip(ends, spread([end["place"] for end in ends], _GAP), strict=True):
        end["place"] = moved
    style = {"align": "left", "baseline": "middle", "fontWeight": 600}
    names = {"text": plain("name"), "color": hue("colour")}
    x, y_of_name = pixel("left"), pixel("place")
    return [*layers, marks(ends, "text", style, x=x, y=y_of_name, **names)]


def _points(rows: pl.DataFrame) -> list[tuple[datetime, float]]:
    return rows.select("at", pl.col("value").round(6)).rows()


def scale(
    values: pl.Series, *inside: float, below: float = 0.05, above: float = 0.05, **axis: object
) -> Spec:
    """A vertical axis over the values, and those that must be in sight, with room below and above
    as shares of their range.
    """
    known = [*values.drop_nulls(), *inside]
    low, high = min(known), max(known)
    room = (high - low) or abs(high) or 1
    domain = [low - below * room, high + above * room]
    settings = {"domain": domain, "nice": False, "zero": False}
    return number("value", scale=settings, axis={"tickCount": 5, **axis})
