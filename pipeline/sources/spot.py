"""Spot bars from exchanges, through ccxt: one client per venue, one HTTP request per page of bars.

Pages are planned before anything is asked, as few as the venue's page size allows, and the venue's own candle request is sent as it is,
so that neither market metadata nor a second answer is needed. Only finished bars are asked for, and only finished bars are kept: opened at
least their own length before the request. What lands is the venue's answer, byte for byte.

Kraken serves the last 720 bars whatever is asked; what lies further back is not asked for there, is said in the log, and stays a hole at
the beginning of the series. An hour without trades has no bar on some venues. An empty answer is an answer.
"""

import json
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from types import ModuleType
from urllib.parse import urlsplit

from pipeline.errors import BadInputError, RateLimitedError, SourceError, SourceUnavailableError
from pipeline.settings import Settings
from pipeline.sources.base import Clock, Reach, Request, Window
from pipeline.sources.http import refusal
from pipeline.sources.spot_answer import Answer, Recorder, lost
from pipeline.sources.spot_parse import FIRST_BAR, shown
from pipeline.sources.spot_plan import floor, pages
from pipeline.sources.spot_venues import SECONDS, VENUES, Page

log = logging.getLogger(__name__)

_OK = 200
# ccxt looks into the bodies of faults, and stumbles over those that are empty or no JSON; the last is the recorder's.
_STUMBLES = (LookupError, TypeError, AttributeError, ValueError, RecursionError, OSError)


