"""What the charts share: the palette, the UTC axis, and the marks of an event (anchors,
confounders) with labels that do not collide.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import altair as alt
import polars as pl

PALETTE: dict[str, tuple[str, str]] = {
    "BTC": ("#c05a00", "#f5a65b"),
    "ETH": ("#0b66ad", "#70b8f2"),
    "third": ("#8a4a86", "#d29bce"),
    "candidate": ("#007358", "#56c9a9"),
    "context": ("#6a717b", "#98a1ab"),
    "ink": ("#212a33", "#e3e7eb"),
    "muted": ("#545d68", "#aab4be"),
    "grid": ("#e2e6ea", "#3a434d"),
}
"""The only colours of charts and page, each for a light and a dark ground; told apart with any
common colour deficiency.
"""

Span = tuple[datetime, datetime]
"""First and last instant of a chart, UTC."""

_STEPS = [
    timedelta(hours=6),
    timedelta(hours=12),
    *(timedelta(days=days) for days in (1, 2, 3, 5, 7, 14, 28, 91, 182)),
]
_TICK_ROOM, _ROW, _LETTER, _CLEAR = 62, 14, 6.4, 6
BAND = 0.13
"""Opacity of a band; where two bands overlap it adds up."""


STAMP = "%Y-%m-%dT%H:%M:%SZ"
"""How charts take an instant in UTC. Vega reads a stamp without a zone as local time."""


def light(name: str) -> str:
    """Colour of a palette entry on white; the page exchanges it on a dark ground."""
    return PALETTE[name][0]


def stamp(instant: datetime) -> str:
    """An instant as charts take it."""
    return instant.astimezone(UTC).strftime(STAMP)


def day_label(day: date) -> str:
    """Month and day, e.g. Aug 7."""
    return f"{day:%b} {day.day}"


def values(rows: list[dict[str, Any]]) -> alt.Chart:
    """A chart on rows carried in the specification."""
    return alt.Chart(alt.InlineData(values=rows))


def level(field: str, value: float) -> alt.Chart:
    """A thin horizontal rule at a value of the vertical axis."""
    rule: alt.Chart = (
        values([{field: value}])
        .mark_rule(color=light("muted"), strokeWidth=0.8)
        .encode(y=f"{field}:Q")
    )
    return rule


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


def time_scale(span: Span) -> alt.Scale:
    """A UTC scale over exactly the span."""
    return alt.Scale(
        type="utc", domain=[round(instant.timestamp() * 1000) for instant in span], nice=False
    )


def time_axis(span: Span, width: int) -> alt.X:
    """A UTC axis for the field `at` with ticks on whole hours, days or years, as many as there is
    room for.
    """
    first, last = span
    room = max(width // _TICK_ROOM, 2)
    if last - first > timedelta(days=730):
        step = -(-(last.year - first.year) // room)
        ticks = [
            datetime(year, 1, 1, tzinfo=UTC)
            for year in range(first.year, last.year + 1)
            if year % step == 0
        ]
        label = "utcFormat(datum.value, '%Y')"
    else:
        gap = next((step for step in _STEPS if (last - first) / step <= room), _STEPS[-1])
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
        ticks = [midnight + gap * count for count in range((last - midnight) // gap + 1)]
        label = "utcFormat(datum.value, '%b %-d')"
        if gap < timedelta(days=1):
            label = f"[utcFormat(datum.value, '%H:%M'), utchours(datum.value) == 0 ? {label} : '']"
    stamps = [round(tick.timestamp() * 1000) for tick in ticks if first <= tick <= last]
    return alt.X(
        "at:T",
        scale=time_scale(span),
        axis=alt.Axis(values=stamps, labelExpr=label, title="time (UTC)", labelOverlap=False),
    )


def _placed(names: Sequence[str], pixels: Sequence[float], width: int) -> list[dict[str, Any]]:
    sizes = [len(name) * _LETTER for name in names]
    lefts = [
        max(min(pixel + 3, width - size), 0) for pixel, size in zip(pixels, sizes, strict=True)
    ]
    rows = stagger(
        pixels, [(left, left + size + _CLEAR) for left, size in zip(lefts, sizes, strict=True)]
    )
    return [
        {"label": name, "shift": left - pixel, "top": -_CLEAR - _ROW * row}
        for name, pixel, left, row in zip(names, pixels, lefts, rows, strict=True)
    ]


def label_text(base: alt.Chart, position: alt.X) -> alt.Chart:
    """The labels of marks from `anchor_layers` or `session_marks`, above the plot."""
    text: alt.Chart = base.mark_text(
        align="left",
        baseline="bottom",
        fontSize=11,
        fontWeight=600,
        dx=alt.expr("datum.shift"),
        y=alt.expr("datum.top"),
    ).encode(x=position, text="label:N", color=alt.Color("colour:N", scale=None))
    return text


def _colour(is_candidate: bool) -> str:
    return light("candidate" if is_candidate else "context")


def anchor_layers(anchors: pl.DataFrame, span: Span, width: int, height: int) -> list[alt.Chart]:
    """Bands from earliest to latest, then labelled rules at the nominal instants, of the anchors
    inside the span.

    Args:
        anchors: anchor, nominal_at, earliest_at, latest_at (UTC), is_candidate.
    """
    first, last = span
    inside = anchors.filter(pl.col("latest_at") >= first, pl.col("earliest_at") <= last).sort(
        "nominal_at", "anchor"
    )
    rules = [min(max(at, first), last) for at in inside["nominal_at"]]
    labels = _placed(
        inside["anchor"].to_list(), [(at - first) / (last - first) * width for at in rules], width
    )
    rows = [
        {
            **label,
            "at": stamp(at),
            "earliest_at": stamp(max(row["earliest_at"], first)),
            "latest_at": stamp(min(row["latest_at"], last)),
            "colour": _colour(row["is_candidate"]),
        }
        for label, at, row in zip(labels, rules, inside.to_dicts(), strict=True)
    ]
    base, colour, position = values(rows), alt.Color("colour:N", scale=None), time_axis(span, width)
    return [
        base.mark_rect(opacity=BAND).encode(
            x=alt.X("earliest_at:T", scale=time_scale(span)), x2="latest_at:T", color=colour
        ),
        base.mark_rule(strokeWidth=1.4, y=alt.expr("datum.top"), y2=height).encode(
            x=position, color=colour
        ),
        label_text(base, position),
    ]


def confounder_layers(
    confounders: pl.DataFrame, span: Span, width: int, height: int
) -> list[alt.Chart]:
    """Dotted rules with the letter of each confounder (letter, happened_at) inside the span, at the
    foot of the plot.
    """
    first, last = span
    inside = confounders.filter(pl.col("happened_at").is_between(first, last)).sort(
        "happened_at", "letter"
    )
    pixels = [(at - first) / (last - first) * width for at in inside["happened_at"]]
    rows, waiting = [], ""
    for letter, at, pixel, following in zip(
        inside["letter"], inside["happened_at"], pixels, [*pixels[1:], float("inf")], strict=False
    ):
        waiting += f", {letter}" if waiting else letter
        crowded = following - pixel < 2.5 * _LETTER
        shift = -3 if pixel > 4 * _LETTER else 3 + len(waiting) * _LETTER
        rows.append({"letters": "" if crowded else waiting, "at": stamp(at), "shift": shift})
        waiting = waiting if crowded else ""
    base, muted = values(rows).encode(x=time_axis(span, width)), light("muted")
    return [
        base.mark_rule(strokeDash=[2, 3], color=muted, opacity=0.8),
        base.mark_text(
            align="right",
            dx=alt.expr("datum.shift"),
            fontSize=11,
            fontStyle="italic",
            color=muted,
            y=height - 6,
        ).encode(text="letters:N"),
    ]


def session_marks(anchors: pl.DataFrame, sessions: list[date], width: int) -> list[dict[str, Any]]:
    """One label per session on which anchors fall; an anchor belongs to the first session on or
    after its UTC day.

    Args:
        anchors: as for `anchor_layers`. sessions: ascending, each as wide as the next in the plot.
    """
    falls: dict[int, list[dict[str, Any]]] = {}
    for row in anchors.sort("nominal_at", "anchor").to_dicts():
        day = row["nominal_at"].date()
        if sessions[0] <= day <= sessions[-1]:
            falls.setdefault(
                next(index for index, session in enumerate(sessions) if session >= day), []
            ).append(row)
    step = width / len(sessions)
    names = [", ".join(row["anchor"] for row in rows) for rows in falls.values()]
    return [
        {
            **label,
            "session": day_label(sessions[index]),
            "colour": _colour(any(row["is_candidate"] for row in rows)),
        }
        for label, (index, rows) in zip(
            _placed(names, [step * (index + 0.5) for index in falls], width),
            falls.items(),
            strict=True,
        )
    ]
