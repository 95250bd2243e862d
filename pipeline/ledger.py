"""The ledger of what should be there, what is, and why the rest is not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from pipeline.errors import SourceChangedError
from pipeline.sources.spot_venues import SECONDS, Page


@dataclass(frozen=True, order=True)
class Series:
    """Identity of one series: raw table, venue or vendor, symbol, distance of its stamps."""

    dataset: str
    venue: str
    symbol: str
    interval: str


@dataclass(frozen=True)
class Wanted:
    """A series that should exist from `first` to `last`: stamps, both included, UTC."""

    series: Series
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Hole:
    """A run of missing stamps without a present one between."""

    series: Series
    first: datetime
    last: datetime
    missing: int
    reason: str
    attempts: int
    last_error: str | None
    next_step: str


_NEXT = {
    "not fetched": "the next run asks",
    "source error": "the next run asks again",
    "confirmed absent": "none: the source has no such bar",
    "not yet published": "the next run after it is published asks",
}


def find_holes(con: duckdb.DuckDBPyConnection, wanted: Sequence[Wanted], now: datetime) -> list[Hole]:
    """Runs of missing stamps of one reason each, for spot bars."""
    return [hole for one in wanted if one.series.dataset == "spot_bar" for hole in _holes(con, one, now)]


def _holes(con: duckdb.DuckDBPyConnection, wanted: Wanted, now: datetime) -> Iterable[Hole]:
    series = wanted.series
    step = timedelta(seconds=SECONDS[series.interval])
    held = {
        row[0]
        for row in con.execute(
            "select opened_at from raw.spot_bar where superseded_at is null and venue = ? and symbol = ? and bar_interval = ?",
            [series.venue, series.symbol, series.interval],
        ).fetchall()
    }
    asked = _asked(con, series)
    runs: list[list[tuple[datetime, str, int, str | None]]] = []
    before = None
    for number in range((wanted.last - wanted.first) // step + 1):
        stamp = wanted.first + number * step
        told = None if stamp in held else (stamp, *_told(stamp, step, asked, now))
        if told and before and told[1] == before[1]:
            runs[-1].append(told)
        elif told:
            runs.append([told])
        before = told
    for run in runs:
        reason = run[0][1]
        yield Hole(series, run[0][0], run[-1][0], len(run), reason, max(one[2] for one in run), run[-1][3], _NEXT[reason])


def _told(
    stamp: datetime, step: timedelta, asked: list[tuple[Page, datetime, str, str | None]], now: datetime
) -> tuple[str, int, str | None]:
    """Reason, attempts and last error of a missing stamp."""
    if stamp + step > now:
        return "not yet published", 0, None
    tries = [(status, error) for page, at, status, error in asked if page.first <= stamp <= page.last and at >= stamp + step]
    if any(status == "loaded" for status, _ in tries):
        return "confirmed absent", len(tries), None
    return ("source error", len(tries), tries[-1][1]) if tries else ("not fetched", 0, None)


def _asked(con: duckdb.DuckDBPyConnection, series: Series) -> list[tuple[Page, datetime, str, str | None]]:
    found = []
    for what, at, status, error in con.execute(
        "select request, landed_at, status, error_message from ops.load where source = ? order by landed_at",
        [f"spot-{series.venue.lower()}"],
    ).fetchall():
        try:
            page = Page.read(what)
        except SourceChangedError:  # a failure to list the requests
            continue
        if (page.symbol, page.interval) == (series.symbol, series.interval):
            found.append((page, at, status, error))
    return found
