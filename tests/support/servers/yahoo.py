"""Yahoo's chart API, with the cookie and the crumb that yfinance asks for first (after answers
recorded in 2025 and 2026), its quotes and its histories of counts of shares.

Several hosts in one: `/` stands for fc.yahoo.com, `/v1/test/getcrumb` for query1, `/consent` for
guce, the rest for query2. The session that runs at `now` has a bar already: unfinished, with half
of its volume. A dated contract answers until its last day and is unknown afterwards. Only daily
bars are served.

Habits, as reported of Yahoo in 2026 (weekend bars: as they might come):

* `no ether months`: no dated contract of ETH or MET is known
* `no ether`: nor is a continuous series
* `zero closes`: months that end in 30 days or later close at 0.00 without volume on Wednesdays
* `weekend bars`: from August 2025 on MBT contracts trade on Saturdays and Sundays too
* `half a consent`: the form of consent lacks its session
"""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from tests.support.servers.core import (
    Ask,
    Limit,
    Response,
    Venue,
    html_response,
    json_response,
    register,
)
from tests.support.servers.yahoo_bars import NEW_YORK, Bar, Series, flat, series, unix
from tests.support.servers.yahoo_shares import quotes, share_history

CRUMB = "l00pb4ck.Crmb"
_RANGES = {
    "1d": 1,
    "5d": 5,
    "1mo": 31,
    "3mo": 92,
    "6mo": 183,
    "1y": 366,
    "2y": 731,
    "5y": 1827,
    "10y": 3653,
    "ytd": 366,
    "max": 99_999,
}
_FIELDS = ("open", "high", "low", "close", "volume")


def bars_at(held: Series, start: int, end: int, now: datetime) -> list[Bar]:
    """The bars stamped in [start, end) as they stand at `now`."""
    known = [
        bar
        for bar in held.bars
        if start <= held.stamp(bar.session) < end and held.stamp(bar.session) <= unix(now)
    ]
    return [bar if held.is_over(bar.session, now) else _unfinished(bar) for bar in known]


def _unfinished(bar: Bar) -> Bar:
    """A bar as it may stand in the middle of its session."""
    if bar.close is None or bar.open is None or bar.volume is None:
        return bar
    return replace(
        bar,
        high=max(bar.open, bar.close),
        low=min(bar.open, bar.close),
        close=round(bar.close * 1.001, 4),
        volume=bar.volume // 2,
    )


def bend_bars(bars: list[Bar], bend: str | None) -> list[Bar]:
    """The bars with one fault of content in the middle."""
    middle = len(bars) // 2
    if bend == "duplicate":
        return [*bars, bars[-1]]
    if bend == "out_of_order":
        return bars[::-1]
    if bend == "short_page":
        return bars[:middle]
    if bend == "gap":
        return [*bars[:middle], *bars[middle + 1 :]]
    if bend == "restated":
        old = bars[middle]
        return [
            *bars[:middle],
            replace(old, close=round((old.close or 0.0) * 1.01, 4)),
            *bars[middle + 1 :],
        ]
    return bars


def _zero_on_wednesdays(bar: Bar, last_day: date) -> Bar:
    is_far = last_day - bar.session >= timedelta(days=30)
    return flat(bar.session, 0.0, 0) if is_far and bar.session.weekday() == 2 else bar


def _with_weekends(bars: list[Bar]) -> list[Bar]:
    """A bar of Saturday and of Sunday after each Friday that another bar follows, a dollar and two
    above it.
    """
    held = []
    for bar, later in zip(bars, [*bars[1:], None], strict=True):
        held.append(bar)
        is_friday = bar.session.weekday() == 4 and bar.session >= date(2025, 8, 1)
        if later and is_friday and bar.close is not None:
            held += [flat(bar.session + timedelta(days=n), bar.close + n, n) for n in (1, 2)]
    return held


def _as_of_late(symbol: str, held: Series, ask: Ask) -> Series | None:
    """A symbol as Yahoo's habits leave it."""
    dated = re.fullmatch(r"(MBT|MET|BTC|ETH)[A-Z]\d\d\.CME", symbol)
    if "no ether" in ask.habits and symbol in ("ETH=F", "MET=F"):
        return None
    if dated and dated[1] in ("MET", "ETH") and {"no ether", "no ether months"} & ask.habits:
        return None
    bars = list(held.bars)
    if held.last_day and "zero closes" in ask.habits and dated:
        bars = [_zero_on_wednesdays(bar, held.last_day) for bar in bars]
    if dated and dated[1] == "MBT" and "weekend bars" in ask.habits:
        bars = _with_weekends(bars)
    return replace(held, bars=tuple(bars))


