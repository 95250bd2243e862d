"""Asking a venue for its next page while the answer to the last one lands and is read."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from typing import NamedTuple

from marketwake.landing.store import Landing
from marketwake.sources.source import Request, Source
from marketwake.sources.told_time import compared


class Answer(NamedTuple):
    """What came, and the instant before it was asked for, UTC."""

    sent_at: datetime
    body: bytes


class Ahead:
    """The fetches of one source, one at a time: each may be begun before it is wanted."""

    def __init__(self, landing: Landing, source: Source, pool: ThreadPoolExecutor) -> None:
        self._clock = landing.clock
        self._source = source
        self._pool = pool
        self._begun: tuple[Request, Future[Answer]] | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether a request has been begun that nobody has fetched."""
        return self._begun is not None

    def begin(self, request: Request) -> None:
        """Ask; the answer is kept for `fetch`."""
        self._begun = request, self._pool.submit(copy_context().run, self._ask, request)

    def fetch(self, request: Request) -> Answer:
        """The answer to what has been begun, or now. One that would be stamped with a wrong time
        never lands. Raises SourceError as the source does.
        """
        begun, self._begun = self._begun, None
        if begun and begun[0] == request:
            return begun[1].result()
        return self._ask(request)

    def _ask(self, request: Request) -> Answer:
        sent_at = self._clock()
        with compared(self._source.name, self._clock):
            return Answer(sent_at, self._source.fetch(request))
