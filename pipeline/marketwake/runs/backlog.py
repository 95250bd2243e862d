"""What has landed and waits for its load, between those who ask and the one who loads: asking never
waits for a load, unless much waits for it.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, wait
from contextlib import contextmanager
from contextvars import copy_context
from threading import Condition, Event
from typing import TypeAlias

from marketwake.landing.receipts import Receipt
from marketwake.landing.store import FILE_SOURCES, Landing
from marketwake.runs.fetch import Fetched

Came: TypeAlias = Receipt | Fetched
"""A payload that has landed and is read, or what a source brought in all."""
WAITING = 16
"""Payloads of one source that may wait for their load: enough for a load that takes long, and few
that a night waits for. Files are on this machine already, and as many as there are.
"""


class Backlog:
    """Of sources that are asked side by side, each in a thread of its own; one thread loads.

    Who loads iterates: over payloads in the order of landing, whichever source they are of, and
    over what a source brought once all its payloads have been taken. It ends with the last source,
    and raises what ended one of them.

    Args:
        landing: where they land; nobody else lands there.
        sources: how many are asked.
        stop: set where nothing more is to be asked for.
    """

    def __init__(self, landing: Landing, sources: int, stop: Event) -> None:
        self._landing = landing
        self._asking = sources
        self._stop = stop
        self._taken = len(landing.receipts())
        self._read = set[str]()
        self._waiting = Counter[str]()
        self._brought = deque[tuple[int, Fetched]]()
        self._error: BaseException | None = None
        self._changed = Condition()

    def has_room(self, source: str) -> bool:
        """Wait until a source may be asked for one payload more; false: nothing more is."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._stop.is_set() or source in FILE_SOURCES or self._waiting[source] < WAITING
                )
            )
            return not self._stop.is_set()

    def has_room_beside(self, source: str) -> bool:
        """Whether a source may be asked while one of its answers is about to land."""
        with self._changed:
            return not self._stop.is_set() and self._waiting[source] + 1 < WAITING

    def add(self, receipt: Receipt) -> None:
        """A payload has landed and is read, or was refused."""
        with self._changed:
            self._read.add(receipt.receipt_id)
            self._waiting[receipt.source] += 1
            self._changed.notify_all()

    def bring(self, fetched: Fetched) -> None:
        """What a source brought in all, or since the last call: its payloads have been added."""
        with self._changed:
            landed = self._taken + len(self._landing.receipts(self._taken))
            self._brought.append((landed, fetched))
            self._changed.notify_all()

    def work(self, ask: "Ask") -> None:
        """Ask one source; for its thread."""
        error = None
        try:
            ask(self)
        except BaseException as raised:  # noqa: BLE001 - raised again where it is loaded
            error = raised
        with self._changed:
            self._asking -= 1
            self._error = self._error or error
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing is taken any more: who still asks ends with the request that is under way."""
        with self._changed:
            if self._asking:
                self._stop.set()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[Came]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_next_there() or not self._asking)
                if self._error:
                    raise self._error
                if not self._is_next_there():
                    return
                came = self._take()
            yield came
            if isinstance(came, Receipt):
                with self._changed:
                    self._waiting[came.source] -= 1
                    self._changed.notify_all()

    def _is_next_there(self) -> bool:
        if self._error or (self._brought and self._brought[0][0] <= self._taken):
            return True
        next_one = self._landing.receipts(self._taken)[:1]
        return any(receipt.receipt_id in self._read for receipt in next_one)

    def _take(self) -> Came:
        if self._brought and self._brought[0][0] <= self._taken:
            return self._brought.popleft()[1]
        receipt = self._landing.receipts(self._taken)[0]
        self._taken += 1
        self._read.remove(receipt.receipt_id)
        return receipt


Ask: TypeAlias = Callable[[Backlog], None]
"""Asks one source all that it is to be asked."""


@contextmanager
def asked(landing: Landing, asks: Sequence[tuple[Executor, Ask]], stop: Event) -> Iterator[Backlog]:
    """What sources land while they are asked within the block, each by its executor. However the
    block ends, nobody asks any more after it.
    """
    backlog = Backlog(landing, len(asks), stop)
    # In the context of who called: the log of a flow finds its run through it.
    futures = [pool.submit(copy_context().run, backlog.work, ask) for pool, ask in asks]
    try:
        yield backlog
    finally:
        backlog.close()
        wait(futures)
