"""Share prices around an event of long ago, month by month."""

from datetime import datetime, timedelta
from itertools import cycle

import duckdb
import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.report.drawing import clock
from marketwake.report.drawing.clock import Span, place
from marketwake.report.drawing.grammar import (
    Drawn,
    Sheet,
    heading,
    level,
)
from marketwake.report.drawing.lines import lines, scale
from marketwake.report.drawing.words import named, sentence
from marketwake.report.picture import Picture, Table, readings, view
from marketwake.report.tables import frame

_HEIGHT = 230
_YEAR = timedelta(days=365.25)
_FELL = "From 100 at the event {name} went to {least} at the lowest and {last} by {year}"
_COLOURS = ("ink", "context", "third")
_SHORT = {"SHILLER": "Shiller", "^GSPC": "S&P 500", "^DJI": "Dow Jones"}


def indices(
    con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame, language: Language = "en"
) -> Picture | None:
    """US share indices month by month from two years before an event to ten after; None without
    closes.
    """
    start = clock.first_day(anchors)
    closes = frame(con, _CLOSES, base=start, first=start - 2 * _YEAR, last=start + 10 * _YEAR)
    if closes["at"].n_unique() < 2:
        return None
    span = min(closes["at"]), max(closes["at"])
    longest = closes.group_by("series").len().sort("len", "series", descending=[True, False])
    first = closes.filter(series=longest["series"][0]).sort("at")
    after = first.filter(pl.col("at") >= start)
    if after.is_empty():
        return None
    fell = min(after["value"]) < 100
    title = said(
        _FELL if fell else "From 100 at the event {name} went to {last} by {year}",
        language,
        name=named(longest["series"][0], language),
        least=f"{min(after['value']):.0f}",
        last=f"{after['value'][-1]:.0f}",
        year=after["at"][-1].year,
    )
    made = view(
        "indices",
        title,
        lambda sheet: _draw(closes, start, span, sheet, language),
        _table(closes, language),
    )
    note = translated(
        "Last close of each month, of Shiller's index its mean; prices without dividends.",
        language,
    )
    return Picture("indices", note, (made,), language)


def _draw(
    closes: pl.DataFrame, start: datetime, span: Span, sheet: Sheet, language: Language
) -> Drawn:
    series = closes["series"].unique().sort().to_list()
    left, right = 40, 112
    width = sheet.width - left - right
    y = scale(closes["value"], 100)
    bands, above = clock.clocks(clock.day_of(start), span, width, _HEIGHT, language)
    layer = [
        *bands,
        heading(translated("index, 100 = before the event", language), above + 4),
        level(100, y),
        *lines(
            closes,
            y,
            span,
            (width, _HEIGHT),
            lambda name, value: f"{translated(_SHORT.get(name, name), language)} {value:.0f}",
            dict(zip(series, cycle(_COLOURS), strict=False)),
            clock.time_axis(span, width, language),
        ),
    ]
    stops = tuple(place(moment, span, width) for moment in closes["at"].unique().sort())
    return Drawn(
        {"width": width, "height": _HEIGHT, "layer": layer}, left, stops, span=(0, _HEIGHT)
    )


def _table(closes: pl.DataFrame, language: Language) -> Table:
    wide = closes.pivot("series", index="at", values="value").sort("at")
    series = [name for name in wide.columns if name != "at"]
    header = (
        translated("month", language),
        *(sentence(named(name, language), language) for name in series),
    )
    cells = tuple(
        (
            f"{moment:%Y-%m}",
            *("\N{EN DASH}" if value is None else f"{value:.1f}" for value in values),
        )
        for moment, *values in wide.rows()
    )
    raw = tuple((moment.date().isoformat(), *values) for moment, *values in wide.rows())
    return Table(header, cells, ("month", *series), raw, readings(header, cells))


_CLOSES = """
with month as (
    select symbol, bar_interval, max(session) as session, max_by(close, session) as close
    from stg.index_bar
    where session between cast($first as date) and cast($last as date)
    group by symbol, bar_interval, date_trunc('month', session)
),
base as (
    select symbol, bar_interval, max_by(close, session) as close
    from stg.index_bar
    where session between cast($base as date) - 45 and cast($base as date)
    group by symbol, bar_interval
)
select
    month.symbol as series, cast(month.session as timestamptz) as "at",
    100 * month.close / base.close as value
from month
inner join base using (symbol, bar_interval)
order by series, "at"
"""
