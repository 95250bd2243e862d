"""Kraken's public API (ccxt: kraken): api.kraken.com/0/public. Coinbase's figures stand in for Kraken's, which were not recorded.

OHLC gives the newest 720 bars and no older one whatever `since` says; `since` only cuts what is not later than it. The last bar is always
the running one, and `last` the stamp of the last finished one. Errors, the rate limit's too, come with status 200 and a filled `error`.
"""

from collections.abc import Mapping
from typing import ClassVar

from tests.servers.core import Ask, Limit, Response, json_response, register
from tests.servers.data import Bar
from tests.servers.exchange import Exchange, Market

PAGE = 720
_ASSETS = {"XXBT": ("XBT", 10), "XETH": ("ETH", 10), "SOL": ("SOL", 8), "ZUSD": ("USD", 4)}
_IDS = {"BTC": "XXBT", "ETH": "XETH", "SOL": "SOL", "USD": "ZUSD"}
_ALTNAMES = {"XXBTZUSD": "XBTUSD", "XETHZUSD": "ETHUSD", "SOLUSD": "SOLUSD", "XETHXXBT": "ETHXBT"}


@register
class Kraken(Exchange):
    """Limit: about one request a second for each address (what ccxt keeps to); here three may come at once. Too many: status 200."""

    name = "kraken"
    limit = Limit(per_second=1, burst=3)
    bends = Exchange.bends | {"renamed_column"}
    folder = "coinbase"
    markets = (
        Market("XXBTZUSD", "BTC", "USD"),
        Market("XETHZUSD", "ETH", "USD"),
        Market("SOLUSD", "SOL", "USD"),
        Market("XETHXXBT", "ETH", "BTC"),
    )
    intervals: ClassVar[Mapping[str, int]] = {str(minutes): minutes * 60 for minutes in (1, 5, 15, 30, 60, 240, 1440)}

    def handle(self, ask: Ask) -> Response:
        if ask.path == "/0/public/OHLC":
            return self._ohlc(ask)
        if ask.path == "/0/public/AssetPairs":
            return _result({market.id: _pair(market) for market in self.markets})
        if ask.path == "/0/public/Assets":
            return _result({name: _asset(altname, decimals) for name, (altname, decimals) in _ASSETS.items()})
        if ask.path == "/0/public/Time":
            return _result({"unixtime": int(ask.now.timestamp()), "rfc1123": ask.now.strftime("%a, %d %b %y %H:%M:%S +0000")})
        return _error("EGeneral:Unknown method")

    def can_bend(self, path: str) -> bool:
        return path == "/0/public/OHLC"

    def refuse(self, status: int) -> Response:
        return _error("EGeneral:Too many requests" if status in (418, 429) else "EService:Unavailable")

    def _ohlc(self, ask: Ask) -> Response:
        pair = ask.query.get("pair", "")
        market = next((one for one in self.markets if pair in (one.id, _ALTNAMES[one.id])), None)
        interval = self.intervals.get(ask.query.get("interval", "1"))
        if market is None:
            return _error("EQuery:Unknown asset pair")
        if interval is None:
            return _error("EGeneral:Invalid arguments")
        instant = ask.now.timestamp()
        running = instant // interval * interval
        since = float(ask.query.get("since", "0"))
        first = min(max(running - (PAGE - 1) * interval, since + 1), running)
        page = self.page(ask, market, interval, first, instant, PAGE, newest=True)
        name = _ALTNAMES[market.id] if ask.bend == "renamed_column" else market.id
        return _result({name: [self._row(ask, bar) for bar in page], "last": int(running) - interval})

    def _row(self, ask: Ask, bar: Bar) -> list[object]:
        mean = (bar.high + bar.low + bar.close) / 3
        prices = [f"{price:.5f}" for price in (bar.open, bar.high, bar.low, bar.close, mean)]
        return [self.stamp(ask, bar.opened_at), *prices, f"{bar.volume:.8f}", int(bar.volume) + 1]


def _result(result: dict[str, object]) -> Response:
    return json_response({"error": [], "result": result})


def _error(text: str) -> Response:
    return json_response({"error": [text]})


def _asset(altname: str, decimals: int) -> dict[str, object]:
    return {"aclass": "currency", "altname": altname, "decimals": decimals, "display_decimals": 5, "status": "enabled"}


def _pair(market: Market) -> dict[str, object]:
    base, quote = _IDS[market.base], _IDS[market.quote]
    return {
        "altname": _ALTNAMES[market.id],
        "wsname": f"{_ASSETS[base][0]}/{_ASSETS[quote][0]}",
        "aclass_base": "currency",
        "base": base,
        "aclass_quote": "currency",
        "quote": quote,
        "lot": "unit",
        "cost_decimals": 5,
        "pair_decimals": 5 if market.quote == "BTC" else 2,
        "lot_decimals": 8,
        "lot_multiplier": 1,
        "leverage_buy": [2, 3],
        "leverage_sell": [2, 3],
        "fees": [[0, 0.4], [10000, 0.35]],
        "fees_maker": [[0, 0.25], [10000, 0.2]],
        "fee_volume_currency": "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": "0.00005",
        "costmin": "0.5",
        "tick_size": "0.00001" if market.quote == "BTC" else "0.01",
        "status": "online",
    }
