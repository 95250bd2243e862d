"""Net flows of the US spot funds as people keep them: Farside's table copied from a browser (tabs),
in a spreadsheet, as a saved page, or the wide CSV of another program.

The row of tickers is the first that names three known funds; of the rows below it those count whose
first cell is a date. What the cells mean: sources/farside/table.py. Further traps:

* columns are in any case, and only tickers are taken; without a `Total` there is no total
* amounts are US$ million or US dollars, as most rows tell; prices have the same columns, and are
  refused: flow_scale.py
* programs fill days without a session with zeros: they are left out, and their number is told
* both assets' funds may stand side by side: each goes to its own, and a total of both to none
"""

import csv
import email
import email.policy
import io
import logging
import re
from collections.abc import Sequence
from itertools import takewhile

import polars as pl

from marketwake.base.errors import counted
from marketwake.calendars.sessions import xnys_days
from marketwake.sources.farside.source import read_page as read_farside_page
from marketwake.sources.farside.table import (
    NOT_SESSIONS,
    flow_frames,
    known_tickers,
    plain,
    refuse_future,
)
from marketwake.sources.files.flow_days import DAY, read_days
from marketwake.sources.files.flow_scale import (
    in_millions,
    number,
    refuse_levels,
    says_flows,
    without_strangers,
)
from marketwake.sources.files.given import SHOWN, SOURCE, Given, separator

log = logging.getLogger(__name__)

ASSETS = ("BTC", "ETH")
FEWEST = 3
"""Known funds in a row that make it the row of tickers."""
_NOT_REPORTED = {"", "-", "nan", "none", "null", "n/a", "#n/a"}
_TICKER = re.compile(r"[A-Z]{3,5}")
_NO_TICKERS = {
    "DATE",
    "TOTAL",
    "TOTALS",
    "SUM",
    "NET",
    "PRICE",
    "CLOSE",
    "FLOW",
    "CUM",
    "AUM",
    "USD",
}


def rows_of(text: str) -> list[list[str]]:
    """The cells of a table as text; its separator is that of the line with the most."""
    lines = text.splitlines()
    widest = max(lines[:40], key=lambda line: max(map(line.count, "\t;,")), default="")
    return list(csv.reader(io.StringIO(text), delimiter=separator(widest)))


