"""Daily bars of an index or a fund as Yahoo's website gave them, or as programs write them that use
yfinance.

    Date,Open,High,Low,Close,Adj Close,Volume              the website's; the symbol is the name
    Date,Open,High,Low,Close,Volume,Dividends,Stock Splits history()
    Price,Close,... / Ticker,^GSPC,... / Date,,...         download(); and three more like it

A price of a currency (BTC-USD) is a composite of venues, and no venue's bar; a future of `=F`
crosses rolls: both are refused. Closes are single precision printed as double. The newest session
may be unfinished and is left out; rows without a close are none. Weeks and months look like days:
the distance of most rows tells.
"""

import logging
import re

import polars as pl

from marketwake.base.errors import counted
from marketwake.base.seeds import seed_rows
from marketwake.calendars.sessions import XNYS_FIRST, xnys_days
from marketwake.sources.files.given import SHOWN, Given, plain_figure, read_table, separator

log = logging.getLogger(__name__)

_WEBSITE = re.compile(
    r'^"?date"?[,;\t]"?open"?[,;\t]"?high"?[,;\t]"?low"?[,;\t]"?close\b', re.IGNORECASE
)
_DAYS = ("%Y-%m-%d", "%b %d, %Y")
_DATED = r"^(\d{4}-\d\d-\d\d)(?:[ T]00:00:00.*)?$"
"""A session, or midnight in New York, which stands for one."""
_LONGER = re.compile(r"(?:^|[^a-z0-9])(?:1?wk|weekly|monthly)(?:[^a-z0-9]|$)", re.IGNORECASE)
"""What names call bars of weeks and months (1mo may be a month of days)."""
_COINS = {"BTC": 2_000.0, "ETH": 400.0}
"""Tickers of funds that are names of coins, too: no share costs as much, and a coin far more."""


def is_website(given: Given) -> bool:
    """The website's columns, or those of history()."""
    line = given.line(0).lower()
    return bool(_WEBSITE.match(line)) and ("adj close" in line or "stock splits" in line)


def is_plain(given: Given) -> bool:
    """Date, open, high, low, close and perhaps volume alone: anyone may have written it."""
    return bool(_WEBSITE.match(given.line(0)))


def is_yfinance(given: Given) -> bool:
    """One of the forms of download()."""
    first, second = given.cells(0), given.cells(1)
    return (
        (first[0] == "Price" and second[:1] == ["Ticker"])
        or (first[0] == "Ticker" and second[:1] == ["Price"])
        or (first[0] in ("Date", "Datetime", "Price") and _is_tickers(second))
    )


def _is_tickers(cells: list[str]) -> bool:
    return (
        len(cells) > 1 and cells[0] == "" and bool(re.fullmatch(r"[\^A-Z][A-Z0-9.=-]*", cells[1]))
    )


def read(given: Given) -> dict[str, pl.DataFrame]:
    """Sessions of one symbol, which the name tells.

    Raises:
        SourceChangedError: a name without a known index or fund, a composite, a future, or no daily
            sessions.
    """
    table = read_table(given, header=0)
    return _frames(given, symbol_in(given.name), table)


def read_yfinance(given: Given) -> dict[str, pl.DataFrame]:
    """Sessions of every symbol in the file that is known, of download().

    Raises:
        SourceChangedError: as `read`.
    """
    rows = [line.split(separator(given.line(0))) for line in _text_lines(given)]
    rows = [[cell.strip().strip('"') for cell in row] for row in rows]
    columns, tickers = (rows[1], rows[0]) if rows[0][0] == "Ticker" else (rows[0], rows[1])
    body = [row for row in rows[2:] if any(row[1:])]
    if any(row[0] == "Datetime" for row in (rows[0], rows[2] if rows[2:] else [""])):
        raise given.refused("daily sessions", "bars within the day: Datetime")
    if any(len(row) != len(columns) for row in body) or len(tickers) != len(columns):
        raise given.refused(f"lines of {len(columns)} cells", "a line of another width")
    frames: list[dict[str, pl.DataFrame]] = []
    named = list(dict.fromkeys(cell for cell in tickers[1:] if cell))
    chosen = [ticker for ticker in named if is_known(ticker)] or named
    if len(chosen) < len(named):
        left = ", ".join(ticker for ticker in named if ticker not in chosen)
        log.info("%s: left out, neither index nor fund that is kept: %s", given.where, left)
    for ticker in chosen:
        places = [i for i, cell in enumerate(tickers) if i and cell == ticker]
        cells = {columns[i].lower(): [row[i] or None for row in body] for i in places}
        cells["date"] = [row[0] for row in body]
        frames.append(
            _frames(given, ticker, pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)))
        )
    if not frames:
        raise given.refused("a ticker in the second line", given.line(1)[:SHOWN])
    tables = dict.fromkeys(table for frame in frames for table in frame)
    return {t: pl.concat([frame[t] for frame in frames if t in frame]) for t in tables}


