"""Equity indices as their collectors publish them: Yahoo's ^GSPC and a ^DJI history, daily, and
Shiller's monthly S&P composite.

Only the close is taken, dividends are not in it; of Shiller's months dividend, consumer prices and
long rate, too, which is in percent; 0.0 stands for what he does not have yet. Daily rows are
sessions, Saturdays until 1952 among them; a monthly value is the mean of the month's daily closes.
Yahoo's numbers are single precision printed as double: 17.65999984741211 stands for 17.66, and
becomes it again. A file does not tell when it was written, so its newest session or month may be
unfinished: it is left out.
"""

import re
from dataclasses import dataclass

import polars as pl

from marketwake.sources.publisher_csv import day_text, read_published


@dataclass(frozen=True)
class _File:
    symbol: str
    bar_interval: str
    day: str
    close: str
    is_single_precision: bool = False
    has_further: bool = False


FILES = {
    "gspc_daily": _File("^GSPC", "1d", "date", "close", is_single_precision=True),
    "dow_daily": _File("^DJI", "1d", "", "Close"),
    "shiller_monthly": _File("SHILLER", "1mo", "Date", "SP500", has_further=True),
}
"""File stem -> symbol, interval and the names of its two columns; the Dow's date column has no
name.
"""
_FURTHER = ("Dividend", "Consumer Price Index", "Long Interest Rate")


def parse(path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Bars of one index. `path` has the group stem, a key of FILES.

    Raises:
        SourceChangedError: a column is missing or a line ragged.
    """
    file = FILES[path["stem"]]
    further = _FURTHER if file.has_further else ()
    table = read_published(path.string, body, [file.day, file.close, *further])
    close = pl.col(file.close)
    if file.is_single_precision:
        close = pl.coalesce(close.cast(pl.Float32, strict=False).cast(pl.String), close)
    session = day_text(pl.col(file.day), "%Y-%m-%d")
    bars = table.select(
        symbol=pl.lit(file.symbol),
        bar_interval=pl.lit(file.bar_interval),
        session=session,
        close=close,
        **(_further() if file.has_further else {}),
    )
    day = pl.col("session").str.to_date("%Y-%m-%d", strict=False)
    return {"index_bar": bars.filter((day == day.max()).fill_null(value=False).not_())}


def _further() -> dict[str, pl.Expr]:
    dividend, prices, percent = (
        pl.when(pl.col(name).cast(pl.Float64, strict=False).ne_missing(0.0)).then(pl.col(name))
        for name in _FURTHER
    )
    # Rounded, because 5.32 / 100 is 0.053200000000000004.
    rate = (percent.cast(pl.Float64, strict=False) / 100).round(6).cast(pl.String)
    return {
        "dividend": dividend,
        "consumer_price_index": prices,
        "long_rate": pl.coalesce(rate, percent),
    }
