"""Daily bars of dated CME crypto futures as a data vendor sells them:
`utc_day,contract,open,high,low,close,volume`.

A row is a contract and UTC day, Sundays included. Its close is the last trade before 00:00 UTC, on
a Friday the last trade of the session (16:00 Chicago), on the day of expiry the last trade before
the contract ended; `observed_at` says which. It is not the settlement, and there is no open
interest. A file does not tell when it was written, so its newest day may be unfinished: it is left
out for every contract.
"""

import re
from datetime import date, datetime

import polars as pl

from marketwake.base.errors import BadInputError
from marketwake.calendars.futures import contract_month, expiry_at, observed_at
from marketwake.sources.publisher_csv import day_text, read_published

VENDOR = "recorded contract bars"
COLUMNS = ("utc_day", "contract", "close", "volume")


def parse(path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Prices of all contracts in the file.

    Raises:
        SourceChangedError: a column is missing or a line ragged.
    """
    table = read_published(path.string, body, COLUMNS).with_columns(
        day_text(pl.col("utc_day"), "%Y-%m-%d")
    )
    day = pl.col("utc_day").str.to_date("%Y-%m-%d", strict=False)
    bars = table.with_columns(day=day).filter((day == day.max()).fill_null(value=False).not_())
    placed = [_place(contract, on) for contract, on in bars.select("contract", "day").iter_rows()]
    frame = bars.select(
        vendor=pl.lit(VENDOR),
        root=pl.Series([root for root, _ in placed], dtype=pl.String),
        contract="contract",
        price_kind=pl.lit("last_trade"),
        day="utc_day",
        observed_at=pl.Series([instant for _, instant in placed], dtype=pl.Datetime("us", "UTC")),
        price_usd="close",
        volume_contracts="volume",
        open_interest_contracts=pl.lit(None, pl.Int64),
    )
    return {"futures_price": frame}


def _place(contract: str | None, day: date | None) -> tuple[str | None, datetime | None]:
    """Root and instant of a row; empty for an unreadable code or a day without trading, so that the
    contract rejects that row alone.
    """
    if contract is None or day is None:
        return None, None
    try:
        root, month = contract_month(contract, day)
        return root, observed_at(day, expiry_at(root, month))
    except BadInputError:
        return None, None
