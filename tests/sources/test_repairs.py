"""Holes that a night repairs: which of them, in which order, and how many."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marketwake.base.series import Series, Window
from marketwake.coverage.watermarks import read_watermarks
from marketwake.sources.repairs import REPAIRS, Repairing
from marketwake.sources.source import Reach, Request
from marketwake.warehouse.files import Warehouse

BEGIN = datetime(2025, 8, 1, tzinfo=UTC)


def _window(symbol: str, first: int, last: int) -> Window:
    """Days of August."""
    return Window(
        Series("spot_bar", "Coinbase", symbol, "1h"),
        BEGIN + timedelta(days=first - 1),
        BEGIN + timedelta(days=last - 1),
    )


@dataclass(frozen=True)
class _Venue:
    """Serves `BTC` from the 10th on, and nothing of `GONE`; asks for a day at a time, series by
    series.
    """

    name: str = "venue"
    pace_seconds: float = 0.0

    def requests(self) -> list[Request]:
        return [Request("spot_bar", "BTC 20")]

    def reach(self, series: Series) -> Reach:
        assert series.dataset == "spot_bar"
        return Reach(None if series.symbol == "GONE" else BEGIN + timedelta(days=9), "")

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        return [
            Request("spot_bar", f"{one.series.symbol} {one.first.day + number}")
            for one in sorted(windows, key=lambda one: one.series.symbol)
            for number in range((one.last - one.first).days + 1)
        ]

    def fetch(self, request: Request) -> bytes:
        return request.what.encode()


def _asked(*windows: Window) -> list[str]:
    return [request.what for request in Repairing(_Venue(), windows).requests()]


def test_holes_come_after_what_is_asked_for_anyway_and_nothing_twice() -> None:
    assert _asked(_window("BTC", 12, 13), _window("BTC", 20, 20)) == ["BTC 20", "BTC 12", "BTC 13"]


def test_of_a_hole_that_has_partly_fallen_out_of_reach_the_rest_is_asked_for() -> None:
    assert _asked(_window("BTC", 8, 11), _window("BTC", 3, 9), _window("GONE", 12, 12)) == [
        "BTC 20",
        "BTC 10",
        "BTC 11",
    ]


def test_no_more_than_a_nights_share_and_the_most_urgent_whatever_the_source_sorts_by() -> None:
    urgent = [_window("ZEC", day, day) for day in range(31, 31 - REPAIRS, -1)]
    assert set(_asked(*urgent, _window("BTC", 12, 31))[1:]) == {
        f"ZEC {day}" for day in range(12, 32)
    }
    assert len(_asked(_window("ZEC", 10, 31))) == 1 + REPAIRS


def test_the_least_asked_for_come_first_then_the_oldest_and_only_what_a_night_can_mend(
    tmp_path: Path,
) -> None:
    holes = [
        ("BTC/USD", 2, "source error", 5),
        ("BTC/USD", 4, "not fetched", 0),
        ("ETH/USD", 3, "not fetched", 0),
        # A venue has said that it has none; nobody has asked for what is newer than the newest bar,
        # which the night reads anyway.
        ("ETH/USD", 5, "confirmed absent", 1),
        ("ETH/USD", 9, "not fetched", 0),
    ]
    with Warehouse(tmp_path).writer() as con:
        for symbol in ("BTC/USD", "ETH/USD"):
            con.execute(
                "insert into ops.series by name select 'spot_bar' as dataset, 'Coinbase' as venue, ? as symbol, '1h' as interval, "
                "'spot_bar' as part, ?::timestamptz as wanted_from, ?::timestamptz as wanted_to, 192 as expected, 0 as present, "
                "192 as missing, wanted_from as first_at, wanted_to as last_at, wanted_to as settled_to, true as is_running, "
                "wanted_to as checked_at",
                [symbol, BEGIN, BEGIN + timedelta(days=7)],
            )
        for symbol, day, reason, attempts in holes:
            stamp = BEGIN + timedelta(days=day - 1)
            con.execute(
                "insert into ops.hole values ('spot_bar', 'Coinbase', ?, '1h', ?, ?, 1, ?, ?, null, 'next')",
                [symbol, stamp, stamp, reason, attempts],
            )
    assert read_watermarks(Warehouse(tmp_path)).holes == {
        "Coinbase": (_window("ETH/USD", 3, 3), _window("BTC/USD", 4, 4), _window("BTC/USD", 2, 2))
    }
