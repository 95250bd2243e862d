"""Ether in bitcoin: who rose further, hour by hour."""

from collections.abc import Callable
from datetime import datetime, timedelta

import duckdb
import polars as pl

from marketwake.base.figure_text import Language, format_value
from marketwake.base.languages import said, translated
from marketwake.report.drawing import clock
from marketwake.report.drawing.clock import Span
from marketwake.report.drawing.grammar import Drawn, Sheet, heading
from marketwake.report.drawing.lines import lines, scale
from marketwake.report.picture import Picture, Table, View, readings, view
from marketwake.report.tables import frame
from marketwake.report.text import instant_text, short_day

_HEIGHT, _DAYS = 190, 5


def ratio(
    con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame, language: Language = "en"
) -> Picture | None:
    """The price of ether in bitcoin from three days before an event to five after, a view for each
    venue; None without hourly bars.
    """
    start = clock.first_day(anchors)
    span = start - timedelta(days=3), start + timedelta(days=_DAYS)
    hours = frame(con, _RATIO, first=span[0], last=span[1])
    views: list[View] = []
    for (venue,), rows in hours.group_by("venue", maintain_order=True):
        before = rows.filter(pl.col("at") <= start).drop_nulls("value")
        after = rows.filter(pl.col("at") > start).drop_nulls("value")
        if before.height and after.height:
            change = after["value"][-1] / before["value"][-1] - 1
            title = said(
                "Ether gained {by} on bitcoin in the {days} days from {day}"
                if change >= 0
                else "Ether lost {by} on bitcoin in the {days} days from {day}",
                language,
                by=format_value(abs(change), "fraction", language=language),
                days=_DAYS,
                day=short_day(start, language),
            )
            shown = rows.with_columns(series=pl.lit("ETH/BTC"))
            views.append(
                view(
                    f"ratio{len(views)}",
                    title,
                    _drawer(shown, start, span, language),
                    _table(rows, language),
                    str(venue),
                )
            )
    if not views:
        return None
    note = translated("Closes of hourly bars; times in UTC.", language)
    return Picture("ratio", note, tuple(views), language)


def _drawer(
    rows: pl.DataFrame, start: datetime, span: Span, language: Language
) -> Callable[[Sheet], Drawn]:
    def draw(sheet: Sheet) -> Drawn:
        left, right = 56, 62
        width = sheet.width - left - right
        bands, above = clock.clocks(clock.day_of(start), span, width, _HEIGHT, language)
        y = scale(rows["value"], format=".4f")
        layer = [
            *clock.midnights(span, width),
            *bands,
            heading(translated("bitcoin for one ether", language), above + 4),
            *lines(
                rows,
                y,
                span,
                (width, _HEIGHT),
                lambda _series, value: f"{value:.4f}",
                {"ETH/BTC": "ink"},
                clock.time_axis(span, width, language),
            ),
        ]
        stops = tuple(clock.place(at, span, width) for at in rows["at"])
        spec = {"width": width, "height": _HEIGHT, "layer": layer}
        return Drawn(spec, left, stops, span=(0, _HEIGHT))

    return draw


def _table(rows: pl.DataFrame, language: Language) -> Table:
    header = tuple(translated(name, language) for name in ("time (UTC)", "bitcoin for one ether"))
    cells = tuple(
        (instant_text(at, language), "\N{EN DASH}" if value is None else f"{value:.5f}")
        for at, value in rows.select("at", "value").rows()
    )
    raw = tuple((at.isoformat(), value) for at, value in rows.select("at", "value").rows())
    return Table(header, cells, ("at_utc", "eth_in_btc"), raw, readings(header, cells))


_RATIO = """
with held as (
    select venue.rowid as place, pair.venue, pair.closed_at, pair.ratio
    from mart.eth_btc as pair
    inner join seed.venue as venue using (venue)
    where pair.closed_at between $first and $last
)

select venue.venue, hour."at", held.ratio as value
from (select distinct place, venue from held) as venue
cross join (select unnest(generate_series($first, $last, interval 1 hour)) as "at") as hour
left join held on held.venue = venue.venue and held.closed_at = hour."at"
order by venue.place, hour."at"
"""
