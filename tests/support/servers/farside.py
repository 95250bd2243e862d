"""Farside's pages of spot ETF flows, in its own markup (after its Bitcoin page of 23 July 2026).

The session of the day is a green row of `-`; from 22:00 UTC on half of its funds have reported,
from 05:00 UTC of the next day all. A fund has a column from its first report on. What the recorded
or bundled flows do not hold, the pages do not show.

Habits: `shut`: 403 for everybody. `browsers only`: 403 for a client that says who it is.
`new fund`: a fund MSSE beside ether's from 18 August 2025 on, which no seed knows. `dashes`: an en
dash for what was not reported, a minus sign for what flowed out.
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import ClassVar

from marketwake.base.resources import SAMPLE
from tests.support.servers.core import Ask, Limit, Response, Venue, html_response, register

ISSUERS = {
    "IBIT": ("Blackrock", "0.25%"), "FBTC": ("Fidelity", "0.25%"), "BITB": ("Bitwise", "0.20%"),
    "ARKB": ("Ark", "0.21%"), "BTCO": ("Invesco", "0.25%"), "EZBC": ("Franklin", "0.19%"),
    "BRRR": ("Valkyrie", "0.25%"), "HODL": ("VanEck", "0.20%"), "BTCW": ("WTree", "0.25%"),
    "MSBT": ("MS", "0.14%"), "GBTC": ("Grayscale", "1.50%"), "BTC": ("Grayscale", "0.15%"),
    "ETHA": ("Blackrock", "0.25%"), "ETHB": ("Blackrock", "0.25%"), "FETH": ("Fidelity", "0.25%"),
    "ETHW": ("Bitwise", "0.20%"), "TETH": ("21Shares", "0.21%"), "ETHV": ("VanEck", "0.20%"),
    "QETH": ("Invesco", "0.25%"), "EZET": ("Franklin", "0.19%"), "ETHE": ("Grayscale", "2.50%"),
    "ETH": ("Grayscale", "0.15%"), "MSSE": ("MS", "0.14%"),
}  # fmt: skip
"""Ticker -> name of the logo and fee, in the order of the page's columns."""

RECENT = 14
"""Rows of an asset page, the running day included."""


@dataclass(frozen=True)
class Row:
    """One session: net flow in US$ million by ticker, None where not reported; the total as
    printed.
    """

    day: date
    flows: dict[str, float | None]
    total: float | None
    is_running: bool = False


