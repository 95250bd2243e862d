"""The table behind the first picture of a page, and what is read from it hour by hour."""

import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.report.drawing.words import NOTHING
from marketwake.report.picture import Table
from marketwake.report.text import figure_text, instant_text


def table(prices: pl.DataFrame, flows: pl.DataFrame, language: Language) -> Table:
    """A line an hour; the flow of a session stands at its close, and is read all along its bar.

    Args:
        prices: asset, at, value (null where a bar is missing).
        flows: asset, opens_at, closes_at, net_flow_usd.
    """
    wide = prices.pivot("asset", index="at", values="value").sort("at")
    assets = [name for name in wide.columns if name != "at"]
    funds = sorted(set(flows["asset"]))
    closing: dict[object, float] = {}
    running: dict[object, float] = {}
    for fund, opens, closes, flow in flows.select(
        "asset", "opens_at", "closes_at", "net_flow_usd"
    ).iter_rows():
        closing |= {(fund, hour): flow for hour in wide["at"].filter(wide["at"] >= closes).head(1)}
        running |= {(fund, hour): flow for hour in wide["at"] if opens <= hour <= closes}
    rows, raw, told = [], [], []
    for hour, *values in wide.iter_rows():
        at_close = [closing.get((fund, hour)) for fund in funds]
        index = [NOTHING if value is None else f"{value:.2f}" for value in values]
        sums = [_sum(flow, language) for flow in at_close]
        rows.append((instant_text(hour, language), *index, *sums))
        raw.append((hour.isoformat(), *values, *at_close))
        read = [f"{asset} {text}" for asset, text in zip(assets, index, strict=True)]
        read += [
            said("{asset} funds that day {flow}", language, asset=fund, flow=_sum(flow, language))
            for fund in funds
            if (flow := running.get((fund, hour))) is not None
        ]
        told.append(f"{instant_text(hour, language)}: {' · '.join(read)}")
    header = (
        translated("time (UTC)", language),
        *(said("{asset}, index", language, asset=asset) for asset in assets),
        *(said("{asset} funds, net flow of the session", language, asset=fund) for fund in funds),
    )
    names = (
        "at_utc",
        *(f"{asset.lower()}_index" for asset in assets),
        *(f"{fund.lower()}_fund_flow_usd" for fund in funds),
    )
    return Table(header, tuple(rows), names, tuple(raw), tuple(told))


def _sum(flow: float | None, language: Language) -> str:
    return "" if flow is None else figure_text(flow, "usd", signed=True, language=language)
