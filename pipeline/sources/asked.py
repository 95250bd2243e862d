"""Which sources a run asks: the bundled sample, a folder of recorded files, or the venues themselves."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pipeline.held import Held
from pipeline.repair import Repairing
from pipeline.series import Wanted
from pipeline.settings import Settings
from pipeline.sources import check_source
from pipeline.sources.archive import Archive
from pipeline.sources.base import Clock, Source, WindowSource
from pipeline.sources.coingecko import CoinGecko
from pipeline.sources.farside import Farside
from pipeline.sources.inbox import Inbox
from pipeline.sources.sample import Sample
from pipeline.sources.spot import Spot
from pipeline.sources.spot_venues import serving
from pipeline.sources.yahoo import Yahoo

log = logging.getLogger(__name__)

RECENT_PAGE_REACH = timedelta(days=10)
"""Farside's asset pages hold about 14 sessions; a warehouse further behind reads the pages of all history."""


@dataclass(frozen=True)
class Asked:
    """The sources of a run.

    `first` are asked at once; `reserves` are spot venues that stand in, in order of preference, for one of these that fails or lacks the
    history. `spots` are the clients of both, by the names of their venues, in order of preference.
    """

    first: Sequence[Source]
    reserves: Sequence[Source] = ()
    spots: Mapping[str, Spot] = field(default_factory=dict)


def sources_for(kind: str, root: Path, archive: Path | None, settings: Settings, clock: Clock, held: Held) -> Asked:
    """The sources that a run asks.

    A venue that does not serve all the history that is missing is asked for what it has, and the next one beside it. One that has no bars
    of the wanted length is passed over.

    `sample`: the bundled figures. `archive`: the recorded files in a folder, and the bundled reference figures, which no file holds.
    `live`: the venues, each for what the warehouse does not hold yet, for a lookback and for holes, and files dropped into the inbox.

    Raises:
        BadInputError: unknown kind, no archive folder, or the settings name an unknown venue, symbol or interval, or one that no venue has.
    """
    check_source(kind, archive)
    if kind == "sample":
        return Asked([Sample()])
    reference = Sample(frozenset({"reference_figure"}))
    if kind == "archive" and archive is not None:
        return Asked([Archive(archive), reference])
    lookback, length = timedelta(hours=settings.lookback_hours), settings.spot_interval

    def spot(venue: str) -> Spot:
        kept = {symbol: newest for (where, symbol, interval), newest in held.bars.items() if (where, interval) == (venue, length)}
        return Spot(venue, settings, clock, {symbol: newest - lookback for symbol, newest in kept.items()})

    since = {name: newest - lookback for name, newest in held.days.items()}
    names = serving(settings.spot_venues, length)
    for venue in dict.fromkeys(settings.spot_venues):
        if venue not in names:
            log.info("%s has no %s bars: the next of spot_venues takes its place", venue, length)
    venues = [spot(venue) for venue in names]
    side_by_side = enough(venues, settings.spot_side_by_side)
    is_behind = held.flows_until is None or held.flows_until < clock() - RECENT_PAGE_REACH
    others: list[Source] = [
        _repairing(Farside(settings, with_history=is_behind), held.holes.get("Farside", ())),
        _repairing(Yahoo(settings, clock, {name: newest.date() for name, newest in since.items()}), held.holes.get("Yahoo", ())),
        _repairing(CoinGecko(settings, clock, since), held.holes.get("CoinGecko", ())),
        reference,
        Inbox(root),
    ]
    spots = dict(zip(names, venues, strict=True))
    # Of other lengths are the bars of the panel, which is asked for by itself.
    holes = {venue: [hole for hole in held.holes.get(venue, ()) if hole.series.interval == length] for venue in names}
    asked = [_repairing(spots[venue], holes[venue]) for venue in names[:side_by_side]]
    return Asked([*asked, *others], venues[side_by_side:], spots)


def _repairing(source: WindowSource, holes: Sequence[Wanted]) -> Source:
    return Repairing(source, tuple(holes)) if holes else source


def enough(venues: list[Spot], wanted: int) -> int:
    """How many venues to ask, in order of preference, for `wanted` of them to have all the history that is missing."""
    for count in range(1, len(venues) + 1):
        if sum(venue.reaches_back() for venue in venues[:count]) == wanted:
            return count
    return len(venues)
