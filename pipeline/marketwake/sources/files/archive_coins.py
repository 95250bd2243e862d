"""A panel of coins as CoinGecko's market data in CSV: a row per coin and date.

Date D is the snapshot at 00:00 UTC of D, that is the close of D-1 (prices of bitcoin agree with the
hourly close at that instant, not with the one a day later). A market value of 0 is CoinGecko's way
of having none and becomes null. Price changes and names are left behind.
"""

import re

import polars as pl

from marketwake.sources.publisher_csv import read_published

COLUMNS = ("id", "symbol", "date", "current_price", "market_cap", "total_volume")


def parse(path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Snapshots of all coins in the file.

    Raises:
        SourceChangedError: a column is missing or a line ragged.
    """
    table = read_published(path.string, body, COLUMNS)
    market_cap = pl.col("market_cap")
    has_none = (market_cap.cast(pl.Float64, strict=False) == 0).fill_null(value=False)
    frame = table.select(
        vendor=pl.lit("CoinGecko"),
        coin="id",
        symbol=pl.col("symbol").str.to_uppercase(),
        snapshot_at=pl.col("date") + "T00:00:00Z",
        price_usd="current_price",
        market_cap_usd=pl.when(has_none.not_()).then(market_cap),
        volume_24h_usd="total_volume",
    )
    return {"coin_snapshot": frame}
