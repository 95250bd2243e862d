"""Asking again, with patience: jittered back-off, Retry-After, and a circuit that stops hammering a
source that is gone.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from marketwake.base.errors import (
    BlockedError,
    ClockError,
    RateLimitedError,
    SourceChangedError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
    unnamed,
)

ATTEMPTS = 3
NOT_ASKED = "not asked"
"""How the error of a request begins that its source was spared."""
LONGEST_WAIT_SECONDS = 120.0
"""A source that asks for more patience than this is left until the next run."""
LONGEST_SILENCE_SECONDS = 15.0
"""Of a wait that nobody is told of; back-off alone never takes so long."""
UNREACHABLE_SECONDS = 8.0
"""A source that cannot be connected to for so long is not tried again: a run without a network
shall end within a minute.
"""
FAILURES_TO_OPEN = 2
"""Answered requests in a row that failed after all attempts, or were answered with something else
than the source promises (a challenge page); then the source is left alone for the rest of the run.
One suffices where there was no answer at all, where the source blocks us or has another time than
we, and where it asks for a longer pause than a run can make.
"""

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
_backoff = wait_exponential_jitter(initial=1, max=10, jitter=1)


@dataclass
class Circuit:
    """Fetches of one source in one run. `sleep` is passed in so that tests need not wait."""

    source: str
    sleep: Callable[[float], None] = time.sleep
    _failed_in_a_row: int = field(default=0, init=False)
    _cause: SourceError | None = field(default=None, init=False)
    _sites: dict[str, "Circuit"] = field(default_factory=dict, init=False)

    @property
    def is_open(self) -> bool:
        """Whether the source is left alone for the rest of the run."""
        return self._cause is not None

    @property
    def bears_more(self) -> bool:
        """Whether the source would be asked again if the answer that is being read were refused."""
        return not self.is_open and self._failed_in_a_row + 1 < FAILURES_TO_OPEN

    def of(self, site: str) -> "Circuit":
        """That of one of several sites which the source asks: each is left alone by itself. Empty:
        the only one.
        """
        return self._sites.setdefault(site, Circuit(self.source, self.sleep)) if site else self

    def call(self, ask: Callable[[], Answer]) -> Answer:
        """The answer to one request, with retries.

        Raises:
            SourceError: it failed for good, or the circuit is open because the source blocked us or
                failed several times in a row.
        """
        if self._cause is not None:
            raise SourceUnavailableError(
                f"{NOT_ASKED}, because {self.source} had failed before: "
                f"{unnamed(self.source, self._cause.what)}",
                "The next run asks again.",
                self._cause.status,
            )
        try:
            answer = Retrying(
                stop=_enough,
                wait=_wait,
                retry=retry_if_exception(_worth_another_try),
                before_sleep=self._tell,
                sleep=self.sleep,
                reraise=True,
            )(ask)
        except SourceError as error:
            self._failed_in_a_row += error.retryable or isinstance(error, SourceChangedError)
            unanswered = error.retryable and error.status is None
            shut_out = isinstance(error, BlockedError | ClockError) or (
                isinstance(error, RateLimitedError) and _wants_us_gone(error)
            )
            if unanswered or shut_out or self._failed_in_a_row >= FAILURES_TO_OPEN:
                self._cause = error
            raise
        self._failed_in_a_row = 0
        return answer

    def _tell(self, state: RetryCallState) -> None:
        seconds = state.next_action.sleep if state.next_action else 0.0
        if seconds > LONGEST_SILENCE_SECONDS:
            log.info(
                "%s: waits %.0f s, as it was asked to: %s",
                self.source,
                seconds,
                unnamed(self.source, str(_error(state)).partition("\n")[0]),
            )


def _worth_another_try(error: BaseException) -> bool:
    if isinstance(error, RateLimitedError) and _wants_us_gone(error):
        return False
    return isinstance(error, SourceError) and error.retryable


def _wants_us_gone(error: RateLimitedError) -> bool:
    """Whether it asks for a longer pause than a run can make, or has shut us out (418) without a
    word on for how long.
    """
    if error.retry_after_seconds is None:
        return error.status == 418
    return error.retry_after_seconds > LONGEST_WAIT_SECONDS


def _enough(state: RetryCallState) -> bool:
    lost = (
        isinstance(_error(state), UnreachableError)
        and (state.seconds_since_start or 0) >= UNREACHABLE_SECONDS
    )
    return lost or state.attempt_number >= ATTEMPTS


def _wait(state: RetryCallState) -> float:
    error = _error(state)
    pause = (error.retry_after_seconds or 0.0) if isinstance(error, RateLimitedError) else 0.0
    return max(pause, _backoff(state))


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
