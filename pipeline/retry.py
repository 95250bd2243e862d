"""Asking again, with patience: jittered back-off, Retry-After, and a circuit that stops hammering a source that is gone."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from pipeline.errors import BlockedError, RateLimitedError, SourceChangedError, SourceError, SourceUnavailableError

ATTEMPTS = 3
LONGEST_WAIT_SECONDS = 120.0
"""A source that asks for more patience than this is left until the next run."""
FAILURES_TO_OPEN = 2
"""Answered requests in a row that failed after all attempts, or were answered with something else than the source promises (a challenge
page); then the source is left alone for the rest of the run. One suffices where there was no answer at all."""

Answer = TypeVar("Answer")
_backoff = wait_exponential_jitter(initial=1, max=10, jitter=1)


@dataclass
class Circuit:
    """Fetches of one source in one run. `sleep` is passed in so that tests need not wait."""

    source: str
    sleep: Callable[[float], None] = time.sleep
    _failed_in_a_row: int = field(default=0, init=False)
    _cause: SourceError | None = field(default=None, init=False)

    @property
    def is_open(self) -> bool:
        """Whether the source is left alone for the rest of the run."""
        return self._cause is not None

    def call(self, ask: Callable[[], Answer]) -> Answer:
        """The answer to one request, with retries.

        Raises:
            SourceError: it failed for good, or the circuit is open because the source blocked us or failed several times in a row.
        """
        if self._cause is not None:
            raise SourceUnavailableError(
                f"not asked, because {self.source} had failed before: {self._cause.what}", "The next run asks again.", self._cause.status
            )
        try:
            answer = Retrying(
                stop=stop_after_attempt(ATTEMPTS), wait=_wait, retry=retry_if_exception(_worth_another_try), sleep=self.sleep, reraise=True
            )(ask)
        except SourceError as error:
            self._failed_in_a_row += error.retryable or isinstance(error, SourceChangedError)
            unreachable = error.retryable and error.status is None
            if unreachable or isinstance(error, BlockedError) or self._failed_in_a_row >= FAILURES_TO_OPEN:
                self._cause = error
            raise
        self._failed_in_a_row = 0
        return answer


def _worth_another_try(error: BaseException) -> bool:
    too_long = isinstance(error, RateLimitedError) and (error.retry_after_seconds or 0) > LONGEST_WAIT_SECONDS
    return isinstance(error, SourceError) and error.retryable and not too_long


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = (error.retry_after_seconds or 0.0) if isinstance(error, RateLimitedError) else 0.0
    return max(asked, _backoff(state))
