"""The premium of futures over spot, as a yearly rate, around an event."""

from datetime import datetime, timedelta

import duckdb
import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.report.drawing import clock
from marketwake.report.drawing.clock import ROW, Span, milliseconds, place, when
from marketwake.report.drawing.grammar import (
    Drawn,
    Sheet,
    Spec,
    at,
    heading,
    hue,
    level,
    marks,
    pixel,
    plain,
    text_width,
)
from marketwake.report.drawing.lines import lines, scale
from marketwake.report.drawing.words import asset_name, clauses, named
from marketwake.report.palette import light
from marketwake.report.picture import Picture, Table, readings, view
from marketwake.report.tables import frame, rows
from marketwake.report.text import figure_text, instant_text, short_day

_HEIGHT, _AROUND = 210, timedelta(days=14)
_COLOURS = {"BTC": "BTC", "ETH": "ETH"}
_KINDS = {
    "settlement": "the exchange's settlement prices",
    "last_trade": "last trades of the day",
    "continuous": "a continuous series",
}


def basis(
    con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame, language: Language = "en"
) -> Picture | None:
    """The annualised premium of bitcoin and ether futures two weeks around an event, from the kind
    of price that is best covered, against spot in US dollars; None without prices.
    """
    start = clock.first_day(anchors)
    span = start - _AROUND, start + _AROUND
    chosen = rows(con, _SERIES, first=span[0], last=span[1])
    if not chosen:
        return None
    prices = frame(con, _BASIS, first=span[0], last=span[1], **chosen[0])
    expiries = frame(con, _EXPIRIES, first=span[0], last=span[1])["expires_at"].to_list()
    made = view(
        "basis",
        _finding(prices, start, language),
        lambda sheet: _draw(prices, expiries, start, span, sheet, language),
        _table(prices, language),
    )
    note = said(
        _NOTE,
        language,
        prices=translated(_KINDS[chosen[0]["price_kind"]], language),
        venue=chosen[0]["venue"],
    )
    return Picture("basis", note, (made,), language)


_NOTE = (
    "The premium, or basis: how far the future stands above spot, as a yearly rate. Lines: at 30 "
    "days, between two contracts; dots: the contract that expires next; dotted: the day of expiry. "
    "Micro futures of CME, {prices}, spot on {venue}."
)


def _finding(prices: pl.DataFrame, start: datetime, language: Language) -> str:
    """How the premium went over the day of the event."""
    told = []
    constant = prices.filter(tenor="constant").sort("series", "at", descending=[True, False])
    for (asset,), line in constant.group_by("series", maintain_order=True):
        before = line.filter(pl.col("at") <= start)
        after = line.filter(pl.col("at") >= start + timedelta(hours=20))
        if before.height and after.height:
            ends = before["value"][-1], after["value"][0]
            first, last = (figure_text(end, "fraction", language=language) for end in ends)
            form = "{name}'s rose from {before} to {after}"
            if ends[1] < ends[0]:
                form = "{name}'s fell from {before} to {after}"
            if first == last:
                form = "{name}'s stayed at {after}"
            name = named(str(asset), language)
            told.append(said(form, language, name=name, before=first, after=last))
    if not told:
        return translated("The premium of futures around the event", language)
    return said(
        "The yearly premium of futures on {day}: {parts}",
        language,
        day=short_day(start, language),
        parts=clauses(told, language),
    )


