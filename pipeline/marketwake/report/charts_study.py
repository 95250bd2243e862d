"""Charts of the study: the path of a move with its interval; the specification curve, every way to
answer a question sorted by its answer; and multiples of a scenario.
"""

import altair as alt
import polars as pl

from marketwake.report.chart_marks import BAND, level, light, values


def path(frame: pl.DataFrame, width: int, height: int = 150) -> alt.VConcatChart:
    """A panel per instrument: the abnormal log return cumulated from the anchor on, with the
    interval of every window that was tested, straight between them; where it leaves out 0 the
    move is rare.

    Args:
        frame: instrument, hours, value, ci_low, ci_high (log returns).
    """
    x = alt.X("hours:Q", title="hours after the anchor", axis=alt.Axis(values=[0, 24, 48, 72, 120]))
    scale = alt.Scale(zero=True)
    panels = []
    for (instrument,), rows in frame.group_by("instrument", maintain_order=True):
        nothing = {"hours": 0, "value": 0.0, "low": 0.0, "high": 0.0}
        points = [
            {name: 100 * value for name, value in row.items()} | {"hours": hours}
            for hours, row in zip(
                rows["hours"],
                rows.select("value", low="ci_low", high="ci_high").iter_rows(named=True),
                strict=True,
            )
        ]
        base = values([nothing, *points])
        colour = light(str(instrument)) if instrument in ("BTC", "ETH") else light("third")
        band = base.mark_area(
            color=colour, opacity=BAND, invalid="break-paths-filter-domains"
        ).encode(x=x, y=alt.Y("low:Q", title="log return, %", scale=scale), y2="high:Q")
        line = base.mark_line(color=colour, point=alt.OverlayMarkDef(color=colour)).encode(
            x=x, y=alt.Y("value:Q", title="log return, %", scale=scale)
        )
        title = alt.TitleParams(str(instrument), anchor="start", fontSize=12, color=light("ink"))
        panels.append(
            alt.layer(level("value", 0), band, line).properties(
                width=width, height=height, title=title
            )
        )
    return alt.vconcat(*panels, spacing=12)


def specification(frame: pl.DataFrame, width: int, height: int = 150) -> alt.VConcatChart:
    """A panel per question: each specification's log return, in order of size; those that are rare
    by their placebo dates are filled.

    Args:
        frame: question, value (log return), is_rare (null where there is no test).
    """
    panels = []
    for (question,), rows in frame.sort("question", "value").group_by(
        "question", maintain_order=True
    ):
        points = [
            {
                "place": place,
                "value": 100 * value,
                "colour": _colour(value),
                "fill": _colour(value) if rare else "transparent",
            }
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
        panels.append(
            alt.layer(level("value", 0), dots).properties(width=width, height=height, title=title)
        )
    return alt.vconcat(*panels, spacing=12)


def multiples(frame: pl.DataFrame, width: int, row: int = 52) -> alt.LayerChart | alt.FacetChart:
    """A line per label with a dot per share, on a logarithmic axis; one is as much as what it is
    held against.

    Args:
        frame: label, share (fraction), multiple, in the order of the lines.
    """
    labels = frame["label"].unique(maintain_order=True).to_list()
    colours = dict(zip(frame["share"].unique().sort(), ("third", "ETH", "BTC"), strict=False))
    places = {label: place for place, label in enumerate(labels)}
    points = [
        {
            "label": label,
            "row": places[label],
            "multiple": multiple,
            "share": f"{share:.0%}",
            "colour": light(colours.get(share, "ink")),
        }
        for label, share, multiple in frame.select("label", "share", "multiple").rows()
    ]
    low, high = (float(str(bound)) for bound in (frame["multiple"].min(), frame["multiple"].max()))
    x = alt.X(
        "multiple:Q",
        title="times (logarithmic)",
        scale=alt.Scale(type="log", domain=[min(low, 1) * 0.8, max(high, 1) * 1.4]),
    )
    y = alt.Y(
        "row:Q",
        axis=None,
        scale=alt.Scale(domain=[-0.7, len(labels) - 0.5], reverse=True, nice=False),
    )
    even = values([{"multiple": 1}]).mark_rule(color=light("grid"), strokeWidth=2).encode(x=x)
    base = values(points)
    lines = base.mark_line(color=light("grid"), strokeWidth=2).encode(x=x, y=y, detail="label:N")
    dots = base.mark_point(size=60, filled=True, opacity=1).encode(
        x=x, y=y, color=alt.Color("colour:N", scale=None)
    )
    shares = base.mark_text(dy=15, fontSize=10, color=light("muted")).encode(
        x=x, y=y, text="share:N"
    )
    heads = [{"label": label, "row": place} for label, place in places.items()]
    names = (
        values(heads)
        .mark_text(align="left", dy=-15, fontSize=11, fontWeight=600, color=light("ink"))
        .encode(x=alt.value(0), y=y, text="label:N")
    )
    return alt.layer(even, lines, dots, shares, names).properties(
        width=width, height=row * len(labels)
    )


def _colour(value: float) -> str:
    return light("candidate" if value > 0 else "BTC")
