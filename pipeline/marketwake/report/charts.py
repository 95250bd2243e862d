"""Charts of the report: polars frames in, altair charts and inline SVG out. Instants are UTC, rates
are fractions.
"""

import html
import re
from collections.abc import Sequence

import altair as alt
import polars as pl
import vl_convert

from marketwake.report.chart_marks import (
    BAND,
    PALETTE,
    STAMP,
    Span,
    anchor_layers,
    confounder_layers,
    day_label,
    label_text,
    level,
    light,
    session_marks,
    time_axis,
    values,
)

WIDTHS = {"wide": 960, "narrow": 300}
"""Plot widths in pixels for a desk and for a telephone; text keeps its size in both."""

_BAR_ROOM, _LABEL_ROOM = 33, 52

Chart = alt.LayerChart | alt.FacetChart | alt.VConcatChart


def series_palette(names: Sequence[str]) -> dict[str, str]:
    """Palette entry of each series, in order of names: its own where it has one, else the next
    spare one.
    """
    spare = iter(["BTC", "ETH", "third", "candidate", "context"])
    return {name: name if name in PALETTE else next(spare) for name in sorted(names)}


def _series_colour(frame: pl.DataFrame) -> alt.Color:
    entries = series_palette(frame["series"].unique().to_list())
    return alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(entries), range=[light(entry) for entry in entries.values()]),
        legend=None,
    )


def _stamped(frame: pl.DataFrame, *order: str) -> alt.Chart:
    return alt.Chart(frame.sort(*order).with_columns(pl.col("at").dt.to_string(STAMP)))


def paths(
    frame: pl.DataFrame,
    anchors: pl.DataFrame,
    confounders: pl.DataFrame,
    span: Span,
    width: int,
    base: str,
    height: int = 300,
) -> Chart:
    """Prices indexed to 100 at the anchor named `base`; a null breaks the line.

    Args:
        frame: series (colour), variant (a venue; the first by name is drawn thin, the next wide and
            pale), at, index.
        anchors: as for `anchor_layers`. confounders: as for `confounder_layers`.
    """
    variants = frame["variant"].unique().sort().to_list()
    # Vega makes NaN of a range with a single value.
    widths, opacities = (
        ([1.8, 1.8], [1.0, 1.0]) if len(variants) == 1 else ([1.3, 4.2, 2.4], [1.0, 0.38, 0.6])
    )
    lines = (
        _stamped(frame, "series", "variant", "at")
        .mark_line(strokeJoin="round", clip=True)
        .encode(
            x=time_axis(span, width),
            y=alt.Y("index:Q", title=f"index, {base} = 100", scale=alt.Scale(zero=False)),
            color=_series_colour(frame),
            strokeWidth=alt.StrokeWidth(
                "variant:N", scale=alt.Scale(domain=variants, range=widths), legend=None
            ),
            strokeOpacity=alt.StrokeOpacity(
                "variant:N", scale=alt.Scale(domain=variants, range=opacities), legend=None
            ),
        )
    )
    bands, *marks = anchor_layers(anchors, span, width, height)
    dotted = confounder_layers(confounders, span, width, height)
    return alt.layer(bands, level("index", 100), *dotted, lines, *marks).properties(
        width=width, height=height
    )


