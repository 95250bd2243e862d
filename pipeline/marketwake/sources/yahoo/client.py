"""yfinance as a client of Yahoo's APIs: its session that passes for a browser, its cookies and its
crumb, and the body as it came.

`Ticker.history` is passed over, and with it its traps: it asks for a time zone with a second
request per symbol, keeps the answer to a fault in the process so that a retry never leaves it,
turns faults into empty frames, and changes warning filters of the whole process. The layer below
it, which it uses itself, does none of this.

It does ask again at once, by another way to a cookie, whatever refusal it gets. That helps against
401 alone: any other is taken out of its hands before it can. Importing this module costs seconds
(pandas).

Charts and histories need neither cookie nor crumb, quotes do. So they are asked for once, and once
more after a 401: yfinance itself asks before every request as long as it has no crumb
(data.py, `_get_crumb_basic`), so that a blocked fc.yahoo.com costs a time-out each. It keeps its
cookie in `cookies.db` in the folder of `set_tz_cache_location`, whatever that cookie is, and breaks
on one without `A3` or without an expiry when it reads it back (`_load_cookie_curlCffi`): here none
is kept, a night asks for its own.
"""

import logging
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import yfinance  # type: ignore[import-untyped]
from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import RequestException
from yfinance.cache import (  # type: ignore[import-untyped]
    _CookieCacheDummy,
    _CookieCacheManager,
)
from yfinance.data import YfData  # type: ignore[import-untyped]
from yfinance.exceptions import YFException  # type: ignore[import-untyped]

from marketwake.base.errors import SourceError, SourceUnavailableError
from marketwake.base.settings import Settings
from marketwake.sources import told_time
from marketwake.sources.http import refusal, time_out, unanswered
from marketwake.sources.yahoo import shares
from marketwake.sources.yahoo.splits import MALFORMED

HOST = "https://query2.finance.yahoo.com"
CHART = "/v8/finance/chart/"
DATA = (CHART, shares.HISTORY, shares.QUOTE)
"""What else is asked for are cookies and crumbs."""
EXPLAINED = (400, 404)
"""Statuses with which Yahoo says that it knows no such symbol, or nothing in such a window."""
COOKIE_TIMEOUT_SECONDS = 5.0
"""For the cookie and the crumb, which a chart can do without."""
PAUSE_SECONDS = 0.5
"""Between two requests to Yahoo itself, which throttles (yfinance #2480, #2614); where its limit
lies is not published.
"""
_CRUMB = re.compile(r"[\w./\\-]{1,40}")
log = logging.getLogger(__name__)


class YahooClient:
    """One client per run, not for several threads. With settings.addresses['yahoo'] every request
    goes there, whatever Yahoo's host.
    """

    def __init__(self, settings: Settings) -> None:
        address = settings.addresses.get("yahoo")
        settings.state_folder.mkdir(parents=True, exist_ok=True)
        yfinance.set_tz_cache_location(str(settings.state_folder))
        # What it warns of either does not matter or ends in an error of ours.
        logging.getLogger("yfinance").setLevel(logging.CRITICAL)
        self._timeout_seconds = settings.timeout_seconds
        self._pause = 0.0 if address else PAUSE_SECONDS
        self._asked_at = float("-inf")
        _CookieCacheManager._Cookie_cache = _CookieCacheDummy()
        # yfinance keeps one of these per process, and in it cookie and crumb, which belong to the
        # session that they came with.
        self._yahoo: Any = _Data(session=_Session(address, settings.timeout_seconds))
        self._yahoo.begin()

    def chart(self, symbol: str, first: int, end: int) -> tuple[int, bytes]:
        """Status (200, 400 or 404) and body of the daily bars of a symbol, stamps from `first` to
        before `end`, Unix seconds.

        Raises:
            RateLimitedError: 429.
            BlockedError: 401, 403 or 451.
            SourceUnavailableError: no connection, a time-out, 5xx, or an answer cut off.
        """
        params = {
            "period1": first,
            "period2": end,
            "interval": "1d",
            "includePrePost": False,
            "events": "div,splits,capitalGains",
        }
        return self.get(f"{CHART}{symbol}", params)

    def get(self, path: str, params: Mapping[str, object]) -> tuple[int, bytes]:
        """Status (200, 400 or 404) and body of what stands at one of the paths in DATA. Raises as
        `chart` does.
        """
        time.sleep(max(0.0, self._asked_at + self._pause - time.monotonic()))
        self._asked_at = time.monotonic()
        try:
            answer = self._yahoo.get(f"{HOST}{path}", dict(params))
        except _ExplainedError as explained:
            return explained.status, explained.body
        except RequestException as error:
            raise unanswered(f"yahoo: {_name(path)}", error, self._timeout_seconds) from error
        except (YFException, *MALFORMED) as error:
            # It stumbles over forms of consent, too, that are not as it knows them.
            raise SourceUnavailableError(
                f"yahoo: {_name(path)}: yfinance gave up with {type(error).__name__}: {error}",
                "Check the network, then run again.",
            ) from error
        if answer.status_code != 200:
            raise refusal(f"yahoo: {_name(path)}", answer.status_code, answer.content)
        return 200, answer.content


