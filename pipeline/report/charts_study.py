"""The specification curve of the report: every way to answer a question, sorted by its answer."""

import altair as alt
import polars as pl

from pipeline.report.chart_marks import level, light, values


def specification(frame: pl.DataFrame, width: int, height: int = 150) -> alt.VConcatChart:
    """A panel per question: each specification's log return, in order of size; those that are rare by their placebo dates are filled.

    Args:
        frame: question, value (log return), is_rare (null where there is no test).
    """
    panels = []
    for (question,), rows in frame.sort("question", "value").group_by("question", maintain_order=True):
        points = [
            {"place": place, "value": 100 * value, "colour": _colour(value), "fill": _colour(value) if rare else "transparent"}
            for place, (value, rare) in enumerate(rows.select("value", "is_rare").rows())
        ]
        dots = (
            values(points)
            .mark_point(size=22, strokeWidth=1.2)
            .encode(
                x=alt.X("place:Q", axis=None, scale=alt.Scale(domain=[-1, len(points)])),
                y=alt.Y("value:Q", title="log return, %"),
                color=alt.Color("colour:N", scale=None),
                fill=alt.Fill("fill:N", scale=None),
            )
        )
        title = alt.TitleParams(str(question), anchor="start", fontSize=12, color=light("ink"))
        panels.append(alt.layer(level("value", 0), dots).properties(width=width, height=height, title=title))
    return alt.vconcat(*panels, spacing=12)


def _colour(value: float) -> str:
    return light("candidate" if value > 0 else "BTC")