@cache
def read_rows(recorded: Path | None, asset: str) -> tuple[list[str], list[Row], dict[str, str]]:
    """Tickers in column order, sessions oldest first, and the cells of the `Seed` row (empty where
    there is none).
    """
    if recorded is None:
        return _sample(asset)
    with (recorded / "etf" / f"farside_{asset.lower()}_flows.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        lines = list(csv.DictReader(file))
    tickers = [name for name in lines[0] if name not in ("Date", "Total")]
    number: Callable[[str], float | None] = lambda cell: float(cell) if cell else None  # noqa: E731
    rows = [
        Row(
            datetime.strptime(line["Date"], "%d %b %Y").date(),  # noqa: DTZ007
            {name: number(line[name]) for name in tickers},
            number(line["Total"]),
        )
        for line in lines
        if line["Date"] != "Seed"
    ]
    return tickers, rows, next((line for line in lines if line["Date"] == "Seed"), {})


def _sample(asset: str) -> tuple[list[str], list[Row], dict[str, str]]:
    flows: dict[date, dict[str, float | None]] = {}
    for line in _lines("etf_flow", asset):
        flows.setdefault(date.fromisoformat(line["session"]), {})[line["ticker"]] = (
            float(line["net_flow_usd"]) / 1e6
        )
    totals = {
        date.fromisoformat(line["session"]): float(line["net_flow_usd"]) / 1e6
        for line in _lines("etf_flow_total", asset)
    }
    known = {name for row in flows.values() for name in row}
    tickers = [name for name in ISSUERS if name in known]
    return (
        tickers,
        [
            Row(day, {name: flows[day].get(name) for name in tickers}, totals.get(day))
            for day in sorted(flows)
        ],
        {},
    )


def _lines(table: str, asset: str) -> list[dict[str, str]]:
    with (SAMPLE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [line for line in csv.DictReader(file) if line["asset"] == asset]


def rows_at(rows: Sequence[Row], now: datetime) -> list[Row]:
    """The sessions as the page shows them at an instant: finished ones, then the running day."""
    shown = []
    for row in rows:
        if now >= _instant(row.day + timedelta(days=1), 5):
            shown.append(row)
        elif now >= _instant(row.day, 22):
            flows = {
                name: flow if place % 2 == 0 else None
                for place, (name, flow) in enumerate(row.flows.items())
            }
            shown.append(
                Row(row.day, flows, sum(flow or 0.0 for flow in flows.values()), is_running=True)
            )
        elif now >= _instant(row.day, 0):
            shown.append(Row(row.day, dict.fromkeys(row.flows), 0.0, is_running=True))
    return shown


def _instant(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def bend_rows(rows: list[Row], bend: str | None) -> list[Row]:
    """The rows with one fault of content in the newest sessions."""
    if bend == "duplicate":
        return [*rows, rows[-1]]
    if bend == "out_of_order":
        return rows[::-1]
    if bend == "short_page":
        return rows[-3:]
    if bend == "gap":
        return [*rows[:-2], rows[-1]]
    if bend == "restated":
        # A fund of the last finished session reports 1.5 million more than it did.
        place = max(place for place, row in enumerate(rows) if not row.is_running)
        name = next(name for name, flow in rows[place].flows.items() if flow is not None)
        flows = {**rows[place].flows, name: (rows[place].flows[name] or 0.0) + 1.5}
        return [
            *rows[:place],
            replace(rows[place], flows=flows, total=(rows[place].total or 0.0) + 1.5),
            *rows[place + 1 :],
        ]
    return rows


def render(
    tickers: Sequence[str],
    rows: Sequence[Row],
    *,
    is_history: bool,
    seed: dict[str, str],
    total_name: str = "Total",
) -> str:
    """A page: the asset page with its three header rows and newest sessions, or the all-history
    page with one.
    """
    head = _history_head(tickers, total_name) if is_history else _asset_head(tickers, total_name)
    body = [_day(row, tickers) for row in (rows if is_history else rows[-RECENT:])]
    if is_history:
        body = ["<tr>\n</tr>", *([_seed(seed, tickers)] if seed else []), *body]
    table = "\n".join(
        [f"<thead>\n{head}\n</thead>\n<tbody>", *body, *_foot(rows, tickers), "</tbody>"]
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n'
        '<head><meta charset="UTF-8"><title>ETF Flow (US$m)</title></head>\n'
        '<body>\n<header><nav><a href="/btc/">Bitcoin ETF Flow</a> '
        '<a href="/eth/">Ethereum ETF Flow</a></nav></header>\n'
        f'<article><h1>ETF Flow (US$m)</h1>\n<table class="etf">\n{table}\n</table>\n'
        "<p>Source: Farside Investors. Data may be restated.</p></article>\n</body>\n</html>\n"
    )


def _asset_head(tickers: Sequence[str], total_name: str) -> str:
    pad = "\u00a0"
    logo = (
        '<th><div align="center"><a href="" class="grow">'
        '<img src="/images/etf/{0}.jpg" alt="{1}" width="32" height="15"></a></div></th>'
    )
    logos = [logo.format(ISSUERS[name][0].lower(), ISSUERS[name][0]) for name in tickers]
    rows = (
        [_head(pad * 23), *logos, _head(f"{pad * 6}{total_name}")],
        [_head(""), *(_head(f"{pad * 3}{name}") for name in tickers), _head("")],
        [_head("Fee"), *(_head(ISSUERS[name][1]) for name in tickers), _head("")],
    )
    return "\n".join('<tr bgcolor="#eaeffa">\n' + "\n".join(cells) + "\n</tr>" for cells in rows)


def _history_head(tickers: Sequence[str], total_name: str) -> str:
    return (
        '<tr bgcolor="#eaeffa">\n'
        + "\n".join(_head(name) for name in ("Date", *tickers, total_name))
        + "\n</tr>"
    )


def _head(text: str) -> str:
    return f'<th><div align="right"><span class="tabletext">{text}</span></div></th>'


def _day(row: Row, tickers: Sequence[str]) -> str:
    style = ' style="background-color: #99ff99 !important;"' if row.is_running else ""
    cells = "".join(
        _cell(_amount(flow)) for flow in [*(row.flows[name] for name in tickers), row.total]
    )
    return (
        f'<tr{style}> \n<td><span class="tabletext">{row.day:%d %b %Y}</span></td>\n'
        f"{cells}            </tr>"
    )


def _seed(seed: dict[str, str], tickers: Sequence[str]) -> str:
    cells = "".join(_cell(f"{seed[name]}*" if seed[name] else "-") for name in tickers) + _cell(
        _amount(float(seed["Total"]))
    )
    return f'<tr>\n<td><span class="tabletext">Seed</span></td>\n{cells}</tr>'


def _foot(rows: Sequence[Row], tickers: Sequence[str]) -> list[str]:
    # Holidays have a total of 0.0 and do not count, nor does the running day.
    totals = [
        row.total
        for row in rows
        if not row.is_running and any(flow is not None for flow in row.flows.values())
    ]
    columns = [*([row.flows[name] for row in rows] for name in tickers), totals]
    reported = [[flow for flow in column if flow is not None] or [0.0] for column in columns]
    figures = {
        "Total": [_amount(sum(column), 0) for column in reported],
        "Average": [_amount(sum(column) / len(column)) for column in reported],
        "Maximum": [_amount(max(column)) for column in reported],
        "Minimum": [_amount(min(column)) for column in reported],
    }
    style = ' style="background-color: #eaeffa !important;"'
    return [
        f'<tr{style}>\n<td><span class="tabletext">{name}</span></td>\n'
        f"{''.join(map(_cell, cells))}</tr>"
        for name, cells in figures.items()
    ]


def _amount(flow: float | None, decimals: int = 1) -> str:
    if flow is None:
        return "-"
    # Halves are rounded up, as on the recorded page; the inner rounding removes what adding floats
    # left behind.
    rounded = Decimal(str(round(flow, 6))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,}"
    return f'<span class="redFont">({text})</span>' if rounded < 0 else text


def _cell(text: str) -> str:
    style = ' class="zero-flow"' if text in ("0.0", "-") else ""
    return f'<td{style}><div align="right"><span class="tabletext">{text}</span></div></td>'


def _is_let_in(ask: Ask) -> bool:
    """A browser sends what every browser sends with a page, a borrowed user agent alone is not
    enough (the handshake's fingerprint cannot be seen here); others say `name/version (purpose)`.
    """
    agent = ask.headers.get("user-agent", "")
    if "Mozilla" in agent:
        return "text/html" in ask.headers.get("accept", "")
    return bool(re.fullmatch(r"[a-z]+/[\w.]+ \([^()]{5,60}\)", agent)) and (
        "browsers only" not in ask.habits
    )


def _with_new_fund(row: Row) -> Row:
    """With a fund that takes in 1.5 a day since its launch; the total has it."""
    has_begun = row.day >= date(2025, 8, 18) and not row.is_running
    flows = {**row.flows, "MSSE": 1.5 if has_begun else None}
    return replace(row, flows=flows, total=(row.total or 0.0) + 1.5 if has_begun else row.total)


@register
class Farside(Venue):
    """`/btc/`, `/eth/` and the two all-history pages, for browsers and for clients whose agent says
    who they are and what for; others get 403.
    """

    name = "farside"
    limit = Limit(per_second=1, burst=10)
    bends = frozenset(
        {"duplicate", "out_of_order", "short_page", "restated", "gap", "renamed_column"}
    )
    _PAGES: ClassVar[dict[str, tuple[str, bool]]] = {
        "/btc/": ("BTC", False),
        "/eth/": ("ETH", False),
        "/bitcoin-etf-flow-all-data/": ("BTC", True),
        "/ethereum-etf-flow-all-data/": ("ETH", True),
    }

    def __init__(self, recorded: Path | None) -> None:
        super().__init__(recorded)
        self._tables = {asset: read_rows(recorded, asset) for asset in ("BTC", "ETH")}

    def handle(self, ask: Ask) -> Response:
        """A page as it stands at `ask.now`."""
        if "shut" in ask.habits or not _is_let_in(ask):
            return self.refuse(403)
        if ask.path not in self._PAGES:
            return self.refuse(404)
        asset, is_history = self._PAGES[ask.path]
        tickers, rows, seed = self._tables[asset]
        shown = bend_rows(rows_at(rows, ask.now), ask.bend)
        launched = [
            name
            for name in tickers
            if any(row.flows[name] is not None for row in rows_at(rows, ask.now))
        ]
        if "new fund" in ask.habits and asset == "ETH":
            launched = [*launched, "MSSE"]
            seed = {**seed, "MSSE": ""} if seed else seed
            shown = [_with_new_fund(row) for row in shown]
        total_name = "Net" if ask.bend == "renamed_column" else "Total"
        page = render(launched, shown, is_history=is_history, seed=seed, total_name=total_name)
        if "dashes" in ask.habits:
            page = re.sub(r">\(([\d.,]+)\)<", ">\u2212\\1<", page).replace(">-<", ">\u2013<")
        return html_response(page)

    def refuse(self, status: int) -> Response:
        """The page of its hosting."""
        return html_response(
            f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>cloudflare</body></html>",
            status,
        )
