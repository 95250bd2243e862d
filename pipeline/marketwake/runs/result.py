"""What a run came to: counts, problems by name, pages written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from marketwake.base.errors import MarketwakeError, counted
from marketwake.checks.run import Offender
from marketwake.runs.fetch import Fetched, is_offline
from marketwake.runs.load import Loaded

_LOADED = "The rest was loaded and published. Rejected rows are in ops.reject, failed and refused payloads in ops.load."
_KEPT = (
    "No source brought anything: every figure stays as it was, and ops.load tells of the failures."
)
_OFFLINE = (
    " Is there a network? `make demo` (`marketwake demo`) does the whole job on the bundled sample."
)


@dataclass(frozen=True)
class RunResult:
    """The result of one run. `problems` is empty exactly when everything that was asked for came,
    was accepted and is published.

    `is_offline`: no source beyond this machine brought anything.
    """

    run_id: str
    new: int
    restated: int
    unchanged_payloads: int
    warnings: tuple[Offender, ...]
    problems: tuple[str, ...]
    pages: tuple[Path, ...] = ()
    is_offline: bool = False

    @classmethod
    def of(
        cls, run_id: str, fetched: list[Fetched], loads: list[Loaded], warnings: list[Offender]
    ) -> "RunResult":
        """Sum up fetches and loads; every source with failed requests, every refused payload and
        every payload with rejected rows is a problem, named once.
        """
        problems = [
            f"{one.source}: {len(one.failures)} of {one.asked} requests failed, first {one.failures[0][1].what}"
            for one in fetched
            if one.failures
        ]
        named = {(one.source, request) for one in fetched for request in one.refused}
        problems += [
            one.error
            for one in loads
            if one.error
            and not (
                one.receipt.run_id == run_id and (one.receipt.source, one.receipt.request) in named
            )
        ]
        problems += [
            f"{one.receipt.source}: {one.receipt.what}: {counted(one.rejected, 'row')} rejected, first {one.first_reject}"
            for one in loads
            if one.rejected
        ]
        return cls(
            run_id,
            sum(one.new for one in loads),
            sum(one.restated for one in loads),
            sum(one.unchanged for one in fetched),
            tuple(warnings),
            tuple(problems),
            is_offline=is_offline(fetched),
        )

    def with_pages(self, pages: list[Path]) -> "RunResult":
        """The same outcome, with the report pages it led to."""
        return replace(self, pages=tuple(pages))


class RunFailedError(MarketwakeError):
    """Something of a run failed; what was good in it is loaded and published."""

    exit_code = 3

    def __init__(self, outcome: RunResult, *, published: bool = True) -> None:
        shown = "\n".join(f"  {problem}" for problem in outcome.problems)
        super().__init__(
            f"{counted(len(outcome.problems), 'problem')} in run {outcome.run_id}:\n{shown}",
            _LOADED
            if published and not outcome.is_offline
            else (_KEPT if published else "Nothing was loaded.") + _OFFLINE,
        )
        self.outcome = outcome
        self.published = published

    def __reduce__(self) -> tuple[Callable[..., "RunFailedError"], tuple[object, ...]]:
        return partial(type(self), published=self.published), (self.outcome,)
