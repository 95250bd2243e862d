"""Coinbase Exchange: api.exchange.coinbase.com.

    products/BTC-USD/candles    [time, low, high, open, close, volume], seconds; 300, newest first
    products                    {id, status, trading_disabled, ...}

Two products may have the same currencies, an auction among them: the id names a market.
"""

from marketwake.base.series import SECONDS
from marketwake.sources.spot.venue import Candles, Listing, Page, Venue


def _query(page: Page) -> dict[str, str | int]:
    return {
        "id": page.symbol.replace("/", "-"),
        "granularity": SECONDS[page.interval],
        "start": f"{page.first:%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{page.last:%Y-%m-%dT%H:%M:%SZ}",
    }


VENUE = Venue(
    name="Coinbase",
    ccxt_id="coinbaseexchange",
    candles=Candles(
        endpoint="publicGetProductsIdCandles",
        query=_query,
        page_bars=300,
        rows=lambda _, answer: answer,
        columns=(0, 3, 2, 1, 4, 5),
        width=6,
        lacks=frozenset({"3m", "30m", "2h", "4h", "8h", "12h"}),
    ),
    listing=Listing(
        endpoint="publicGetProducts",
        rows=lambda answer: answer,
        symbol=lambda product: "/".join(str(product["id"]).rsplit("-", 1)),
        trading={"status": "online", "trading_disabled": False},
    ),
)
