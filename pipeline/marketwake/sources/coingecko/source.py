"""CoinGecko's public API: price, market value and volume of the largest coins at midnight UTC.

The panel is the `settings.coins` largest coins by market value at the instant of asking. The list
that says so, `/coins/markets`, is asked for and landed first, so every night's panel is dated and
can be read again (raw.coin_rank). A coin that fell out of it is no longer asked for, one that came
in is asked for from `settings.history_from` on. Then one request per coin,
`/coins/{id}/market_chart/range`, for the midnights not held yet.

* A snapshot stamped 00:00 UTC closes the day before; CoinGecko has it from 00:35 UTC on. Whatever
  bears another stamp, the point of the
  present among them, is left out.
* Keyless and demo answers reach back 365 days; older history comes from files. * Without a key
  CoinGecko answers some 5 to 15 requests a minute, with a free demo key (COINGECKO_API_KEY) 30.
  Requests are spaced for
  that by SECONDS_BETWEEN_REQUESTS: a panel of 50 coins takes ten minutes without a key, two with one.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time

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
from marketwake.sources.coingecko import coin_list as coingecko_list
from marketwake.sources.http import get
from marketwake.sources.source import Clock, Reach, Request

ADDRESS = "https://api.coingecko.com"
SECONDS_BETWEEN_REQUESTS = 12.0
SECONDS_BETWEEN_REQUESTS_WITH_KEY = 2.1
REACH = timedelta(days=364)
"""How far back an answer can reach, less a day for the hours between asking and midnight."""
_DAY = timedelta(days=1)
_SERIES = ("prices", "market_caps", "total_volumes")
_SCHEMA = {
    "vendor": pl.String(),
    "coin": pl.String(),
    "symbol": pl.String(),
    "snapshot_at": pl.Datetime("us", "UTC"),
    "price_usd": pl.String(),
    "market_cap_usd": pl.String(),
    "volume_24h_usd": pl.String(),
}
_CHART = re.compile(
    r"market_chart of (?P<coin>\S+) \((?P<symbol>.+)\), daily (?P<first>\S+) to (?P<last>\S+)"
)


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
        lists = coingecko_list.requests(self._settings.coins)
        coins: dict[str, str] = {}
        for request in lists:
            if request not in self._lists:
                self._lists[request] = self._ask(request)
            try:
                coins |= coingecko_list.largest(request, _decode(request, self._lists[request]))
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
            _chart_request(coin, self._tickers[coin], min(wanted), max(wanted))
            for coin, wanted in stamps.items()
        ]

    def reach(self, series: Series) -> Reach:
        """The last year of a coin whose ticker is known."""
        if series.symbol not in self._tickers:
            return Reach(
                None,
                f"{series.symbol} is neither in seed.coin nor held, so that its ticker is not known",
            )
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
        held = self._lists.pop(request, None)
        return self._ask(request) if held is None else held

    def _chart(self, coin: str, symbol: str) -> Request | None:
        today = midnight(self._clock())
        since = self._since.get(coin)
        if since and since >= today:
            return None
        first = (
            midnight(since)
            if since
            else datetime.combine(self._settings.history_from, clock_time(), UTC)
        )
        return _chart_request(coin, symbol, max(first, today - REACH), today)

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
                what = f"coingecko: {request.what}: JSON that is cut off or garbled after {len(body)} bytes"
                raise SourceUnavailableError(what, "Ask again later.", 200, body) from error
        return body


def _chart_request(coin: str, symbol: str, first: datetime, last: datetime) -> Request:
    # A span of less than a day comes back empty.
    first = min(first, last - _DAY)
    return Request(
        "coin_snapshot",
        f"market_chart of {coin} ({symbol}), daily {first:%Y-%m-%d} to {last:%Y-%m-%d}",
    )


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """Snapshots of one coin at midnights up to `requested_at`, oldest first; of the list of the
    largest coins their ranks.

    Raises:
        SourceChangedError: not the JSON that CoinGecko documents, stamps in another unit, or points
            none of which is a midnight.
    """
    found = _CHART.fullmatch(request.what)
    if not found:
        return {
            coingecko_list.DATASET: coingecko_list.ranks(
                request, _decode(request, body), requested_at
            )
        }
    prices, market_caps, volumes = _series(request, _decode(request, body))
    stamps = {stamp for stamp, _ in prices}
    if stamps and not 0 <= min(stamps) <= max(stamps) <= _milliseconds(requested_at + _DAY):
        found_span = f"{min(stamps)} to {max(stamps)}"
        raise SourceChangedError(
            "coingecko", request.what, "stamps in milliseconds, none after the present", found_span
        )
    midnights = {
        stamp
        for stamp in stamps
        if stamp % (86_400 * 1000) == 0 and stamp <= _milliseconds(requested_at)
    }
    if len(stamps) > 1 and not midnights:
        raise SourceChangedError(
            "coingecko",
            request.what,
            "daily points at 00:00 UTC",
            f"{len(stamps)} points, none at midnight",
        )
    market_cap, volume = dict(market_caps), dict(volumes)
    rows = [
        (
            "CoinGecko",
            found["coin"],
            found["symbol"],
            datetime.fromtimestamp(stamp / 1000, UTC),
            _text(price),
            # A market value of 0 is CoinGecko's way of having none.
            _text(market_cap.get(stamp) or None),
            _text(volume.get(stamp)),
        )
        for stamp, price in sorted(prices, key=lambda point: point[0])
        if stamp in midnights
    ]
    return {"coin_snapshot": pl.DataFrame(rows, schema=_SCHEMA, orient="row")}


def _series(request: Request, chart: object) -> list[list[tuple[int, object]]]:
    """The points of the three series that a chart must have."""
    if not isinstance(chart, dict) or not set(_SERIES) <= chart.keys():
        found = ", ".join(chart)[:160] if isinstance(chart, dict) else type(chart).__name__
        raise SourceChangedError(
            "coingecko", request.what, f"an object with {', '.join(_SERIES)}", found
        )
    try:
        return [[(_whole(stamp), value) for stamp, value in chart[name]] for name in _SERIES]
    except (TypeError, ValueError) as error:
        raise SourceChangedError(
            "coingecko", request.what, "lists of pairs [milliseconds, value]", str(error)
        ) from error


def _whole(stamp: object) -> int:
    if not isinstance(stamp, int):
        raise TypeError(f"{stamp!r} is no whole number of milliseconds")
    return stamp


def _text(value: object) -> str | None:
    """Numbers as text: what is no number is rejected by the contract, row by row."""
    return None if value is None else str(value)


def _decode(request: Request, body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        found = body[:80].decode(errors="replace")
        raise SourceChangedError(
            "coingecko", request.what, "JSON", found or "an empty answer"
        ) from error


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def read_chart(request: Request) -> tuple[str, datetime, datetime] | None:
    """Coin, first and last midnight (UTC) that a request for a chart names; None for the list of
    the largest coins.
    """
    chart = _CHART.fullmatch(request.what)
    if chart is None:
        return None
    first, last = (
        datetime.fromisoformat(chart[name]).replace(tzinfo=UTC) for name in ("first", "last")
    )
    return chart["coin"], first, last


def _question(request: Request) -> tuple[str, dict[str, str | int]]:
    """Path and query of a request."""
    chart = read_chart(request)
    if chart:
        coin, first, last = chart
        span: dict[str, str | int] = {"from": int(first.timestamp()), "to": int(last.timestamp())}
        return f"coins/{coin}/market_chart/range", {
            "vs_currency": "usd",
            **span,
            "interval": "daily",
        }
    page = coingecko_list.query(request)
    if page is None:
        raise BadInputError(
            f"coingecko has no answer to '{request.what}'",
            "Ask for what CoinGecko.requests() lists.",
        )
    return coingecko_list.LIST, page
