"""CoinGecko's public API: `/coins/markets` and `/coins/{id}/market_chart[/range]` with daily points
at 00:00 UTC.

Without a key only the last 365 days are answered. `interval=daily` gives midnights, and the present
as last point when the span reaches it; without it a span of up to 90 days comes hourly, at minutes
that nobody chose (the daily figure, repeated: for the shape, not the price).
"""

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path

from marketwake.base.resources import SAMPLE
from tests.support.servers.core import Ask, Limit, Response, Venue, json_response, register

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Snapshot:
    """A coin at one midnight, UTC. US$; a market value or volume of 0 stands for none."""

    at: datetime
    price: float
    market_cap: float
    volume: float


@dataclass(frozen=True)
class Coin:
    """A coin with its snapshots, oldest first."""

    coin: str
    symbol: str
    snapshots: tuple[Snapshot, ...]


@cache
def read_coins(recorded: Path | None) -> dict[str, Coin]:
    """Coins by CoinGecko's identifier."""
    if recorded is None:
        path, names = (
            SAMPLE / "coin_snapshot.csv",
            ("coin", "snapshot_at", "price_usd", "market_cap_usd", "volume_24h_usd"),
        )
    else:
        path, names = (
            recorded / "spot/breadth/coingecko_top50_daily.csv",
            ("id", "date", "current_price", "market_cap", "total_volume"),
        )
    coin, at, *figures = names
    symbols: dict[str, str] = {}
    snapshots: dict[str, list[Snapshot]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            symbols[line[coin]] = line["symbol"].lower()
            midnight = datetime.combine(datetime.fromisoformat(line[at]).date(), time(), UTC)
            snapshots.setdefault(line[coin], []).append(
                Snapshot(midnight, *(float(line[name] or 0) for name in figures))
            )
    return {
        name: Coin(
            name, symbols[name], tuple(sorted(snapshots[name], key=lambda snapshot: snapshot.at))
        )
        for name in snapshots
    }


def markets(
    coins: dict[str, Coin], now: datetime, per_page: int, page: int
) -> list[dict[str, object]]:
    """Coins by market value at an instant, largest first: one page of `/coins/markets`."""
    newest = {
        name: [snapshot for snapshot in coin.snapshots if snapshot.at <= now]
        for name, coin in coins.items()
    }
    ranked = sorted(
        (name for name in newest if newest[name]), key=lambda name: -newest[name][-1].market_cap
    )
    rows = []
    for rank, name in enumerate(ranked, start=1):
        last = newest[name][-1]
        rows.append(
            {
                "id": name,
                "symbol": coins[name].symbol,
                "name": name.replace("-", " ").title(),
                "current_price": last.price,
                "market_cap": round(last.market_cap),
                "market_cap_rank": rank,
                "total_volume": round(last.volume),
                "last_updated": f"{now:%Y-%m-%dT%H:%M:%S}.000Z",
            }
        )
    return rows[(page - 1) * per_page : page * per_page]


def points(
    coin: Coin, start: datetime, end: datetime, now: datetime, *, is_daily: bool
) -> list[Snapshot]:
    """The points of a chart over [start, end], the present as last one when the span reaches it."""
    # The figure of a midnight is there from 00:35 UTC on.
    snapshots = [
        snapshot
        for snapshot in coin.snapshots
        if start <= snapshot.at <= end and snapshot.at + timedelta(minutes=35) <= now
    ]
    if not is_daily:
        snapshots = [
            Snapshot(
                snapshot.at + timedelta(hours=hour, seconds=17 * hour + 41),
                snapshot.price,
                snapshot.market_cap,
                snapshot.volume,
            )
            for snapshot in snapshots
            for hour in range(24)
            if snapshot.at + timedelta(hours=hour + 1) <= min(end, now)
        ]
    if snapshots and end >= now:
        snapshots.append(
            Snapshot(
                now.replace(second=13),
                snapshots[-1].price * 1.01,
                snapshots[-1].market_cap,
                snapshots[-1].volume,
            )
        )
    return snapshots


def bend_points(snapshots: list[Snapshot], bend: str | None) -> list[Snapshot]:
    """The points with one fault of content."""
    middle = len(snapshots) // 2
    if bend == "duplicate":
        return [*snapshots, snapshots[middle]]
    if bend == "out_of_order":
        return snapshots[::-1]
    if bend == "short_page":
        return snapshots[:middle]
    if bend == "gap":
        return [*snapshots[:middle], *snapshots[middle + 1 :]]
    if bend == "restated":
        old = snapshots[middle]
        return [
            *snapshots[:middle],
            Snapshot(old.at, old.price * 1.02, old.market_cap, old.volume),
            *snapshots[middle + 1 :],
        ]
    return snapshots


def chart(snapshots: list[Snapshot], bend: str | None) -> dict[str, list[list[float]]]:
    """The body of a chart: stamps in milliseconds."""
    scale = 1_000_000 if bend == "microseconds" else 1_000
    stamps = [round(snapshotpshot.at.timestamp()) * scale for snapshotpshot in snapshots]
    return {
        "price" if bend == "renamed_column" else "prices": [
            [at, snapshotpshot.price] for at, snapshotpshot in zip(stamps, snapshots, strict=True)
        ],
        "market_caps": [
            [at, snapshot.market_cap] for at, snapshot in zip(stamps, snapshots, strict=True)
        ],
        "total_volumes": [
            [at, snapshot.volume] for at, snapshot in zip(stamps, snapshots, strict=True)
        ],
    }


@register
class CoinGecko(Venue):
    """The demo plan's limit: 30 requests a minute. A demo key, if sent, must be `CG-loopback`."""

    name = "coingecko"
    limit = Limit(per_second=0.5, burst=30)
    bends = frozenset(
        {
            "duplicate",
            "out_of_order",
            "short_page",
            "restated",
            "gap",
            "renamed_column",
            "microseconds",
        }
    )

    def handle(self, ask: Ask) -> Response:
        """The answer to one question, or the API's own error."""
        coins = read_coins(self.recorded)
        if ask.headers.get("x-cg-demo-api-key", "CG-loopback") != "CG-loopback":
            return self._error(401, 10002, "API Key Missing or invalid")
        if ask.path == "/api/v3/coins/markets":
            rows = markets(
                coins, ask.now, int(ask.query.get("per_page", 100)), int(ask.query.get("page", 1))
            )
            return json_response(rows)
        question = re.fullmatch(
            r"/api/v3/coins/(?P<coin>[^/]+)/market_chart(?P<range>/range)?", ask.path
        )
        if not question or question["coin"] not in coins:
            return json_response({"error": "coin not found"}, 404)
        if question["range"]:
            start, end = (
                datetime.fromtimestamp(int(ask.query[name]), UTC) for name in ("from", "to")
            )
        else:
            start, end = ask.now - int(ask.query["days"]) * _DAY, ask.now
        if start < ask.now - 365 * _DAY:
            return self._error(
                401,
                10012,
                "Your request exceeds the allowed time range. Public API users are limited to "
                "the past 365 days.",
            )
        is_daily = ask.query.get("interval") == "daily" or end - start > 90 * _DAY
        shown = bend_points(
            points(coins[question["coin"]], start, end, ask.now, is_daily=is_daily), ask.bend
        )
        return json_response(chart(shown, ask.bend))

    def refuse(self, status: int) -> Response:
        """The API's status object."""
        text = "You've exceeded the Rate Limit." if status == 429 else f"HTTP {status}"
        return json_response({"status": {"error_code": status, "error_message": text}}, status)

    def _error(self, status: int, code: int, text: str) -> Response:
        return json_response(
            {"error": {"status": {"error_code": code, "error_message": text}}}, status
        )
