"""Share prices in the year after each precedent, beside what they do in other years."""

from typing import Any

import duckdb
import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.report.drawing.grammar import (
    Drawn,
    Sheet,
    Spec,
    at,
    dots,
    fitted,
    heading,
    marks,
    number,
    pixel,
    plain,
)
from marketwake.report.drawing.words import per_cent
from marketwake.report.palette import light
from marketwake.report.picture import Picture, Table, readings, view
from marketwake.report.tables import frame
from marketwake.report.text import figure_text, range_text

_ROW, _MONTHS = 44, 12


def precedents(con: duckdb.DuckDBPyConnection, language: Language = "en") -> Picture | None:
    """What US share prices did in the year after each precedent, beside what they do after other
    months; None without a test.
    """
    found = frame(con, _PRECEDENTS, months=_MONTHS)
    if found.is_empty():
        return None
    unsure = found.filter(pl.col("low") < 0, pl.col("high") > 0).height
    title = said(
        "Shares rose in the year after {up} of {all} earlier laws; after {unsure} it depends on a "
        "day that is not known; {unusual}"
        if unsure
        else "Shares rose in the year after {up} of {all} earlier laws; {unusual}",
        language,
        up=found.filter(pl.col("low") > 0).height,
        all=found.height,
        unsure=unsure,
        unusual=said(
            "{n} of those moves were unusual"
            if found["is_unusual"].any()
            else "no move was unusual",
            language,
            n=found["is_unusual"].sum(),
        ),
    )
    made = view(
        "precedents",
        title,
        lambda sheet: _draw(found, sheet, language),
        _table(found, language),
    )
    note = translated(
        "Shiller's monthly index of US shares, twelve months, without dividends. Grey: where 19 of "
        "20 other months lie. Black: from the least to the most, where the year of a law alone is "
        "known. One index and few laws prove little.",
        language,
    )
    return Picture("precedents", note, (made,), language)


def _draw(found: pl.DataFrame, sheet: Sheet, language: Language) -> Drawn:
    left, right = 16, 40
    width = sheet.width - left - right
    rows = [
        {
            "place": _ROW * (row + 0.5) + 8,
            "above": _ROW * (row + 0.5) - 4,
            "value": 100 * law["value"],
            "low": 100 * law["usual_low"],
            "high": 100 * law["usual_high"],
            "least": 100 * law["low"],
            "most": 100 * law["high"],
            "name": fitted(_law(law, language), width),
            "text": per_cent(law["value"], 0),
        }
        for row, law in enumerate(found.iter_rows(named=True))
    ]
    x = number("value", axis={"tickCount": 4 if sheet.is_narrow else 8})
    low = number("low", axis=x["axis"])
    y = pixel("place")
    height = _ROW * found.height + 10
    usual = {"color": light("grid"), "strokeWidth": 10}
    span = {"color": light("ink"), "strokeWidth": 2}
    beside = {"align": "left", "baseline": "middle", "dx": 8, "fontWeight": 600}
    left_text = {"align": "left", "baseline": "bottom"}
    layer: list[Spec] = [
        marks(rows, "rule", usual, x=low, x2={"field": "high"}, y=y),
        marks([{"value": 0}], "rule", {"color": light("muted")}, x=x),
        marks(rows, "rule", span, x=number("least", axis=x["axis"]), x2={"field": "most"}, y=y),
        dots(rows, x, y),
        marks(rows, "text", beside, x=x, y=y, text=plain("text")),
        marks(rows, "text", left_text, x=at(0), y=pixel("above"), text=plain("name")),
        heading(translated("change of share prices in the year after, %", language), 6),
    ]
    spec = {"width": width, "height": height, "layer": layer}
    return Drawn(spec, left, tuple(row["place"] for row in rows), "y", (0, width))


def _law(law: dict[str, Any], language: Language) -> str:
    return f"{law['nominal_at'].year} {translated(law['name'], language)}"


def _table(found: pl.DataFrame, language: Language) -> Table:
    header = tuple(
        translated(name, language) for name in ("event", "change in a year", "usual", "unusual")
    )
    cells = tuple(
        (
            _law(law, language),
            range_text((law["low"], law["high"]), "fraction", True, language),
            said(
                "{least} to {most}",
                language,
                least=figure_text(law["usual_low"], "fraction", signed=True, language=language),
                most=figure_text(law["usual_high"], "fraction", signed=True, language=language),
            ),
            translated("yes" if law["is_unusual"] else "no", language),
        )
        for law in found.iter_rows(named=True)
    )
    names = ("event", "value", "low", "high", "usual_low", "usual_high", "is_unusual")
    return Table(header, cells, names, tuple(found.select(names).rows()), readings(header, cells))


_PRECEDENTS = """
select
    test.event, event.name, anchor.nominal_at, exp(test.value) - 1 as value, moved.low, moved.high,
    exp(test.value - test.ci_high) - 1 as usual_low,
    exp(test.value - test.ci_low) - 1 as usual_high,
    test.verdict = 'unusual' as is_unusual
from mart.event_inference as test
inner join seed.event as event using (event)
inner join seed.anchor as anchor using (event, anchor)
inner join (
    select event, anchor, instrument, window_unit, window_length, min(value) as low,
        max(value) as high
    from mart.event_response
    where measure = 'index_return'
    group by all
) as moved using (event, anchor, instrument, window_unit, window_length)
where event.kind = 'precedent' and test.measure = 'log_index_return' and test.is_candidate
    and test.instrument = 'SHILLER' and test.window_unit = 'month'
    and test.window_length = $months and test.ci_low is not null
order by anchor.nominal_at, test.event
"""
