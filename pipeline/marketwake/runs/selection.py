"""Which sources a run asks: the bundled sample, a folder of recorded files, or the venues
themselves.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from marketwake.base.series import Window
from marketwake.base.settings import Settings
from marketwake.coverage.watermarks import Watermarks
from marketwake.sources.coingecko.source import CoinGecko
from marketwake.sources.farside.source import Farside
from marketwake.sources.files.archive import Archive
from marketwake.sources.files.inbox import Inbox
from marketwake.sources.files.sample import Sample
from marketwake.sources.registry import check_source
from marketwake.sources.repairs import Repairing
from marketwake.sources.source import Clock, Source, WindowSource
from marketwake.sources.spot.client import Spot
from marketwake.sources.spot.venues import serving
from marketwake.sources.yahoo.source import Yahoo

log = logging.getLogger(__name__)

RECENT_PAGE_REACH = timedelta(days=10)
"""Farside's asset pages hold about 14 sessions; a warehouse further behind reads the pages of all
history.
"""


@dataclass(frozen=True)
class Selection:
    """The sources of a run.

    `first` are asked at once; `reserves` are spot venues that stand in, in order of preference, for
    one of these that fails or lacks the history. `spots` are the clients of both, by the names of
    their venues, in order of preference.
    """

    first: Sequence[Source]
    reserves: Sequence[Source] = ()
    spots: Mapping[str, Spot] = field(default_factory=dict)


def select_sources(
    kind: str,
    root: Path,
    archive: Path | None,
    settings: Settings,
    clock: Clock,
    watermarks: Watermarks,
) -> Selection:
    """The sources that a run asks.

    A venue that does not serve all the history that is missing is asked for what it has, and the
    next one beside it. One that has no bars of the wanted length is passed over.

    `sample`: the bundled figures. `archive`: the recorded files in a folder, and the bundled
    reference figures, which no file holds. `live`: the venues, each for what the warehouse does not
    hold yet, for a lookback and for holes, and files dropped into the inbox.

    Raises:
        BadInputError: unknown kind, no archive folder, or the settings name an unknown venue,
            symbol or interval, or one that no venue has.
    """
    check_source(kind, archive)
    if kind == "sample":
        return Selection([Sample()])
    reference = Sample(frozenset({"reference_figure"}))
    if kind == "archive" and archive is not None:
        return Selection([Archive(archive), reference])
    lookback, length = timedelta(hours=settings.lookback_hours), settings.spot_interval

    def spot(venue: str) -> Spot:
        kept = {
            symbol: newest
            for (where, symbol, interval), newest in watermarks.bars.items()
            if (where, interval) == (venue, length)
        }
        return Spot(
            venue, settings, clock, {symbol: newest - lookback for symbol, newest in kept.items()}
        )

    since = {name: newest - lookback for name, newest in watermarks.days.items()}
    names = serving(settings.spot_venues, length)
    for venue in dict.fromkeys(settings.spot_venues):
        if venue not in names:
            log.info("%s has no %s bars: the next of spot_venues takes its place", venue, length)
    venues = [spot(venue) for venue in names]
    side_by_side = enough(venues, settings.spot_side_by_side)
    is_behind = (
        watermarks.flows_until is None or watermarks.flows_until < clock() - RECENT_PAGE_REACH
    )
    others: list[Source] = [
        _repairing(Farside(settings, with_history=is_behind), watermarks.holes.get("Farside", ())),
        _repairing(
            Yahoo(settings, clock, {name: newest.date() for name, newest in since.items()}),
            watermarks.holes.get("Yahoo", ()),
        ),
        _repairing(CoinGecko(settings, clock, since), watermarks.holes.get("CoinGecko", ())),
        reference,
        Inbox(root),
    ]
    spots = dict(zip(names, venues, strict=True))
    # Of other lengths are the bars of the panel, which is asked for by itself.
    holes = {
        venue: [hole for hole in watermarks.holes.get(venue, ()) if hole.series.interval == length]
        for venue in names
    }
    asked = [_repairing(spots[venue], holes[venue]) for venue in names[:side_by_side]]
    return Selection([*asked, *others], venues[side_by_side:], spots)


def _repairing(source: WindowSource, holes: Sequence[Window]) -> Source:
    return Repairing(source, tuple(holes)) if holes else source


def enough(venues: list[Spot], wanted: int) -> int:
    """How many venues to ask, in order of preference, for `wanted` of them to have all the history
    that is missing.
    """
    for count in range(1, len(venues) + 1):
        if sum(venue.reaches_back() for venue in venues[:count]) == wanted:
            return count
    return len(venues)
