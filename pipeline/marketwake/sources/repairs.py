"""Holes that a night repairs beside what is new: a source that is asked for them too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from marketwake.base.series import Window
from marketwake.sources.source import Request, WindowSource

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


@dataclass(frozen=True)
class Repairing:
    """A source, and the `windows` of it that should be there and are not, the most urgent first.
    What it no longer serves is left to the backfill to tell.
    """

    source: WindowSource
    windows: tuple[Window, ...]

    @property
    def name(self) -> str:
        """The source's own."""
        return self.source.name

    def requests(self) -> list[Request]:
        """What the source asks for anyway, then what fills the holes. Raises SourceError as the
        source does.
        """
        regular = self.source.requests()
        # Cut before the source sorts them by its series, else the last of these would wait for ever
        # behind one that cannot be filled.
        urgent = islice(within_reach(self.source, self.windows), REPAIRS)
        return regular + [one for one in self.source.ask(urgent) if one not in regular][:REPAIRS]

    def fetch(self, request: Request) -> bytes:
        """The source's answer. Raises SourceError as the source does."""
        return self.source.fetch(request)
