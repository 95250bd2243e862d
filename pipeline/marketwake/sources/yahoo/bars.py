"""Daily bars of Yahoo's chart API, `{"chart": {"result": [{meta, timestamp, indicators}], "error":
null}}`.

What the figures are:

* **The close of a CME future is its daily settlement**, not its last trade. Against hourly spot,
  the recorded BTC=F keeps its distance best at 20:00 UTC in summer and 21:00 UTC in winter, which
  is 15:00 Chicago: from April to October 2025 the distance changed by a median of 6 basis points a
  day there, and by 35 an hour before or after. So `observed_at` is the settlement instant, earlier
  where the session or the contract ends earlier. A dated contract has price_kind settlement, a
  continuous series (BTC=F) continuous.
* Indices and funds are closes without dividends; a split restates the history of a fund. Closes are
  single precision, sent as double: 17.65999984741211 is 17.66 and becomes it again.

What becomes of a bar:

* nulls in every array are a missing session: no row, and mart.coverage counts it
* a close of 0.00 without volume is a day without a trade, as far months have them: no row either
* **a future's bar on a weekend or holiday since trading goes on around the clock (2026-05-30)** is
  the last trade of that day (price_kind last_trade; its trades bear the next session's date, and
  there is no settlement), observed at 16:00 Chicago, where CME's days end. It is taken when the day
  is over in New York too: whether Yahoo will have such bars was not known when this was written
* an unfinished session (it had not ended when Yahoo was asked) gives no row; nor does a running
  quote, which Yahoo appends with the instant of the last trade as its stamp: beside the bar of the
  same session, or, for a future, where the settlement is yet to come
* **a bar on a day without a session (yfinance #2635, #2620, #1036) is handed on with that day as
  text, so that the contract rejects it with this reason**: moving it to a neighbouring day would be
  a guess. Index days before 1970 are let pass: the calendar begins there
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.calendars.futures import day_close_at, expiry_at, settlement_at
from marketwake.calendars.sessions import XNYS_FIRST, session_frame, trades_on_every_day
from marketwake.sources.source import Request
from marketwake.sources.yahoo.answers import explained, is_untraded, malformed
from marketwake.sources.yahoo.contracts import DATED, month_of, stored_name
from marketwake.sources.yahoo.request import CALENDARS, VENDOR, read_what
from marketwake.sources.yahoo.splits import MALFORMED, split_instants

COLUMNS = ("open", "high", "low", "close", "volume")
AHEAD = timedelta(days=7)
"""No session begins so long before the day that it is named after; other units lie far beyond."""
LATE = timedelta(days=14)
"""Bars of continuous series go missing for days and come later (yfinance #2240, #2620, #2635)."""


@dataclass(frozen=True)
class _Chart:
    """One result, its arrays in step. `quoted_at` is the instant of the newest quote; both it and
    the stamps are Unix seconds.
    """

    zone: ZoneInfo
    quoted_at: int | None
    stamps: list[int]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class _Bar:
    """`session` is None where the stamp is none of a session, nor of a day with trading, and `day`
    then says so. `ends_at`: when it is finished, UTC; None where that cannot be told.
    """

    session: date | None
    day: str
    ends_at: datetime | None
    close: str | None
    volume: str | None


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """Rows of one symbol; no table at all when Yahoo says that it knows no such contract, or
    nothing in the window.

    Raises:
        SourceChangedError: no chart, another symbol or interval than asked for, arrays out of step,
            splits without their instants, stamps that are not seconds, or not one bar of an index,
            a fund or a continuous series over two finished sessions or more.
    """
    what = read_what(request)
    if explained(body) is not None:
        return {}
    chart = _chart(request, what.symbol, body)
    # On a Friday evening the bar that runs may bear the date of Tuesday.
    if any(stamp > (requested_at + AHEAD).timestamp() for stamp in chart.stamps):
        raise SourceChangedError(
            "yahoo",
            request.what,
            f"stamps in seconds, up to {requested_at.timestamp():.0f}",
            str(max(chart.stamps)),
        )
    bars = [
        bar
        for bar in _bars(request.dataset, chart)
        if bar.session is None or bar.ends_at is None or bar.ends_at <= requested_at
    ]
    if not bars and not DATED.fullmatch(what.symbol):
        by = requested_at - (LATE if what.symbol.endswith("=F") else timedelta())
        due = [
            day
            for day, end in _ends(CALENDARS[request.dataset]).items()
            if what.first <= day <= what.last and end <= by
        ]
        if len(due) > 1:
            raise SourceChangedError(
                "yahoo", request.what, f"bars of {len(due)} finished sessions", "none"
            )
    return {request.dataset: _FRAMES[request.dataset](what.symbol, bars)}


def _chart(request: Request, symbol: str, body: bytes) -> _Chart:
    try:
        (result,) = json.loads(body)["chart"]["result"]
        meta, (quote,) = result["meta"], result["indicators"]["quote"]
        answered = f"{meta['symbol']} {meta['dataGranularity']}"
        stamps = [_whole(stamp) for stamp in result.get("timestamp", [])]
        # An empty span has neither stamps nor arrays.
        rows = list(zip(*(quote[name] for name in COLUMNS), strict=True)) if stamps else []
        chart = _Chart(
            ZoneInfo(meta["exchangeTimezoneName"]), meta.get("regularMarketTime"), stamps, rows
        )
        split_instants(result)
    except MALFORMED as error:
        raise SourceChangedError(
            "yahoo", request.what, "a chart of daily bars", malformed(error, body)
        ) from error
    if answered != f"{symbol} 1d":
        raise SourceChangedError("yahoo", request.what, f"{symbol} 1d", answered)
    if len(rows) != len(stamps):
        raise SourceChangedError(
            "yahoo", request.what, f"{len(stamps)} bars, one per stamp", str(len(rows))
        )
    return chart


def _whole(stamp: float) -> int:
    if stamp != int(stamp):
        raise ValueError(f"{stamp!r} is no whole number of seconds")
    return int(stamp)


def _bars(dataset: str, chart: _Chart) -> list[_Bar]:
    """Bars on the days of their stamps where the exchange is; without missing sessions, days
    without a trade, and running quotes.
    """
    is_future = CALENDARS[dataset] == "CME_CRYPTO"
    bars = []
    before = None
    for stamp, (*prices, close, volume) in zip(chart.stamps, chart.rows, strict=True):
        at = datetime.fromtimestamp(stamp, chart.zone)
        is_quote = stamp == chart.quoted_at and (
            at.time() != time() if is_future else at.date() == before
        )
        before = at.date()
        if is_quote or all(cell is None for cell in (*prices, close, volume)):
            continue
        if is_untraded(close, volume):
            continue
        fault = _fault(dataset, at)
        session, day = (
            (None, f"{at:%Y-%m-%d %H:%M}: {fault}") if fault else (at.date(), at.date().isoformat())
        )
        ends_at = _ends(CALENDARS[dataset]).get(at.date())
        if ends_at is None and is_future:
            ends_at = datetime.combine(at.date() + timedelta(days=1), time(), chart.zone)
        bars.append(_Bar(session, day, ends_at, _shortest(close), _count(volume)))
    return bars


def _fault(dataset: str, at: datetime) -> str | None:
    calendar = CALENDARS[dataset]
    if calendar == "CME_CRYPTO" and at.time() != time():
        return "not the midnight that stands for a session"
    if at.date() in _ends(calendar) or (dataset == "index_bar" and at.date() < XNYS_FIRST):
        return None
    if dataset == "futures_price" and trades_on_every_day(at.date()):
        return None
    return f"no session of {calendar}"


@cache
def _ends(calendar: str) -> dict[date, datetime]:
    return dict(
        session_frame()
        .filter(pl.col("calendar") == calendar)
        .select("session", "closes_at")
        .iter_rows()
    )


def _count(volume: object) -> str | None:
    if isinstance(volume, float) and volume.is_integer():
        return str(int(volume))
    return None if volume is None else str(volume)


def _shortest(value: object) -> str | None:
    """A double that is exactly a single stands for the shortest number that reads back as that
    single; what is no number stays as it is.
    """
    if not isinstance(value, float):
        return None if value is None else str(value)
    single = pl.Series([value], dtype=pl.Float64).cast(pl.Float32)
    return str(single.cast(pl.String)[0]) if single.cast(pl.Float64)[0] == value else repr(value)


def _futures(symbol: str, bars: list[_Bar]) -> pl.DataFrame:
    dated = DATED.fullmatch(symbol)
    root = dated["root"] if dated else symbol.removesuffix("=F")
    expires_at = expiry_at(root, month_of(dated)) if dated else None
    placed = [(_expired(bar, expires_at), bar) for bar in bars]
    instants = [
        None if bar.session is None else _settled_at(bar.session, expires_at) for _, bar in placed
    ]
    return pl.DataFrame(
        {
            "vendor": [VENDOR] * len(bars),
            "root": [root] * len(bars),
            "contract": [stored_name(symbol)] * len(bars),
            "price_kind": [_kind(bar) if dated else "continuous" for bar in bars],
            "day": [day for day, _ in placed],
            "observed_at": instants,
            "price_usd": [bar.close for bar in bars],
            "volume_contracts": [bar.volume for bar in bars],
            "open_interest_contracts": [None] * len(bars),
        },
        schema_overrides={"observed_at": pl.Datetime("us", "UTC")},
    )


def _kind(bar: _Bar) -> str:
    return "last_trade" if _is_between(bar.session) else "settlement"


def _is_between(day: date | None) -> bool:
    """Whether trades of a day bear the date of a later session."""
    return day is not None and day not in _ends("CME_CRYPTO")


def _expired(bar: _Bar, expires_at: datetime | None) -> str:
    if bar.session is None or expires_at is None or bar.session <= expires_at.date():
        return bar.day
    return f"{bar.day}: the contract expired on {expires_at:%Y-%m-%d}"


def _settled_at(session: date, expires_at: datetime | None) -> datetime:
    instants = (
        [day_close_at(session)]
        if _is_between(session)
        else [settlement_at(session), _ends("CME_CRYPTO")[session]]
    )
    return min(instants if expires_at is None else [*instants, expires_at])


def _fed_funds(symbol: str, bars: list[_Bar]) -> pl.DataFrame:
    return _plain({"contract": stored_name(symbol)}, bars, close="price", volume="volume_contracts")


def _index(symbol: str, bars: list[_Bar]) -> pl.DataFrame:
    return _plain({"symbol": symbol, "bar_interval": "1d"}, bars, close="close")


def _fund(symbol: str, bars: list[_Bar]) -> pl.DataFrame:
    return _plain({"ticker": symbol}, bars, close="close_usd", volume="volume_shares")


def _plain(
    names: dict[str, str], bars: list[_Bar], close: str, volume: str | None = None
) -> pl.DataFrame:
    columns: dict[str, list[str | None]] = {
        name: [value] * len(bars) for name, value in names.items()
    }
    columns |= {"session": [bar.day for bar in bars], close: [bar.close for bar in bars]}
    if volume:
        columns[volume] = [bar.volume for bar in bars]
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


_FRAMES = {
    "futures_price": _futures,
    "fed_funds_price": _fed_funds,
    "index_bar": _index,
    "etf_bar": _fund,
}
