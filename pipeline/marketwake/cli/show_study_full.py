"""All event windows on the terminal: a table per measure, a row per anchor, a column per window."""

import polars as pl
from rich.markup import escape
from rich.table import Table

from marketwake.base.figure_text import format_stated
from marketwake.cli.show import out, say
from marketwake.event_study.run import EventStudy
from marketwake.event_study.story import precedent_caveat

MEASURES = {
    "return": "Return",
    "relative_log_return": "Ether less bitcoin, log return",
    "volume_ratio": "Volume against the usual volume of the same hours of the week",
    "net_flow_usd": "Net flow of the US spot funds",
    "annualised_basis": "Annualised basis of the CME micro contracts",
    "index_return": "Return of the index, dividends not included",
}
"""Measures that are shown, with what they are called; mart.event_response holds the others too."""


def show_tables(result: EventStudy, anchors: list[str]) -> None:
    """Print every measure after the named anchors with the share of usual windows that moved as
    much, the models, and the design.
    """
    candidates = result.estimation.filter(pl.col("anchor").is_in(anchors))
    by_month = result.response.filter(pl.col("value").is_not_null())[
        "window_unit"
    ].unique().to_list() == ["month"]
    for anchor, instant, first, last in candidates.select(
        "anchor", "nominal_at", "estimation_from", "estimation_to"
    ).rows():
        usual = "every month of the series" if by_month else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
        say(f"{anchor}: {instant:%Y-%m-%d %H:%M} UTC; what is usual is taken from {usual}")
    # The ratio ETH/BTC moves as ether less bitcoin does.
    shown = result.response.filter(pl.col("is_nominal") & (pl.col("instrument") != "ETH/BTC"))
    shown = shown.join(candidates.select("anchor"), on="anchor", how="semi").sort(
        "instrument", "venue", "anchor", maintain_order=True
    )
    for measure, title in MEASURES.items():
        rows = shown.filter(pl.col("measure") == measure)
        if rows["value"].count():
            out.print(
                _table(f"{title} (in brackets: share of usual windows with at least as much)", rows)
            )
    caveat = precedent_caveat(result.test.filter(pl.col("anchor").is_in(anchors)))
    if caveat:
        say(caveat)
    _models(result.model.filter(pl.col("anchor").is_in(anchors)))
    for name, choice in result.design.described().items():
        say(f"{name}: {choice}")


def _models(models: pl.DataFrame) -> None:
    if models.is_empty():
        return
    table = Table(
        title="Expected returns: estimation windows and their residuals "
        "(p-values of tests against independence)",
        title_justify="left",
    )
    # Anchors that share an estimation window have the same models.
    shown = models.drop(
        "event", "anchor", "anchor_at", "is_candidate", "market", "alpha", "design_hash"
    ).unique(maintain_order=True)
    for name, kind in shown.schema.items():
        table.add_column(
            name.replace("_", " "),
            justify="left" if kind == pl.String else "right",
            no_wrap=kind == pl.String,
        )
    for row in shown.rows():
        table.add_row(*map(_number, row))
    out.print(table)


def _number(value: object) -> str:
    return (
        "-" if value is None else f"{value:.2g}" if isinstance(value, float) else escape(str(value))
    )


def _table(title: str, rows: pl.DataFrame) -> Table:
    table = Table(title=title, title_justify="left")
    windows = (
        rows.select("window_length", "window_unit")
        .unique()
        .sort("window_unit", "window_length")
        .rows()
    )
    for name in ("instrument", "venue", "anchor"):
        table.add_column(name, no_wrap=True)
    for length, unit in windows:
        table.add_column(f"{length} {unit}", justify="right")
    cells = {
        (*place, length, window): _cell(value, unit, share, missing)
        for *place, length, window, value, unit, share, missing in rows.select(
            "instrument",
            "venue",
            "anchor",
            "window_length",
            "window_unit",
            "value",
            "unit",
            "rank_share",
            "missing",
        ).rows()
    }
    for place in rows.select("instrument", "venue", "anchor").unique(maintain_order=True).rows():
        table.add_row(
            *(escape(name) for name in place),
            *(cells.get((*place, *window), "") for window in windows),
        )
    return table


def _cell(value: float | None, unit: str, share: float | None, missing: int) -> str:
    if value is None:
        return f"{missing} missing"
    shown = format_stated(value, unit)
    return shown if share is None else f"{shown} ({share:.0%})"
