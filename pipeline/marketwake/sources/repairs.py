"""Holes that a night repairs beside what is new: a source that is asked for them too."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import polars as pl

from marketwake.base.series import Window
from marketwake.sources.source import Noting, Remarking, Request, Source, WindowSource

REPAIRS = 20
"""Requests of a source that a night spends on holes at most; `marketwake backfill` has no such
limit.
"""


def within_reach(source: WindowSource, windows: Iterable[Window]) -> Iterator[Window]:
    """What a source still serves of the windows, in their order."""
    for window in windows:
        first = source.reach(window.series).first
        if first is not None and window.last >= first:
            yield replace(window, first=max(window.first, first))


def with_repairs(source: WindowSource, holes: Iterable[Window]) -> Source:
    """A source that asks for its holes too, after what it asks for anyway and within REPAIRS.

    `holes`: what should be there and is not, the most urgent first. What the source no longer
    serves of them is left to the backfill to tell.
    """
    urgent = tuple(holes)
    return _WithRepairs(source, urgent) if urgent else source


@dataclass(frozen=True)
class _WithRepairs:
    source: WindowSource
    holes: tuple[Window, ...]

    @property
    def name(self) -> str:
        return self.source.name

    def requests(self) -> list[Request]:
        regular = self.source.requests()
        # Cut before the source sorts them by its series, else the last of these would wait for ever
        # behind one that cannot be filled.
        urgent = islice(within_reach(self.source, self.holes), REPAIRS)
        repairs = [request for request in self.source.ask(urgent) if request not in regular]
        return regular + repairs[:REPAIRS]

    def fetch(self, request: Request) -> bytes:
        return self.source.fetch(request)

    def note(self, frames: Mapping[str, pl.DataFrame]) -> None:
        if isinstance(self.source, Noting):
            self.source.note(frames)

    def remarks(self) -> list[str]:
        return self.source.remarks() if isinstance(self.source, Remarking) else []
