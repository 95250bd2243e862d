"""CoinGecko's public API: price, market value and volume of the largest coins at midnight UTC.

The panel is the `settings.coins` largest coins by market value at the instant of asking. The list
that says so, `/coins/markets`, is asked for and landed first, so every night's panel is dated and
can be read again (raw.coin_rank). A coin that fell out of it is no longer asked for, one that came
in is asked for from `settings.history_from` on. Then one request per coin,
`/coins/{id}/market_chart/range`, for the midnights not held yet.

* Keyless and demo answers reach back 365 days; older history comes from files.
* With a free demo key (COINGECKO_API_KEY) CoinGecko answers 100 requests a minute (its documents of
  2026; it was 30 before); without one its limit goes by address, is shared with neighbours and is
  published nowhere. Requests are spaced well within that by SECONDS_BETWEEN_REQUESTS: a panel of 50
  coins takes ten minutes without a key, two with one.
* It is asked as a browser asks: who names no agent is refused (403), by public reports.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.errors import (
    BadInputError,
    SourceChangedError,
    SourceUnavailableError,
    UnreachableError,
)
from marketwake.base.series import Series, Window
from marketwake.base.settings import Settings
from marketwake.sources.coingecko import coin_list
from marketwake.sources.coingecko.chart import DATASET, Chart, read_chart, snapshots
from marketwake.sources.http import get
from marketwake.sources.source import Clock, Reach, Request

ADDRESS = "https://api.coingecko.com"
SECONDS_BETWEEN_REQUESTS = 12.0
SECONDS_BETWEEN_REQUESTS_WITH_KEY = 2.1
REACH = timedelta(days=364)
"""How far back an answer can reach, less a day for the hours between asking and midnight."""


class CoinGecko:
    """`since`: instant from which on to ask again, by CoinGecko's identifier of the coin. `sleep`
    waits between requests.

    `tickers`: upper-case ticker by identifier, of the coins that `ask` may be asked for.
    """

    name = "coingecko"

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        since: Mapping[str, datetime],
        sleep: Callable[[float], None] = time.sleep,
        tickers: Mapping[str, str] | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._since = since
        self._sleep = sleep
        self._tickers = tickers or {}
        self._lists: dict[Request, bytes] = {}
        self._asked_at: float | None = None

    def requests(self) -> list[Request]:
        """The list of the largest coins, then a chart per coin with midnights that are not held
        yet.

        The list must be known to tell the charts, so it is fetched here; `fetch` then hands it over
        to be landed. Where it cannot be read, it is the only request, and `parse` refuses it.

        Raises:
            SourceError: the list cannot be had.
        """
        lists = coin_list.requests(self._settings.coins)
        coins: dict[str, str] = {}
        for request in lists:
            if request not in self._lists:
                self._lists[request] = self._ask(request)
            try:
                coins |= coin_list.largest(request, _decode(request, self._lists[request]))
            except SourceChangedError:
                return lists[: lists.index(request) + 1]
        charts = [
            self._chart(coin, symbol)
            for coin, symbol in list(coins.items())[: self._settings.coins]
        ]
        return [*lists, *(chart for chart in charts if chart)]

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        """A chart per coin, from its first wanted midnight to its last."""
        stamps: dict[str, list[datetime]] = {}
        for window in windows:
            stamps.setdefault(window.series.symbol, []).extend(
                (midnight(window.first), midnight(window.last))
            )
        return [
            Chart(coin, self._tickers[coin], min(ends), max(ends)).request()
            for coin, ends in stamps.items()
        ]

    def reach(self, series: Series) -> Reach:
        """The last year of a coin whose ticker is known."""
        if series.symbol not in self._tickers:
            stranger = f"{series.symbol} is neither in seed.coin nor held"
            return Reach(None, f"{stranger}, so that its ticker is not known")
        return Reach(
            midnight(self._clock()) - REACH,
            f"CoinGecko answers for the last {REACH.days + 1} days alone",
        )

    @property
    def pace_seconds(self) -> float:
        """As its limit asks, with a key and without."""
        return (
            SECONDS_BETWEEN_REQUESTS_WITH_KEY
            if self._settings.coingecko_api_key
            else SECONDS_BETWEEN_REQUESTS
        )

    def fetch(self, request: Request) -> bytes:
        """The body of one answer, after the pause that CoinGecko's limit asks for.

        Raises:
            SourceUnavailableError: no answer, or JSON that is cut off. See
                marketwake.sources.http.get for the others.
        """
        body = self._lists.pop(request, None)
        return self._ask(request) if body is None else body

    def _chart(self, coin: str, symbol: str) -> Request | None:
        today = midnight(self._clock())
        since = self._since.get(coin)
        if since and since >= today:
            return None
        first = midnight(since or self._settings.history_from)
        return Chart(coin, symbol, max(first, today - REACH), today).request()

    def _ask(self, request: Request) -> bytes:
        path, params = _question(request)
        key = self._settings.coingecko_api_key
        if self._asked_at is not None:
            self._sleep(max(0.0, self._asked_at + self.pace_seconds - time.monotonic()))
        self._asked_at = time.monotonic()
        base = self._settings.addresses.get(self.name, ADDRESS)
        headers = {"Accept": "application/json"} | ({"x-cg-demo-api-key": key} if key else {})
        try:
            body = get(f"{base}/api/v3/{path}", params, headers, self._settings.timeout_seconds)
        except UnreachableError:
            # What has not arrived counts for no limit.
            self._asked_at = None
            raise
        if body[:1] in (b"{", b"["):
            try:
                json.loads(body)
            except ValueError as error:
                fault = f"JSON that is cut off or garbled after {len(body)} bytes"
                raise SourceUnavailableError(
                    f"coingecko: {request.what}: {fault}", "Ask again later.", 200, body
                ) from error
        return body


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """Snapshots of one coin at midnights up to `requested_at`, oldest first; of the list of the
    largest coins their ranks.

    Raises:
        SourceChangedError: not the JSON that CoinGecko documents, stamps in another unit, or points
            none of which is a midnight.
    """
    answer = _decode(request, body)
    chart = read_chart(request)
    if chart is None:
        return {coin_list.DATASET: coin_list.ranks(request, answer, requested_at)}
    return {DATASET: snapshots(request, chart, answer, requested_at)}


def _decode(request: Request, body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        shown = body[:80].decode(errors="replace") or "an empty answer"
        raise SourceChangedError("coingecko", request.what, "JSON", shown) from error


def _question(request: Request) -> tuple[str, dict[str, str | int]]:
    """Path and query of a request."""
    chart = read_chart(request)
    if chart:
        return chart.question()
    page = coin_list.query(request)
    if page is None:
        raise BadInputError(
            f"coingecko has no answer to '{request.what}'",
            "Ask for what CoinGecko.requests() lists.",
        )
    return coin_list.LIST, page
