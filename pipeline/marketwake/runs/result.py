"""What a run came to: counts, problems by name, pages written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from marketwake.base.errors import MarketwakeError, counted
from marketwake.landing.store import FILE_SOURCES

if TYPE_CHECKING:
    # A run that has nothing to do has a result too, and does not wait for polars.
    from marketwake.checks.run import Offender
    from marketwake.runs.fetch import Fetched
    from marketwake.runs.load import Loaded

_LOADED = (
    "The rest was loaded and published. "
    "Rejected rows are in ops.reject, failed and refused payloads in ops.load, "
    "and what else broke in logs/marketwake.log."
)
_KEPT = (
    "No source brought anything: every figure stays as it was, and ops.load tells of the failures."
)
_OFFLINE = (
    " Is there a network? `make demo` (`marketwake demo`) does the whole job on the bundled sample."
)


def is_offline(fetched: "list[Fetched]") -> bool:
    """Whether no source brought anything, of those that are not files on this machine; false where
    only such files were asked for.
    """
    live = [part for part in fetched if part.source not in FILE_SOURCES]
    return bool(live) and not any(part.landed or part.unchanged for part in live)


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
    warnings: "tuple[Offender, ...]"
    problems: tuple[str, ...]
    pages: tuple[Path, ...] = ()
    is_offline: bool = False

    @classmethod
    def of(
        cls,
        run_id: str,
        fetched: "list[Fetched]",
        loads: "list[Loaded]",
        warnings: "list[Offender]",
        broken: Sequence[str] = (),
    ) -> "RunResult":
        """Sum up fetches and loads; every source with failed requests, every refused payload and
        every payload with rejected rows is a problem, named once, and so is what broke after that.
        """
        problems = [
            f"{part.source}: {len(part.failures)} of {part.asked} requests failed, "
            f"first {part.failures[0][1].what}"
            for part in fetched
            if part.failures
        ]
        named = {(run_id, part.source, request) for part in fetched for request in part.refused}
        problems += [
            load.error
            for load in loads
            if load.error
            and (load.receipt.run_id, load.receipt.source, load.receipt.request) not in named
        ]
        problems += [
            f"{load.receipt.source}: {load.receipt.what}: {counted(load.rejected, 'row')} "
            f"rejected, "
            f"first {load.first_reject}"
            for load in loads
            if load.rejected
        ]
        return cls(
            run_id,
            sum(load.new for load in loads),
            sum(load.restated for load in loads),
            sum(part.unchanged for part in fetched),
            tuple(warnings),
            (*problems, *broken),
            is_offline=is_offline(fetched),
        )

    @property
    def brought_nothing(self) -> bool:
        """Whether no source beyond this machine brought anything, nor any file on it."""
        return self.is_offline and not self.new + self.restated

    def with_pages(self, pages: list[Path], unwritten: list[str]) -> "RunResult":
        """The same result, with the report pages it led to, and why others were not written."""
        return replace(self, pages=tuple(pages), problems=(*self.problems, *unwritten))


class RunFailedError(MarketwakeError):
    """Something of a run failed; what was good in it is loaded and published."""

    exit_code = 3

    def __init__(self, result: RunResult, *, published: bool = True) -> None:
        shown = "\n".join(f"  {problem}" for problem in result.problems)
        super().__init__(
            f"{counted(len(result.problems), 'problem')} in run {result.run_id}:\n{shown}",
            _LOADED
            if published and not result.brought_nothing
            else (_KEPT if published else "Nothing was loaded.") + _OFFLINE,
        )
        self.result = result
        self.published = published

    def __reduce__(self) -> tuple[Callable[..., "RunFailedError"], tuple[object, ...]]:
        return partial(type(self), published=self.published), (self.result,)


def refuse_broken(what: str, problems: list[str]) -> None:
    """Raise RunFailedError where a part broke of what is no run, but builds and publishes as one
    does.
    """
    if problems:
        raise RunFailedError(RunResult(what, 0, 0, 0, (), tuple(problems)))
