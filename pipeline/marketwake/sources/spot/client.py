"""Spot bars from exchanges, through ccxt: one client per venue, one HTTP request per page of bars.

Pages are planned before anything is asked, as few as the venue's page size allows, and the venue's
own candle request is sent as it is, so that it needs neither market metadata nor a second answer.
The list of markets is asked for once, at the end: the panel of coins is told from it
(pipeline/marketwake/runs/coins.py). Only finished bars are asked for, and only finished bars are
kept: opened at least their own length before the request. What lands is the venue's answer, byte
for byte.

Kraken serves the last 720 bars whatever is asked; what lies further back is not asked for there, is
said in the log, and stays a hole at the beginning of the series. An hour without trades has no bar
on some venues. An empty answer is an answer.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.errors import BlockedError, SourceError
from marketwake.base.series import SECONDS, Series, Window
from marketwake.base.settings import Settings
from marketwake.sources import told_time
from marketwake.sources.source import Clock, Reach, Request
from marketwake.sources.spot import bars, listing
from marketwake.sources.spot.answer import Answer, Recorder, fault, whole
from marketwake.sources.spot.pages import floor, pages
from marketwake.sources.spot.venue import Page
from marketwake.sources.spot.venues import VENUES, serving

log = logging.getLogger(__name__)

MONTH = "spot_month"
"""The dataset of requests for a month of Binance's archive (binance_months.py)."""
# ccxt looks into the bodies of faults, and stumbles over those that are empty or no JSON; the last
# is the recorder's.
_STUMBLES = (LookupError, TypeError, AttributeError, ValueError, RecursionError, OSError)