def flow_bars(frame: pl.DataFrame, anchors: pl.DataFrame, width: int, height: int = 150) -> Chart:
    """Net flow per session in USD million, a panel per asset on one scale; the sessions of the
    anchors are marked.

    Args:
        frame: asset, session (date), net_flow_usd.
        anchors: as for `anchor_layers`.
    """
    sessions = frame["session"].unique().sort().to_list()
    is_roomy = _BAR_ROOM * len(sessions) <= width
    every = 1 if is_roomy else -(-_LABEL_ROOM * len(sessions) // width)
    axis = alt.Axis(
        values=[day_label(day) for day in sessions[::every]],
        labelAngle=0,
        labelOverlap=False,
        title="session (New York)",
    )
    position = alt.X(
        "session:O",
        scale=alt.Scale(domain=[day_label(day) for day in sessions], paddingInner=0.25),
        axis=axis,
    )
    ends = [0.0, *(frame["net_flow_usd"] / 1e6)]
    height_of = alt.Y("flow:Q", scale=alt.Scale(domain=[1.2 * min(ends), 1.15 * max(ends)]))
    panels: list[Chart] = []
    for asset in frame["asset"].unique().sort():
        flows = frame.filter(pl.col("asset") == asset).sort("session")
        rows = [
            {"session": day_label(row["session"]), "flow": row["net_flow_usd"] / 1e6}
            for row in flows.to_dicts()
        ]
        base = values(rows).encode(x=position)
        layers = [
            base.mark_bar(color=light(asset)).encode(
                y=height_of.title(f"{asset} funds, USD million")
            )
        ]
        if is_roomy:
            layers += _bar_labels(base, height_of)
        marks = values(session_marks(anchors, sessions, width))
        bands = marks.mark_rect(
            opacity=BAND, y=0 if panels else alt.expr("datum.top"), y2=height
        ).encode(x=position, color=alt.Color("colour:N", scale=None))
        named = [] if panels else [label_text(marks, position)]
        panels.append(alt.layer(bands, *layers, *named).properties(width=width, height=height))
    return alt.vconcat(*panels, spacing=16)


def _bar_labels(base: alt.Chart, height_of: alt.Y) -> list[alt.Chart]:
    text = alt.Text("flow:Q", format="+,.0f")
    above = base.mark_text(
        fontSize=9.5, color=light("ink"), baseline="bottom", dy=-2
    ).transform_filter("datum.flow >= 0")
    below = base.mark_text(fontSize=9.5, color=light("ink"), baseline="top", dy=3).transform_filter(
        "datum.flow < 0"
    )
    return [above.encode(y=height_of, text=text), below.encode(y=height_of, text=text)]


def basis_lines(
    frame: pl.DataFrame, anchors: pl.DataFrame, span: Span, width: int, height: int = 240
) -> Chart:
    """Annualised futures basis: constant maturity as a line, the front month as points.

    Args:
        frame: series (asset), tenor ('constant' or 'front month'), at, annualised_basis.
        anchors: as for `anchor_layers`.
    """
    base = _stamped(frame, "series", "tenor", "at").encode(
        x=time_axis(span, width),
        y=alt.Y(
            "annualised_basis:Q",
            title="annualised basis",
            axis=alt.Axis(format=".0%"),
            scale=alt.Scale(zero=True),
        ),
        color=_series_colour(frame),
    )
    line = base.mark_line(strokeWidth=2, clip=True).transform_filter("datum.tenor == 'constant'")
    point = base.mark_point(size=26, filled=True, opacity=0.75, clip=True).transform_filter(
        "datum.tenor == 'front month'"
    )
    bands, *marks = anchor_layers(anchors, span, width, height)
    return alt.layer(bands, level("annualised_basis", 0), line, point, *marks).properties(
        width=width, height=height
    )


def to_svg(chart: Chart, name: str, description: str) -> str:
    """The chart as an SVG element to be inlined: no outside reference, ids unique by `name`, one
    accessible label.

    Args:
        name: letters and digits, unique on the page.
        description: plain text, read out in place of the picture.
    """
    muted, grid = light("muted"), light("grid")
    axis = {
        "labelColor": muted,
        "titleColor": muted,
        "gridColor": grid,
        "domainColor": grid,
        "tickColor": grid,
    }
    styled = (
        chart.configure(background="transparent", font="sans-serif", aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            **axis, labelFontSize=11, titleFontSize=11, titleFontWeight="normal", titlePadding=10
        )
        .configure_axisX(grid=False)
    )
    with alt.data_transformers.enable("default", max_rows=None):
        svg = vl_convert.vegalite_to_svg(styled.to_dict())
    # The converter numbers its ids across calls, and two charts of one page would share them.
    ids = {
        svg_id: f"{name}-{number}"
        for number, svg_id in enumerate(dict.fromkeys(re.findall(r'id="([^"]+)"', svg)))
    }
    svg = re.sub(r'id="([^"]+)"', lambda match: f'id="{ids[match[1]]}"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", lambda match: f"url(#{ids[match[1]]})", svg)
    svg = re.sub(r' xmlns(:xlink)?="[^"]+"', "", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(description)}" ', 1)
