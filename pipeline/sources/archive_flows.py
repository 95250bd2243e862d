"""Net flows of the US spot funds: Farside's all-history table as CSV, `farside_<asset>_flows.csv`.

A row per session: `Date` (`06 Jul 2026`), a column per fund, `Total`; US$ million with one decimal, negative for an outflow, in parentheses
or with a minus sign, thousands with or without a comma. What the cells mean:

* `0.0` is a reported zero; an empty cell or `-` is a fund that did not report, which gives no row
* a row in which no fund reported is a holiday, or the running day: it gives neither funds nor total, whatever its `Total` says
* `Seed` (capital at launch) and the foot (`Total`, `Average`, `Maximum`, `Minimum`) are no sessions
* funds come, go and change name: columns are read by name, and a former ticker becomes the present one of the fund's seed

Amounts become whole US dollars. The table is restated in the days after a session; a later file supersedes.
"""

import csv
import re

import polars as pl

from pipeline.errors import SourceChangedError
from pipeline.resources import SQL
from pipeline.sources.archive_csv import day_text, read_published

NOT_SESSIONS = ("Seed", "Total", "Average", "Maximum", "Minimum")


def parse(path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Flows per fund and the published totals of one asset. `path` has the group asset.

    Raises:
        SourceChangedError: no `Date` or `Total` column, no fund, or a ragged line.
    """
    table = read_published(path.string, body, ["Date", "Total"])
    funds = [name for name in table.columns if name not in ("Date", "Total")]
    if not funds or "" in funds:
        raise SourceChangedError("archive", f"{path.string} line 1", "Date, a named column per fund, Total", ", ".join(table.columns))
    cells = [pl.when(pl.col(name) != "-").then(pl.col(name)).alias(name) for name in [*funds, "Total"]]
    sessions = (
        table.filter(pl.col("Date").is_in(NOT_SESSIONS).not_())
        .with_columns(cells)
        .filter(pl.any_horizontal(pl.col(funds).is_not_null()))
        .with_columns(asset=pl.lit(path["asset"].upper()), session=day_text(pl.col("Date"), "%d %b %Y"))
    )
    flows = (
        sessions.unpivot(funds, index=["asset", "session"], variable_name="ticker", value_name="flow")
        .drop_nulls("flow")
        .select("asset", pl.col("ticker").replace(_renames()), "session", net_flow_usd=_usd(pl.col("flow")))
    )
    totals = sessions.drop_nulls("Total").select("asset", "session", net_flow_usd=_usd(pl.col("Total")))
    return {"etf_flow": flows, "etf_flow_total": totals}


def _usd(millions: pl.Expr) -> pl.Expr:
    """US$ million as printed -> whole US dollars as text; what is no number stays as it was."""
    plain = millions.str.replace_all(",", "").str.replace(r"^\((.*)\)$", "-$1")
    dollars = (plain.cast(pl.Float64, strict=False) * 1e6).round().cast(pl.Int64, strict=False)
    return pl.coalesce(dollars.cast(pl.String), millions)


def _renames() -> dict[str, str]:
    with (SQL / "seeds" / "fund.csv").open(encoding="utf-8", newline="") as file:
        return {old: row["ticker"] for row in csv.DictReader(file) for old in row["former_tickers"].split()}