def _text_lines(given: Given) -> list[str]:
    try:
        return [line for line in given.text.decode().splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise given.refused("CSV in UTF-8", str(error)[:SHOWN]) from error


def symbol_in(name: str) -> str:
    """The symbol with which a file's name begins: `^GSPC` of ^GSPC_2020.csv, _GSPC, %5EGSPC."""
    stem = name.rsplit(".", 1)[0].replace("%5E", "^").replace("%5e", "^")
    pair = re.match(rf"({'|'.join(_COINS)})[-_ ]?(USD[TC]?|EUR|GBP)(?![A-Z])", stem.upper())
    if pair:
        return f"{pair[1]}-{pair[2]}"
    match = re.match(r"[\^_]?[A-Za-z0-9]+(?:[.=-][A-Za-z]{1,4}(?![A-Za-z0-9]))?", stem)
    symbol = (match[0] if match else stem).upper().replace("_", "^")
    return f"^{symbol}" if f"^{symbol}" in _indices() else symbol


def is_known(symbol: str) -> bool:
    """Whether it is an index or a fund that is kept."""
    return symbol in _indices() | _funds()


def _funds() -> set[str]:
    return {row["ticker"] for row in seed_rows("fund")}


def _indices() -> set[str]:
    return {row["instrument"] for row in seed_rows("instrument") if row["kind"] == "index"}


def _frames(given: Given, symbol: str, table: pl.DataFrame) -> dict[str, pl.DataFrame]:
    # Where a table is copied from the page, an explanation stands behind the name.
    explained = next((name for name in table.columns if name.startswith("close ")), None)
    if explained and "close" not in table.columns:
        table = table.rename({explained: "close"})
    funds = _funds()
    _refuse_symbol(given, symbol, _indices(), funds)
    if "date" not in table.columns or "close" not in table.columns:
        raise given.refused("daily sessions: Date and Close", ", ".join(table.columns)[:SHOWN])
    cell = pl.col("date")
    days = [cell.str.extract(_DATED).str.to_date("%Y-%m-%d", strict=False)]
    days += [cell.str.to_date(form, strict=False) for form in _DAYS]
    table = table.with_columns(day=pl.coalesce(days))
    if table["day"].null_count() == table.height:
        found = table["date"].to_list()[:1] or ["no row"]
        raise given.refused("sessions like 2025-08-01 in the first column", f"'{found[0]}'"[:SHOWN])
    close = plain_figure(pl.col("close"))
    is_none = close.is_null() | close.str.to_lowercase().is_in(["null", "nan"])
    # A dividend or a split stands in a row of its own where a table was copied.
    is_told = close.str.contains("(?i)dividend|split").fill_null(value=False)
    newest = (pl.col("day") == pl.col("day").max()).fill_null(value=False)
    rows = table.filter(~is_none & ~is_told & ~newest).sort("day", nulls_last=True)
    _refuse_longer(given, table.filter(~is_none & ~is_told))
    session = pl.coalesce(pl.col("day").dt.strftime("%Y-%m-%d"), cell)
    price = pl.coalesce(_shortest(close), close)
    if symbol in funds:
        _refuse_paid(given, table)
        rows = _of_fund(given, symbol, rows)
        volume = plain_figure(pl.col("volume")) if "volume" in rows.columns else None
        shares = pl.lit(None, pl.String) if volume is None else volume
        frame = rows.select(
            ticker=pl.lit(symbol), session=session, close_usd=price, volume_shares=shares
        )
        return {"etf_bar": frame}
    other = ~pl.col("day").is_in(xnys_days().implode()) & (pl.col("day") >= XNYS_FIRST)
    session = pl.when(other).then(pl.format("{} (no session)", session)).otherwise(session)
    frame = rows.select(
        symbol=pl.lit(symbol), bar_interval=pl.lit("1d"), session=session, close=price
    )
    return {"index_bar": frame}


def _refuse_longer(given: Given, table: pl.DataFrame) -> None:
    """Bars of weeks and months have the dates of their first days."""
    if _LONGER.search(given.name):
        raise given.refused("daily sessions", "bars of weeks or months, as the name says")
    days = table["day"].drop_nulls().unique().sort()
    sessions = xnys_days().search_sorted(days.filter(days >= XNYS_FIRST))
    apart = sessions.cast(pl.Int64).diff().drop_nulls() if len(sessions) else sessions
    usual = apart.mode().min() if len(apart) else 1
    if isinstance(usual, int) and usual > 1:
        raise given.refused(
            "daily sessions", f"rows that are {usual} sessions apart as a rule: weeks or months"
        )


def _of_fund(given: Given, symbol: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Sessions since a fund trades on an exchange. BTC and ETH are names of coins, too: their
    prices have weekends, or begin before the funds did.
    """
    day = pl.col("day")
    other = rows.filter(~day.is_in(xnys_days().implode()) & (day >= XNYS_FIRST))["day"]
    launched = next(row["launched_on"] for row in seed_rows("fund") if row["ticker"] == symbol)
    early = rows.filter(day < pl.lit(launched).str.to_date())["day"]
    coins = {row["asset"] for row in seed_rows("fund")}
    if len(other) or (symbol in coins and len(early)):
        found = other[0] if len(other) else early[0]
        raise given.refused(
            f"sessions of the New York Stock Exchange since {launched}, as the fund {symbol} has",
            f"{found}: a price of something else",
        )
    price = rows["close"].str.replace_all(",", "").cast(pl.Float64, strict=False).median()
    if isinstance(price, float) and price > _COINS.get(symbol, price):
        raise given.refused(
            f"prices of a share of the fund {symbol}, less than {_COINS[symbol]:,.0f} US dollars",
            f"{price:,.2f} as a rule: a price of the coin",
        )
    if len(early):
        told = counted(len(early), "session")
        log.info("%s: %s before %s was a listed fund left out", given.where, told, symbol)
    return rows.filter((day >= pl.lit(launched).str.to_date()).fill_null(value=True))


def _shortest(close: pl.Expr) -> pl.Expr:
    """What is a single, printed with as many decimals as it has, stands for the shortest number
    that reads back as that single: 6339.390137 for 6339.39, 17.65999984741211 for 17.66.
    """
    double = close.cast(pl.Float64, strict=False)
    single = double.cast(pl.Float32, strict=False)
    decimals = close.str.extract(r"\.(\d+)$").str.len_chars().fill_null(0)
    printed = 0.5 * pl.lit(10.0).pow(-decimals.cast(pl.Float64)) + double.abs() * 2e-16
    is_single = (single.cast(pl.Float64) - double).abs() <= printed
    return pl.when(is_single).then(single.cast(pl.String))


def _refuse_paid(given: Given, table: pl.DataFrame) -> None:
    """history() takes dividends out of the closes of a fund that pays."""
    if "dividends" in table.columns and "adj close" not in table.columns:
        paid = table["dividends"].cast(pl.Float64, strict=False).fill_null(0.0) != 0
        if paid.any():
            raise given.refused(
                "closes without dividends taken out of them: history(auto_adjust=False)",
                f"{paid.sum()} dividends, and closes adjusted for them",
            )


def _refuse_symbol(given: Given, symbol: str, indices: set[str], funds: set[str]) -> None:
    if symbol in indices | funds:
        return
    if re.fullmatch(r"[A-Z0-9]+-[A-Z]{3,4}", symbol):
        found = (
            f"{symbol}: a composite price of many venues, which is never loaded as a venue's bar"
        )
    elif "=" in symbol or symbol.endswith(".CME"):
        found = f"{symbol}: a future; dated contracts go into futures_price-<anything>.csv"
    else:
        found = f"'{symbol}'"
    raise given.refused("an index, ^GSPC or ^DJI, or a fund of seed.fund by its symbol", found)
