"""CoinGecko's chart of one coin: how it is asked for, and the snapshots that it gives.

    market_chart of bitcoin (BTC), daily 2025-07-01 to 2025-08-22

A snapshot stamped 00:00 UTC closes the day before; CoinGecko has it from 00:35 UTC on. Whatever
bears another stamp, the point of the present among them, is left out.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.sources.source import Request

VENDOR = "CoinGecko"
DATASET = "coin_snapshot"
_DAY = timedelta(days=1)
_DAY_MILLISECONDS = 86_400_000
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
_WHAT = re.compile(
    r"market_chart of (?P<coin>\S+) \((?P<symbol>.+)\), daily (?P<first>\S+) to (?P<last>\S+)"
)


@dataclass(frozen=True)
class Chart:
    """A coin by CoinGecko's identifier, its upper-case ticker, and the first and last midnight
    (UTC) to ask for.
    """

    coin: str
    symbol: str
    first: datetime
    last: datetime

    def request(self) -> Request:
        """The request for it. A window of less than a day would come back empty, so it is a day at
        least.
        """
        first = min(self.first, self.last - _DAY)
        days = f"{first:%Y-%m-%d} to {self.last:%Y-%m-%d}"
        return Request(DATASET, f"market_chart of {self.coin} ({self.symbol}), daily {days}")

    def question(self) -> tuple[str, dict[str, str | int]]:
        """CoinGecko's path and parameters for it."""
        return f"coins/{self.coin}/market_chart/range", {
            "vs_currency": "usd",
            "from": int(self.first.timestamp()),
            "to": int(self.last.timestamp()),
            "interval": "daily",
        }


def read_chart(request: Request) -> Chart | None:
    """What a request asks for; None where it is for something else, as the list of the largest."""
    what = _WHAT.fullmatch(request.what)
    if what is None:
        return None
    first, last = (
        datetime.fromisoformat(what[name]).replace(tzinfo=UTC) for name in ("first", "last")
    )
    return Chart(what["coin"], what["symbol"], first, last)


def snapshots(
    request: Request, chart: Chart, answer: object, requested_at: datetime
) -> pl.DataFrame:
    """Rows of raw.coin_snapshot in a decoded answer: midnights up to `requested_at`, oldest first.

    Raises:
        SourceChangedError: not the form that CoinGecko documents, stamps in another unit, or points
            none of which is a midnight.
    """
    prices, market_caps, volumes = _points(request, answer)
    stamps = {stamp for stamp, _ in prices}
    if stamps and not 0 <= min(stamps) <= max(stamps) <= _milliseconds(requested_at + _DAY):
        expected = "stamps in milliseconds, none after the present"
        raise SourceChangedError(
            "coingecko", request.what, expected, f"{min(stamps)} to {max(stamps)}"
        )
    now = _milliseconds(requested_at)
    midnights = {stamp for stamp in stamps if stamp % _DAY_MILLISECONDS == 0 and stamp <= now}
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
            VENDOR,
            chart.coin,
            chart.symbol,
            datetime.fromtimestamp(stamp / 1000, UTC),
            _text(price),
            # A market value of 0 is CoinGecko's way of having none.
            _text(market_cap.get(stamp) or None),
            _text(volume.get(stamp)),
        )
        for stamp, price in sorted(prices, key=lambda point: point[0])
        if stamp in midnights
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _points(request: Request, answer: object) -> list[list[tuple[int, object]]]:
    """The points of the three series that a chart must have."""
    if not isinstance(answer, dict) or not set(_SERIES) <= answer.keys():
        got = ", ".join(answer)[:160] if isinstance(answer, dict) else type(answer).__name__
        raise SourceChangedError(
            "coingecko", request.what, f"an object with {', '.join(_SERIES)}", got
        )
    try:
        return [[(_whole(stamp), value) for stamp, value in answer[name]] for name in _SERIES]
    except (TypeError, ValueError) as error:
        raise SourceChangedError(
            "coingecko", request.what, "lists of pairs [milliseconds, value]", str(error)
        ) from error


def _whole(stamp: object) -> int:
    if isinstance(stamp, float) and stamp.is_integer():
        return int(stamp)
    if not isinstance(stamp, int):
        raise TypeError(f"{stamp!r} is no whole number of milliseconds")
    return stamp


def _text(value: object) -> str | None:
    """Numbers as text: what is no number is rejected by the contract, row by row."""
    return None if value is None else str(value)


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
