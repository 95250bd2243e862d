"""Yahoo Finance: dated CME crypto futures, fed funds futures, two equity indices and the spot
funds' own bars, all daily; and how many shares the funds have, which is shares.py's.

A request is a symbol and a window of days (request.py). What is asked for:

* asset by asset, every listed contract of the roots of seed.futures_root, standard contracts before
  micros, and for a week those that have just expired. CME lists six consecutive months, four more
  of the quarterly cycle (March, June, September, December) and a second December where only one is
  among them. Yahoo does not carry every month, and of some roots perhaps none: a 404 there is an
  answer, it lands and holds no row. What is not there is told once a run; it is an error only where
  no series of the asset is (missing.py)
* then their continuous series (`BTC=F`), whose contract changes without notice: they are kept under
  that name and never taken for a month's, whatever month their name states
* the fed funds contracts (ZQ) of this month and the twelve after it, enough for a year of meetings,
  and for a week the one that has ended; nobody misses one after its last business day
* `^GSPC`, `^DJI`, and every fund of seed.fund that is launched
* last, because they matter least and their refusal must not cost a bar: the counts of shares
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.errors import SourceError, SourceUnavailableError
from marketwake.base.seeds import seed_rows
from marketwake.base.series import Series, Window
from marketwake.base.settings import Settings
from marketwake.sources.http import refusal
from marketwake.sources.source import Clock, Reach, Request
from marketwake.sources.yahoo import bars, shares
from marketwake.sources.yahoo.answers import explained, short_name, untraded
from marketwake.sources.yahoo.contracts import (
    FED_FUNDS,
    futures_roots,
    listed_months,
    rates_months,
    stored_name,
    yahoo_symbol,
)
from marketwake.sources.yahoo.missing import Answered
from marketwake.sources.yahoo.request import What, read_what, unix_seconds
from marketwake.sources.yahoo.splits import last_split

if TYPE_CHECKING:
    from marketwake.sources.yahoo.client import YahooClient

INDICES = ("^GSPC", "^DJI")
INDEX_FIRST = date(1927, 12, 30)
"""Where Yahoo's ^GSPC begins; the precedents reach back to 1929."""


@dataclass(frozen=True)
class _Series:
    """What Yahoo calls `symbol`; nothing of it is known before `begins`."""

    dataset: str
    symbol: str
    begins: date = date.min

    @property
    def name(self) -> str:
        """The warehouse's name of it."""
        return stored_name(self.symbol)

    def request(self, first: date, last: date) -> Request:
        """Its bars of some days."""
        return Request(self.dataset, str(What(self.symbol, first, last)))


