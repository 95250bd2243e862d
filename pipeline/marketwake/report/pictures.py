"""Pictures of the report: the charts of an event with what they need to be read, or a line that
says why there is none.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import duckdb
import polars as pl
from markupsafe import Markup

from marketwake.base.clock import midnight
from marketwake.report import charts
from marketwake.report.chart_marks import Span
from marketwake.report.tables import Section, frame, rows
from marketwake.report.text import day_text, figure_text, range_text

_WEEK, _YEAR = timedelta(days=7), timedelta(days=365.25)


def base(anchors: pl.DataFrame) -> tuple[str, datetime]:
    """Name and instant of the anchor at which paths are 100: the day, else the first that can be
    meant.
    """
    ordered = anchors.sort(
        pl.col("anchor") != "day", ~pl.col("is_candidate"), "nominal_at", "anchor"
    )
    name, instant = ordered.select("anchor", "nominal_at").row(0)
    return name, instant


def overview(anchors: pl.DataFrame) -> Span:
    """Whole days around all anchors, at least a week on either side of the base instant."""
    _, middle = base(anchors)
    first = min(middle - _WEEK, *anchors["earliest_at"]) - timedelta(days=1)
    last = max(middle + _WEEK, *anchors["latest_at"]) + timedelta(days=2)
    return midnight(first), midnight(last)


def close_up(anchors: pl.DataFrame) -> Span:
    """A day before the earliest to three days after the latest instant at which the event may have
    been.
    """
    candidates = anchors.filter("is_candidate") if anchors["is_candidate"].any() else anchors
    first, last = (
        min(candidates["earliest_at"]) - timedelta(days=1),
        max(candidates["latest_at"]) + timedelta(days=3),
    )
    return midnight(first), last.replace(minute=0, second=0, microsecond=0)


def _extent(rows: pl.DataFrame, column: str = "at") -> Span:
    first, last = rows.select(
        pl.col(column).min().alias("first"), pl.col(column).max().alias("last")
    ).row(0)
    return first, last


def drawn(name: str, title: str, draw: Callable[[int], charts.Chart]) -> Section:
    """The chart once for a desk and once for a telephone. The title says what is seen and is read
    out in place of the picture.
    """
    svg = {
        width: Markup(charts.to_svg(draw(pixels), f"{name}-{width}", title))  # noqa: S704
        for width, pixels in charts.WIDTHS.items()
    }
    return {**svg, "title": title}


def _dates(span: Span) -> str:
    return f"{span[0]:%b} {span[0].day} to {day_text(span[1])}"


def _why_not(con: duckdb.DuckDBPyConnection, what: str, table: str, column: str) -> Section:
    first, last = con.execute(f"select min({column}), max({column}) from {table}").fetchall()[0]
    held = (
        f"those held run from {day_text(first)} to {day_text(last)}"
        if first
        else "the warehouse holds none"
    )
    return {"why_not": f"No {what} around this event: {held}."}


def spot(
    con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame, confounders: pl.DataFrame
) -> Section:
    """BTC and ETH on every venue, hour by hour, over all anchors and close up."""
    first, last = overview(anchors)
    name, instant = base(anchors)
    paths = frame(con, _SPOT_PATHS, base=instant, first=first, last=last)
    held = paths.drop_nulls("index")
    if held["at"].n_unique() < 2:
        return _why_not(con, "hourly bars of BTC and ETH", "mart.spot_hourly", "opened_at")

    def draw(part: Span, kind: str) -> Section:
        inside = paths.filter(pl.col("at").is_between(*part))
        ends = (
            held.filter(pl.col("at") <= part[1])
            .group_by("series")
            .agg(pl.col("index").sort_by("at", "variant").last())
            .sort("series")
        )
        said = ", ".join(f"{series} to {index:.0f}" for series, index in ends.rows())
        title = f"{_dates(part)}: from 100 at the anchor {name}, {said}"
        return drawn(
            kind, title, lambda width: charts.paths(inside, anchors, confounders, part, width, name)
        )

    held_first, held_last = _extent(held)
    span, near = (max(first, held_first), min(last, held_last)), close_up(anchors)
    pictures = [draw(span, "spot")]
    if near[0] >= span[0] and near[1] <= span[1]:
        pictures.append(draw(near, "near"))
    return {
        "pictures": pictures,
        "base": name,
        "series": charts.series_palette(paths["series"].unique().to_list()),
        "venues": paths["variant"].unique().sort().to_list(),
    }


_SPOT_PATHS = """
with bar as (
    select hourly.venue, hourly.asset, hourly.closed_at, hourly.close
    from mart.spot_hourly as hourly
    semi join seed.venue as venue on hourly.venue = venue.venue and hourly.quote = venue.quote
    where hourly.asset in ('BTC', 'ETH')
),
base as (
    select venue, asset, max_by(close, closed_at) as close
    from bar
    where closed_at <= $base and closed_at > $base - interval 1 hour
    group by venue, asset
)
select
    base.asset as series, base.venue as variant, hour."at",
    100 * bar.close / base.close as "index"
