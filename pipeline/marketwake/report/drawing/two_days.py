"""The first picture of a page: prices hour by hour around the event, what the funds took in, and
the clocks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.report.drawing import clock
from marketwake.report.drawing.clock import ROW, Span, milliseconds, when
from marketwake.report.drawing.effects import by_price_text
from marketwake.report.drawing.grammar import (
    Drawn,
    Sheet,
    Spec,
    heading,
    hue,
    level,
    marks,
    number,
    pixel,
    plain,
)
from marketwake.report.drawing.lines import lines, scale
from marketwake.report.drawing.two_days_table import table
from marketwake.report.drawing.words import listed, money, money_unit, move, sentences
from marketwake.report.palette import light
from marketwake.report.picture import Picture, View, view
from marketwake.report.tables import frame
from marketwake.report.text import instant_text, short_day

_HEIGHT, _FLOWS_HEIGHT, _GAP, _HEAD = 230, 92, 34, 22
_LONGEST = timedelta(days=10)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Story:
    """What one view shows.

    Attributes:
        span: its first and last hour. start: at which prices are 100.
        prices: asset, at, value (null where a bar is missing).
        flows: asset, session, opens_at, closes_at, net_flow_usd.
    """

    span: Span
    start: datetime
    prices: pl.DataFrame
    flows: pl.DataFrame
    anchors: pl.DataFrame
    confounders: pl.DataFrame
    language: Language


def two_days(
    con: duckdb.DuckDBPyConnection,
    anchors: pl.DataFrame,
    confounders: pl.DataFrame,
    language: Language = "en",
) -> Picture | None:
    """Prices of bitcoin and ether from the day before an event to two days after, a view for each
    venue; None without hourly bars.

    Args:
        anchors: rows of seed.anchor of the event.
        confounders: letter, name, happened_at of other news.
    """
    clocks, start = clock.candidates(anchors), clock.first_day(anchors)
    last = max(midnight(max(clocks["latest_at"])) + 2 * _DAY, start + 2 * _DAY)
    span = start - _DAY, min(last, start + _LONGEST)
    prices = frame(con, _PRICES, start=start, first=span[0], last=span[1])
    flows = frame(con, _FLOWS, first=span[0], last=span[1])
    shown = clocks.filter(
        (pl.col("earliest_at") != start) | (pl.col("latest_at") != start),
        pl.col("latest_at") - pl.col("earliest_at") < _DAY,
    )
    views: list[View] = []
    for (venue,), of_venue in prices.group_by("venue", maintain_order=True):
        if of_venue.filter(pl.col("at") > start)["value"].drop_nulls().is_empty():
            continue
        story = _Story(span, start, of_venue, flows, shown, confounders, language)
        views.append(_view(f"two_days{len(views)}", str(venue), story))
    if not views:
        return None
    return Picture("two_days", views[0].note, tuple(views), language)


def _view(name: str, venue: str, story: _Story) -> View:
    after = story.prices.filter(pl.col("at") > story.start).drop_nulls("value")
    ends = {
        str(asset): rows["value"][-1] / 100 - 1
        for (asset,), rows in after.group_by("asset", maintain_order=True)
    }
    return view(
        name,
        move(ends, _stretch(story, max(after["at"])), story.language),
        lambda sheet: _draw(story, sheet),
        table(story.prices, story.flows, story.language),
        venue,
        _note(venue, story),
    )


def _stretch(story: _Story, until: datetime) -> str:
    """Over which time prices are compared: the days drawn, or as far as they are held."""
    language = story.language
    if until < story.span[1]:
        return said("by {instant}", language, instant=instant_text(until, language))
    days = (until - story.start) // _DAY
    form = "in the two days from {day}" if days == 2 else "in the {days} days from {day}"
    return said(form, language, days=days, day=short_day(story.start, language))


def _note(venue: str, story: _Story) -> str:
    language = story.language
    told = [said("Closes of hourly bars on {venue}; times in UTC.", language, venue=venue)]
    uncertain = story.anchors.filter(pl.col("earliest_at") < pl.col("latest_at"))["anchor"]
    if uncertain.len():
        names = listed([clock.after_clock(anchor, language) for anchor in uncertain], language)
        told.append(said("Grey: when {clocks} can have been.", language, clocks=names))
    by_price = story.anchors.filter(how_seen="computed")["anchor"].to_list()
    told += [by_price_text(anchor, language) for anchor in by_price]
    if story.flows.height:
        funds = (
            "Flows: Farside Investors; bitcoin and ether side by side within the hours of a "
            "session in New York."
        )
        told.append(translated(funds, language))
    other = story.confounders.filter(pl.col("happened_at").is_between(*story.span, closed="left"))
    if other.height:
        news = [
            f"({letter}) {translated(name, language)}"
            for letter, name in other.select("letter", "name").rows()
        ]
        told.append(said("Other news: {others}.", language, others=listed(news, language)))
    return sentences(told, language)


def _draw(story: _Story, sheet: Sheet) -> Drawn:
    left, right = (34, 84) if sheet.is_narrow else (40, 92)
    width = sheet.width - left - right
    layers, above = clock.clocks(story.anchors, story.span, width, _HEIGHT, story.language)
    news, top = clock.other_news(story.confounders, story.span, width, above)
    has_flows = story.flows.height > 0
    axis = clock.time_axis(story.span, width, story.language)
    y = scale(story.prices["value"], 100, below=0.14)
    prices = [
        *layers,
        *clock.midnights(story.span, width),
        heading(_measured(story), top + 4),
        level(100, y),
        *lines(
            story.prices.rename({"asset": "series"}),
            y,
            story.span,
            (width, _HEIGHT),
            lambda asset, value: f"{asset} {value:.1f}",
            {"BTC": "BTC", "ETH": "ETH"},
            None if has_flows else axis,
        ),
        *news,
    ]
    panels = [{"width": width, "height": _HEIGHT, "layer": prices}]
    if has_flows:
        layer = _bars(story, axis, is_narrow=sheet.is_narrow)
        panels.append({"width": width, "height": _FLOWS_HEIGHT, "layer": layer})
    hours = story.prices["at"].unique().sort()
    return Drawn(
        {"vconcat": panels, "spacing": _GAP, "resolve": {"axis": {"x": "independent"}}},
        left,
        tuple(clock.place(hour, story.span, width) for hour in hours),
        span=(0, _HEIGHT + (_GAP + _HEAD + _FLOWS_HEIGHT) * has_flows),
    )


def _measured(story: _Story) -> str:
    day = short_day(story.start, story.language)
    return said("price, {day} 00:00 = 100", story.language, day=day)


def _flow_rows(story: _Story, size: float, *, is_narrow: bool) -> list[Spec]:
    """The assets side by side within each session; their labels in its middle, in their order above
    the bars, and below them where they are negative: `line` counts from the bars on.
    """
    assets = sorted(set(story.flows["asset"]))
    rows = []
    for (_, opens, closes), session in story.flows.group_by(
        "session", "opens_at", "closes_at", maintain_order=True
    ):
        share = (closes - opens) / len(assets)
        sums = session.select("asset", "net_flow_usd").rows()
        rises = [asset for asset, flow in sums if flow >= 0][::-1]
        falls = [asset for asset, flow in sums if flow < 0]
        ends = [end(0.0, *(flow for _, flow in sums)) / size for end in (max, min)]
        for asset, flow in sums:
            begins = opens + share * assets.index(asset)
            label = money(flow, story.language)
            rows.append(
                {
                    "from": milliseconds(begins + share * 0.04),
                    "to": milliseconds(begins + share * 0.96),
                    "middle": milliseconds(opens + (closes - opens) / 2),
                    "flow": flow / size,
                    "end": ends[flow < 0],
                    "line": (falls if flow < 0 else rises).index(asset),
                    "is_negative": flow < 0,
                    "colour": light(asset),
                    "name": label if is_narrow else f"{asset} {label}",
                }
            )
    return rows


def _bars(story: _Story, axis: Spec, *, is_narrow: bool) -> list[Spec]:
    """What the funds of each asset took in."""
    size, unit = money_unit(story.language)
    rows = _flow_rows(story, size, is_narrow=is_narrow)
    low, high = (end(0.0, *(row["flow"] for row in rows)) for end in (min, max))
    above, below = (
        max((ROW * (row["line"] + 1) + 2 for row in rows if row["is_negative"] == side), default=0)
        for side in (False, True)
    )
    scale = ((high - low) or 1) / (_FLOWS_HEIGHT - above - below)
    for row in rows:
        end = (high - row["end"]) / scale + above
        row["place"] = end + ROW * (row["line"] + 0.5) * (1 if row["is_negative"] else -1)
    domain = [low - below * scale, high + above * scale]
    y = number("flow", scale={"domain": domain, "nice": False}, axis=None)
    named = said("net flow into US funds a session, {unit}", story.language, unit=unit)
    colour = hue("colour")
    x, middle = when("from", story.span, axis), when("middle", story.span, axis)
    bar = {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}, "color": colour}
    label = {"x": middle, "y": pixel("place"), "text": plain("name"), "color": colour}
    return [
        marks(rows, "rect", {}, **bar),
        level(0, y),
        marks(rows, "text", {"baseline": "middle"}, **label),
        heading(named, 8),
    ]


_PRICES = """
with bar as (
    select venue.rowid as place, hourly.venue, hourly.asset, hourly.closed_at, hourly.close
    from mart.spot_hourly as hourly
    inner join seed.venue as venue on hourly.venue = venue.venue and hourly.quote = venue.quote
    where hourly.asset in ('BTC', 'ETH') and hourly.closed_at between $first and $last
),
base as (
    select place, venue, asset, max_by(close, closed_at) as close
    from bar
    where closed_at <= $start and closed_at > $start - interval 1 hour
    group by all
)
select
    base.venue, base.asset, hour."at", 100 * bar.close / base.close as value
from base
cross join (select unnest(generate_series($first, $last, interval 1 hour)) as "at") as hour
left join bar on bar.venue = base.venue and bar.asset = base.asset and bar.closed_at = hour."at"
order by base.place, base.asset, hour."at"
"""

_FLOWS = """
select flow.asset, flow.session, session.opens_at, session.closes_at, flow.net_flow_usd
from mart.etf_flow_daily as flow
inner join cal.session as session on session.calendar = 'XNYS' and flow.session = session.session
where session.opens_at >= $first and session.closes_at <= $last
order by flow.session, flow.asset
"""
