"""What a series is, and over which stamps it is expected or was requested."""

import re
from dataclasses import dataclass
from datetime import datetime

SECONDS = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800,
    "1h": 3600, "2h": 7200, "4h": 14400, "6h": 21600, "8h": 28800, "12h": 43200, "1d": 86400,
}  # fmt: skip
"""Length of a spot bar by its interval. Days and their parts are counted from midnight UTC on every
venue.
"""
SYMBOL = r"[^\W_a-z]+/[^\W_a-z]+"
"""A spot market, as a regular expression: base/quote, letters (capitals, where they have such) and
digits. Venues list Chinese names, too.
"""
INTERVALS = tuple(SECONDS)
"""The lengths of spot bars, the shortest first; raw.spot_bar admits these and no others."""


@dataclass(frozen=True, order=True)
class Series:
    """The identity of one series.

    `dataset` is the raw table without its schema. `venue` is the venue, vendor or publisher:
    Coinbase, Farside, Yahoo, CoinGecko, CME. `symbol`: BTC/USD; for flows asset and ticker, BTC
    IBIT; the contract of a future (METQ5; METQ5 last_trade where the price is one), an index, fund
    or coin; the last day of the meeting for probabilities. `interval`: 1h, 1d, 1mo.
    """

    dataset: str
    venue: str
    symbol: str
    interval: str


@dataclass(frozen=True, order=True)
class Window:
    """A series over its stamps from `first` to `last`, both included, UTC: bar opens, midnights of
    sessions and days, firsts of months.
    """

    series: Series
    first: datetime
    last: datetime


def is_market(symbol: str) -> bool:
    """Whether a symbol is written like BTC/USD."""
    return re.fullmatch(SYMBOL, symbol) is not None
