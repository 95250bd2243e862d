"""Kraken's public API (ccxt: kraken): api.kraken.com/0/public. Coinbase's figures stand in for
Kraken's, which were not recorded.

OHLC gives the newest 720 bars and no older one whatever `since` says; `since` only cuts what is not
later than it. The last bar is always the running one, and `last` the stamp of the last finished
one. Errors, the rate limit's too, come with status 200 and a filled `error`.

Kraken has names of its own: bitcoin is XBT, dogecoin XDG, and as asset ids the currencies of the
first years have an X or Z before them. A pair's id is made of the two ids where both are of that
kind (XXBTZUSD), else of the plain names (SOLUSD, and XDGUSD).

Habit: `two houses`: every pair is listed a second time, at another house, where it is not open.
"""

from collections.abc import Mapping
from typing import ClassVar

from tests.support.servers.core import Ask, Limit, Response, json_response, register
from tests.support.servers.data import Bar
from tests.support.servers.exchange import Exchange, Market

PAGE = 720
_IDS = {
    "BTC": "XXBT",
    "ETH": "XETH",
    "XRP": "XXRP",
    "LTC": "XLTC",
    "XLM": "XXLM",
    "DOGE": "XXDG",
    "ZEC": "XZEC",
    "XMR": "XXMR",
    "USD": "ZUSD",
    "EUR": "ZEUR",
}
_OWN_NAMES = {"BTC": "XBT", "DOGE": "XDG"}


@register
class Kraken(Exchange):
    """Limit: about one request a second for each address (what ccxt keeps to); here three may come
    at once. Too many: status 200.
    """

    name = "kraken"
    limit = Limit(per_second=1, burst=3)
    folder = "coinbase"
    list_path = "/0/public/AssetPairs"
    list_symbol = "wsname"
    idle: ClassVar[Mapping[str, bool]] = {"BTC/EUR": True, "DOGE/EUR": True, "DOGE/USD": False}
    has_named_bars = True
    intervals: ClassVar[Mapping[str, int]] = {
        str(minutes): minutes * 60 for minutes in (1, 5, 15, 30, 60, 240, 1440)
    }

    def handle(self, ask: Ask) -> Response:
        if ask.path == "/0/public/OHLC":
            return self._ohlc(ask)
        if ask.path == self.list_path:
            pairs: dict[str, object] = {
                market.id: self.entry(ask, _pair(market)) for market in self.listed
            }
            if "two houses" in ask.habits:
                other = {"execution_venue": "bitnomial_exchange", "status": "cancel_only"}
                pairs |= {
                    f"{market.id}.B": self.entry(ask, _pair(market)) | other
                    for market in self.listed
                }
            return _result(pairs)
        if ask.path == "/0/public/Assets":
            return _result({_IDS.get(name, name): _asset(name) for name in self.currencies})
        if ask.path == "/0/public/Time":
            return _result(
                {
                    "unixtime": int(ask.now.timestamp()),
                    "rfc1123": ask.now.strftime("%a, %d %b %y %H:%M:%S +0000"),
                }
            )
        return _error("EGeneral:Unknown method")

    def market_id(self, base: str, quote: str) -> str:
        if {base, quote} <= _IDS.keys() - {"DOGE"}:
            return _IDS[base] + _IDS[quote]
        return _altname(base, quote)

    def market(self, name: str) -> Market | None:
        return next(
            (
                market
                for market in self.markets
                if name in (market.id, _altname(market.base, market.quote))
            ),
            None,
        )

    def is_bars(self, path: str) -> bool:
        return path == "/0/public/OHLC"

    def refuse(self, status: int) -> Response:
        return _error(
            "EGeneral:Too many requests" if status in (418, 429) else "EService:Unavailable"
        )

    def _ohlc(self, ask: Ask) -> Response:
        market = self.market(ask.query.get("pair", ""))
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
        name = _altname(market.base, market.quote) if ask.bend == "renamed_column" else market.id
        return _result(
            {name: [self._row(ask, bar) for bar in page], "last": int(running) - interval}
        )

    def _row(self, ask: Ask, bar: Bar) -> list[object]:
        mean = (bar.high + bar.low + bar.close) / 3
        prices = [f"{price:.5f}" for price in (bar.open, bar.high, bar.low, bar.close, mean)]
        return [self.stamp(ask, bar.opened_at), *prices, f"{bar.volume:.8f}", int(bar.volume) + 1]


def _result(result: dict[str, object]) -> Response:
    return json_response({"error": [], "result": result})


def _error(text: str) -> Response:
    return json_response({"error": [text]})


def _altname(*names: str) -> str:
    return "".join(_OWN_NAMES.get(name, name) for name in names)


def _asset(name: str) -> dict[str, object]:
    decimals = {"Z": 4, "X": 10}.get(_IDS.get(name, "")[:1], 8)
    return {
        "aclass": "currency",
        "altname": _altname(name),
        "decimals": decimals,
        "display_decimals": 5,
        "status": "enabled",
    }


def _pair(market: Market) -> dict[str, object]:
    return {
        "altname": _altname(market.base, market.quote),
        "wsname": f"{_altname(market.base)}/{_altname(market.quote)}",
        "aclass_base": "currency",
        "base": _IDS.get(market.base, market.base),
        "aclass_quote": "currency",
        "quote": _IDS.get(market.quote, market.quote),
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
        "status": "online" if market.is_open else "cancel_only",
        "execution_venue": "international",
    }