from base
cross join (select unnest(generate_series($first, $last, interval 1 hour)) as "at") as hour
left join bar on bar.venue = base.venue and bar.asset = base.asset and bar.closed_at = hour."at"
order by series, variant, hour."at"
"""


def flows(con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame) -> Section:
    """Net flow of the US spot funds per session, both assets."""
    first, last = overview(anchors)
    funds = frame(con, _FLOWS, first=first, last=last)
    if funds.is_empty():
        return _why_not(con, "flows of US spot funds", "mart.etf_flow_daily", "session")
    sums = funds.group_by("asset", maintain_order=True).agg(pl.col("net_flow_usd").sum())
    totals = [f"{asset} {figure_text(total, 'usd')}" for asset, total in sums.rows()]
    title = f"Net flow per session, {_dates(_extent(funds, 'session'))}: in all {', '.join(totals)}"
    return drawn("flows", title, lambda width: charts.flow_bars(funds, anchors, width))


_FLOWS = """
select asset, session, net_flow_usd
from mart.etf_flow_daily
where session between cast($first as date) and cast($last as date)
order by asset, session
"""


def basis(con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame) -> Section:
    """Annualised basis of the micro contracts against spot in US dollars, from the kind of price
    that is best covered.
    """
    first, last = overview(anchors)
    chosen = rows(con, _BASIS_SERIES, first=first, last=last)
    if not chosen:
        return _why_not(con, "prices of CME futures", "mart.futures_basis", "day")
    prices = frame(con, _BASIS, first=first, last=last, **chosen[0])
    earliest, latest = _extent(prices)
    span = max(first, earliest), min(last, latest + timedelta(hours=12))
    constant = prices.filter(pl.col("tenor") == "constant").group_by("series", maintain_order=True)
    said = [
        f"{series} {range_text((least, greatest), 'fraction')}"
        for series, least, greatest in constant.agg(
            pl.col("annualised_basis").min(), pl.col("annualised_basis").max().alias("most")
        ).rows()
    ]
    title = f"Annualised basis at constant 30 days, {_dates(span)}: {', '.join(said)}"
    svg = drawn("basis", title, lambda width: charts.basis_lines(prices, anchors, span, width))
    return {
        **svg,
        **chosen[0],
        "series": charts.series_palette(prices["series"].unique().to_list()),
    }


_BASIS_SERIES = """
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
select asset as series, 'front month' as tenor, observed_at as "at", annualised_basis
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


def indices(con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame) -> Section:
    """Equity indices month by month, from two years before the event to ten years after."""
    name, instant = base(anchors)
    closes = frame(
        con, _INDEX_PATHS, base=instant, first=instant - 2 * _YEAR, last=instant + 10 * _YEAR
    )
    if closes["at"].n_unique() < 2:
        return _why_not(con, "closes of equity indices", "stg.index_bar", "session")
    span = _extent(closes)
    ends = closes.group_by("series", maintain_order=True).agg(
        pl.col("index").last(), pl.col("index").min().alias("least")
    )
    said = ", ".join(
        f"{series} to {last:.0f} (lowest {least:.0f})" for series, last, least in ends.rows()
    )
    title = f"{span[0].year} to {span[1].year}: from 100 at the anchor {name}, {said}"
    nothing = pl.DataFrame(schema={"letter": pl.String, "happened_at": pl.Datetime("us", "UTC")})
    svg = drawn(
        "index", title, lambda width: charts.paths(closes, anchors, nothing, span, width, name)
    )
    return {**svg, "series": charts.series_palette(closes["series"].unique().to_list())}


_INDEX_PATHS = """
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
    month.symbol as series, 'index' as variant, cast(month.session as timestamptz) as "at",
    100 * month.close / base.close as "index"
from month
inner join base using (symbol, bar_interval)
order by series, variant, "at"
"""
