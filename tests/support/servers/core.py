"""What every loopback venue shares: the record of what was asked, a rate limit that is enforced,
and misbehaviour to order.

A venue is a subclass of `Venue` under `@register`. Its `handle` answers with what the venue would
send at the simulated instant `ask.now`. Faults of the transport (a status, a hang, a reset) are
done by transport.py; faults of the content (`BENDS`) are the venue's own, and `ask.bend` tells it
when.
"""

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

DEFAULT_NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
"""The simulated clock at start: inside the last hours of the bundled sample."""

BENDS = frozenset(
    {
        "duplicate",
        "overlapping",
        "out_of_order",
        "short_page",
        "unfinished",
        "restated",
        "gap",
        "renamed_column",
        "microseconds",
        "empty",
        "checksum",
    }
)
"""Faults of the content. Which of them a venue can commit is its `bends`."""

FAULTS = frozenset({"status", "hang", "reset", "truncated", "html", "challenge"})
"""Faults of the transport, which every venue can commit."""


@dataclass(frozen=True)
class Misbehaviour:
    """What to do wrong, how many times, and for which requests.

    Attributes:
        kind: one of `FAULTS` or `BENDS`.
        times: how many requests it hits, in the order in which they come.
        match: text that must occur in "path?query$" of a request, where $ marks the end; empty:
            any.
        status: with kind "status": 429, 418, 451, 403, 500, 502, ...
        retry_after: with kind "status": the Retry-After header, seconds or an HTTP date; None: no
            header.
        seconds: with kind "hang": how long nothing is answered (ends early when the servers stop).
    """

    kind: str
    times: int = 1
    match: str = ""
    status: int = 429
    retry_after: int | str | None = None
    seconds: float = 60.0


@dataclass(frozen=True)
class Seen:
    """One request as it came.

    `at` is the wall clock (UTC), `fault` the kind of misbehaviour it met, `violation` whether it
    broke the rate limit, `agent` the client's own name for itself.
    """

    venue: str
    path: str
    query: Mapping[str, str]
    at: datetime
    fault: str | None = None
    violation: bool = False
    agent: str = ""


@dataclass(frozen=True)
class Response:
    """An answer of a venue, complete. Content-Length and Connection are added by the server."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes = b""


def json_response(payload: object, status: int = 200) -> Response:
    """`payload` as compact JSON. Text that is JSON already goes into `Response` directly."""
    return Response(status, body=json.dumps(payload, separators=(",", ":")).encode())


def html_response(page: str, status: int = 200) -> Response:
    """`page` as UTF-8 HTML."""
    return Response(status, {"Content-Type": "text/html; charset=utf-8"}, page.encode())


@dataclass(frozen=True)
class Ask:
    """One request for a venue to answer: path without query (percent-decoded), query (last value of
    each name), headers by lower-case name, the simulated instant, the fault of content to commit,
    if any (one of the venue's `bends`), and the habits that the venue has for the time being.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    now: datetime
    bend: str | None = None
    habits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Limit:
    """A token bucket: `burst` units at rest, refilled at `per_second`. A request costs `Venue.cost`
    units: 1, unless the venue weighs.
    """

    per_second: float
    burst: float


class Venue(ABC):
    """One loopback venue. A new instance is made for every `serve`; handlers run in several
    threads: hold no unguarded mutable state.

    `recorded` is the folder of recorded data to serve (laid out like the archive source's); None:
    the bundled sample.
    """

    name: ClassVar[str]
    limit: ClassVar[Limit]
    bends: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, recorded: Path | None) -> None:
        self.recorded = recorded

    @abstractmethod
    def handle(self, ask: Ask) -> Response:
        """The venue's answer; unknown paths and symbols get the venue's own error."""

    def cost(self, path: str, query: Mapping[str, str]) -> float:  # noqa: ARG002 - only some venues weigh their requests
        """Units of the rate limit that a request takes."""
        return 1.0

    def can_bend(self, path: str, kind: str) -> bool:  # noqa: ARG002 - only some venues tell data from lists of markets
        """Whether this fault of the content can show in the answer to this path; where not, the
        fault waits for the next request.
        """
        return True

    def refuse(self, status: int) -> Response:
        """The venue's body for a refusal or fault with this status (429 of its rate limit
        included).
        """
        return json_response({"message": f"refused with {status}"}, status)