class Spot:
    """The bars of all configured symbols on one venue.

    One object holds one client, and its rate limit counts for all who share the object: `fetch` may be called from several threads.

    Args:
        venue: a name of seed.venue.
        since: symbol as stored (`BTC/USDT` on Binance) -> open of the first bar wanted, UTC; else `settings.history_from`, midnight UTC.

    Raises:
        BadInputError: the venue, the interval or the form of a symbol is not known.
    """

    def __init__(self, venue: str, settings: Settings, clock: Clock, since: Mapping[str, datetime]) -> None:
        if venue not in VENUES:
            raise BadInputError(f"unknown spot venue '{venue}'", f"spot_venues may name {', '.join(VENUES)}.")
        if settings.spot_interval not in SECONDS:
            raise BadInputError(f"unknown bar interval '{settings.spot_interval}'", f"spot_interval may be {', '.join(SECONDS)}.")
        for symbol in settings.spot_symbols:
            if not re.fullmatch(r"[A-Z0-9]+/[A-Z0-9]+", symbol):
                raise BadInputError(f"'{symbol}' is no symbol", "spot_symbols are written base/quote in capitals: BTC/USD.")
        self._venue = VENUES[venue]
        self._settings = settings
        self._clock = clock
        self._since = since
        self._lock = threading.Lock()
        self._client: object = None
        self._recorder = Recorder(settings.timeout_seconds)

    @property
    def name(self) -> str:
        """`spot-` and the venue in lower case."""
        return self._venue.source

    def requests(self) -> list[Request]:
        """The fewest pages that hold every bar from `since` to the last finished one, symbol by symbol.

        Raises:
            SourceError: the venue does not serve bars of this length.
        """
        now, oldest = self._clock(), self._oldest()
        windows = []
        for symbol, first in self._wanted().items():
            if oldest and first < oldest:
                first = oldest
                log.info(
                    "%s: %s %s bars begin at %s; the venue serves no older ones", self.name, symbol, self._settings.spot_interval, first
                )
            windows.append(Window("spot_bar", symbol, first, now))
        return self.ask(windows)

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        """The fewest pages that hold every finished bar of the windows, symbol by symbol, each ascending.

        Raises:
            SourceError: the venue does not serve bars of this length.
        """
        if self._settings.spot_interval in self._venue.lacks:
            raise SourceError(f"{self.name}: {self._lacking()}", "Choose another spot_interval, or take the venue out of spot_venues.")
        by_symbol: dict[str, list[Window]] = {}
        for window in windows:
            by_symbol.setdefault(window.symbol, []).append(window)
        return [
            Request("spot_bar", page.what)
            for symbol, wanted in by_symbol.items()
            for page in pages(self._venue, symbol, self._settings.spot_interval, wanted, self._clock())
        ]

    def reach(self, dataset: str, symbol: str) -> Reach:  # noqa: ARG002 - the same for every series of a venue
        """From the oldest bar on that the venue still serves."""
        if self._settings.spot_interval in self._venue.lacks:
            return Reach(None, self._lacking())
        oldest = self._oldest()
        if oldest is None:
            return Reach(FIRST_BAR, "there was no bitcoin before")
        return Reach(oldest, f"{self._venue.name} serves its last {self._venue.reach} bars alone")

    def _lacking(self) -> str:
        return f"{self._venue.name} has no {self._settings.spot_interval} bars"

    def reaches_back(self) -> bool:
        """Whether the venue serves bars of this length, and still all that are wanted."""
        oldest = self._oldest()
        return self._settings.spot_interval not in self._venue.lacks and (oldest is None or min(self._wanted().values()) >= oldest)

    def _wanted(self) -> dict[str, datetime]:
        """Open of the first bar wanted, by market."""
        step = timedelta(seconds=SECONDS[self._settings.spot_interval])
        start = datetime.combine(self._settings.history_from, time(), UTC)
        markets = dict.fromkeys(self._venue.market(symbol) for symbol in self._settings.spot_symbols)
        return {market: floor(self._since.get(market, start), step) for market in markets}

    def _oldest(self) -> datetime | None:
        """Open of the oldest finished bar that the venue still serves; null where it serves all."""
        step = timedelta(seconds=SECONDS[self._settings.spot_interval])
        return floor(self._clock(), step) - (self._venue.reach - 1) * step if self._venue.reach else None

    def fetch(self, request: Request) -> bytes:
        """The venue's answer to one page, in one attempt; waits first as long as the venue's rate limit asks.

        Raises:
            RateLimitedError: 418, 429, or the venue's own way to say it.
            BlockedError: 401, 403 or 451.
            UnreachableError: no connection.
            SourceUnavailableError: no answer, one that broke off, or a fault of the venue.
            SourceError: the venue does not know this market, or refuses the request.
        """
        # Takes seconds to import, and most commands never ask a venue.
        import ccxt  # type: ignore[import-untyped]

        page = Page.read(request.what)
        query = self._venue.query(page)
        with self._lock:
            if self._client is None:
                self._client = self._connect(ccxt)
            self._recorder.clear()
            try:
                getattr(self._client, self._venue.endpoint)(query)
            except (ccxt.BaseError, *_STUMBLES) as error:
                fault = self._fault(ccxt, page, error)
                if fault:
                    raise fault from error
            answer = self._recorder.answer
        if answer is None or not answer.is_whole or _broke_off(answer.body):
            raise _unavailable(page, answer, "the answer broke off")
        return answer.body

    @property
    def pace_seconds(self) -> float:
        """The venue's rate limit, as ccxt knows it."""
        import ccxt

        return float(getattr(ccxt, self._venue.ccxt_id)().rateLimit) / 1000

    def _connect(self, ccxt: ModuleType) -> object:
        client = getattr(ccxt, self._venue.ccxt_id)({"enableRateLimit": True, "timeout": int(self._settings.timeout_seconds * 1000)})
        address = self._settings.addresses.get(self._venue.name.lower())
        if address:
            client.urls["api"] = {name: address.rstrip("/") + urlsplit(url).path for name, url in client.urls["api"].items()}
        self._recorder.attach(client.session)
        return client

    def _fault(self, ccxt: ModuleType, page: Page, error: Exception) -> SourceError | None:
        """What went wrong; None when a complete answer came with status 200, which then lands as it is, for parse to refuse."""
        answer = self._recorder.answer
        if answer is None:
            return lost(page.what, error, self._settings.timeout_seconds)
        if not answer.is_whole:
            return _unavailable(page, answer, "the answer broke off")
        if answer.status != _OK:
            return refusal(page.what, answer.status, answer.body, answer.headers.get("Retry-After"))
        # Kraken says with status 200 what others say with 429, 404 or 503.
        said = f"{page.what}: {shown(answer.body)}"
        if isinstance(error, ccxt.DDoSProtection | ccxt.RateLimitExceeded):
            return RateLimitedError(said, "The venue wants fewer requests: wait, then run again.", _OK, answer.body)
        # ccxt knows Kraken's "Invalid asset pair", and not the "Unknown asset pair" that it sends.
        if isinstance(error, ccxt.BadSymbol | ccxt.BadRequest) or "EQuery:" in str(error):
            return SourceError(said, "The venue does not know this market: check spot_symbols.", _OK, answer.body)
        if isinstance(error, ccxt.NetworkError):
            return _unavailable(page, answer, f"answered {answer.status}: {shown(answer.body)}")
        return None


def _unavailable(page: Page, answer: Answer | None, why: str) -> SourceUnavailableError:
    status, body = (answer.status, answer.body) if answer else (None, b"")
    return SourceUnavailableError(
        f"{page.what}: {why}", "Check the network and the venue's status page; another of spot_venues can stand in.", status, body
    )


def _broke_off(body: bytes) -> bool:
    """An empty answer, or one that begins like JSON and is none."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return body.strip()[:1] in (b"", b"[", b"{")
    return False
