"""Yahoo Finance: dated CME crypto futures, fed funds futures, two equity indices and the spot
funds' own bars, all daily; and how many shares the funds have, which is yahoo_shares.py's.

A request is a symbol and a window of days, both ends included: `MBTQ25.CME 1d
2025-07-01..2025-08-22`. Symbols of futures are the root, the month code, two digits of the year and
the exchange; they answer while a contract is listed and vanish after its expiry, so that only who
asks every night has their history. What is asked for:

* every listed contract of the roots of seed.futures_root, and for a week those that have just
  expired. CME lists six consecutive months,
  four more of the quarterly cycle (March, June, September, December) and a second December where only one is among them. Not every far
  month is carried by Yahoo: a 404 there is an answer, it lands and holds no row. The front month must be there
* their continuous series (`BTC=F`), whose contract changes without notice
* the fed funds contracts (ZQ) of this month and the twelve after it: enough for a year of meetings
* `^GSPC`, `^DJI`, and every fund of seed.fund that is launched
* last, because they matter least and their refusal must not cost a bar: the counts of shares
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from marketwake.base.errors import BadInputError, SourceError, SourceUnavailableError
from marketwake.base.seeds import seed_rows
from marketwake.base.series import Series, Window
from marketwake.base.settings import Settings
from marketwake.calendars.futures import contract_code, expiry_at
from marketwake.sources.http import refusal
from marketwake.sources.source import Clock, Reach, Request
from marketwake.sources.yahoo import bars as yahoo_parse
from marketwake.sources.yahoo import shares as yahoo_shares
from marketwake.sources.yahoo.bars import DATED, explained, read_what

if TYPE_CHECKING:
    from marketwake.sources.yahoo.client import YahooClient

INDICES = ("^GSPC", "^DJI")
INDEX_FIRST = date(1927, 12, 30)
"""Where Yahoo's ^GSPC begins; the precedents reach back to 1929."""
GRACE = timedelta(days=7)
"""How long after its expiry a contract is still asked for: its last bars may have come late."""
CONSECUTIVE_MONTHS = 6
QUARTERLY_MONTHS = 4
FED_FUNDS_MONTHS = 13
_DECEMBER = 12


@dataclass(frozen=True)
class _Series:
    """`name` is the warehouse's name of what Yahoo calls `symbol`; nothing of it is known before
    `begins`.
    """

    dataset: str
    symbol: str
    name: str
    begins: date = date.min


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

    def requests(self) -> list[Request]:
        """One request per symbol, then those for counts of shares."""
        last = self._clock().date()
        bars = [
            _request(one, first, last)
            for one in self._series()
            if (first := max(self._first(one), one.begins)) <= last
        ]
        return bars + yahoo_shares.requests(_funds(), self._settings.history_from, last)

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        """One request per series, from its first wanted day to its last: an answer may be of any
        length.
        """
        known = {(one.dataset, one.name): one for one in self._series()}
        days: dict[_Series, list[date]] = {}
        for window in windows:
            days.setdefault(known[window.series.dataset, window.series.symbol], []).extend(
                (window.first.date(), window.last.date())
            )
        return [_request(one, min(wanted), max(wanted)) for one, wanted in days.items()]

    def reach(self, series: Series) -> Reach:
        """From the beginning of a series on, where Yahoo still has it."""
        found = next(
            (
                one
                for one in self._series()
                if (one.dataset, one.name) == (series.dataset, series.symbol)
            ),
            None,
        )
        if found is not None:
            return Reach(
                datetime.combine(found.begins, time(), UTC),
                f"{series.symbol} begins on {found.begins}",
            )
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
        if request.dataset == yahoo_shares.DATASET:
            symbol = request.what
            status, body = self._client.get(*yahoo_shares.query(request))
        else:
            what = read_what(request)
            symbol = what.symbol
            status, body = self._client.chart(
                symbol, _midnight(what.first), _midnight(what.last + timedelta(days=1))
            )
        where = f"yahoo: {symbol}"
        if b"Will be right back" in body:
            raise SourceUnavailableError(
                f"{where}: 'Will be right back'", "Yahoo is down: run again later.", status, body
            )
        if status == 200:
            _check_whole(where, body)
            return body
        reason = explained(body)
        if reason is None:
            raise refusal(where, status, body)
        if reason.startswith("Data doesn't exist") or self._may_be_absent(symbol):
            return body
        raise SourceError(
            f"{where}: HTTP {status}: {reason}",
            "The symbol was renamed or delisted: look for it at Yahoo.",
            status,
            body,
        )

    def _series(self) -> Iterator[_Series]:
        now = self._clock()
        for root in (row["root"] for row in seed_rows("futures_root")):
            yield _Series("futures_price", f"{root}=F", f"{root}=F")
            for month in listed_months(root, now):
                yield _Series(
                    "futures_price", yahoo_symbol(root, month, "CME"), contract_code(root, month)
                )
        for month in _following(now.date().replace(day=1), FED_FUNDS_MONTHS):
            yield _Series(
                "fed_funds_price", yahoo_symbol("ZQ", month, "CBT"), contract_code("ZQ", month)
            )
        for symbol in INDICES:
            yield _Series("index_bar", symbol, symbol, INDEX_FIRST)
        for ticker, launched_on in _funds():
            yield _Series("etf_bar", ticker, ticker, launched_on)

    def _first(self, one: _Series) -> date:
        if one.name in self._since:
            return self._since[one.name]
        return one.begins if one.dataset == "index_bar" else self._settings.history_from

    def _may_be_absent(self, symbol: str) -> bool:
        """Whether a dated contract is none of the nearest: far months that nobody trades, and the
        one that has just expired.
        """
        dated = DATED.fullmatch(symbol)
        if dated is None:
            return False
        now = self._clock()
        front = (
            now.date().replace(day=1) if dated["root"] == "ZQ" else _front_month(dated["root"], now)
        )
        return symbol != yahoo_symbol(dated["root"], front, dated["exchange"])


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """Rows of one answer, by the module that knows its form.

    Raises:
        SourceChangedError: the answer has not the form that its request promises.
    """
    of_form = yahoo_shares.parse if request.dataset == yahoo_shares.DATASET else yahoo_parse.parse
    return of_form(request, body, requested_at)


