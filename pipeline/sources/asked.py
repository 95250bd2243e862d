"""Which sources a run asks: the bundled sample, a folder of recorded files, or the venues themselves."""

import logging
from datetime import timedelta
from pathlib import Path

from pipeline.held import Held
from pipeline.repair import Repairing
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


def sources_for(
    kind: str, root: Path, archive: Path | None, settings: Settings, clock: Clock, held: Held
) -> tuple[list[Source], list[Source]]:
    """Sources to ask, and spot venues that stand in, in order of preference, for one that fails or lacks
    the history.

    A venue that does not serve all the history that is missing is asked for what it has, and the next one beside it. One that has no bars
    of the wanted length is passed over.

    `sample`: the bundled figures. `archive`: the recorded files in a folder, and the bundled reference figures, which no file holds.
    `live`: the venues, each for what the warehouse does not hold yet, for a lookback and for holes, and files dropped into the inbox.

    Raises:
        BadInputError: unknown kind, no archive folder, or the settings name an unknown venue, symbol or interval, or one that no venue has.
    """
    check_source(kind, archive)
    if kind == "sample":
        return [Sample()], []
    reference = Sample(frozenset({"reference_figure"}))
    if kind == "archive" and archive is not None:
        return [Archive(archive), reference], []
    lookback = timedelta(hours=settings.lookback_hours)

    def spot(venue: str) -> Spot:
        since = {symbol: newest - lookback for (where, symbol), newest in held.bars.items() if where == venue}
        return Spot(venue, settings, clock, since)

    since = {name: newest - lookback for name, newest in held.days.items()}
    names = serving(settings.spot_venues, settings.spot_interval)
    for venue in dict.fromkeys(settings.spot_venues):
        if venue not in names:
            log.info("%s has no %s bars: the next of spot_venues takes its place", venue, settings.spot_interval)
    venues = [spot(venue) for venue in names]
    side_by_side = enough(venues, settings.spot_side_by_side)
    is_behind = held.flows_until is None or held.flows_until < clock() - RECENT_PAGE_REACH
    others: list[Source] = [
        _repairing(Farside(settings, with_history=is_behind), "Farside", held),
        _repairing(Yahoo(settings, clock, {name: newest.date() for name, newest in since.items()}), "Yahoo", held),
        _repairing(CoinGecko(settings, clock, since), "CoinGecko", held),
        reference,
        Inbox(root),
    ]
    asked = [_repairing(spot, venue, held) for spot, venue in zip(venues[:side_by_side], names, strict=False)]
    return [*asked, *others], list[Source](venues[side_by_side:])


def _repairing(source: WindowSource, venue: str, held: Held) -> Source:
    holes = held.holes.get(venue)
    return Repairing(source, holes) if holes else source


def enough(venues: list[Spot], wanted: int) -> int:
    """How many venues to ask, in order of preference, for `wanted` of them to have all the history that is missing."""
    for count in range(1, len(venues) + 1):
        if sum(venue.reaches_back() for venue in venues[:count]) == wanted:
            return count
    return len(venues)