class _Data(YfData):  # type: ignore[misc]
    """yfinance's layer of requests, which goes on without a cookie and a crumb that do not come."""

    def begin(self) -> None:
        """Nothing is known yet."""
        self._crumb: str | None = None
        self._cookie: object = None
        self._cookie_strategy = "basic"
        self._asked_after: set[bool] = set()

    def _get_cookie_basic(self, timeout: float = 30) -> bool:
        # yfinance remembers by the file alone that it has a cookie.
        if super()._get_cookie_basic(timeout):
            self._cookie = self._cookie or True
        return self._cookie is not None

    def _get_cookie_and_crumb(self, timeout: float = 30) -> tuple[str | None, str]:
        is_refused = self._session.is_refused
        if self._crumb is None and is_refused not in self._asked_after:
            self._asked_after.add(is_refused)
            try:
                super()._get_cookie_and_crumb(timeout)
            except (YFException, RequestException, *MALFORMED) as error:
                log.info("yahoo: goes on without a crumb: %s: %s", type(error).__name__, error)
                self._crumb = None
            # What came in place of a crumb is kept as if it were one.
            if not _CRUMB.fullmatch(self._crumb or ""):
                self._crumb = None
        return self._crumb, self._cookie_strategy


class _ExplainedError(Exception):
    """An answer that yfinance must not see, or it would ask again."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class _Session(Session[Response]):
    def __init__(self, address: str | None, timeout_seconds: float) -> None:
        super().__init__(impersonate="chrome")
        self._address = address
        self._timeout_seconds = timeout_seconds
        self.is_refused = False
        """Whether an answer has been 401."""

    def request(self, method: Any, url: str, *args: Any, **options: Any) -> Response:  # noqa: ANN401 - signature of the base class
        parts = urlsplit(url)
        if self._address:
            url = self._address.rstrip("/") + parts.path
        is_data = parts.path.startswith(DATA)
        timeout = (
            self._timeout_seconds if is_data else min(self._timeout_seconds, COOKIE_TIMEOUT_SECONDS)
        )
        answer = super().request(method, url, *args, **options | {"timeout": time_out(timeout)})
        if is_data:
            told_time.note(dict(answer.headers))
            self.is_refused = self.is_refused or answer.status_code == 401
            _stop_at_refusal(parts.path, answer)
        return answer


def _name(path: str) -> str:
    """The symbol that a path ends with, or `quote`."""
    return path.rsplit("/", 1)[-1]


def _stop_at_refusal(path: str, answer: Response) -> None:
    if answer.status_code in EXPLAINED:
        raise _ExplainedError(answer.status_code, answer.content)
    if answer.status_code not in (200, 401):
        error: SourceError = refusal(
            f"yahoo: {_name(path)}",
            answer.status_code,
            answer.content,
            answer.headers.get("Retry-After"),
        )
        raise error