def _funds() -> list[tuple[str, date]]:
    """Ticker and day of launch of every fund."""
    return [(row["ticker"], date.fromisoformat(row["launched_on"])) for row in seed_rows("fund")]


def _request(one: _Series, first: date, last: date) -> Request:
    return Request(one.dataset, f"{one.symbol} 1d {first}..{last}")


def yahoo_symbol(root: str, month: date, exchange: str) -> str:
    """Yahoo's name of a contract: METQ25.CME."""
    return f"{contract_code(root, month)[:-1]}{month:%y}.{exchange}"


def listed_months(root: str, now: datetime) -> list[date]:
    """First days of the contract months of a CME crypto root that are listed at `now` (UTC), and of
    one that expired within GRACE.

    Source: CME contract specifications, "six consecutive monthly contracts plus four additional
    quarterly contracts and a second December contract if only one is listed"; the recorded
    contracts of 2025 (March 2026 in June, none of January before autumn) agree with it.
    """
    front = _front_month(root, now)
    months = list(_following(front, CONSECUTIVE_MONTHS))
    later = [month for month in _following(months[-1], 25) if month > months[-1]]
    months += [month for month in later if month.month % 3 == 0][:QUARTERLY_MONTHS]
    if sum(month.month == _DECEMBER for month in months) == 1:
        months.append(
            next(month for month in later if month.month == _DECEMBER and month not in months)
        )
    previous = (front - timedelta(days=1)).replace(day=1)
    try:
        expired = [previous] if now - expiry_at(root, previous) <= GRACE else []
    except BadInputError:  # before the first contract of the root
        expired = []
    return [*expired, *months]


def _front_month(root: str, now: datetime) -> date:
    name_month = now.date().replace(day=1)
    return next(month for month in _following(name_month, 2) if expiry_at(root, month) > now)


def _following(month: date, count: int) -> Iterator[date]:
    for number in range(month.month - 1, month.month - 1 + count):
        yield date(month.year + number // 12, number % 12 + 1, 1)


def _midnight(day: date) -> int:
    """Seconds of 00:00 UTC: daily stamps of an American session lie at 04:00 UTC or later of its
    day.
    """
    return int(datetime.combine(day, time(), UTC).timestamp())


def _check_whole(where: str, body: bytes) -> None:
    # What does not begin like JSON is a page: it lands as evidence, and parse tells what stands
    # there.
    if not re.match(rb"\s*\{", body):
        return
    try:
        json.loads(body)
    except ValueError as error:
        raise SourceUnavailableError(
            f"{where}: the answer is cut off or garbled: {error}", "Run again later.", 200, body
        ) from error
