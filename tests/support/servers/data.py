"""Spot bars for the loopback exchanges: recorded hours, and what is derived from them.

Recorded: the bundled sample (BTC, ETH on Coinbase and Binance) from `FIRST` on, or the Feather
files of a folder laid out like the archive source's, each read when its bars are first asked for.
Derived, for tests only, and not what any venue traded: ETH/BTC (ether's bars divided by bitcoin's),
SOL where only the sample is at hand (ether's bars divided by 20), bars shorter than an hour (the
hour's move cut in equal steps).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import polars as pl

from marketwake.base.resources import SAMPLE

HOUR = 3600
NAMES = {"coinbase": "Coinbase", "binance": "Binance"}
DOLLAR = {"coinbase": "USD", "binance": "USDT"}
"""What dollars are called on the venue that was recorded."""
FIRST = "2025-06-24T23:00:00Z"
"""The sample's year before the order would only make the answers longer."""


class Bar(NamedTuple):
    """One bar: Unix seconds of its open (UTC), prices in quote, volume in base currency."""

    opened_at: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@cache
def symbols(recorded: Path | None, folder: str) -> tuple[str, ...]:
    """Every market that has bars: all coins against dollars, and ETH/BTC."""
    dollar = DOLLAR[folder]
    if recorded is None:
        coins = ["BTC", "ETH", "SOL"]
    else:
        coins = sorted(
            path.name.split("_")[0]
            for path in (recorded / "spot" / folder).glob(f"*_{dollar}-1h.feather")
        )
    ratio = ["ETH/BTC"] if {"BTC", "ETH"} <= set(coins) else []
    return (*(f"{coin}/{dollar}" for coin in coins), *ratio)


@cache
def hourly(recorded: Path | None, folder: str, base: str, quote: str) -> tuple[Bar, ...]:
    """All hourly bars of one market, ascending; empty when there is nothing to serve or derive them
    from.
    """
    if quote == "BTC":
        dollar = DOLLAR[folder]
        bitcoin = {bar.opened_at: bar for bar in hourly(recorded, folder, "BTC", dollar)}
        return tuple(
            _ratio(bar, bitcoin[bar.opened_at])
            for bar in hourly(recorded, folder, base, dollar)
            if bar.opened_at in bitcoin
        )
    if recorded is None and base == "SOL":
        return tuple(_twentieth(bar) for bar in hourly(None, folder, "ETH", quote))
    return (
        _sample(folder, f"{base}/{quote}")
        if recorded is None
        else _feather(recorded / "spot" / folder / f"{base}_{quote}-1h.feather")
    )


def bars(
    hours: tuple[Bar, ...], interval: int, first: float, last: float, now: datetime
) -> list[Bar]:
    """Bars of `interval` seconds with first <= opened_at <= last as they stand at `now`, ascending.

    Nothing that happened later is in them: the bar that contains `now` is unfinished, later ones
    are missing.
    """
    instant = now.timestamp()
    span = max(interval, HOUR)
    start = bisect_left(hours, first // span * span, key=attrgetter("opened_at"))
    stop = bisect_right(hours, min(last + interval, instant), key=attrgetter("opened_at"))
    parts: Iterable[Bar] = hours[start:stop]
    if interval < HOUR:
        parts = [part for hour in parts for part in _split(hour, HOUR // interval)]
    step = min(interval, HOUR)
    known = [
        part
        if part.opened_at + step <= instant
        else _so_far(part, (instant - part.opened_at) / step)
        for part in parts
    ]
    known = [part for part in known if part.opened_at < instant]
    merged = [
        _merge(opened_at, list(group))
        for opened_at, group in groupby(known, lambda part: part.opened_at // interval * interval)
    ]
    return [bar for bar in merged if first <= bar.opened_at <= last]


def _ratio(ether: Bar, bitcoin: Bar) -> Bar:
    opened, closed = round(ether.open / bitcoin.open, 5), round(ether.close / bitcoin.close, 5)
    return Bar(
        ether.opened_at, opened, max(opened, closed), min(opened, closed), closed, ether.volume
    )


def _twentieth(bar: Bar) -> Bar:
    prices = {name: round(getattr(bar, name) / 20, 2) for name in ("open", "high", "low", "close")}
    return bar._replace(**prices)


def _split(hour: Bar, count: int) -> list[Bar]:
    prices = [
        round(hour.open + (hour.close - hour.open) * step / count, 8) for step in range(count + 1)
    ]
    return [
        Bar(
            hour.opened_at + step * HOUR // count,
            start,
            max(start, end),
            min(start, end),
            end,
            round(hour.volume / count, 8),
        )
        for step, (start, end) in enumerate(pairwise(prices))
    ]


def _so_far(bar: Bar, part: float) -> Bar:
    close = round(bar.open + (bar.close - bar.open) * part, 8)
    return bar._replace(
        high=max(bar.open, close),
        low=min(bar.open, close),
        close=close,
        volume=round(bar.volume * part, 8),
    )


def _merge(opened_at: int, parts: list[Bar]) -> Bar:
    high, low = max(part.high for part in parts), min(part.low for part in parts)
    return Bar(
        opened_at,
        parts[0].open,
        high,
        low,
        parts[-1].close,
        round(sum(part.volume for part in parts), 8),
    )


@cache
def _sample(folder: str, symbol: str) -> tuple[Bar, ...]:
    frame = pl.scan_csv(SAMPLE / "spot_bar.csv")
    rows = frame.filter(
        pl.col("venue") == NAMES[folder],
        pl.col("symbol") == symbol,
        pl.col("bar_interval") == "1h",
        pl.col("opened_at") >= FIRST,
    ).collect()
    date = pl.col("opened_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC")
    return _bars(rows.with_columns(date=date).rename({"volume_base": "volume"}))


def _feather(path: Path) -> tuple[Bar, ...]:
    if not path.exists():
        return ()
    # The newest bar of a file may have been unfinished when it was written.
    return _bars(pl.read_ipc(path))[:-1]


def _bars(frame: pl.DataFrame) -> tuple[Bar, ...]:
    columns = frame.select(
        pl.col("date").dt.epoch("s"), *(pl.col(name).cast(pl.Float64) for name in Bar._fields[1:])
    ).sort("date")
    return tuple(Bar(*row) for row in columns.iter_rows())