def chart(
    held: Series, bars: list[Bar], now: datetime, bend: str | None = None
) -> dict[str, object]:
    """The body of an answer; without bars it has neither stamps nor prices."""
    result: dict[str, object] = {"meta": _meta(held, now)}
    if bars:
        columns = {name: [getattr(bar, name) for bar in bars] for name in _FIELDS}
        closes = columns["close"]
        if bend == "renamed_column":
            columns["last"] = columns.pop("close")
        scale = 1_000_000 if bend == "microseconds" else 1
        result["timestamp"] = [held.stamp(bar.session) * scale for bar in bars]
        result["indicators"] = {"quote": [columns], "adjclose": [{"adjclose": closes}]}
    else:
        result["indicators"] = {"quote": [{}], "adjclose": [{}]}
    return {"chart": {"result": [result], "error": None}}


def _meta(held: Series, now: datetime) -> dict[str, object]:
    known = [bar for bar in bars_at(held, 0, unix(now) + 1, now) if bar.close is not None]
    local = now.astimezone(NEW_YORK)
    offset = local.utcoffset() or timedelta(0)
    zone = {"timezone": local.tzname(), "gmtoffset": int(offset.total_seconds())}
    day = unix(local.replace(hour=0, minute=0, second=0, microsecond=0))
    first = held.stamp(held.bars[0].session) if held.bars else None
    period = {**zone, "start": day, "end": day + 86_340}
    return {
        "currency": "USD",
        "symbol": held.symbol,
        "exchangeName": held.exchange,
        "fullExchangeName": held.exchange,
        "instrumentType": held.kind,
        "firstTradeDate": first,
        "regularMarketTime": unix(now),
        "hasPrePostMarketData": held.kind == "ETF",
        **zone,
        "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": known[-1].close if known else None,
        "regularMarketVolume": known[-1].volume if known else None,
        "shortName": held.short_name,
        "priceHint": 2,
        "currentTradingPeriod": {"pre": period, "regular": period, "post": period},
        "dataGranularity": "1d",
        "range": "",
        "validRanges": list(_RANGES),
    }


@register
class Yahoo(Venue):
    """One host for all of Yahoo's. Quotes need the crumb; nothing else does, or looks at it."""

    name = "yahoo"
    # Twice a second is what the client keeps to; the burst lets a test run three nights at once.
    limit = Limit(per_second=2, burst=400)
    bends = frozenset(
        {
            "duplicate",
            "out_of_order",
            "short_page",
            "restated",
            "gap",
            "renamed_column",
            "microseconds",
        }
    )

    def handle(self, ask: Ask) -> Response:
        """A cookie, a crumb, a chart, quotes, a history of counts, or Yahoo's error."""
        if ask.path == "/":
            cookie = "A3=d=loopback&S=loopback; Max-Age=31557600; Path=/; HttpOnly"
            return Response(
                404,
                {"Content-Type": "text/html", "Set-Cookie": cookie},
                b"<html><head><title>Not Found</title></head></html>",
            )
        if ask.path == "/consent":
            form = '<input name="csrfToken" value="x">' if "half a consent" in ask.habits else ""
            return html_response(
                f"<html><body>Yahoo is part of the Yahoo family of brands.{form}</body></html>"
            )
        if ask.path == "/v1/test/getcrumb":
            return Response(200, {"Content-Type": "text/plain;charset=utf-8"}, CRUMB.encode())
        if ask.path.startswith("/ws/fundamentals-timeseries/"):
            return json_response(share_history(self.recorded, ask.path.rsplit("/", 1)[-1], ask))
        if ask.path == "/v7/finance/quote":
            if ask.query.get("crumb") != CRUMB:
                error = {"code": "Unauthorized", "description": "Invalid Crumb"}
                return json_response({"finance": {"result": None, "error": error}}, 401)
            return json_response(quotes(self.recorded, ask))
        chart = re.fullmatch(r"/v8/finance/chart/(?P<symbol>[^/]+)", ask.path)
        return self._chart(chart["symbol"], ask) if chart else self.refuse(404)

    def _chart(self, symbol: str, ask: Ask) -> Response:
        held = series(self.recorded, symbol)
        held = held and _as_of_late(symbol, held, ask)
        if held is None or (held.last_day and ask.now.astimezone(NEW_YORK).date() > held.last_day):
            return _error(404, "Not Found", "No data found, symbol may be delisted")
        if ask.query.get("interval", "1d") != "1d":
            return _error(
                422,
                "Unprocessable Entity",
                f"{ask.query['interval']} data not available for this loopback venue",
            )
        if "period1" in ask.query:
            start, end = int(ask.query["period1"]), int(ask.query["period2"])
        else:
            end = unix(ask.now) + 1
            start = end - _RANGES.get(ask.query.get("range", "1d"), 1) * 86_400
        bars = bars_at(held, start, end, ask.now)
        return json_response(
            chart(held, bend_bars(bars, ask.bend) if bars else bars, ask.now, ask.bend)
        )

    def refuse(self, status: int) -> Response:
        """The edge's text for 429, the API's error object for the rest."""
        if status == 429:
            return Response(429, {"Content-Type": "text/plain"}, b"Edge: Too Many Requests")
        return json_response(
            {"finance": {"result": None, "error": {"code": str(status), "description": "refused"}}},
            status,
        )


def _error(status: int, code: str, description: str) -> Response:
    return json_response(
        {"chart": {"result": None, "error": {"code": code, "description": description}}}, status
    )
