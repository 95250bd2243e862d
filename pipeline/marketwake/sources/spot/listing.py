"""Which dollar markets a spot venue has: one request a night, so that the panel of coins asks for
no market that is not there.

| venue    | ccxt's method         | a market                                             | trades
when                        |
|----------|-----------------------|------------------------------------------------------|------------------------------------|
| Coinbase | publicGetProducts     | id, as BTC-USD; two may have the same currencies     | status
online, not trading_disabled | | Kraken   | publicGetAssetPairs   | wsname, as XBT/USD
| status online                      | | Bitstamp | publicGetMarkets      | name, as BTC/USD;
market_type, perpetuals among them | trading Enabled                    | | Binance  |
publicGetExchangeInfo | baseAsset, quoteAsset                                | status TRADING
|

Markets against another currency are left out: the panel is in dollars, and some venues have a
thousand of them.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.sources.source import Request
from marketwake.sources.spot.bars import SHOWN, shown
from marketwake.sources.spot.venues import KRAKEN_NAMES, VENUES

DATASET = "spot_listing"

_WHAT = re.compile(r"(?P<venue>\w+) markets")
_SYMBOL = re.compile(r"[^\s/]+/[^\s/]+")
_SCHEMA = {
    "venue": pl.String(),
    "symbol": pl.String(),
    "seen_on": pl.Date(),
    "is_trading": pl.Boolean(),
}

Row = Mapping[str, object]


@dataclass(frozen=True)
class Listing:
    """How one venue tells its markets.

    `endpoint` is ccxt's method, asked with `query`; `rows` finds the markets in a decoded answer
    (None where there are none), `symbol` the market's name in ours (None for what is no spot
    market), and it trades where every field of `trading` has that value.
    """

    endpoint: str
    rows: Callable[[object], object]
    symbol: Callable[[Row], str | None]
    trading: Mapping[str, object]
    query: Mapping[str, str] = field(default_factory=dict)


def _kraken_rows(answer: object) -> object:
    result = answer.get("result") if isinstance(answer, dict) and not answer.get("error") else None
    return list(result.values()) if isinstance(result, dict) else None


def _kraken_symbol(row: Row) -> str | None:
    # "If available", say Kraken's documents.
    if not row.get("wsname"):
        return None
    usual = {own: name for name, own in KRAKEN_NAMES.items()}
    return "/".join(usual.get(name, name) for name in str(row["wsname"]).split("/"))


LISTINGS: Mapping[str, Listing] = {
    "Coinbase": Listing(
        "publicGetProducts",
        lambda answer: answer,
        lambda row: "/".join(str(row["id"]).rsplit("-", 1)),
        {"status": "online", "trading_disabled": False},
    ),
    "Kraken": Listing("publicGetAssetPairs", _kraken_rows, _kraken_symbol, {"status": "online"}),
    "Bitstamp": Listing(
        "publicGetMarkets",
        lambda answer: answer,
        lambda row: str(row["name"]) if row["market_type"] == "SPOT" else None,
        {"trading": "Enabled"},
    ),
    "Binance": Listing(
        "publicGetExchangeInfo",
        lambda answer: answer.get("symbols") if isinstance(answer, dict) else None,
        lambda row: f"{row['baseAsset']}/{row['quoteAsset']}",
        {"status": "TRADING"},
        # What is left out is most of twenty megabytes.
        {"permissions": "SPOT", "symbolStatus": "TRADING", "showPermissionSets": "false"},
    ),
}
"""By the name of the venue."""


def request(venue: str) -> Request:
    """The request for the markets of a venue."""
    return Request(DATASET, f"{venue} markets")


def parse(asked: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """The dollar markets of a venue on the UTC day of asking.

    Raises:
        SourceChangedError: no such request, another layout, or not one market in dollars.
    """
    found = _WHAT.fullmatch(asked.what)
    if found is None or found["venue"] not in LISTINGS:
        raise SourceChangedError("spot", asked.what, "the markets of a venue", asked.what)
    venue = found["venue"]
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    rows = LISTINGS[venue].rows(answer)
    if not isinstance(rows, list):
        raise SourceChangedError(VENUES[venue].source, asked.what, "a list of markets", shown(body))
    dollar = "/" + VENUES[venue].market("BTC/USD").partition("/")[2]
    markets = dict(market for market in _markets(venue, asked, rows) if market[0].endswith(dollar))
    if not markets:
        raise SourceChangedError(
            VENUES[venue].source, asked.what, f"markets against {dollar[1:]}", f"{len(rows)} others"
        )
    cells = [
        (venue, symbol, requested_at.date(), is_trading) for symbol, is_trading in markets.items()
    ]
    return {DATASET: pl.DataFrame(cells, schema=_SCHEMA, orient="row")}


def _markets(venue: str, asked: Request, rows: list[object]) -> Iterator[tuple[str, bool]]:
    """Symbol, and whether it trades, of every spot market."""
    listing = LISTINGS[venue]
    for row in rows:
        try:
            symbol = listing.symbol(row) if isinstance(row, dict) else ""
            is_trading = isinstance(row, dict) and all(
                row[name] == value for name, value in listing.trading.items()
            )
        except KeyError as error:
            expected = f"markets with {error.args[0]}"
            raise SourceChangedError(
                VENUES[venue].source, asked.what, expected, json.dumps(row)[:SHOWN]
            ) from error
        if symbol is None:
            continue
        if not _SYMBOL.fullmatch(symbol):
            raise SourceChangedError(
                VENUES[venue].source,
                asked.what,
                "markets named base/quote",
                json.dumps(row)[:SHOWN],
            )
        yield symbol, is_trading
