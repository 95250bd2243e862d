"""Binance: api.binance.com/api/v3. It trades against USDT, which stands for the dollar there.

klines?symbol=BTCUSDT    [time, open, high, low, close, volume, six more], milliseconds; 1000
exchangeInfo             {symbols: [{baseAsset, quoteAsset, status, ...}]}

Where it answers 451 (the United States, many clouds), Binance's own data-api.binance.vision has the
same answers without a key, of spot only: the same venue, so it is asked before another stands in.
"""

from marketwake.sources.spot.venue import Candles, Listing, Page, Venue, seconds


def _query(page: Page) -> dict[str, str | int]:
    return {
        "symbol": page.symbol.replace("/", ""),
        "interval": page.interval,
        "startTime": seconds(page.first) * 1000,
        "endTime": seconds(page.last) * 1000,
        "limit": page.bars,
    }


VENUE = Venue(
    name="Binance",
    ccxt_id="binance",
    candles=Candles(
        endpoint="publicGetKlines",
        query=_query,
        page_bars=1000,
        rows=lambda _, answer: answer,
        columns=(0, 1, 2, 3, 4, 5),
        width=12,
        per_second=1000,
        cost=0.4,
    ),
    listing=Listing(
        endpoint="publicGetExchangeInfo",
        rows=lambda answer: answer.get("symbols") if isinstance(answer, dict) else None,
        symbol=lambda market: f"{market['baseAsset']}/{market['quoteAsset']}",
        trading={"status": "TRADING"},
        # What is left out is most of twenty megabytes.
        query={"permissions": "SPOT", "symbolStatus": "TRADING", "showPermissionSets": "false"},
    ),
    mirror="https://data-api.binance.vision",
)
