"""What a series is, and over which stamps it is expected or was requested."""

from dataclasses import dataclass
from datetime import datetime


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
