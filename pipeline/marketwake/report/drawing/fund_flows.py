"""Where the money went: flows of each fund over the sessions from an event on."""

import duckdb
import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.report.drawing.bars import Bar, Group, bars
from marketwake.report.drawing.clock import first_day
from marketwake.report.drawing.words import asset_name, clauses, money, money_unit, named, sentence
from marketwake.report.picture import Picture, Table, View, view
from marketwake.report.tables import frame
from marketwake.report.text import figure_text, short_day

_LEAST = 5e5
"""What rounds to something in both languages: 0.01 亿."""
_LENGTHS = {2: "two sessions", 5: "five sessions"}


def fund_flows(
    con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame, language: Language = "en"
) -> Picture | None:
    """Net flow of every US fund over two sessions and over five, from the first session on or after
    the day of the event; None without flows.
    """
    flows = frame(con, _FLOWS, first=first_day(anchors), sessions=max(_LENGTHS))
    sessions = flows["session"].unique().sort().to_list()
    views: list[View] = []
    for length, label in _LENGTHS.items():
        if len(sessions) >= length:
            chosen = flows.filter(pl.col("session").is_in(sessions[:length]))
            views.append(
                _view(f"fund_flows{length}", chosen, translated(label, language), language)
            )
    if not views:
        return None
    note = translated(
        "Net flow of US spot funds, Farside Investors. Funds with a flow of less than "
        "half a million dollars are left out.",
        language,
    )
    return Picture("fund_flows", note, tuple(views), language)


def _view(name: str, flows: pl.DataFrame, label: str, language: Language) -> View:
    funds = (
        flows.group_by("asset", "ticker", "issuer")
        .agg(pl.col("net_flow_usd").sum())
        .sort("asset", "net_flow_usd", "ticker", descending=[True, True, False])
        .with_columns(
            label=pl.col("net_flow_usd").map_elements(
                lambda flow: money(flow, language), return_dtype=pl.String
            )
        )
    )
    moved = funds.filter(pl.col("net_flow_usd").abs() >= _LEAST)
    totals = funds.group_by("asset", maintain_order=True).agg(pl.col("net_flow_usd").sum()).rows()
    groups = [_group(asset, total, moved.filter(asset=asset), language) for asset, total in totals]
    told = [
        said(
            "{name} funds took in {sum}" if total >= 0 else "{name} funds gave up {sum}",
            language,
            name=named(asset, language),
            sum=figure_text(abs(total), "usd", language=language),
        )
        for asset, total in totals
    ]
    first, last = (short_day(end(flows["session"]), language) for end in (min, max))
    span = said("in {label} ({first} to {last})", language, label=label, first=first, last=last)
    text = said("{moves} {span}", language, moves=clauses(told, language), span=span)
    return view(
        name,
        sentence(text, language),
        lambda sheet: bars(groups, sheet),
        _table(funds, moved, language),
        label,
    )


def _group(asset: str, total: float, moved: pl.DataFrame, language: Language) -> Group:
    heading = said(
        "{name} funds: {total} {unit} in all",
        language,
        name=asset_name(asset, language),
        total=money(total, language),
        unit=money_unit(language)[1],
    )
    shown = [
        Bar(f"{issuer} {ticker}" if issuer else ticker, ticker, flow, label)
        for ticker, issuer, flow, label in moved.select(
            "ticker", "issuer", "net_flow_usd", "label"
        ).rows()
    ]
    return Group(heading, asset, shown)


def _table(funds: pl.DataFrame, moved: pl.DataFrame, language: Language) -> Table:
    header = tuple(
        translated(name, language) for name in ("fund", "publisher", "holds", "net flow")
    )

    def cells(rows: pl.DataFrame) -> tuple[tuple[str, ...], ...]:
        return tuple(
            (
                ticker,
                issuer or "",
                named(asset, language),
                figure_text(flow, "usd", signed=True, language=language),
            )
            for ticker, issuer, asset, flow in rows.select(
                "ticker", "issuer", "asset", "net_flow_usd"
            ).rows()
        )

    names = ("ticker", "issuer", "asset", "net_flow_usd")
    return Table(
        header,
        cells(funds),
        names,
        tuple(funds.select(names).rows()),
        tuple(f"{issuer} {ticker}: {flow}" for ticker, issuer, _, flow in cells(moved)),
    )


_FLOWS = """
select asset, ticker, issuer, session, net_flow_usd
from stg.etf_flow
where session >= cast($first at time zone 'UTC' as date)
    and session < cast($first at time zone 'UTC' as date) + 14
qualify dense_rank() over (order by session) <= $sessions
order by all
"""
