"""Farside's table of net flows, as text: what every form of it (web page, CSV) has in common.

A row per session: `Date` (`06 Jul 2026`), a column per fund, `Total`; US$ million with one decimal,
negative for an outflow, in parentheses or with a minus sign, thousands with or without a comma.
What the cells mean:

* `0.0` is a reported zero; an empty cell or a dash is a fund that did not report: it gives no row
* a row of zeros on a day without a session is none, as it is a holiday that somebody filled in
* a row in which no fund reported is a holiday, or the running day: it gives neither funds nor
  total, whatever its `Total` says
* `Seed` (capital at launch) and the foot (`Total`, `Average`, `Maximum`, `Minimum`) are no sessions
* funds come, go and change name: columns are read by name, and a former ticker becomes the present
  one of the fund's seed; a ticker that the seed does not know is handed on, for the check of
  unknown names to report

Amounts become whole US dollars. A session appears in parts from about 22:00 UTC of its day and is
restated until the next morning and sometimes for days: what is there is loaded, and what changes
opens a new version.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.base.seeds import seed_rows
from marketwake.calendars.sessions import xnys_days
from marketwake.sources.publisher_csv import SHOWN, day_text, read_published

NOT_SESSIONS = ("Seed", "Total", "Average", "Maximum", "Minimum")
DAY = "%d %b %Y"
_AMOUNT = r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?"
FIGURE = rf"[-+]?{_AMOUNT}|\({_AMOUNT}\)"
"""A figure as every form of the table may print it: 9.7, (44.5), 1,119.9, as a regular expression.
A decimal comma is none: 287,4 would be read as 2,874.
"""
_MINUS = (
    "\u02d7\u058a\u05be\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u207b\u208b\u2212"
    "\u2796\u2e3a\u2e3b\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d"
)
"""Unicode's dashes, hyphens and minus signs."""
_PLUS = "\u207a\u208a\u2795\ufe62\uff0b"
_SIGNS = dict.fromkeys(_MINUS, "-") | dict.fromkeys(_PLUS, "+") | {"\uff08": "(", "\uff09": ")"}
_TRANSLATED = str.maketrans(_SIGNS)


def plain(cell: str) -> str:
    """A cell with the signs of a keyboard: dashes of every kind stand for a minus sign, or alone,
    one or several, for a fund that did not report, which is `-`.
    """
    text = cell.translate(_TRANSLATED)
    return "-" if text and not text.strip("-") else text


def read_csv(source: str, where: str, asset: str, body: bytes) -> dict[str, pl.DataFrame]:
    """Flows per fund and the published totals of one asset. An impossible cell is handed on, so
    that the contract rejects its row alone.

    Raises:
        SourceChangedError: no `Date` or `Total` column, no fund, funds of another asset, or a
            ragged line.
    """
    table = read_published(where, body, ["Date", "Total"], source)
    funds = _funds(table)
    if not funds or "" in funds:
        raise SourceChangedError(
            source,
            f"{where} line 1",
            "Date, a named column per fund, Total",
            ", ".join(table.columns),
        )
    refuse_other_asset(source, where, asset, funds)
    return flow_frames(asset, table)


def flow_frames(asset: str, table: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of both raw tables from `Date`, a column per fund and `Total`, all text as printed
    (null or `-`: not reported).
    """
    funds = _funds(table)
    figures = pl.col([*funds, "Total"]).str.replace_many(_SIGNS)
    table = table.with_columns(figures.str.replace(r"^-+$", "-"))
    cells = [
        pl.when(pl.col(name) != "-").then(pl.col(name)).alias(name) for name in [*funds, "Total"]
    ]
    sessions = (
        table.filter(pl.col("Date").is_in(NOT_SESSIONS).not_())
        .with_columns(cells)
        .filter(pl.any_horizontal(pl.col(funds).is_not_null()))
        .with_columns(asset=pl.lit(asset), session=day_text(pl.col("Date"), DAY))
    )
    sessions = sessions.filter(~_is_filled_holiday(funds))
    present = {old: ticker for ticker, (_, former) in _seed().items() for old in former}
    flows = (
        sessions.unpivot(
            funds, index=["asset", "session"], variable_name="ticker", value_name="flow"
        )
        .drop_nulls("flow")
        .select(
            "asset", pl.col("ticker").replace(present), "session", net_flow_usd=_usd(pl.col("flow"))
        )
    )
    totals = sessions.drop_nulls("Total").select(
        "asset", "session", net_flow_usd=_usd(pl.col("Total"))
    )
    return {"etf_flow": flows, "etf_flow_total": totals}


def _is_filled_holiday(funds: Sequence[str]) -> pl.Expr:
    session = pl.col("session").str.to_date("%Y-%m-%d", strict=False)
    zeros = (_millions(pl.col(fund)).fill_null(0.0) == 0.0 for fund in funds)
    is_session = session.is_in(xnys_days().implode()).fill_null(value=True)
    return ~is_session & pl.all_horizontal(zeros)


def known_tickers(asset: str) -> frozenset[str]:
    """Tickers of an asset's funds, present and former, by seed.fund."""
    return frozenset(
        name
        for ticker, (of, former) in _seed().items()
        if of == asset
        for name in (ticker, *former)
    )


def refuse_other_asset(source: str, where: str, asset: str, funds: Sequence[str]) -> None:
    """Both assets' tables look alike: only the funds tell them apart.

    Raises:
        SourceChangedError: none of the funds is known to hold the asset.
    """
    if known_tickers(asset).isdisjoint(funds):
        raise SourceChangedError(
            source, where, f"funds that hold {asset}", ", ".join(funds)[:SHOWN]
        )


def refuse_future(
    source: str, where: str, frames: dict[str, pl.DataFrame], requested_at: datetime
) -> dict[str, pl.DataFrame]:
    """The frames as they are, when no session lies after the day of asking (a year mistyped by the
    publisher would stay in force for long).

    Raises:
        SourceChangedError: a session has figures before its day.
    """
    sessions = frames["etf_flow"]["session"].str.to_date("%Y-%m-%d", strict=False)
    early = sessions.filter(sessions > requested_at.date()).to_list()
    if early:
        raise SourceChangedError(
            source,
            where,
            f"sessions until {requested_at:%Y-%m-%d}, the day of asking",
            f"figures for {max(early)}",
        )
    return frames


def _funds(table: pl.DataFrame) -> list[str]:
    return [name for name in table.columns if name not in ("Date", "Total")]


def _usd(millions: pl.Expr) -> pl.Expr:
    """US$ million as printed -> whole US dollars as text; what is no figure is left to be rejected
    with its text.
    """
    dollars = (_millions(millions) * 1e6).round().cast(pl.Int64, strict=False)
    # Not as it stood: 1e3 would pass for a thousand dollars.
    return pl.coalesce(dollars.cast(pl.String), pl.format("{} US$ million", millions))


def _millions(printed: pl.Expr) -> pl.Expr:
    """The number of a figure as printed; null for what is none."""
    plain = printed.str.replace_all(",", "").str.replace(r"^\((.*)\)$", "-$1")
    is_figure = printed.str.contains(f"^(?:{FIGURE})$")
    return pl.when(is_figure).then(plain.cast(pl.Float64, strict=False))


@cache
def _seed() -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        row["ticker"]: (row["asset"], tuple(row["former_tickers"].split()))
        for row in seed_rows("fund")
    }
