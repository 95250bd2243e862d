"""Binance's public spot API (ccxt: binance with fetchMarkets types ['spot']):
api.binance.com/api/v3.

Klines: at most 1000 a page (500 unless asked), ascending from startTime, else the newest; stamps in
milliseconds, figures as text. The running kline is served: its close time lies ahead.

Exchange information lists symbols of every status unless `symbolStatus` names one; the
`permissions` of all symbols here are SPOT.

Below `/mirror` stands data-api.binance.vision. Habit: `restricted`: 451 to everything but the
mirror.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from tests.support.servers.core import Ask, Limit, Response, json_response, register
from tests.support.servers.data import Bar
from tests.support.servers.exchange import Exchange, Market

PAGE = 1000
MIRRORED = frozenset[str]()
_STATUSES = {"TRADING", "HALT", "BREAK"}
_WEIGHTS = {"/api/v3/exchangeInfo": 20.0, "/api/v3/klines": 2.0}
_BANNED = (
    "Way too much request weight used; IP banned until {}. Please use WebSocket Streams for "
    "live updates to avoid bans."
)
_RESTRICTED = (
    "Service unavailable from a restricted location according to 'b. Eligibility' in "
    "https://www.binance.com/en/terms. "
    "Please contact customer service if you believe you received this message in error."
)
_TOO_MUCH = (
    "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use "
    "WebSocket Streams for live updates "
    "to avoid polling the API."
)


@register
class Binance(Exchange):
    """Limit: 6000 units of weight a minute for each address; klines weigh 2, the exchange's
    information 20 (Binance spot API docs).
    """

    name = "binance"
    limit = Limit(per_second=100, burst=6000)
    folder = "binance"
    stamps_per_second = 1000
    list_path = "/api/v3/exchangeInfo"
    list_symbol = "symbol"
    idle: ClassVar[Mapping[str, bool]] = {"BTC/EUR": True, "BTC/USDC": True, "BCC/USDT": False}
    intervals: ClassVar[Mapping[str, int]] = {
        "1m": 60,
        "3m": 180,
        "5m": 300,
        "15m": 900,
        "30m": 1800,
        "1h": 3600,
        "2h": 7200,
        "4h": 14400,
        "6h": 21600,
        "8h": 28800,
        "12h": 43200,
        "1d": 86400,
    }

    def handle(self, ask: Ask) -> Response:
        if ask.path.startswith("/mirror/"):
            return self.handle(replace(ask, path=ask.path.removeprefix("/mirror"), habits=MIRRORED))
        if "restricted" in ask.habits:
            return self.refuse(451)
        if ask.path == "/api/v3/klines":
            return self._klines(ask)
        if ask.path == self.list_path:
            return self._exchange_info(ask)
        if ask.path == "/api/v3/time":
            return json_response({"serverTime": int(ask.now.timestamp() * 1000)})
        return Response(
            404, {"Content-Type": "text/html"}, b"<html><body><h2>404 Not found</h2></body></html>"
        )

    def market_id(self, base: str, quote: str) -> str:
        return base + quote

    def is_bars(self, path: str) -> bool:
        return path == "/api/v3/klines"

    def cost(self, path: str, query: Mapping[str, str]) -> float:  # noqa: ARG002 - the weight of klines does not depend on their number
        return _WEIGHTS.get(path, 1.0)

    def refuse(self, status: int) -> Response:
        bodies: dict[int, dict[str, object]] = {
            429: {"code": -1003, "msg": _TOO_MUCH},
            418: {"code": -1003, "msg": _BANNED.format(int((time.time() + 120) * 1000))},
            451: {"code": 0, "msg": _RESTRICTED},
        }
        return json_response(
            bodies.get(
                status,
                {"code": -1000, "msg": "An unknown error occurred while processing the request."},
            ),
            status,
        )

    def _exchange_info(self, ask: Ask) -> Response:
        status = ask.query.get("symbolStatus")
        if status not in _STATUSES | {None}:
            return json_response({"code": -1122, "msg": "Invalid symbolStatus."}, 400)
        # One permission as it is, or several as a JSON array.
        wanted = re.findall(r"\w+", ask.query.get("permissions", "SPOT"))
        symbols = [
            _symbol(market, ask.query.get("showPermissionSets") != "false")
            for market in self.listed
        ]
        named = [
            self.entry(ask, symbol)
            for symbol in symbols
            if "SPOT" in wanted and status in (None, symbol["status"])
        ]
        limits = [
            {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": 6000,
            }
        ]
        info = {
            "timezone": "UTC",
            "serverTime": int(ask.now.timestamp() * 1000),
            "rateLimits": limits,
            "exchangeFilters": [],
        }
        return json_response({**info, "symbols": named})

    def _klines(self, ask: Ask) -> Response:
        market = self.market(ask.query.get("symbol", ""))
        interval = self.intervals.get(ask.query.get("interval", ""))
        if market is None:
            return json_response({"code": -1121, "msg": "Invalid symbol."}, 400)
        if interval is None:
            return json_response({"code": -1120, "msg": "Invalid interval."}, 400)
        first = int(ask.query.get("startTime", "0")) / 1000
        last = int(ask.query["endTime"]) / 1000 if "endTime" in ask.query else ask.now.timestamp()
        limit = min(int(ask.query.get("limit", "500")), PAGE)
        page = self.page(
            ask, market, interval, first, last, limit, newest="startTime" not in ask.query
        )
        return json_response([self._kline(ask, bar, interval) for bar in page])

    def _kline(self, ask: Ask, bar: Bar, interval: int) -> list[object]:
        prices = [f"{price:.8f}" for price in (bar.open, bar.high, bar.low, bar.close, bar.volume)]
        quote = bar.volume * bar.close
        half = [f"{bar.volume / 2:.8f}", f"{quote / 2:.8f}"]
        closed = self.stamp(ask, bar.opened_at + interval) - 1
        return [
            self.stamp(ask, bar.opened_at),
            *prices,
            closed,
            f"{quote:.8f}",
            int(bar.volume) + 1,
            *half,
            "0",
        ]


def _symbol(market: Market, with_permissions: bool) -> dict[str, object]:
    tick = "0.00001000" if market.quote == "BTC" else "0.01000000"
    return {
        "symbol": market.id,
        "status": "TRADING" if market.is_open else "BREAK",
        "baseAsset": market.base,
        "baseAssetPrecision": 8,
        "quoteAsset": market.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": tick,
                "maxPrice": "1000000.00000000",
                "tickSize": tick,
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": "0.00001000",
                "maxQty": "9000.00000000",
                "stepSize": "0.00001000",
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": "5.00000000",
                "applyMinToMarket": True,
                "maxNotional": "9000000.00000000",
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]] if with_permissions else [],
    }
