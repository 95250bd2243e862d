"""What if plans put in a share: plan money beside the market and its flows."""

from collections.abc import Sequence

import duckdb
import polars as pl

from marketwake.base.figure_text import Language, format_value
from marketwake.base.languages import said, translated
from marketwake.report.drawing.grammar import (
    Drawn,
    Sheet,
    Spec,
    at,
    dots,
    heading,
    hue,
    marks,
    number,
    pixel,
    plain,
)
from marketwake.report.drawing.words import clauses
from marketwake.report.palette import light
from marketwake.report.picture import Picture, Table, view
from marketwake.report.tables import frame
from marketwake.report.text import figure_text

SCENARIO_EVENT = "eo-401k"
"""The event that opened the plans whose money the scenario is about."""
_EQUAL = {
    "market value of bitcoin and ether": "{part} of the value of bitcoin and ether",
    "a year of net flow into US spot funds": "{years} years of inflows into US spot funds",
    "a year of newly mined bitcoin": "{years} years of newly mined bitcoin",
}
_SHORT = {"a year of net flow into US spot funds": "a year of flows into US funds"}
_ROW = 58
_TICKS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


def scenario(con: duckdb.DuckDBPyConnection, language: Language = "en") -> Picture | None:
    """A line per thing that plan money is held against, and pace, with a dot for each share; None
    where the data cover nothing.
    """
    scales = frame(con, _MULTIPLES).drop_nulls("multiple")
    if scales.is_empty():
        return None
    made = view(
        "scenario",
        _finding(scales, language),
        lambda sheet: _draw(scales, sheet, language),
        _table(scales, language),
    )
    amounts = clauses(
        [
            f"{_share(share, language)} = {figure_text(amount, 'usd', language=language)}"
            for share, amount in scales.select("share", "amount_usd").unique().sort("share").rows()
        ],
        language,
    )
    note = said(
        "Arithmetic, no forecast. Of the money in 401(k) plans {amounts}. On the axis each step is "
        "a multiple of the one before (logarithmic).",
        language,
        amounts=amounts,
    )
    return Picture("scenario", note, (made,), language)


def _finding(scales: pl.DataFrame, language: Language) -> str:
    """What the least share would equal: the two things first in `_EQUAL` that are known."""
    least = scales.filter(share=scales["share"].min())
    told = []
    for scale, form in _EQUAL.items():
        for amount, size in least.filter(scale=scale).select("amount_usd", "scale_usd").rows()[:1]:
            part = format_value(amount / size, "fraction", language=language)
            told.append(said(form, language, part=part, years=f"{amount / size:.1f}"))
    return said(
        "{share} of the money in 401(k) plans would equal {parts}",
        language,
        share=_share(least["share"][0], language),
        parts=translated(", or ", language).join(told[:2]),
    )


def _share(share: float, language: Language) -> str:
    return format_value(share, "fraction", digits=0, language=language)


def _times(multiple: object) -> str:
    return f"{float(str(multiple)):.2g}"


def _label(row: dict[str, object], language: Language, *, is_short: bool = False) -> str:
    """What plan money is held against, and over how many years."""
    scale = str(row["scale"])
    scale = translated(_SHORT.get(scale, scale) if is_short else scale, language)
    years = int(float(str(row["years"])))
    if not row["is_yearly"]:
        return scale
    form = "{scale}, 1 year" if years == 1 else "{scale}, {years} years"
    return said(form, language, scale=scale, years=years)


def _draw(scales: pl.DataFrame, sheet: Sheet, language: Language) -> Drawn:
    left, right = 16, 30
    width = sheet.width - left - right
    named = [
        _label(row, language, is_short=sheet.is_narrow) for row in scales.iter_rows(named=True)
    ]
    labels = list(dict.fromkeys(named))
    points = [
        {
            "row": _ROW * (labels.index(label) + 0.5) + 6,
            "multiple": row["multiple"],
            "share": _share(row["share"], language),
            "label": label,
        }
        for label, row in zip(named, scales.iter_rows(named=True), strict=True)
    ]
    low, high = (float(str(end)) for end in (scales["multiple"].min(), scales["multiple"].max()))
    domain = [min(low, 1) * 0.8, max(high, 1) * 1.3]
    ticks = [value for value in _TICKS if domain[0] <= value <= domain[1]]
    x = number(
        "multiple",
        scale={"type": "log", "domain": domain, "nice": False},
        axis={"values": ticks, "format": "~g"},
    )
    y = pixel("row")
    middles = [_ROW * (row + 0.5) + 6 for row in range(len(labels))]
    heads = [
        {"label": label, "row": middle - 14} for label, middle in zip(labels, middles, strict=True)
    ]
    left_text = {"align": "left", "baseline": "bottom"}
    layer: list[Spec] = [
        _grid(ticks, middles, x),
        marks(points, "line", {"color": light("muted")}, x=x, y=y, detail=plain("label")),
        dots(points, x, y),
        marks(points, "text", {"dy": 16, "color": light("muted")}, x=x, y=y, text=plain("share")),
        marks(heads, "text", left_text, x=at(0), y=y, text=plain("label")),
        heading(translated("plan money, put in over so many years, in multiples of", language), 8),
    ]
    height = _ROW * len(labels) + 16
    spec = {"width": width, "height": height, "layer": layer}
    return Drawn(spec, left, tuple(middles), "y", (-8, width + 8))


def _grid(ticks: Sequence[float], middles: Sequence[float], x: Spec) -> Spec:
    """Short lines beside each row: of the whole height they would run through the names."""
    lines = [
        {
            "multiple": tick,
            "top": middle - 8,
            "bottom": middle + 8,
            "colour": light("muted" if tick == 1 else "grid"),
        }
        for middle in middles
        for tick in ticks
    ]
    y2 = {"field": "bottom"}
    return marks(lines, "rule", {}, x=x, y=pixel("top"), y2=y2, color=hue("colour"))


def _table(scales: pl.DataFrame, language: Language) -> Table:
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in scales.iter_rows(named=True):
        lines.setdefault(_label(row, language), []).append((row["share"], row["multiple"]))
    shares = scales["share"].unique().sort().to_list()
    sizes = {_label(row, language): row["scale_usd"] for row in scales.iter_rows(named=True)}
    header = (
        translated("held against", language),
        translated("its size", language),
        *(_share(share, language) for share in shares),
    )
    cells = tuple(
        (
            label,
            figure_text(sizes[label], "usd", language=language),
            *(_times(dict(found).get(share)) for share in shares),
        )
        for label, found in lines.items()
    )
    told = tuple(
        f"{label}: "
        + " · ".join(
            said(
                "{share} is {times} times",
                language,
                share=_share(share, language),
                times=_times(multiple),
            )
            for share, multiple in found
        )
        for label, found in lines.items()
    )
    names = ("scale", "scale_usd", "is_yearly", "years", "share", "amount_usd", "multiple")
    return Table(header, cells, names, tuple(scales.select(names).rows()), told)


_MULTIPLES = """
select scale, scale_usd, is_yearly, years, share, amount_usd, multiple
from mart.scenario
where is_yearly or years = (select min(years) from mart.scenario)
order by is_yearly, scale, years, share
"""