VENUES: dict[str, type[Venue]] = {}
"""Every registered venue, by the name under which its address is configured."""


def register(venue: type[Venue]) -> type[Venue]:
    """Class decorator: make a venue known by its `name`."""
    VENUES[venue.name] = venue
    return venue


class Running:
    """The servers while they run. All methods may be called from any thread."""

    def __init__(self, names: tuple[str, ...], now: datetime, recorded: Path | None) -> None:
        self.addresses: dict[str, str] = {}
        self.requests: list[Seen] = []
        self.now = now
        self.dates: dict[str, datetime | None] = {}
        """What a venue's clock says, where it is not the simulated one; None: the wall clock's."""
        self.habits: dict[str, frozenset[str]] = {}
        """What a venue does until it is told otherwise, by its name: ordinary oddities of today's
        venues, which each describes in its own module.
        """
        self.stopping = threading.Event()
        self.crashes: list[BaseException] = []
        self._venues = {name: VENUES[name](recorded) for name in names}
        self._misbehaviours: dict[str, list[Misbehaviour]] = {name: [] for name in names}
        self._tokens = {
            name: (venue.limit.burst, time.monotonic()) for name, venue in self._venues.items()
        }
        self._lock = threading.Lock()

    @property
    def violations(self) -> int:
        """Requests that broke a venue's rate limit (each was answered with its 429)."""
        return sum(seen.violation for seen in self.requests)

    def seen(self, venue: str, match: str = "") -> list[Seen]:
        """The requests that one venue got, of those whose path contains `match`."""
        return [seen for seen in self.requests if seen.venue == venue and match in seen.path]

    def misbehave(self, venue: str, misbehaviour: Misbehaviour) -> None:
        """Order a misbehaviour; several queue up, the first that matches a request is taken.

        Raises:
            ValueError: this venue cannot do that.
        """
        if misbehaviour.kind not in FAULTS | self._venues[venue].bends:
            raise ValueError(
                f"{venue} cannot do '{misbehaviour.kind}'; it can do "
                f"{', '.join(sorted(FAULTS | self._venues[venue].bends))}"
            )
        with self._lock:
            self._misbehaviours[venue] += [misbehaviour] * misbehaviour.times

    def behave(self) -> None:
        """Forget all misbehaviours that were ordered and not yet done."""
        with self._lock:
            for queue in self._misbehaviours.values():
                queue.clear()

    def arrive(
        self, name: str, path: str, query: Mapping[str, str], target: str, agent: str
    ) -> tuple[Venue, Misbehaviour | None, bool]:
        """Record a request; tell its venue, what to do wrong, and whether it broke the rate limit.
        Called by the server.
        """
        venue = self._venues[name]
        with self._lock:
            over = self._is_over(name, venue.cost(path, query))
            queue = self._misbehaviours[name]
            fitting = (
                misbehaviour
                for misbehaviour in queue
                if misbehaviour.match in f"{target}$"
                and (misbehaviour.kind in FAULTS or venue.can_bend(path, misbehaviour.kind))
            )
            misbehaviour = None if over else next(fitting, None)
            if misbehaviour:
                queue.remove(misbehaviour)
            self.requests.append(
                Seen(
                    name,
                    path,
                    query,
                    datetime.now(UTC),
                    misbehaviour.kind if misbehaviour else None,
                    over,
                    agent,
                )
            )
        return venue, misbehaviour, over

    def _is_over(self, name: str, cost: float) -> bool:
        limit, (tokens, since) = self._venues[name].limit, self._tokens[name]
        instant = time.monotonic()
        tokens = min(limit.burst, tokens + (instant - since) * limit.per_second)
        over = tokens < cost
        self._tokens[name] = (tokens if over else tokens - cost, instant)
        return over