class Spot:
    """The bars of all configured symbols on one venue.

    One object holds one client, and its rate limit counts for all who share the object: `fetch` may
    be called from several threads.

    Args:
        venue: a name of seed.venue.
        since: symbol as stored (`BTC/USDT` on Binance) -> open of the first bar wanted, UTC; else
            `settings.history_from`, midnight UTC.
    """

    def __init__(
        self, venue: str, settings: Settings, clock: Clock, since: Mapping[str, datetime]
    ) -> None:
        self._venue = VENUES[venue]
        self._candles = self._venue.candles
        self._settings = settings
        self._clock = clock
        self._since = since
        self._lock = threading.Lock()
        self._client: Any = None
        self._is_at_mirror = False
        self._recorder = Recorder(settings.timeout_seconds)

    @property
    def name(self) -> str:
        """`spot-` and the venue in lower case."""
        return self._venue.source

    def requests(self) -> list[Request]:
        """The fewest pages that hold every bar from `since` to the last finished one, symbol by
        symbol; then the list of markets.

        Raises:
            SourceError: the venue does not serve bars of this length.
        """
        now, interval = self._clock(), self._settings.spot_interval
        oldest = self._oldest(interval)
        windows = []
        for symbol, first in self._begins().items():
            if oldest and first < oldest:
                first = oldest
                log.info(
                    "%s: %s %s bars begin at %s; the venue serves no older ones",
                    self.name,
                    symbol,
                    interval,
                    first,
                )
            windows.append(
                Window(Series("spot_bar", self._venue.name, symbol, interval), first, now)
            )
        return [*self.ask(windows), listing.request(self._venue.name)]

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        """The fewest pages that hold every finished bar of the windows, series by series, each
        ascending.

        Raises:
            SourceError: the venue does not serve bars of such a length.
        """
        by_series: dict[Series, list[Window]] = {}
        for window in windows:
            by_series.setdefault(window.series, []).append(window)
        for series in by_series:
            if series.interval in self._candles.lacks:
                raise SourceError(
                    f"{self.name}: {self._lacking(series.interval)}",
                    "Choose another spot_interval, or take the venue out of spot_venues.",
                )
        return [
            Request("spot_bar", page.what)
            for series, its_windows in by_series.items()
            for page in pages(
                self._venue, series.symbol, series.interval, its_windows, self._clock()
            )
        ]

    def reach(self, series: Series) -> Reach:
        """From the oldest bar on that the venue still serves."""
        if series.interval in self._candles.lacks:
            return Reach(None, self._lacking(series.interval))
        oldest = self._oldest(series.interval)
        if oldest is None:
            return Reach(bars.FIRST_BAR, "there was no bitcoin before")
        return Reach(oldest, f"{self._venue.name} serves its last {self._candles.reach} bars alone")

    def _lacking(self, interval: str) -> str:
        return f"{self._venue.name} has no {interval} bars"

    def reaches_back(self) -> bool:
        """Whether the venue serves bars of the configured length, and still all that are wanted."""
        interval = self._settings.spot_interval
        oldest = self._oldest(interval)
        return interval not in self._candles.lacks and (
            oldest is None or min(self._begins().values()) >= oldest
        )

    def _begins(self) -> dict[str, datetime]:
        """Open of the first bar wanted, by market."""
        step = timedelta(seconds=SECONDS[self._settings.spot_interval])
        start = midnight(self._settings.history_from)
        markets = dict.fromkeys(
            self._venue.market(symbol) for symbol in self._settings.spot_symbols
        )
        return {market: floor(self._since.get(market, start), step) for market in markets}

    def _oldest(self, interval: str) -> datetime | None:
        """Open of the oldest finished bar of a length that the venue still serves; null where it
        serves all.
        """
        step = timedelta(seconds=SECONDS[interval])
        reach = self._candles.reach
        return floor(self._clock(), step) - (reach - 1) * step if reach else None

    def fetch(self, request: Request) -> bytes:
        """The venue's answer to one page of bars, or its list of markets, in one attempt; waits
        first for the venue's rate limit. A venue that refuses us is asked at its mirror, where it
        has one, from then on.

        Raises:
            RateLimitedError: 418, 429, or the venue's own way to say it.
            BlockedError: 401, 403 or 451.
            UnreachableError: no connection.
            SourceUnavailableError: no answer, one that broke off, or a fault of the venue.
            SourceError: the venue does not know this market, or refuses the request.
        """
        # Takes seconds to import, and most commands never ask a venue.
        import ccxt  # type: ignore[import-untyped]

        with self._lock:
            if self._client is None:
                self._client = self._connect(ccxt)
            try:
                answer = self._attempt(ccxt, request)
            except BlockedError as error:
                if not self._turn_to_mirror(error):
                    raise
                answer = self._attempt(ccxt, request)
        told_time.note(answer.headers if answer else {})
        return whole(request.what, answer)

    def _attempt(self, ccxt: ModuleType, request: Request) -> Answer | None:
        endpoint, query = self._question(request)
        self._recorder.clear()
        try:
            getattr(self._client, endpoint)(query)
        except (ccxt.BaseError, *_STUMBLES) as error:
            told = fault(self._venue, request.what, self._recorder, error)
            if told:
                raise told from error
        return self._recorder.answer

    def _turn_to_mirror(self, error: BlockedError) -> bool:
        """Whether there is another address of the venue's that has not been tried."""
        name = self._venue.name.lower()
        # Who has an address of their own for the venue may not be sent to another without asking.
        usual = "" if name in self._settings.addresses else self._venue.mirror
        mirror = self._settings.addresses.get(f"{name}-mirror", usual)
        if not mirror or self._is_at_mirror:
            return False
        self._is_at_mirror = True
        log.info("%s: %s; from now on %s is asked, its mirror", self.name, error.what, mirror)
        urls = self._client.urls["api"]
        urls["public"] = mirror.rstrip("/") + urlsplit(urls["public"]).path
        return True

    def _question(self, request: Request) -> tuple[str, Mapping[str, str | int]]:
        """ccxt's method for a request, and its parameters."""
        if request.dataset == listing.DATASET:
            return self._venue.listing.endpoint, self._venue.listing.query
        return self._candles.endpoint, self._candles.query(Page.read(request.what))

    @property
    def pace_seconds(self) -> float:
        """From one page of bars to the next, by the venue's rate limit as ccxt knows it."""
        import ccxt

        return self._candles.cost * float(getattr(ccxt, self._venue.ccxt_id)().rateLimit) / 1000

    def _connect(self, ccxt: ModuleType) -> object:
        client = getattr(ccxt, self._venue.ccxt_id)(
            {
                "enableRateLimit": True,
                "timeout": int(self._settings.timeout_seconds * 1000),
                # A proxy that the environment names, as all other sources use it.
                "requests_trust_env": True,
            }
        )
        address = self._settings.addresses.get(self._venue.name.lower())
        if address:
            client.urls["api"] = {
                name: address.rstrip("/") + urlsplit(url).path
                for name, url in client.urls["api"].items()
            }
        self._recorder.attach(client.session)
        return client


def side_by_side(settings: Settings, interval: str) -> tuple[str, ...]:
    """The venues whose bars of a length are kept, in order of preference.

    Raises:
        BadInputError: no venue of the settings has bars of this length.
    """
    return serving(settings.spot_venues, interval)[: settings.spot_side_by_side]


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """Rows of one answer, by the module that knows its form.

    Raises:
        SourceChangedError: the answer has not the form that its request promises.
    """
    if request.dataset == listing.DATASET:
        return listing.parse(request, body, requested_at)
    if request.dataset == MONTH:
        # That module asks through this one.
        from marketwake.sources.spot import binance_months

        return binance_months.parse(request, body, requested_at)
    return bars.parse(request, body, requested_at)