class Yahoo:
    """`since`: the first day to ask for, by contract (METQ5, ZQU5, BTC=F), index or ticker; what is
    absent starts at settings.history_from, an index at its beginning. `clock` tells which contracts
    are listed, and the last day of the windows.
    """

    name = "yahoo"

    def __init__(self, settings: Settings, clock: Clock, since: Mapping[str, date]) -> None:
        self._settings = settings
        self._clock = clock
        self._since = since
        self._client: YahooClient | None = None
        self._answered = Answered()
        self.splits: dict[str, datetime] = {}
        """The newest split of each series, by its name, that an answer told of; UTC."""

    def requests(self) -> list[Request]:
        """One request per symbol, then those for counts of shares."""
        last = self._clock().date()
        charts = [
            series.request(first, last)
            for series in self._series()
            if (first := max(self._first(series), series.begins)) <= last
        ]
        self._answered.expect(charts)
        return charts + shares.requests(_funds(), self._settings.history_from, last)

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        """One request per series, from its first wanted day to its last: an answer may be of any
        length.
        """
        known = {(series.dataset, series.name): series for series in self._series()}
        days: dict[_Series, list[date]] = {}
        for window in windows:
            days.setdefault(known[window.series.dataset, window.series.symbol], []).extend(
                (window.first.date(), window.last.date())
            )
        return [series.request(min(ends), max(ends)) for series, ends in days.items()]

    def whole(self, firsts: Mapping[str, date]) -> list[Request]:
        """One request per series, from a first day by its name to today, which restates all that
        stands.
        """
        return [
            replace(series.request(firsts[series.name], self._clock().date()), ordered_by="split")
            for series in self._series()
            if series.name in firsts
        ]

    def reach(self, series: Series) -> Reach:
        """From the beginning of a series on, where Yahoo still has it."""
        for known in self._series():
            if (known.dataset, known.name) == (series.dataset, series.symbol):
                begins = known.begins
                return Reach(midnight(begins), f"{series.symbol} begins on {begins}")
        vanished = "Yahoo has dropped it: contracts vanish there after their expiry"
        is_contract = series.dataset in ("futures_price", "fed_funds_price")
        return Reach(None, vanished if is_contract else f"Yahoo is not asked for {series.symbol}")

    @property
    def pace_seconds(self) -> float:
        """The pause of its client."""
        from marketwake.sources.yahoo.client import PAUSE_SECONDS

        return PAUSE_SECONDS

    def fetch(self, request: Request) -> bytes:
        """The body of one answer, an answer that there is nothing included.

        Raises:
            RateLimitedError: 429.
            BlockedError: 401, 403 or 451.
            SourceUnavailableError: no connection, a time-out, 5xx, an answer cut off, or Yahoo's
                page for being down.
            SourceError: Yahoo does not know a symbol that it must know.
        """
        if self._client is None:
            # Its import costs seconds, for pandas.
            from marketwake.sources.yahoo.client import YahooClient

            self._client = YahooClient(self._settings)
        if request.dataset == shares.DATASET:
            symbol = request.what
            status, body = self._client.get(*shares.query(request))
        else:
            what = read_what(request)
            symbol = what.symbol
            first, end = unix_seconds(what.first), unix_seconds(what.last + timedelta(days=1))
            status, body = self._client.chart(symbol, first, end)
        where = f"yahoo: {symbol}"
        if b"Will be right back" in body:
            raise SourceUnavailableError(
                f"{where}: 'Will be right back'", "Yahoo is down: run again later.", status, body
            )
        if status == 200:
            _check_whole(where, body)
            split = last_split(body)
            if split:
                self.splits[stored_name(symbol)] = split
            self._answered.there(symbol, short_name(body), untraded(body))
            return body
        reason = explained(body)
        if reason is None:
            raise refusal(where, status, body)
        if reason.startswith("Data doesn't exist"):
            self._answered.there(symbol)
        elif not self._answered.absent(request, symbol):
            raise SourceError(
                f"{where}: HTTP {status}: {reason}",
                "The symbol was renamed or delisted: look for it at Yahoo.",
                status,
                body,
            )
        return body

    def remarks(self) -> list[str]:
        """Months that are not there, and days without a trade, since the last call."""
        return self._answered.remarks(self._clock().date())

    def _series(self) -> Iterator[_Series]:
        now = self._clock()
        for roots in futures_roots().values():
            for root in roots:
                for month in listed_months(root, now):
                    yield _Series("futures_price", yahoo_symbol(root, month, "CME"))
            for root in roots:
                yield _Series("futures_price", f"{root}=F")
        for month in rates_months(now):
            yield _Series("fed_funds_price", yahoo_symbol(FED_FUNDS, month, "CBT"))
        for symbol in INDICES:
            yield _Series("index_bar", symbol, INDEX_FIRST)
        for ticker, launched_on in _funds():
            yield _Series("etf_bar", ticker, launched_on)

    def _first(self, series: _Series) -> date:
        if series.name in self._since:
            return self._since[series.name]
        return series.begins if series.dataset == "index_bar" else self._settings.history_from


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """Rows of one answer, by the module that knows its form.

    Raises:
        SourceChangedError: the answer has not the form that its request promises.
    """
    if request.dataset == shares.DATASET:
        return shares.parse(request, body, requested_at)
    return bars.parse(request, body, requested_at)


def _funds() -> list[tuple[str, date]]:
    """Ticker and day of launch of every fund."""
    return [(row["ticker"], date.fromisoformat(row["launched_on"])) for row in seed_rows("fund")]


def _check_whole(where: str, body: bytes) -> None:
    # What does not begin like JSON is a page: it lands as evidence, and parse tells what stands
    # there.
    if not re.match(rb"\s*\{", body):
        return
    try:
        json.loads(body)
    except ValueError as error:
        raise SourceUnavailableError(
            f"{where}: JSON that is cut off or garbled after {len(body)} bytes",
            "Run again later.",
            200,
            body,
        ) from error
