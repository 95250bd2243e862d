"""Which sources a run asks: the bundled sample, a folder of recorded files, or the venues
themselves.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marketwake.base.errors import BadInputError
from marketwake.base.settings import Settings
from marketwake.coverage.watermarks import Watermarks
from marketwake.sources.coingecko.source import CoinGecko
from marketwake.sources.farside.source import RECENT_REACH, Farside
from marketwake.sources.files.archive import Archive
from marketwake.sources.files.inbox import Inbox
from marketwake.sources.files.sample import BUNDLED, Sample
from marketwake.sources.issuers.source import Issuers
from marketwake.sources.registry import check_source
from marketwake.sources.repairs import with_repairs
from marketwake.sources.source import Clock, Source, WindowSource
from marketwake.sources.spot.client import Spot
from marketwake.sources.spot.venues import serving
from marketwake.sources.yahoo.source import Yahoo
from marketwake.sources.yahoo.splits import AfterSplits, Held

log = logging.getLogger(__name__)

REFERENCE = Sample(frozenset({"reference_figure"}))
"""The bundled reference figures, which nobody else has."""
FACTS = Sample(BUNDLED)
"""Bundled figures that no source serves any more. Once they have landed, a night that finds the
same files leaves nothing new.
"""
GONE_SINCE = datetime(2026, 7, 1, tzinfo=UTC)
"""From when on nobody serves them: contracts of 2025 have expired, CoinGecko's year has passed. A
rehearsal in the days of the sample asks its venues, which still have them.
"""


@dataclass(frozen=True)
class Selection:
    """The sources of a run.

    `first` are asked at once; `reserves` are spot venues that stand in, in order of preference, for
    one of these that fails or lacks the history. `spots` are the clients of both, by the names of
    their venues, in order of preference. `later` are asked when the others have answered, and only
    where these answers make them ask for something.
    """

    first: Sequence[Source]
    reserves: Sequence[Source] = ()
    spots: Mapping[str, Spot] = field(default_factory=dict)
    later: Sequence[Source] = ()


def select_sources(
    kind: str,
    root: Path,
    archive: Path | None,
    settings: Settings,
    clock: Clock,
    watermarks: Watermarks,
    *,
    supersede: bool = False,
) -> Selection:
    """The sources that a run asks.

    A venue that does not serve all the history that is missing is asked for what it has, and the
    next one beside it. One that has no bars of the wanted length is passed over.

    `sample`: the bundled figures. `archive`: the recorded files in a folder, and the bundled
    reference figures, which no file holds. `live`: the venues, each for what the warehouse does not
    hold yet, for a lookback and for holes, and files dropped into the inbox, whose figures are held
    where they differ from a better source's, unless they shall `supersede` them.

    Raises:
        BadInputError: unknown kind, no archive folder, an interval that no venue of the settings
            has, or nothing that could supersede.
    """
    check_source(kind, archive)
    if supersede and kind != "live":
        raise BadInputError(
            f"--source {kind} reads no dropped files, so nothing can supersede",
            "Leave out --supersede, or choose --source live.",
        )
    if kind == "sample":
        return Selection([Sample()])
    if kind == "archive" and archive is not None:
        return Selection([Archive(archive), REFERENCE])
    return _live(Inbox(root, supersede=supersede, settings=settings), settings, clock, watermarks)


def _live(inbox: Inbox, settings: Settings, clock: Clock, watermarks: Watermarks) -> Selection:
    lookback, length = timedelta(hours=settings.lookback_hours), settings.spot_interval

    def since(venue: str, interval: str) -> dict[str, datetime]:
        """From when on to ask anew, by symbol."""
        return {
            series.symbol: newest - lookback
            for series, newest in watermarks.newest.items()
            if (series.venue, series.interval) == (venue, interval)
        }

    names = serving(settings.spot_venues, length)
    for venue in dict.fromkeys(settings.spot_venues):
        if venue not in names:
            log.info("%s has no %s bars: the next of spot_venues takes its place", venue, length)
    spots = {venue: Spot(venue, settings, clock, since(venue, length)) for venue in names}
    venues = list(spots)
    count = enough(list(spots.values()), settings.spot_side_by_side)
    # Bars of other lengths are the panel's, which is asked for by itself.
    spot_holes = {
        venue: [hole for hole in watermarks.holes.get(venue, ()) if hole.series.interval == length]
        for venue in venues
    }
    flows_until = watermarks.flows_until()
    is_behind = flows_until is None or flows_until < clock() - RECENT_REACH
    first_days = {symbol: stamp.date() for symbol, stamp in since("Yahoo", "1d").items()}
    yahoo = Yahoo(settings, clock, first_days)
    vendors: Mapping[str, WindowSource] = {
        "Farside": Farside(settings, with_history=is_behind),
        "Yahoo": yahoo,
        "CoinGecko": CoinGecko(settings, clock, since("CoinGecko", "1d")),
    }
    return Selection(
        [
            *(with_repairs(spots[venue], spot_holes[venue]) for venue in venues[:count]),
            *(
                with_repairs(source, watermarks.holes.get(vendor, ()))
                for vendor, source in vendors.items()
            ),
            # It is asked for all days anyway.
            Issuers(settings),
            inbox,
        ],
        [spots[venue] for venue in venues[count:]],
        spots,
        [AfterSplits(yahoo, _held_of_yahoo(watermarks)), bundled(clock)],
    )


def bundled(clock: Clock) -> Sample:
    """The bundled figures that a live run needs by its clock."""
    return FACTS if clock() >= GONE_SINCE else REFERENCE


def _held_of_yahoo(watermarks: Watermarks) -> dict[str, Held]:
    return {
        series.symbol: Held(oldest.date(), watermarks.recorded[series])
        for series, oldest in watermarks.oldest.items()
        if (series.venue, series.interval) == ("Yahoo", "1d")
    }


def enough(venues: Sequence[Spot], complete: int) -> int:
    """How many venues to ask, in order of preference, for `complete` of them to have all the
    history that is missing.
    """
    for count in range(1, len(venues) + 1):
        if sum(venue.reaches_back() for venue in venues[:count]) == complete:
            return count
    return len(venues)
