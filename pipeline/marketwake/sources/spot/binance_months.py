"""Binance's bars by whole months, from its public archive: where a month has more bars than a page
of the API, a ZIP and its checksum take the place of many pages, for the same rows.

    data/spot/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01.zip and .zip.CHECKSUM

Files of a month are there about the first Monday of the next one. What lands is the ZIP. A month
that is not there, or does not match its checksum, is told apart from all else that can go wrong
(NotInArchiveError): the API has it too.
"""

import calendar
import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import polars as pl

from marketwake.base.errors import (
    BlockedError,
    RateLimitedError,
    SourceChangedError,
    SourceError,
    UnreachableError,
)
from marketwake.base.series import SECONDS, Series, Window
from marketwake.base.settings import BINANCE_ARCHIVE, Settings
from marketwake.sources.files import binance_archive
from marketwake.sources.files.given import Given, what_of
from marketwake.sources.http import get
from marketwake.sources.source import Clock, Reach, Request
from marketwake.sources.spot.client import MONTH, Spot
from marketwake.sources.spot.venues import VENUES

log = logging.getLogger(__name__)

ADDRESS = "https://data.binance.vision"
VENUE = "Binance"
THERE_AFTER = timedelta(days=10)
"""The end of its month; the first Monday is the 7th at the latest."""
PATIENCE = 3
"""Times the time-out of the settings: a month of minutes is two megabytes."""
_ASCII = re.compile(r"[A-Z0-9]+/[A-Z0-9]+")
"""Markets with other names are asked of the API alone."""
_WHAT = re.compile(
    rf"{VENUE} (?P<base>[^/ ]+)/(?P<quote>[^/ ]+) (?P<interval>\S+) (?P<month>\d{{4}}-\d\d)"
)


class NotInArchiveError(SourceError):
    """The archive does not give a month; the API may."""


@dataclass(frozen=True)
class Month:
    """A market's bars of one length in a month, which begins at the instant `first`, UTC."""

    symbol: str
    interval: str
    first: datetime

    @classmethod
    def read(cls, what: str) -> "Month":
        """The month that a request names.

        Raises:
            SourceChangedError: it names none.
        """
        match = _WHAT.fullmatch(what)
        if match is None or match["interval"] not in SECONDS:
            raise SourceChangedError(VENUES[VENUE].source, what, "market, length and month", what)
        first = datetime.strptime(match["month"], "%Y-%m").replace(tzinfo=UTC)
        return cls(f"{match['base']}/{match['quote']}", match["interval"], first)

    @property
    def what(self) -> str:
        """As a request names it: `Binance BTC/USDT 1m 2024-01`."""
        return f"{VENUE} {self.symbol} {self.interval} {self.first:%Y-%m}"

    @property
    def stem(self) -> str:
        """Of its file."""
        return f"{self.symbol.replace('/', '')}-{self.interval}-{self.first:%Y-%m}"

    @property
    def window(self) -> Window:
        """Its bars."""
        days = calendar.monthrange(self.first.year, self.first.month)[1]
        last = self.first + timedelta(days=days, seconds=-SECONDS[self.interval])
        return Window(Series("spot_bar", VENUE, self.symbol, self.interval), self.first, last)


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """The bars of one month.

    Raises:
        SourceChangedError: no such month, another file in the ZIP, or as `read_zip`.
    """
    month, source = Month.read(request.what), VENUES[VENUE].source
    names = binance_archive.member_names(body)
    if names != [f"{month.stem}.csv"]:
        found = ", ".join(names)[:80] or f"{len(body)} bytes that are none"
        raise SourceChangedError(source, request.what, f"a ZIP with {month.stem}.csv", found)
    where = what_of(f"{month.stem}.zip", {"folder": "spot"})
    return binance_archive.read_zip(Given(where, body, requested_at, source), month.symbol)


class ByMonths:
    """Binance's bars: whole months of the archive where that saves pages, the rest by the API."""

    def __init__(self, spot: Spot, settings: Settings, clock: Clock) -> None:
        self.pages = spot
        self._address = settings.addresses.get(BINANCE_ARCHIVE, ADDRESS).rstrip("/")
        self._timeout = settings.timeout_seconds * PATIENCE
        self._clock = clock
        self._gone: SourceError | None = None

    @property
    def name(self) -> str:
        """The same source as the API's: one venue, whichever way its bars come."""
        return self.pages.name

    @property
    def pace_seconds(self) -> float:
        """As the API asks for."""
        return self.pages.pace_seconds

    def requests(self) -> list[Request]:
        """As the API's: a night is no matter of months."""
        return self.pages.requests()

    def reach(self, series: Series) -> Reach:
        """As the API's."""
        return self.pages.reach(series)

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        """Months that lie in a window as a whole and are worth it, then pages for the rest."""
        months: dict[str, None] = {}
        rest: list[Window] = []
        for window in windows:
            whole = list(self._months(window))
            months.update((month.what, None) for month in whole)
            rest += _without(window, whole)
        return [*(Request(MONTH, what) for what in months), *self.pages.ask(rest)]

    def _months(self, window: Window) -> Iterator[Month]:
        symbol, interval = window.series.symbol, window.series.interval
        if not _ASCII.fullmatch(symbol):
            return
        first = window.first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        while first <= window.last:
            month = Month(symbol, interval, first)
            of_month = month.window
            step = timedelta(seconds=SECONDS[interval])
            end = of_month.last + step
            is_whole = window.first <= of_month.first and of_month.last <= window.last
            is_long = (end - first) // step > VENUES[VENUE].candles.page_bars
            if is_whole and is_long and end + THERE_AFTER <= self._clock():
                yield month
            first = end

    def instead(self, requests: Iterable[Request]) -> list[Request]:
        """Pages of the API for months that the archive did not give."""
        return self.pages.ask([Month.read(request.what).window for request in requests])

    def fetch(self, request: Request) -> bytes:
        """A page of the API, or the ZIP of a month, which matches its checksum.

        Raises:
            NotInArchiveError: the archive did not give it, for whatever reason.
            SourceError: as `Spot.fetch`.
        """
        if request.dataset != MONTH:
            return self.pages.fetch(request)
        if self._gone:
            raise _missing(request, self._gone.what)
        month = Month.read(request.what)
        symbol = month.symbol.replace("/", "")
        url = f"{self._address}/data/spot/monthly/klines/{symbol}/{month.interval}/{month.stem}.zip"
        try:
            told = get(f"{url}.CHECKSUM", timeout=self._timeout).decode(errors="replace").split()
            body = get(url, timeout=self._timeout)
        except SourceError as error:
            if isinstance(error, UnreachableError | BlockedError | RateLimitedError):
                self._gone = error
            raise _missing(request, error.what) from error
        found = hashlib.sha256(body).hexdigest()
        if told[:1] != [found]:
            what = f"its checksum says {' '.join(told)[:64]}, it has {found}"
            raise _missing(request, what)
        return body


def _missing(request: Request, why: str) -> NotInArchiveError:
    log.info("%s: not from the archive, but from the API: %s", request.what, why)
    return NotInArchiveError(f"{request.what}: {why}", "The API is asked instead.")


def _without(window: Window, months: list[Month]) -> Iterator[Window]:
    """What is left of a window."""
    step = timedelta(seconds=SECONDS[window.series.interval])
    begins = window.first
    for month in months:
        inside = month.window
        if begins < inside.first:
            yield replace(window, first=begins, last=inside.first - step)
        begins = inside.last + step
    if begins <= window.last:
        yield replace(window, first=begins)
