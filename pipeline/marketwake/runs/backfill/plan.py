"""What a backfill would ask for: the holes of the ledger, the fewest requests that fill them, and
what no source can give any more.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from marketwake.base.errors import DefinitionError
from marketwake.base.series import Series, Window
from marketwake.base.settings import BINANCE_ARCHIVE, Settings
from marketwake.coverage.ledger import Hole, find_holes
from marketwake.runs.backfill.order import (
    NO_SOURCE,
    SPOT,
    VENDORS,
    Order,
    days,
    ordered_series,
    settings_for,
    smallest_step,
    tickers,
)
from marketwake.sources.coingecko import chart as coingecko
from marketwake.sources.coingecko.source import CoinGecko
from marketwake.sources.farside import source as farside
from marketwake.sources.issuers import funds as issuers
from marketwake.sources.issuers.source import Issuers
from marketwake.sources.source import Clock, Request, WindowSource
from marketwake.sources.spot import binance_months
from marketwake.sources.spot.client import Spot
from marketwake.sources.spot.venues import VENUES
from marketwake.sources.yahoo import request as yahoo
from marketwake.sources.yahoo.source import Yahoo

WORTH_ASKING = frozenset({"not fetched", "source error"})
"""Reasons of holes that an answer may fill."""


@dataclass(frozen=True)
class Lack:
    """A hole that cannot be filled from a source, and why."""

    hole: Hole
    why: str


@dataclass(frozen=True)
class Part:
    """What one source is asked, and which holes that may fill: all of the order's days that it
    serves where they are asked for again, else the holes alone.
    """

    source: WindowSource
    requests: tuple[Request, ...]
    holes: tuple[Hole, ...]

    @property
    def seconds(self) -> float:
        """How long it takes at least, at the pace that the source asks for."""
        return len(self.requests) * self.source.pace_seconds


@dataclass(frozen=True)
class Plan:
    """What a backfill would do.

    `first` and `last` are the days of the order, `windows` its series, `parts` the sources to ask,
    `lacks` what they cannot give, `others` the holes that are not asked for, `notes` what has no
    source at all.
    """

    first: date
    last: date
    windows: tuple[Window, ...]
    parts: tuple[Part, ...]
    lacks: tuple[Lack, ...]
    others: tuple[Hole, ...]
    notes: tuple[str, ...]

    @property
    def requests(self) -> int:
        """Requests of all sources."""
        return sum(len(part.requests) for part in self.parts)

    @property
    def seconds(self) -> float:
        """How long it takes at least: sources are asked side by side."""
        return max((part.seconds for part in self.parts), default=0.0)


def make_plan(
    con: duckdb.DuckDBPyConnection, settings: Settings, order: Order, clock: Clock
) -> Plan:
    """The plan for an order, from what the ledger says.

    Raises:
        BadInputError: a day, name or interval of the order cannot be.
        DefinitionError: a vendor of the order's datasets has no source here.
    """
    now = clock()
    first, last = days(settings, order, now)
    chosen = settings_for(settings, order, first, clock)
    windows = ordered_series(con, settings, order, clock)
    source_of = _sources(con, chosen, clock)
    within: list[Window] = []
    beyond: list[Window] = []
    why: dict[Series, str] = {}
    for window in windows:
        series = window.series
        reach = source_of(series).reach(series)
        why[series] = reach.why
        if reach.first is None:
            beyond.append(window)
            continue
        if window.first < reach.first:
            before = reach.first - smallest_step(series)
            beyond.append(replace(window, last=min(window.last, before)))
        if window.last >= reach.first:
            within.append(replace(window, first=max(window.first, reach.first)))
    worth_asking = WORTH_ASKING | ({"confirmed absent"} if order.again else set())
    holes = find_holes(con, within, now)
    lacks = tuple(
        Lack(hole, why[hole.series])
        for hole in find_holes(con, beyond, now)
        if hole.reason in WORTH_ASKING
    )
    worth = [hole for hole in holes if hole.reason in worth_asking]
    asked = (
        within if order.again else [Window(hole.series, hole.first, hole.last) for hole in worth]
    )
    parts = _parts(asked, worth, source_of, "again" if order.again else "")
    others = tuple(hole for hole in holes if hole.reason not in worth_asking)
    notes = tuple(
        note
        for dataset, note in NO_SOURCE.items()
        if order.dataset == dataset or order == Order(first=order.first, last=order.last)
    )
    return Plan(first, last, tuple(windows), parts, lacks, others, notes)


def _parts(
    windows: list[Window],
    holes: list[Hole],
    source_of: Callable[[Series], WindowSource],
    ordered_by: str,
) -> tuple[Part, ...]:
    """The requests of every source that is needed, in the order of the windows."""
    by_source: dict[str, list[Window]] = {}
    for window in windows:
        by_source.setdefault(source_of(window.series).name, []).append(window)
    parts = []
    for name, share in by_source.items():
        source = source_of(share[0].series)
        requests = (replace(request, ordered_by=ordered_by) for request in source.ask(share))
        filled = (hole for hole in holes if source_of(hole.series).name == name)
        parts.append(Part(source, tuple(requests), tuple(filled)))
    return tuple(parts)


def _sources(
    con: duckdb.DuckDBPyConnection, settings: Settings, clock: Clock
) -> Callable[[Series], WindowSource]:
    """Finds the source that gives a series; one client per venue."""
    made: dict[str, WindowSource] = {}

    def make(name: str) -> WindowSource:
        if name in VENUES:
            spot = Spot(name, settings, clock, {})
            is_reachable = not settings.is_rehearsal or BINANCE_ARCHIVE in settings.addresses
            if name == binance_months.VENUE and is_reachable:
                return binance_months.ByMonths(spot, settings, clock)
            return spot
        match name:
            case farside.VENDOR:
                return farside.Farside(settings)
            case issuers.VENDOR:
                return Issuers(settings)
            case yahoo.VENDOR:
                return Yahoo(settings, clock, {})
            case coingecko.VENDOR:
                return CoinGecko(settings, clock, {}, tickers=tickers(con))
        raise DefinitionError(
            f"{name} is a vendor of runs/backfill/order.py, and no source asks it",
            "Add its source to runs/backfill/plan.py.",
        )

    def source_of(series: Series) -> WindowSource:
        name = series.venue if series.dataset == SPOT else VENDORS[series.dataset]
        if name not in made:
            made[name] = make(name)
        return made[name]

    return source_of
