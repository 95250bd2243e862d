"""How many shares of the spot funds Yahoo says are outstanding: two answers of Yahoo's, both
through yfinance.

    shares of IBIT 2025-07-01..2025-08-22
        its history of counts, which `Ticker.get_shares_full` reads: kind history
    shares quoted of ARKB,BITB,...
        its quotes of all funds, whose sharesOutstanding `Ticker.info` has: kind quote

* A history is dated by Yahoo. It comes from filings, weeks late, so all of it is asked for every
  night. Many funds have none (yfinance #2898 says so of ETFs): an empty answer is an answer, it
  lands and holds no row.
* A quote's count has no date; its row has the UTC day of asking. A fund whose quote has no count
  gives no row. **The count can be years old**: SPY's was 917,782,016 in answers recorded in October
  2022 and in February 2026, and that of QQQ, 393.1 million in October 2026, times its price is 60 %
  of the net assets in the same answer. quoteSummary's key statistics have no count for ETFs.
* Where a history holds two different counts for one day (yfinance #1954), nobody knows which is
  right: the contract rejects both.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.sources.source import Request
from marketwake.sources.yahoo.answers import malformed
from marketwake.sources.yahoo.request import unix_seconds

DATASET = "etf_shares"
HISTORY = "/ws/fundamentals-timeseries/v1/finance/timeseries/"
QUOTE = "/v7/finance/quote"
COLUMNS = ("ticker", "kind", "observed_on", "shares_outstanding")
_Row = tuple[str, str, str, str]
_HISTORY = re.compile(
    r"shares of (?P<ticker>\S+) (?P<first>\d{4}-\d\d-\d\d)\.\.(?P<last>\d{4}-\d\d-\d\d)"
)
_QUOTE = re.compile(r"shares quoted of (?P<tickers>\S+)")


def requests(funds: Iterable[tuple[str, date]], history_from: date, last: date) -> list[Request]:
    """A history per fund from `history_from`, or its launch, to `last`, and one for the quotes of
    all; none for a fund not yet launched.

    `funds`: ticker and day of launch.
    """
    begun = sorted(
        (ticker, first) for ticker, on in funds if (first := max(history_from, on)) <= last
    )
    histories = [f"shares of {ticker} {first}..{last}" for ticker, first in begun]
    quotes = [f"shares quoted of {','.join(ticker for ticker, _ in begun)}"] if begun else []
    return [Request(DATASET, what) for what in histories + quotes]


def query(request: Request) -> tuple[str, dict[str, str | int]]:
    """Path and parameters of Yahoo's that a request stands for, as yfinance asks.

    Raises:
        SourceChangedError: it is written otherwise, by another version of this program.
    """
    what = _read_what(request)
    if "tickers" in what:
        return QUOTE, {
            "symbols": what["tickers"],
            "formatted": "false",
            "lang": "en-US",
            "region": "US",
        }
    first, last = (date.fromisoformat(what[name]) for name in ("first", "last"))
    stamps = {
        "period1": unix_seconds(first),
        "period2": unix_seconds(last + timedelta(days=1)),
    }
    return f"{HISTORY}{what['ticker']}", {"symbol": what["ticker"], **stamps}


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """Counts of one fund's history, or of the quotes of all funds; without rows where Yahoo has
    none.

    Raises:
        SourceChangedError: another form, another symbol than asked for, stamps that are not seconds
            up to now, or no quote at all.
    """
    what = _read_what(request)
    try:
        answer = json.loads(body)
        if "tickers" in what:
            rows = _quoted(request, answer, what["tickers"].split(","), requested_at)
        else:
            rows = _dated(request, answer, what["ticker"], requested_at)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise SourceChangedError(
            "yahoo", request.what, "counts of shares", malformed(error, body)
        ) from error
    return {DATASET: pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")}


def _quoted(
    request: Request,
    answer: Any,  # noqa: ANN401 - decoded JSON
    tickers: list[str],
    requested_at: datetime,
) -> list[_Row]:
    quotes = {
        quote["symbol"]: quote.get("sharesOutstanding")
        for quote in answer["quoteResponse"]["result"]
    }
    if not quotes or not quotes.keys() <= set(tickers):
        raise SourceChangedError(
            "yahoo", request.what, "quotes of these funds", ", ".join(map(str, quotes)) or "none"
        )
    day = f"{requested_at.astimezone(UTC):%Y-%m-%d}"
    return [
        (ticker, "quote", day, str(count)) for ticker, count in quotes.items() if count is not None
    ]


def _dated(request: Request, answer: Any, ticker: str, requested_at: datetime) -> list[_Row]:  # noqa: ANN401 - decoded JSON
    rows = []
    for result in answer["timeseries"]["result"] or []:
        if result["meta"]["symbol"] != [ticker]:
            raise SourceChangedError(
                "yahoo", request.what, f"counts of {ticker}", str(result["meta"]["symbol"])
            )
        if "shares_out" not in result:
            continue
        for stamp, count in zip(result["timestamp"], result["shares_out"], strict=True):
            if not 0 < stamp <= (requested_at + timedelta(days=1)).timestamp():
                raise SourceChangedError(
                    "yahoo",
                    request.what,
                    f"stamps in seconds, up to {requested_at.timestamp():.0f}",
                    str(stamp),
                )
            if count is not None:
                rows.append(
                    (
                        ticker,
                        "history",
                        f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d}",
                        str(count),
                    )
                )
    return rows


def _read_what(request: Request) -> dict[str, str]:
    what = _HISTORY.fullmatch(request.what) or _QUOTE.fullmatch(request.what)
    if what is None:
        raise SourceChangedError(
            "yahoo",
            request.what,
            "shares of a fund day..day, or shares quoted of funds",
            "another question",
        )
    return what.groupdict()
