"""Every source that gives bars or points, in the shape of its own recorded or documented answers,
with figures made up here, and what may befall such an answer: swapped columns, missing cells,
stamps as decimals, pages ten times as long, another market's answer.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from marketwake.base.errors import SourceChangedError
from marketwake.sources.registry import read
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.gate import rules

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Mondays of July and August 2025 are all sessions of New York.
FIRST = datetime(2025, 7, 7, tzinfo=UTC)
ASKED = datetime(2025, 9, 1, 12, tzinfo=UTC)
Point = tuple[float, float | None, float | None, float | None, float | None, float | None]
"""Unix seconds, open, high, low, close, volume."""


@dataclass(frozen=True)
class Shape:
    """`answer` writes points as the source does, of the market that it is given, or of its own.
    `step` lies between two points; `opens` is the hour of the first.
    """

    source: str
    request: Request
    answer: Callable[[Sequence[Point], str], Any]
    market: str
    other: str = ""
    step: timedelta = HOUR
    opens: timedelta = timedelta()

    def points(self, count: int = 3) -> list[Point]:
        """Points of which the n-th opens at 100 + n, and closes two above it."""
        stamps = [(FIRST + self.opens + n * self.step).timestamp() for n in range(count)]
        return [
            (stamp, 100.0 + n, 107.0 + n, 95.0 + n, 102.0 + n, 12.5)
            for n, stamp in enumerate(stamps)
        ]

    def read(self, points: Sequence[Point], market: str = "") -> tuple[pl.DataFrame, list[str]]:
        """Accepted rows by contract and gate, and the reasons of the rejected ones."""
        body = json.dumps(self.answer(points, market or self.market)).encode()
        ((table, frame),) = read(self.source, self.request, body, ASKED).items()
        contract = read_contracts("raw")[table]
        validated = contract.validate(frame, rules(contract, ASKED))
        return validated.accepted, validated.rejected["reason"].to_list()


def _number(stamp: float, per_second: int = 1) -> float | int:
    scaled = stamp * per_second
    return int(scaled) if scaled == int(scaled) else scaled


def _text(cell: float | None) -> str | None:
    return None if cell is None else f"{cell:.8f}"


def _binance(points: Sequence[Point], _: str) -> Any:  # noqa: ANN401 - JSON
    return [
        [
            _number(at, 1000),
            *map(_text, row),
            int(at * 1000) + 3_599_999,
            "1.0",
            7,
            "0.5",
            "0.5",
            "0",
        ]
        for at, *row in points
    ]


def _coinbase(points: Sequence[Point], _: str) -> Any:  # noqa: ANN401 - JSON
    return [[_number(at), l, h, o, c, v] for at, o, h, l, c, v in reversed(points)]  # noqa: E741


def _kraken(points: Sequence[Point], pair: str) -> Any:  # noqa: ANN401 - JSON
    rows = [
        [_number(at), _text(o), _text(h), _text(l), _text(c), "101.0", _text(v), 9]
        for at, o, h, l, c, v in points  # noqa: E741
    ]
    return {"error": [], "result": {pair: rows, "last": int(points[-1][0])}}


def _bitstamp(points: Sequence[Point], pair: str) -> Any:  # noqa: ANN401 - JSON
    names = ("open", "high", "low", "close", "volume")
    rows = [
        {"timestamp": str(_number(at)), **dict(zip(names, map(_text, row), strict=True))}
        for at, *row in points
    ]
    return {"data": {"ohlc": rows, "pair": pair}}


def _yahoo(points: Sequence[Point], symbol: str) -> Any:  # noqa: ANN401 - JSON
    stamps, *cells = zip(*points, strict=True)
    columns = dict(zip(("open", "high", "low", "close", "volume"), map(list, cells), strict=True))
    columns["volume"] = [int(volume) * 1.0 for volume in columns["volume"] if volume]
    meta = {
        "currency": "USD",
        "symbol": symbol,
        "exchangeTimezoneName": "America/New_York",
        "dataGranularity": "1d",
        "range": "",
    }
    result = {
        "meta": meta,
        "timestamp": [_number(stamp) for stamp in stamps],
        "indicators": {"quote": [columns], "adjclose": [{"adjclose": columns["close"]}]},
    }
    return {"chart": {"result": [result], "error": None}}


def _coingecko(points: Sequence[Point], _: str) -> Any:  # noqa: ANN401 - JSON
    return {
        "prices": [[_number(at, 1000), close] for at, _, _, _, close, _ in points],
        "market_caps": [[_number(at, 1000), 1e12] for at, *_ in points],
        "total_volumes": [[_number(at, 1000), volume] for at, *_, volume in points],
    }


def _page(venue: str, symbol: str = "BTC/USD") -> Request:
    return Request("spot_bar", f"{venue} {symbol} 1h 2025-07-07T00:00Z..2025-07-08T23:00Z")


SHAPES = {
    "Binance": Shape("spot-binance", _page("Binance", "BTC/USDT"), _binance, "BTCUSDT"),
    "Coinbase": Shape("spot-coinbase", _page("Coinbase"), _coinbase, "BTC-USD"),
    "Kraken": Shape("spot-kraken", _page("Kraken"), _kraken, "XXBTZUSD", "XETHZUSD"),
    "Bitstamp": Shape("spot-bitstamp", _page("Bitstamp"), _bitstamp, "BTC/USD", "ETH/USD"),
    "Yahoo": Shape(
        "yahoo",
        Request("etf_bar", "IBIT 1d 2025-07-01..2025-09-01"),
        _yahoo,
        "IBIT",
        "ETHA",
        timedelta(days=7),
        timedelta(hours=13, minutes=30),  # the opening of New York, summer time
    ),
    "CoinGecko": Shape(
        "coingecko",
        Request("coin_snapshot", "market_chart of bitcoin (BTC), daily 2025-07-01 to 2025-08-31"),
        _coingecko,
        "bitcoin",
        step=DAY,
    ),
}
each = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
ranged = pytest.mark.parametrize(
    "shape",
    [shape for shape in SHAPES.values() if shape.request.dataset == "spot_bar"],
    ids=lambda shape: shape.source,
)


@each
def test_the_shape_is_read_to_the_digit(shape: Shape) -> None:
    accepted, rejected = shape.read(shape.points())
    closes = [name for name in ("close", "close_usd", "price_usd") if name in accepted.columns]
    assert rejected == []
    assert sorted(accepted[closes[0]]) == [102.0, 103.0, 104.0]


@ranged
@pytest.mark.parametrize(("one", "other"), [(1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (4, 5)])
def test_columns_that_change_their_place_bring_no_row(shape: Shape, one: int, other: int) -> None:
    def swapped(point: Point) -> Point:
        cells = list(point)
        cells[one], cells[other] = cells[other], cells[one]
        return tuple(cells)  # type: ignore[return-value]

    accepted, rejected = shape.read([swapped(point) for point in shape.points()])
    assert accepted.is_empty()
    assert len(rejected) == 3


@each
def test_a_cell_that_is_missing_costs_its_row_alone(shape: Shape) -> None:
    first, second, third = shape.points()
    accepted, rejected = shape.read([first, (*second[:4], None, second[5]), third])
    assert accepted.height == 2
    assert len(rejected) == 1
    assert "missing" in rejected[0]


@each
def test_a_stamp_with_decimals_is_read_where_it_is_whole_and_refused_where_not(
    shape: Shape,
) -> None:
    whole = json.dumps(shape.answer(shape.points(), shape.market))
    for stamp, *_ in shape.points():
        for written in (f"{int(stamp) * 1000}", f"{int(stamp)}"):
            whole = whole.replace(f"[{written},", f"[{written}.0,")
    frames = [
        read(shape.source, shape.request, body, ASKED)[shape.request.dataset]
        for body in (
            whole.encode(),
            json.dumps(shape.answer(shape.points(), shape.market)).encode(),
        )
    ]
    assert frames[0].equals(frames[1])
    (stamp, *cells), *others = shape.points()
    odd: Point = (stamp + 0.5, *cells)  # type: ignore[assignment]
    if shape.source == "coingecko":
        # The point of the present stands between those of midnight, and is left out.
        assert shape.read([odd, *others])[0].height == 2
        return
    with pytest.raises(SourceChangedError):
        shape.read([odd, *others])


@each
def test_a_page_ten_times_as_long_has_each_point_once(shape: Shape) -> None:
    points = shape.points(8 if shape.step > DAY else 30)
    accepted, rejected = shape.read(points * 10)
    assert rejected == []
    assert accepted.height == len(points)


@pytest.mark.parametrize(
    "shape", [shape for shape in SHAPES.values() if shape.other], ids=lambda shape: shape.source
)
def test_the_answer_of_another_market_is_refused(shape: Shape) -> None:
    # Coinbase, Binance and CoinGecko do not say whose figures they send.
    with pytest.raises(SourceChangedError):
        shape.read(shape.points(), shape.other)
