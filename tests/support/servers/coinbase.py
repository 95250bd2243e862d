"""Coinbase Exchange's public API (ccxt: coinbaseexchange): api.exchange.coinbase.com.

Products, currencies and candles: at most 300 of them, newest first, as [time, low, high, open,
close, volume] with time in Unix seconds; a window of more candles is refused with 400
(docs.cdp.coinbase.com, get product candles). The running candle is served. The list of products
also holds delisted ones and those of auctions.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from tests.support.servers.core import Ask, Limit, Response, json_response, register
from tests.support.servers.exchange import Exchange, Market

PAGE = 300
_CANDLES = re.compile(r"/products/(?P<id>[^/]+)/candles")
_TOO_WIDE = (
    "granularity too small for the requested time range. Count of aggregations requested "
    f"exceeds {PAGE}"
)
_FIAT = {"USD", "EUR"}
_MESSAGES = {
    429: "Public rate limit exceeded",
    403: "Forbidden",
    451: "Unavailable For Legal Reasons",
}


@register
class Coinbase(Exchange):
    """Limit: 10 requests a second for each address, 15 in a burst
    (docs.cdp.coinbase.com/exchange/rest-api/rate-limits).
    """

    name = "coinbase"
    limit = Limit(per_second=10, burst=15)
    folder = "coinbase"
    list_path = "/products"
    list_symbol = "id"
    idle: ClassVar[Mapping[str, bool]] = {"BTC/EUR": True, "REP/USD": False}
    intervals: ClassVar[Mapping[str, int]] = {
        str(seconds): seconds for seconds in (60, 300, 900, 3600, 21600, 86400)
    }

    def handle(self, ask: Ask) -> Response:
        candles = _CANDLES.fullmatch(ask.path)
        if candles:
            return self._candles(ask, self.market(candles["id"]))
        if ask.path == self.list_path:
            return json_response(
                [self.entry(ask, product) for product in (*map(_product, self.listed), _auction())]
            )
        if ask.path == "/currencies":
            return json_response([_currency(name) for name in self.currencies])
        if ask.path == "/time":
            return json_response(
                {"iso": ask.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "epoch": ask.now.timestamp()}
            )
        return json_response({"message": "NotFound"}, 404)

    def market_id(self, base: str, quote: str) -> str:
        return f"{base}-{quote}"

    def is_bars(self, path: str) -> bool:
        return bool(_CANDLES.fullmatch(path))

    def refuse(self, status: int) -> Response:
        return json_response({"message": _MESSAGES.get(status, "Internal server error")}, status)

    def _candles(self, ask: Ask, market: Market | None) -> Response:
        if market is None:
            return json_response({"message": "NotFound"}, 404)
        interval = self.intervals.get(ask.query.get("granularity", "60"))
        if interval is None:
            return json_response({"message": "Unsupported granularity"}, 400)
        # One without the other is ignored.
        is_window = {"start", "end"} <= ask.query.keys()
        last = _seconds(ask.query["end"]) if is_window else ask.now.timestamp()
        first = _seconds(ask.query["start"]) if is_window else last - (PAGE - 1) * interval
        if last // interval - -(-first // interval) + 1 > PAGE:
            return json_response({"message": _TOO_WIDE}, 400)
        page = self.page(ask, market, interval, first, last, PAGE, newest=True)
        return json_response(
            [
                [self.stamp(ask, bar.opened_at), bar.low, bar.high, bar.open, bar.close, bar.volume]
                for bar in reversed(page)
            ]
        )


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else datetime.fromisoformat(text).timestamp()


def _product(market: Market) -> dict[str, object]:
    return {
        "id": market.id,
        "base_currency": market.base,
        "quote_currency": market.quote,
        "quote_increment": "0.00001" if market.quote == "BTC" else "0.01",
        "base_increment": "0.00000001",
        "display_name": f"{market.base}/{market.quote}",
        "min_market_funds": "0.00001" if market.quote == "BTC" else "1",
        "margin_enabled": False,
        "fx_stablecoin": False,
        "max_slippage_percentage": "0.02000000",
        "post_only": False,
        "limit_only": False,
        "cancel_only": False,
        "trading_disabled": not market.is_open,
        "status": "online" if market.is_open else "delisted",
        "status_message": "",
        "auction_mode": False,
    }


def _auction() -> dict[str, object]:
    """A product that is online and names bitcoin and the dollar, and still is not their market."""
    return {
        **_product(Market("BTCAUCTION-USD", "BTC", "USD")),
        "display_name": "BTCAUCTION/USD",
        "cancel_only": True,
    }


def _currency(name: str) -> dict[str, object]:
    return {
        "id": name,
        "name": name,
        "min_size": "0.01" if name in _FIAT else "0.00000001",
        "status": "online",
        "message": "",
        "max_precision": "0.01" if name in _FIAT else "0.00000001",
        "convertible_to": [],
        "details": {
            "type": "fiat" if name in _FIAT else "crypto",
            "symbol": None,
            "min_withdrawal_amount": 0.0001,
        },
        "default_network": "",
        "supported_networks": [],
        "display_name": name,
    }
