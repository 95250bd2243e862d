"""What the spot venues' candle requests and answers look like, and the page of bars that one
request asks for.

| venue    | market  | bars per answer           | stamp of the open | a bar
|
|----------|---------|---------------------------|-------------------|---------------------------------------------------|
| Coinbase | BTC-USD | 300, newest first         | seconds           | time, low, high, open, close,
volume              | | Kraken   | XBTUSD  | 720, the running one last | seconds           | time,
open, high, low, close, vwap, volume, count | | Bitstamp | btcusd  | 1000                      |
seconds, as text  | by name                                           | | Binance  | BTCUSDT | 1000
| milliseconds      | time, open, high, low, close, volume, six more    |

Volumes are in base currency. A venue puts the running bar into its answer, or does not: the clock
tells it, never its position.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from marketwake.base.errors import BadInputError, SourceChangedError

SECONDS = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800,
    "1h": 3600, "2h": 7200, "4h": 14400, "6h": 21600, "8h": 28800, "12h": 43200, "1d": 86400,
}  # fmt: skip
"""Length of a bar by its interval; days and their parts are counted from midnight UTC on every
venue here.
"""

KRAKEN_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
"""What Kraken calls currencies otherwise than the others."""

_STAMP = "%Y-%m-%dT%H:%MZ"


@dataclass(frozen=True)
class Page:
    """The bars that one request asks for: those that open from `first` to `last`, both included, on
    the interval's grid, UTC.
    """

    venue: str
    symbol: str
    interval: str
    first: datetime
    last: datetime

    @property
    def step(self) -> timedelta:
        """Length of a bar."""
        return timedelta(seconds=SECONDS[self.interval])

    @property
    def bars(self) -> int:
        """How many bars the page spans."""
        return (self.last - self.first) // self.step + 1

    @property
    def what(self) -> str:
        """The page as text: `Coinbase BTC/USD 1h 2025-08-01T00:00Z..2025-08-13T11:00Z`."""
        return f"{self.venue} {self.symbol} {self.interval} {self.first:{_STAMP}}..{self.last:{_STAMP}}"

    @classmethod
    def read(cls, what: str) -> "Page":
        """The page that `what` describes.

        Raises:
            SourceChangedError: it describes none.
        """
        try:
            venue, symbol, interval, window = what.split(" ")
            first, last = (
                datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC) for stamp in window.split("..")
            )
        except ValueError:
            venue = ""
        if venue in VENUES and interval in SECONDS and re.fullmatch(r"[^/]+/[^/]+", symbol):
            return cls(venue, symbol, interval, first, last)
        raise SourceChangedError(
            "spot", what, "venue, symbol, interval and window of a page of bars", what
        )


@dataclass(frozen=True)
class Venue:
    """One exchange.

    `endpoint` is ccxt's method for the venue's own candle request, which needs no market metadata;
    `query` gives its parameters. `rows` finds the list of bars in a decoded answer (None where
    there is none); a bar has `width` figures, of which stamp, open, high, low, close and volume
    stand at `columns`. Stamps count `per_second` to the second. `reach`: only so many bars back,
    the running one included, are ever served. `quotes`: what the venue trades instead of a
    currency. `lacks`: intervals it does not serve. `cost`: of a page of bars, in units of ccxt's
    rate limit.
    """

    name: str
    ccxt_id: str
    endpoint: str
    page_bars: int
    query: Callable[[Page], dict[str, str | int]]
    rows: Callable[[Page, object], object]
    columns: tuple[int, ...]
    width: int
    per_second: int = 1
    reach: int | None = None
    quotes: Mapping[str, str] = field(default_factory=dict)
    lacks: frozenset[str] = frozenset()
    cost: float = 1.0

    @property
    def source(self) -> str:
        """Name of the source: `spot-` and the venue in lower case, which is its key in the
        settings' addresses.
        """
        return f"spot-{self.name.lower()}"

    def market(self, symbol: str) -> str:
        """The symbol that stands for `symbol` here, and under which its bars are stored: BTC/USD is
        BTC/USDT on Binance.
        """
        base, quote = symbol.split("/")
        return f"{base}/{self.quotes.get(quote, quote)}"


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _coinbase_query(page: Page) -> dict[str, str | int]:
    return {
        "id": page.symbol.replace("/", "-"),
        "granularity": SECONDS[page.interval],
        "start": f"{page.first:%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{page.last:%Y-%m-%dT%H:%M:%SZ}",
    }


def _kraken_query(page: Page) -> dict[str, str | int]:
    pair = "".join(KRAKEN_NAMES.get(name, name) for name in page.symbol.split("/"))
    # `since` is exclusive: bars after it.
    return {
        "pair": pair,
        "interval": SECONDS[page.interval] // 60,
        "since": _seconds(page.first - page.step),
    }


def _kraken_rows(_: Page, answer: object) -> object:
    if (
        not isinstance(answer, dict)
        or answer.get("error")
        or not isinstance(answer.get("result"), dict)
    ):
        return None
    # The list stands under the venue's own name of the pair, which is not the one that was asked
    # for: XXBTZUSD for XBTUSD.
    lists = [value for name, value in answer["result"].items() if name != "last"]
    return lists[0] if len(lists) == 1 else None


def _bitstamp_query(page: Page) -> dict[str, str | int]:
    # Given both ends, Bitstamp counts `limit` bars back from `end`.
    return {
        "pair": page.symbol.replace("/", "").lower(),
        "step": SECONDS[page.interval],
        "start": _seconds(page.first),
        "end": _seconds(page.last),
        "limit": page.bars,
    }


def _bitstamp_rows(page: Page, answer: object) -> object:
    data = answer.get("data") if isinstance(answer, dict) else None
    if (
        not isinstance(data, dict)
        or data.get("pair") != page.symbol
        or not isinstance(data.get("ohlc"), list)
    ):
        return None
    names = ("timestamp", "open", "high", "low", "close", "volume")
    return [
        [bar[name] for name in names] if isinstance(bar, dict) and bar.keys() >= set(names) else bar
        for bar in data["ohlc"]
    ]


def _binance_query(page: Page) -> dict[str, str | int]:
    return {
        "symbol": page.symbol.replace("/", ""),
        "interval": page.interval,
        "startTime": _seconds(page.first) * 1000,
        "endTime": _seconds(page.last) * 1000,
        "limit": page.bars,
    }


def _itself(_: Page, answer: object) -> object:
    return answer


VENUES = {
    venue.name: venue
    for venue in (
        Venue(
            "Coinbase", "coinbaseexchange", "publicGetProductsIdCandles", 300, _coinbase_query, _itself,
            columns=(0, 3, 2, 1, 4, 5), width=6, lacks=frozenset({"3m", "30m", "2h", "4h", "8h", "12h"}),
        ),
        Venue(
            "Kraken", "kraken", "publicGetOHLC", 720, _kraken_query, _kraken_rows,
            columns=(0, 1, 2, 3, 4, 6), width=8, reach=720, cost=1.2, lacks=frozenset({"3m", "2h", "6h", "8h", "12h"}),
        ),
        Venue(
            "Bitstamp", "bitstamp", "publicGetOhlcPair", 1000, _bitstamp_query, _bitstamp_rows,
            columns=(0, 1, 2, 3, 4, 5), width=6, lacks=frozenset({"8h"}),
        ),
        Venue(
            "Binance", "binance", "publicGetKlines", 1000, _binance_query, _itself,
            columns=(0, 1, 2, 3, 4, 5), width=12, per_second=1000, quotes={"USD": "USDT"}, cost=0.4,
        ),
    )
}  # fmt: skip
"""The venues, by their names in seed.venue."""


def serving(venues: Iterable[str], interval: str) -> tuple[str, ...]:
    """Those of the venues that have bars of this length, in the same order; a name that is none of
    VENUES passes, for others to refuse.

    Raises:
        BadInputError: there is none.
    """
    found = tuple(
        name for name in venues if name not in VENUES or interval not in VENUES[name].lacks
    )
    if not found:
        able = [name for name, venue in VENUES.items() if interval not in venue.lacks]
        raise BadInputError(
            f"no venue of spot_venues has {interval} bars", f"Add one that has: {', '.join(able)}."
        )
    return found
