"""Bitstamp's public API (ccxt: bitstamp): www.bitstamp.net/api/v2. Coinbase's figures stand in for
Bitstamp's, which were not recorded.

OHLC: at most 1000 bars, ascending, objects of text with stamps in Unix seconds; with an `end` the
newest up to it, with a `start` alone the earliest from it. The running bar is served unless
exclude_current_candle is true. The list of markets also holds perpetuals.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

from tests.support.servers.core import Ask, Limit, Response, json_response, register
from tests.support.servers.data import Bar
from tests.support.servers.exchange import Exchange, Market

PAGE = 1000
_OHLC = re.compile(r"/api/v2/ohlc/(?P<id>\w+)/")
_NAMES = {
    "BTC": "Bitcoin",
    "ETH": "Ether",
    "SOL": "Solana",
    "ADA": "Cardano",
    "USD": "U.S. dollar",
    "EUR": "Euro",
}
_REASONS = {
    429: ("400.002", "Request rejected due to exceeded rate limit."),
    403: ("403.002", "You do not have permission."),
}


@register
class Bitstamp(Exchange):
    """Limit: 10,000 requests in ten minutes a client, 400 in a burst (Bitstamp's API page)."""

    name = "bitstamp"
    limit = Limit(per_second=10_000 / 600, burst=400)
    folder = "coinbase"
    list_path = "/api/v2/markets/"
    list_symbol = "name"
    idle: ClassVar[Mapping[str, bool]] = {"BTC/EUR": True, "OMG/USD": False}
    has_named_bars = True
    intervals: ClassVar[Mapping[str, int]] = {
        str(seconds): seconds
        for seconds in (60, 180, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
    }

    def handle(self, ask: Ask) -> Response:
        ohlc = _OHLC.fullmatch(ask.path)
        if ohlc:
            return self._ohlc(ask, self.market(ohlc["id"]))
        if ask.path == self.list_path:
            return json_response(
                [self.entry(ask, market) for market in (*map(_market, self.listed), _perpetual())]
            )
        return Response(
            404, {"Content-Type": "text/html"}, b"<html><body>Page not found</body></html>"
        )

    def market_id(self, base: str, quote: str) -> str:
        return f"{base}{quote}".lower()

    def is_bars(self, path: str) -> bool:
        return bool(_OHLC.fullmatch(path))

    def refuse(self, status: int) -> Response:
        code, reason = _REASONS.get(status, ("500.001", "Internal server error."))
        return json_response({"status": "error", "reason": reason, "code": code}, status)

    def _ohlc(self, ask: Ask, market: Market | None) -> Response:
        if market is None:
            return Response(
                404, {"Content-Type": "text/html"}, b"<html><body>Page not found</body></html>"
            )
        interval = self.intervals.get(ask.query.get("step", ""))
        limit = int(ask.query.get("limit", "0"))
        if interval is None or not 1 <= limit <= PAGE:
            name = "step" if interval is None else "limit"
            return json_response(
                {
                    "code": "400.001",
                    "errors": [{"field": name, "message": "Invalid value.", "code": "invalid"}],
                },
                400,
            )
        last = ask.now.timestamp()
        if ask.query.get("exclude_current_candle") == "true":
            last -= interval
        if "end" in ask.query:
            last = min(last, float(ask.query["end"]))
        first = float(ask.query.get("start", "0"))
        page = self.page(
            ask,
            market,
            interval,
            first,
            last,
            limit,
            newest="end" in ask.query or "start" not in ask.query,
        )
        return json_response(
            {
                "data": {
                    "pair": f"{market.base}/{market.quote}",
                    "ohlc": [self._row(ask, bar) for bar in page],
                }
            }
        )

    def _row(self, ask: Ask, bar: Bar) -> dict[str, str]:
        close = "last" if ask.bend == "renamed_column" else "close"
        return {
            "timestamp": str(self.stamp(ask, bar.opened_at)),
            "open": f"{bar.open:.5f}",
            "high": f"{bar.high:.5f}",
            "low": f"{bar.low:.5f}",
            close: f"{bar.close:.5f}",
            "volume": f"{bar.volume:.8f}",
        }


def _market(market: Market) -> dict[str, object]:
    return {
        "name": f"{market.base}/{market.quote}",
        "market_symbol": market.id,
        "base_currency": market.base,
        "base_decimals": 8,
        "counter_currency": market.quote,
        "counter_decimals": 5 if market.quote == "BTC" else 2,
        "minimum_order_value": "0.0002" if market.quote == "BTC" else "10",
        "trading": "Enabled" if market.is_open else "Disabled",
        "instant_order_counter_decimals": 5 if market.quote == "BTC" else 2,
        "instant_and_market_orders": "Enabled" if market.is_open else "Disabled",
        "description": f"{_NAMES.get(market.base, market.base)} / "
        f"{_NAMES.get(market.quote, market.quote)}",
        "market_type": "SPOT",
    }


def _perpetual() -> dict[str, object]:
    return {
        **_market(Market("btcusd-perp", "BTC", "USD")),
        "name": "BTC/USD-PERP",
        "base_decimals": 5,
        "counter_decimals": 0,
        "maximum_order_value": "500000.00000000",
        "minimum_order_amount": "0.00001000",
        "maximum_order_amount": "10.00000000",
        "description": "Bitcoin / U.S. dollar Perpetual",
        "market_type": "PERPETUAL",
        "underlying_asset": "Kaiko BTC Benchmark Reference Rate",
        "payoff_type": "Linear",
        "contract_size": "1.00000000",
        "isin": "EZHKD4DNKHY3",
    }
