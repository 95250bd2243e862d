"""CoinGecko's list of the largest coins: how it is asked for, in pages, and the ranks that it
gives.

    coins/markets, page 1 of the 50 largest by market value

* A rank is the place in the list. CoinGecko's own `market_cap_rank` passes over some coins.
* A list is of the UTC day of asking; one that is asked for later on the same day restates it.
* Receipts of before ranks were kept name the dataset `coin_snapshot`; they are read like the
  others.
"""

import re
from datetime import UTC, datetime

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.sources.source import Request

DATASET = "coin_rank"
LIST = "coins/markets"
"""How requests for the list begin, and its path."""
PAGE = 250
"""Largest page."""

_SCHEMA = {
    "vendor": pl.String(),
    "ranked_on": pl.Date(),
    "rank": pl.Int64(),
    "coin": pl.String(),
    "symbol": pl.String(),
    "market_cap_usd": pl.String(),
}
_NAME = re.compile(r"[^\s/?#]+")
_WHAT = re.compile(LIST + r", page (?P<page>\d+) of the (?P<coins>\d+) largest by market value")


def requests(coins: int) -> list[Request]:
    """The pages that hold the `coins` largest."""
    pages = -(-coins // PAGE)
    return [
        Request(DATASET, f"{LIST}, page {page + 1} of the {coins} largest by market value")
        for page in range(pages)
    ]


def query(request: Request) -> dict[str, str | int] | None:
    """Parameters of a page of the list; None for another request."""
    page = _WHAT.fullmatch(request.what)
    if page is None:
        return None
    return {
        "vs_currency": "usd",
        "order": "market_cap_desc",
        "per_page": min(int(page["coins"]), PAGE),
        "page": int(page["page"]),
    }


def largest(request: Request, rows: object) -> dict[str, str]:
    """Upper-case ticker by identifier of the coins on a decoded page, in its order.

    Raises:
        SourceChangedError: it is no list of coins.
    """
    try:
        coins = {row["id"]: row["symbol"].upper() for row in rows} if isinstance(rows, list) else {}
        sound = bool(coins) and all(_NAME.fullmatch(coin) for coin in coins)
    except (TypeError, KeyError, AttributeError):
        sound = False
    if not sound:
        raise SourceChangedError(
            "coingecko", request.what, "a list of objects with id and symbol", str(rows)[:80]
        )
    return coins


def ranks(request: Request, rows: object, requested_at: datetime) -> pl.DataFrame:
    """Rows of raw.coin_rank on a decoded page, the largest first; without those beyond the number
    that the request names.

    Raises:
        SourceChangedError: it is no list of coins, or another version of the program wrote the
            request.
    """
    page = _WHAT.fullmatch(request.what)
    if page is None:
        raise SourceChangedError(
            "coingecko", request.what, "a chart of a coin or a page of the list", "another question"
        )
    tickers = largest(request, rows)
    before = PAGE * (int(page["page"]) - 1)
    day = requested_at.astimezone(UTC).date()
    ranked = [
        # A market value of 0 is CoinGecko's way of having none. What is no number is rejected by
        # the contract, row by row.
        (
            "CoinGecko",
            day,
            rank,
            row["id"],
            tickers[row["id"]],
            str(row["market_cap"]) if row.get("market_cap") else None,
        )
        for rank, row in enumerate(rows if isinstance(rows, list) else [], start=before + 1)
        if rank <= int(page["coins"])
    ]
    return pl.DataFrame(ranked, schema=_SCHEMA, orient="row")
