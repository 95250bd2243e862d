"""All event windows on the terminal: a table per measure, a row per series and window, a
column per anchor."""

from collections.abc import Iterator
from typing import Any, TypeVar

import polars as pl

from marketwake.base.errors import counted
from marketwake.base.figure_text import format_p, format_stated
from marketwake.cli.console import GAP, Terminal, plain, put, put_groups, say
from marketwake.cli.show import heading
from marketwake.event_study.run import EventStudy
from marketwake.event_study.story import precedent_caveat
from marketwake.report.drawing.words import INDICES

T = TypeVar("T")
MEASURES = {
    "return": "Return",
    "relative_log_return": "Ether less bitcoin, log return",
    "volume_ratio": "Volume against the usual volume of the same hours of the week",
    "net_flow_usd": "Net flow of the US spot funds",
    "annualised_basis": "Annualised basis of the CME micro contracts",
    "index_return": "Return of the index, dividends not included",
}
"""Measures that are shown, with what they are called; mart.event_response holds the others too."""
_LABEL = 18
"""Columns of a terminal that the names of rows take."""


def show_tables(result: EventStudy, anchors: list[str]) -> None:
    """Print every measure after the named anchors with the share of usual windows that moved as
    much, the models, and the design.
    """
    candidates = result.estimation.filter(pl.col("anchor").is_in(anchors))
    by_month = result.response.filter(pl.col("value").is_not_null())[
        "window_unit"
    ].unique().to_list() == ["month"]
    usual: dict[str, list[str]] = {}
    for anchor, first, last in candidates.select(
        "anchor", "estimation_from", "estimation_to"
    ).rows():
        span = "every month of the series" if by_month else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
        usual.setdefault(span, []).append(anchor)
    for span, named in usual.items():
        say(f"What is usual is taken from {span} ({', '.join(named)}).")
    # The ratio ETH/BTC moves as ether less bitcoin does.
    shown = result.response.filter(pl.col("is_nominal") & (pl.col("instrument") != "ETH/BTC"))
    shown = shown.join(candidates.select("anchor"), on="anchor", how="semi").sort(
        "instrument", "venue", "anchor", maintain_order=True
    )
    for measure, title in MEASURES.items():
        rows = shown.filter(pl.col("measure") == measure)
        if rows["value"].count():
            _print(
                f"{title} (in brackets: share of usual windows with at least as much)",
                rows,
                anchors,
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
    heading(
        "Expected returns: estimation windows and their residuals "
        "(p-values of tests against independence)"
    )
    # Anchors that share an estimation window have the same models.
    shown = models.drop(
        "event", "anchor", "anchor_at", "is_candidate", "market", "alpha", "design_hash"
    ).unique(maintain_order=True)
    rows = shown.to_dicts()
    for some in _abreast(rows, max(len(f"{row['venue']} {row['instrument']}") for row in rows)):
        named = [
            "\n".join([f"{row['venue']} {row['instrument']}", *row["model"].split("_")])
            for row in some
        ]
        table = plain("", *named, right=tuple(named))
        for name in shown.columns:
            if name not in {"venue", "instrument", "model"}:
                table.add_row(name.replace("_", " "), *(_number(row[name]) for row in some))
        put(table)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else format_p(value)


def _print(title: str, rows: pl.DataFrame, anchors: list[str]) -> None:
    """Anchors side by side, as many as fit, and for each series a row per window."""
    heading(title)
    named = [name for name in anchors if name in set(rows["anchor"])]
    cells = {tuple(place): _cell(*figure) for *place, figure in _figures(rows)}
    windows = (
        rows.select("window_length", "window_unit")
        .unique()
        .sort("window_unit", "window_length")
        .rows()
    )
    held = rows.filter(pl.col("value").is_not_null())
    series, empty = (
        frame.select("instrument", "venue").unique(maintain_order=True).rows()
        for frame in (held, rows.join(held, on=["instrument", "venue"], how="anti"))
    )
    for some in _abreast(named, max(map(len, [*named, *cells.values()]))):
        lines = [
            (
                _called(*one),
                counted(length, unit),
                *(cells.get((*one, name, length, unit), "") for name in some),
            )
            for one in series
            for length, unit in windows
        ]
        filled = [line for line in lines if any(line[2:])]
        put_groups(["series", "window", *some], filled, right=tuple(some))
    if empty:
        say(f"No window is filled of {'; '.join(_called(*one) for one in empty)}.")


def _called(instrument: str, venue: str) -> str:
    """A series as people call it."""
    return INDICES.get(instrument, f"{instrument}, {venue}")


def _abreast(columns: list[T], widest: int) -> Iterator[list[T]]:
    """As many columns at a time as a terminal has room for."""
    console = Terminal()
    room = (console.width - _LABEL) // (widest + GAP) if console.is_laid_out else len(columns)
    count = max(1, room)
    for start in range(0, len(columns), count):
        yield columns[start : start + count]


def _figures(rows: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    for *place, value, unit, share, missing in rows.select(
        "instrument",
        "venue",
        "anchor",
        "window_length",
        "window_unit",
        "value",
        "unit",
        "rank_share",
        "missing",
    ).rows():
        yield *place, (value, unit, share, missing)


def _cell(value: float | None, unit: str, share: float | None, missing: int) -> str:
    if value is None:
        return f"{missing:,} missing"
    shown = format_stated(value, unit)
    return shown if share is None else f"{shown} ({100 * share:.0f} %)"