def _draw(
    prices: pl.DataFrame,
    expiries: list[datetime],
    start: datetime,
    span: Span,
    sheet: Sheet,
    language: Language,
) -> Drawn:
    left, right = 40, 76
    width = sheet.width - left - right
    percent = prices.with_columns(pl.col("value") * 100)
    y = scale(percent["value"], 0)
    axis = clock.time_axis(span, width, language)
    front = [
        {"at": milliseconds(moment), "value": value, "colour": light(_COLOURS[series])}
        for series, moment, value in percent.filter(tenor="front month")
        .select("series", "at", "value")
        .rows()
    ]
    bands, above = clock.clocks(clock.day_of(start), span, width, _HEIGHT, language)
    layer = [
        *bands,
        *_settlements(expiries, span, width, language),
        heading(translated("premium of futures, % a year", language), above + 4),
        level(0, y),
        marks(
            front,
            "point",
            {"size": 30, "filled": True, "opacity": 0.85},
            x=when("at", span, axis),
            y=y,
            color=hue("colour"),
        ),
        *lines(
            percent.filter(tenor="constant"),
            y,
            span,
            (width, _HEIGHT),
            lambda asset, value: f"{asset} {value:.1f}",
            _COLOURS,
            axis,
        ),
    ]
    stops = tuple(place(moment, span, width) for moment in prices["at"].unique().sort())
    return Drawn(
        {"width": width, "height": _HEIGHT, "layer": layer}, left, stops, span=(0, _HEIGHT)
    )


def _settlements(
    expiries: list[datetime], span: Span, width: float, language: Language
) -> list[Spec]:
    text = translated("expiry", language)
    places = [place(moment, span, width) for moment in expiries]
    found = [
        {"at": here, "left": min(here + 4, width - text_width(text)), "text": text}
        for here in places
    ]
    rule = {"color": light("muted"), "strokeDash": [2, 3]}
    style = {"align": "left", "baseline": "bottom", "color": light("muted")}
    y = at(ROW)
    return [
        marks(found, "rule", rule, x=pixel("at")),
        marks(found, "text", style, x=pixel("left"), y=y, text=plain("text")),
    ]


def _table(prices: pl.DataFrame, language: Language) -> Table:
    """A line for each instant with prices, a column for each line and each kind of dot."""
    named_columns = {
        (series, tenor): said(
            "{name}, 30 days" if tenor == "constant" else "{name}, next contract",
            language,
            name=asset_name(series, language),
        )
        for series, tenor in prices.select("series", "tenor")
        .unique()
        .sort("series", "tenor", descending=[True, False])
        .rows()
    }
    values = {(row[0], row[1], row[2]): row[3] for row in prices.rows()}
    instants = prices["at"].unique().sort().to_list()
    found = [[values.get((*key, moment)) for key in named_columns] for moment in instants]
    header = (translated("time (UTC)", language), *named_columns.values())
    cells = tuple(
        (
            instant_text(moment, language),
            *(figure_text(value, "fraction", language=language) for value in of_moment),
        )
        for moment, of_moment in zip(instants, found, strict=True)
    )
    names = tuple(
        f"{series.lower()}_{tenor.replace(' ', '_')}_annualised" for series, tenor in named_columns
    )
    raw = tuple(
        (moment.isoformat(), *of_moment) for moment, of_moment in zip(instants, found, strict=True)
    )
    return Table(header, cells, ("at_utc", *names), raw, readings(header, cells))


_SERIES = """
select futures.vendor, futures.price_kind, futures.venue
from mart.futures_basis as futures
inner join seed.venue as venue on futures.venue = venue.venue
where futures.root in ('MBT', 'MET') and venue.quote = 'USD'
    and futures.annualised_basis is not null and futures.observed_at between $first and $last
group by all
order by count(*) desc, futures.price_kind, futures.vendor, futures.venue
limit 1
"""

_BASIS = """
select asset as series, 'front month' as tenor, observed_at as "at", annualised_basis as value
from mart.futures_basis
where is_front_month and root in ('MBT', 'MET')
    and vendor = $vendor and price_kind = $price_kind and venue = $venue
    and annualised_basis is not null and observed_at between $first and $last
union all
select asset, 'constant', observed_at, annualised_basis
from mart.basis_constant_maturity
where tenor_days = 30 and root in ('MBT', 'MET')
    and vendor = $vendor and price_kind = $price_kind and venue = $venue
    and observed_at between $first and $last
order by series, tenor, "at"
"""

_EXPIRIES = """
select distinct expires_at
from mart.futures_basis
where root in ('MBT', 'MET') and expires_at > $first and expires_at < $last
order by expires_at
"""