def tickers_row(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows names the funds; null where none does."""
    return next((i for i, row in enumerate(rows[:40]) if _assets(row)), None)


def _assets(row: Sequence[str]) -> list[str]:
    """The assets of which a row names enough funds."""
    cells = {cell.strip().upper() for cell in row}
    return [asset for asset in ASSETS if len(known_tickers(asset) & cells) >= FEWEST]


def is_table(given: Given) -> bool:
    """Whether one of the first rows of a text names three funds."""
    try:
        return tickers_row(rows_of(given.head)) is not None
    except csv.Error:
        return False


def read(given: Given) -> dict[str, pl.DataFrame]:
    """Flows per fund and totals of a text.

    Raises:
        SourceChangedError: as `read_rows`.
    """
    try:
        rows = rows_of(given.text.decode())
    except (UnicodeDecodeError, csv.Error) as error:
        raise given.refused("a table in UTF-8", str(error)[:SHOWN]) from error
    return read_rows(given, rows)


def read_rows(given: Given, rows: Sequence[Sequence[str]]) -> dict[str, pl.DataFrame]:
    """Flows per fund and totals of a table. A cell that is no figure is handed on, so that the
    contract rejects its row alone.

    Raises:
        SourceChangedError: no row of tickers, a fund twice, no row that begins with a date, or
            figures for a day to come.
    """
    has_dash = any(plain(cell.strip()) == "-" for row in rows for cell in row)
    rows = [[_plain(cell) for cell in row] for row in rows]
    first = tickers_row(rows)
    if first is None:
        raise given.refused(f"a row with {FEWEST} known funds", "none")
    if {"ticker", "price"} & {row[0].lower() for row in rows[: first + 1] if row}:
        raise given.refused("net flows by fund", "closes or other figures of yfinance's download()")
    if rows[first][0].upper() in known_tickers("BTC") | known_tickers("ETH"):
        # The blank cell over the dates was lost when it was copied.
        rows[: first + 1] = [row if row[:1] == [""] else ["", *row] for row in rows[: first + 1]]
    names = _names(given, rows[: first + 1])
    dated = _dated(given, rows, first + 1)
    long = next((row for row in dated if any(row[len(names) :])), None)
    if long:
        raise given.refused(f"{len(names)} cells in the row {long[0]}", f"{len(long)}")
    columns = {
        name: [row[i] if i < len(row) and row[i] else None for row in dated]
        for i, name in enumerate(names)
        if name
    }
    funds = [name for name in columns if name in known_tickers("BTC") | known_tickers("ETH")]
    head = takewhile(lambda row: not (row and DAY.fullmatch(row[0])), rows)
    is_named = says_flows(head, columns)
    refuse_levels(given, columns, funds, has_dash=has_dash, is_named=is_named)
    columns = in_millions(given, without_strangers(given, columns, funds), funds)
    columns["Date"] = [*read_days(given, [row[0] for row in dated])]
    table = _without_filled_days(
        given, pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    )
    frames = [_flows(table, asset, _assets(rows[first])) for asset in _assets(rows[first])]
    both = {name: pl.concat([frame[name] for frame in frames]) for name in frames[0]}
    return refuse_future(SOURCE, given.where, both, given.asked_at)


def _dated(given: Given, rows: Sequence[Sequence[str]], first: int) -> list[Sequence[str]]:
    """Rows of sessions. A foot is none; what has figures under something that only looks like a
    date is handed on, so that the contract rejects its row alone.
    """
    kept: list[Sequence[str]] = []
    has_date = False
    for i, row in enumerate(rows[first:], first + 1):
        has_figures = any(number(cell or None) is not None for cell in row[1:])
        if row and DAY.fullmatch(row[0]):
            has_date = True
            kept.append(row)
        elif has_figures and re.search(r"\d", row[0]):
            kept.append(row)
        elif has_figures and row[0] not in NOT_SESSIONS:
            log.info("%s: row %d left out, no date: '%s'", given.where, i, row[0][:SHOWN])
    if not has_date:
        raise given.refused("rows whose first cell is a date like 06 Jul 2026", "none")
    return kept


def _plain(cell: str) -> str:
    text = " ".join(plain(cell).split())
    return "" if text.lower() in _NOT_REPORTED else text


def _names(given: Given, header: Sequence[Sequence[str]]) -> list[str]:
    """`Date`, a ticker, `Total`, or nothing for each column; the total may stand in a row above the
    tickers.
    """
    width = max(map(len, header))
    names = [""] * width
    known = known_tickers("BTC") | known_tickers("ETH")
    for row in header:
        for i, cell in enumerate(row):
            if i and cell.lower() == "total":
                names[i] = "Total"
    for i, cell in enumerate(header[-1]):
        name = cell.upper()
        is_strange = _TICKER.fullmatch(cell) and name not in _NO_TICKERS
        if i and (name in known or is_strange):
            names[i] = name
    named = [name for name in names if name]
    if len(set(named)) < len(named):
        twice = sorted({name for name in named if named.count(name) > 1})
        raise given.refused("every fund once", f"{', '.join(twice)} twice")
    return names


def _without_filled_days(given: Given, table: pl.DataFrame) -> pl.DataFrame:
    """Rows of zeros on days without a session are none, and are told."""
    sessions = xnys_days()
    others = [name for name in table.columns if name != "Date"]
    day = pl.col("Date").str.to_date("%Y-%m-%d", strict=False)
    zeros = pl.all_horizontal(
        pl.col(name).cast(pl.Float64, strict=False).fill_null(0.0) == 0.0 for name in others
    ) & pl.all_horizontal(
        pl.col(name).is_null() | pl.col(name).cast(pl.Float64, strict=False).is_not_null()
        for name in others
    )
    is_filled = (~day.is_in(sessions.implode()) & zeros).fill_null(value=False)
    filled = table.select(is_filled.sum()).item()
    if filled:
        log.info(
            "%s: %s of zeros on days without a session left out",
            given.where,
            counted(filled, "row"),
        )
    return table.filter(~is_filled)


def _flows(table: pl.DataFrame, asset: str, assets: Sequence[str]) -> dict[str, pl.DataFrame]:
    known = known_tickers(asset)
    foreign = known_tickers(next(other for other in ASSETS if other != asset))
    funds = [
        name
        for name in table.columns
        if name in known
        or (name not in foreign and name not in ("Date", "Total") and len(assets) == 1)
    ]
    has_total = "Total" in table.columns and len(assets) == 1
    total = pl.col("Total") if has_total else pl.lit(None, pl.String).alias("Total")
    return flow_frames(asset, table.select("Date", *funds, total))


def is_page(given: Given) -> bool:
    """A web page, saved alone or with all that it shows, with a table of class `etf`."""
    return bool(re.search(rb"<table[^>]*\betf\b", _page(given), re.IGNORECASE))


def read_page(given: Given) -> dict[str, pl.DataFrame]:
    """Flows per fund and totals of Farside's page; its funds tell of which asset.

    Raises:
        SourceChangedError: no known funds, or as `farside.read_page`.
    """
    page = _page(given)
    cells = set(re.findall(r">\s*([A-Z]{3,5})\s*<", page.decode(errors="replace")))
    counts = {asset: len(known_tickers(asset) & cells) for asset in ASSETS}
    asset = max(counts, key=lambda name: counts[name])
    if not counts[asset]:
        raise given.refused("Farside's table with funds that are known", "none of them")
    return read_farside_page(SOURCE, given.where, asset, page, given.asked_at)


def _page(given: Given) -> bytes:
    """The page itself, of what a browser saved in one file too."""
    if "multipart/related" not in given.head[:2000].lower():
        return given.text
    message = email.message_from_bytes(given.body, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            page = part.get_payload(decode=True)
            return page if isinstance(page, bytes) else b""
    return b""
