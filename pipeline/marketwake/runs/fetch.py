"""Asking sources: what each brought in a run, what failed, and whether another should stand in."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from operator import or_
from typing import TYPE_CHECKING

from marketwake.base.errors import LandingError, ShutOutError, SourceError, unnamed
from marketwake.base.log import timed
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import FILE_SOURCES, Landing
from marketwake.runs.ahead import Ahead
from marketwake.runs.readings import Readings
from marketwake.sources.retry import NOT_ASKED, Circuit
from marketwake.sources.source import Noting, Remarking, Request, Sited, Source
from marketwake.sources.spot.bars import without_history
from marketwake.sources.spot.listing import DATASET as LISTING

if TYPE_CHECKING:
    # It tells of what this module brings.
    from marketwake.runs.backlog import Backlog

log = logging.getLogger(__name__)

VENUE = "spot-"
"""How the names of sources begin that are spot venues."""


@dataclass(frozen=True)
class Fetched:
    """What one source brought in one run.

    `failures` are requests without an answer, and answers that landed and are not what the source
    promises; `refused` names the latter. `rows`: how many rows each readable answer of a live
    source holds, in the order of asking. `seconds`: how long all of it took. `remarks`: what the
    source has to tell beside.
    """

    source: str
    landed: int
    unchanged: int
    failures: tuple[tuple[Request, SourceError], ...]
    refused: frozenset[Request] = frozenset()
    rows: Mapping[Request, int] = field(default_factory=dict)
    seconds: float = 0.0
    remarks: tuple[str, ...] = ()

    @property
    def asked(self) -> int:
        """How many requests there were, those that the circuit held back included."""
        return self.landed + self.unchanged + len(self.failures) - len(self.refused)

    @property
    def is_broken(self) -> bool:
        """Whether it failed as a whole: what it should be asked could not be told, or it broke."""
        return any(request.dataset == "*" for request, _ in self.failures)

    @property
    def is_shut_out(self) -> bool:
        """Whether the source lets in nobody like us, and nothing else went wrong."""
        shut = [isinstance(error, ShutOutError) for _, error in self.failures]
        spared = [error.what.startswith(NOT_ASKED) for _, error in self.failures]
        return any(shut) and all(map(or_, shut, spared))


def fetch(
    landing: Landing,
    source: Source,
    run_id: str,
    sleep: Callable[[float], None] = time.sleep,
    circuit: Circuit | None = None,
    readings: Readings | None = None,
    backlog: "Backlog | None" = None,
) -> Fetched:
    """Land what the source has. A request that fails for good does not stop the next, unless the
    source is gone.

    What a live source sends is read once, as soon as it has landed: something else in place of an
    answer (a challenge page) is a failure of this run, counts for the circuit, and stays in landing
    for the load to refuse; `readings` keeps what was read for it. `circuit` remembers, for who asks
    in several batches, that it is gone. `backlog` is told what has landed, for who loads it at the
    same time, and says when there is room for more; a venue is then asked for its next page while
    the last one lands.
    """
    began = time.monotonic()
    with timed(source.name) as line, ThreadPoolExecutor(1) as pool:
        asking = _Asking(
            landing,
            readings or Readings(),
            backlog,
            source,
            run_id,
            circuit or Circuit(source.name, sleep),
            Ahead(landing, source, pool),
        )
        asking.ask_all()
        put, failures = asking.put, asking.failures
        landed = sum(receipt is not None for receipt in put.values())
        line += _told(source, landed, len(put) - landed, failures)
    return Fetched(
        source.name,
        landed,
        len(put) - landed,
        tuple(failures),
        frozenset(request for request, _ in failures if request in put),
        asking.rows,
        time.monotonic() - began,
        _remarks(source),
    )


def fetched_alone(source: Source, ask: Callable[[], Fetched]) -> Fetched:
    """What a source brought. One that broke in a way that nobody foresaw must not stop the others
    either: it has failed, and its traceback is in the log.

    Raises:
        LandingError: landing cannot be written, by no source.
    """
    try:
        return ask()
    except LandingError:
        raise
    except BaseException as error:  # a panic of polars is no Exception
        log.exception("%s broke", source.name)
        return Fetched(source.name, 0, 0, ((Request("*", source.name), _defect(error)),))


def _defect(error: BaseException) -> SourceError:
    return SourceError(
        f"{type(error).__name__}: {error}",
        "This is a defect of the source module: see the run's log.",
    )


def _told(
    source: Source, landed: int, unchanged: int, failures: list[tuple[Request, SourceError]]
) -> list[str]:
    told = [f"{landed} payloads landed, {unchanged} unchanged, {len(failures)} failed"]
    if failures:
        told.append(f"first: {unnamed(source.name, failures[0][1].what)}")
    return told


def _remarks(source: Source) -> tuple[str, ...]:
    remarks = tuple(source.remarks()) if isinstance(source, Remarking) else ()
    for remark in remarks:
        log.warning("%s: %s", source.name, remark)
    return remarks


@dataclass(frozen=True)
class _Asking:
    """Asks one source for one thing after the other. `put` tells what has landed, `failures` and
    `rows` are as in Fetched.
    """

    landing: Landing
    readings: Readings
    backlog: "Backlog | None"
    source: Source
    run_id: str
    circuit: Circuit
    ahead: Ahead
    put: dict[Request, Receipt | None] = field(default_factory=dict)
    failures: list[tuple[Request, SourceError]] = field(default_factory=list)
    rows: dict[Request, int] = field(default_factory=dict)

    def ask_all(self) -> None:
        """All that the source has to be asked for, while there is room."""
        try:
            requests = self.circuit.call(self.source.requests)
        except SourceError as error:
            self.failures.append((Request("*", self.source.name), _bare(error)))
            return
        for request, following in zip_longest(requests, requests[1:]):
            # What is under way lands, for it has been asked.
            if not self.ahead.is_under_way and not self._has_room():
                break
            try:
                site = self.source.site(request) if isinstance(self.source, Sited) else ""
                self.circuit.of(site).call(partial(self._ask, request, following))
            except SourceError as error:
                self.failures.append((request, _bare(error)))

    def _has_room(self) -> bool:
        return self.backlog is None or self.backlog.has_room(self.source.name)

    def _ask(self, request: Request, following: Request | None) -> None:
        """One attempt: ask, land, and read what a live source sent, while a venue is asked for what
        follows.
        """
        source = self.source
        sent_at, body = self.ahead.fetch(request)
        if following and self._may_ask_ahead():
            self.ahead.begin(following)
        receipt = self.landing.put(source.name, request, body, sent_at, run_id=self.run_id)
        self.put[request] = receipt
        try:
            if receipt is None or source.name in FILE_SOURCES:
                return
            frames = self.readings.ahead(receipt, body)
        finally:
            if self.backlog and receipt:
                self.backlog.add(receipt)
        if isinstance(source, Noting):
            source.note(frames)
        self.rows[request] = sum(frame.height for frame in frames.values())

    def _may_ask_ahead(self) -> bool:
        """Others than venues are asked slowly, or for little. A refused answer must not find more
        asked than it would have allowed.
        """
        name = self.source.name
        is_wanted = self.backlog is not None and self.backlog.has_room_beside(name)
        return is_wanted and name.startswith(VENUE) and self.circuit.bears_more


def summed(fetched: list[Fetched]) -> list[Fetched]:
    """One for each source, of what it brought at several times of one run."""
    return [
        _sum([part for part in fetched if part.source == name])
        for name in dict.fromkeys(part.source for part in fetched)
    ]


def _sum(parts: list[Fetched]) -> Fetched:
    return Fetched(
        parts[0].source,
        sum(part.landed for part in parts),
        sum(part.unchanged for part in parts),
        tuple(failure for part in parts for failure in part.failures),
        frozenset().union(*(part.refused for part in parts)),
        {request: count for part in parts for request, count in part.rows.items()},
        sum(part.seconds for part in parts),
        tuple(remark for part in parts for remark in part.remarks),
    )


def needs_stand_in(fetched: Fetched) -> bool:
    """Whether another venue should be asked for what this one did not bring; false for a source
    that no other can stand in for.
    """
    if not fetched.source.startswith(VENUE):
        return False
    lacking = without_history(
        {request: count for request, count in fetched.rows.items() if request.dataset != LISTING}
    )
    for market in lacking:
        log.warning("%s: %s: no bar where its history should begin", fetched.source, market)
    return bool(lacking) or any(request.dataset != LISTING for request, _ in fetched.failures)


def _bare(error: SourceError) -> SourceError:
    """The error without the frames, and the answers in them, that it came through: it is kept until
    the end of the run.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
