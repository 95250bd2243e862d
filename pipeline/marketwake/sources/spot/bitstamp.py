"""Bitstamp: www.bitstamp.net/api/v2.

    ohlc/btcusd/    {timestamp, open, high, low, close, volume}, all text, seconds; 1000
    markets/        {name: BTC/USD, market_type, trading, ...}, perpetuals among them

Given both ends, Bitstamp counts `limit` bars back from `end`.
"""

from marketwake.base.series import SECONDS
from marketwake.sources.spot.venue import Candles, Listing, Page, Venue, seconds

_NAMES = ("timestamp", "open", "high", "low", "close", "volume")


def _query(page: Page) -> dict[str, str | int]:
    return {
        "pair": page.symbol.replace("/", "").lower(),
        "step": SECONDS[page.interval],
        "start": seconds(page.first),
        "end": seconds(page.last),
        "limit": page.bars,
    }


def _rows(page: Page, answer: object) -> object:
    data = answer.get("data") if isinstance(answer, dict) else None
    if (
        not isinstance(data, dict)
        or data.get("pair") != page.symbol
        or not isinstance(data.get("ohlc"), list)
    ):
        return None
    return [
        [bar[name] for name in _NAMES]
        if isinstance(bar, dict) and bar.keys() >= set(_NAMES)
        else bar
        for bar in data["ohlc"]
    ]


VENUE = Venue(
    name="Bitstamp",
    ccxt_id="bitstamp",
    candles=Candles(
        endpoint="publicGetOhlcPair",
        query=_query,
        page_bars=1000,
        rows=_rows,
        columns=(0, 1, 2, 3, 4, 5),
        width=6,
        lacks=frozenset({"8h"}),
    ),
    listing=Listing(
        endpoint="publicGetMarkets",
        rows=lambda answer: answer,
        symbol=lambda market: str(market["name"]) if market["market_type"] == "SPOT" else None,
        trading={"trading": "Enabled"},
    ),
)
