"""The smallest thing to ask each source for, which tells whether it answers at all: a line per
source.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from marketwake.base.seeds import seed_rows
from marketwake.base.series import SECONDS, Series, Window
from marketwake.base.settings import Settings
from marketwake.sources.coingecko import coin_list
from marketwake.sources.coingecko.source import ADDRESS as COINGECKO
from marketwake.sources.coingecko.source import CoinGecko
from marketwake.sources.farside.source import ADDRESS as FARSIDE
from marketwake.sources.farside.source import RECENT, Farside
from marketwake.sources.issuers.funds import DATASET as NAVS
from marketwake.sources.issuers.funds import funds
from marketwake.sources.issuers.source import Issuers
from marketwake.sources.source import Clock, Request, Source
from marketwake.sources.spot.client import Spot
from marketwake.sources.spot.venues import VENUES
from marketwake.sources.yahoo.request import VENDOR
from marketwake.sources.yahoo.source import Yahoo

_BARS = 3
_FUND_DAYS = timedelta(days=10)
"""No market is closed for so long."""
Asked = tuple[Source, Request]


@dataclass(frozen=True)
class Smallest:
    """`ask` gives the source and its one request. Of what comes, the row of `table` with the newest
    `stamp` is the newest figure: `value`, of what `name` says.

    `address` is the source's own, `terms` where it says what may be done with its figures;
    `publisher` whose site it is, of a source that asks several.
    """

    source: str
    address: str
    terms: str
    table: str
    name: str
    stamp: str
    value: str
    ask: Callable[[Settings, Clock], Asked]
    publisher: str = ""

    @property
    def label(self) -> str:
        """The source, with the publisher where it asks several."""
        return f"{self.source} {self.publisher}".strip()


SPOT = {
    "Coinbase": ("https://api.exchange.coinbase.com", "https://www.coinbase.com/legal/market_data"),
    "Kraken": ("https://api.kraken.com", "https://www.kraken.com/legal"),
    "Bitstamp": ("https://www.bitstamp.net/api", "https://www.bitstamp.net/terms-of-use/"),
    "Binance": ("https://api.binance.com", "https://www.binance.com/en/terms"),
}
"""Address and terms of each spot venue."""
VENDORS = (
    Smallest(
        "farside", FARSIDE, FARSIDE, "etf_flow_total", "asset", "session", "net_flow_usd",
        lambda settings, _: (Farside(settings), Request("farside", next(iter(RECENT)))),
    ),
    *(
        Smallest(
            "issuers", funds()[ticker].site, terms, NAVS, "ticker", "dated_on", "nav_usd",
            lambda settings, _, ticker=ticker: (Issuers(settings), Request(NAVS, ticker)),  # type: ignore[misc]
            funds()[ticker].publisher,
        )
        for ticker, terms in (
            ("ETH", "https://www.grayscale.com"),
            ("ETHA", "https://www.ishares.com"),
        )
    ),
    Smallest(
        "yahoo", "https://query2.finance.yahoo.com",
        "https://legal.yahoo.com/us/en/yahoo/terms/otos/index.html",
        "etf_bar", "ticker", "session", "close_usd",
        lambda settings, clock: _fund(settings, clock),
    ),
    Smallest(
        "coingecko", COINGECKO, "https://www.coingecko.com/en/api_terms",
        "coin_rank", "coin", "ranked_on", "market_cap_usd",
        lambda settings, clock: (CoinGecko(settings, clock, {}), coin_list.requests(1)[0]),
    ),
)  # fmt: skip


def smallest(settings: Settings) -> Iterator[Smallest]:
    """Of every source that a live run with these settings may ask: the spot venues in order of
    preference, those in reserve included, then the others.
    """
    for venue in settings.spot_venues:
        address, terms = SPOT[venue]
        yield Smallest(
            VENUES[venue].source, address, terms, "spot_bar", "symbol", "opened_at", "close",
            lambda settings, clock, venue=venue: _bars(venue, settings, clock),  # type: ignore[misc]
        )  # fmt: skip
    yield from VENDORS


def _bars(venue: str, settings: Settings, clock: Clock) -> Asked:
    spot, length = Spot(venue, settings, clock, {}), settings.spot_interval
    market = VENUES[venue].market(settings.spot_symbols[0])
    back = (_BARS + 1) * timedelta(seconds=SECONDS[length])
    window = Window(Series("spot_bar", venue, market, length), clock() - back, clock())
    return spot, spot.ask([window])[0]


def _fund(settings: Settings, clock: Clock) -> Asked:
    yahoo, ticker = Yahoo(settings, clock, {}), seed_rows("fund")[0]["ticker"]
    window = Window(Series("etf_bar", VENDOR, ticker, "1d"), clock() - _FUND_DAYS, clock())
    return yahoo, yahoo.ask([window])[0]
