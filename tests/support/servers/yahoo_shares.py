"""Counts of shares behind the loopback Yahoo, constructed for tests and nobody's: a quoted count
for all funds but two, a history for two.

The forms: quotes as recorded in October 2026 (query2, v7), of which the keys that matter are
served; histories as yfinance 1.7 reads them, an empty list where there is none.
"""

from datetime import UTC, date, datetime
from pathlib import Path

from tests.support.servers.core import Ask
from tests.support.servers.yahoo_bars import Series, series, unix

WITHOUT_COUNT = frozenset({"BTCW", "QETH"})
HISTORIES = {
    "IBIT": {date(2025, 6, 30): 1_100_000_000, date(2025, 8, 8): 1_250_000_000},
    "GBTC": {date(2025, 7, 31): 230_000_000},
}
MILLION = 1_000_000


def quoted_count(held: Series) -> int:
    """Shares that a fund's quote tells of: as many millions as it has had sessions."""
    return len(held.bars) * MILLION


def quotes(recorded: Path | None, ask: Ask) -> dict[str, object]:
    """The body of an answer to `symbols=A,B`; unknown symbols are missing from it."""
    known = [
        held for symbol in ask.query["symbols"].split(",") if (held := series(recorded, symbol))
    ]
    return {"quoteResponse": {"result": [_quote(held, ask.now) for held in known], "error": None}}


def _quote(held: Series, now: datetime) -> dict[str, object]:
    price = next((bar.close for bar in reversed(held.bars) if held.is_over(bar.session, now)), None)
    count = (
        {}
        if held.symbol in WITHOUT_COUNT or held.kind != "ETF"
        else {"sharesOutstanding": quoted_count(held)}
    )
    return {
        "language": "en-US",
        "region": "US",
        "quoteType": held.kind,
        "typeDisp": held.kind,
        "currency": "USD",
        "regularMarketTime": unix(now),
        "regularMarketPrice": price,
        "shortName": held.short_name,
        "marketState": "CLOSED",
        **count,
        "fullExchangeName": held.exchange,
        "exchange": held.exchange,
        "exchangeTimezoneName": "America/New_York",
        "symbol": held.symbol,
    }


def share_history(recorded: Path | None, symbol: str, ask: Ask) -> dict[str, object]:
    """The body of an answer to a symbol, `period1` and `period2`: counts stamped at midnight UTC in
    that window, or an empty list.
    """
    start, end = int(ask.query.get("period1", "0")), int(ask.query.get("period2", "0"))
    dated = {
        unix(datetime.combine(day, datetime.min.time(), UTC)): count
        for day, count in HISTORIES.get(symbol, {}).items()
    }
    within = {
        stamp: count
        for stamp, count in dated.items()
        if start <= stamp < end and stamp <= unix(ask.now)
    }
    if not within or series(recorded, symbol) is None:
        return {"timeseries": {"result": [], "error": None}}
    counts = {
        "meta": {"symbol": [symbol], "type": ["shares_out"]},
        "timestamp": list(within),
        "shares_out": list(within.values()),
    }
    return {"timeseries": {"result": [counts], "error": None}}
