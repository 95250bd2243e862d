"""What a run came to: counts, problems by name, pages written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from marketwake.base.errors import MarketwakeError, counted, unnamed
from marketwake.landing.store import FILE_SOURCES, GIVEN

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


BESIDE = frozenset({"issuers"})
"""Sources whose figures stand beside those of another, to be compared: what a night lacks of them
is told, and the night does not end failed.
"""


def is_offline(fetched: "list[Fetched]") -> bool:
    """Whether no source brought anything, of those that are not files on this machine; false where
    only such files were asked for.
    """
    live = [part for part in fetched if part.source not in FILE_SOURCES]
    return bool(live) and not any(part.landed or part.unchanged for part in live)


def _failed(part: "Fetched") -> str:
    return (
        f"{part.source}: {len(part.failures)} of {part.asked} requests failed, "
        f"first {unnamed(part.source, part.failures[0][1].what)}"
    )


@dataclass(frozen=True)
class RunResult:
    """The result of one run. `problems` is empty exactly when everything that was asked for came,
    was accepted and is published, but for `lacks`: what is told and ends no night, of a source that
    stands beside others or lets in nobody like us.

    `is_offline`: no source beyond this machine brought anything. `remarks`: what sources have to
    tell beside, months that they lack and funds that are new. `of_files`: the problems with files
    that this run was given.
    """

    run_id: str
    new: int
    restated: int
    unchanged_payloads: int
    warnings: "tuple[Offender, ...]"
    problems: tuple[str, ...]
    pages: tuple[Path, ...] = ()
    is_offline: bool = False
    lacks: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    of_files: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        run_id: str,
        fetched: "list[Fetched]",
        loads: "list[Loaded]",
        warnings: "list[Offender]",
        broken: Sequence[str] = (),
        beside: frozenset[str] = frozenset(),
    ) -> "RunResult":
        """Sum up fetches and loads; every source with failed requests, every refused payload and
        every payload with rejected rows is a problem, named once, and so is what broke after that.
        Those of sources `beside` others are what the run lacks instead, and so is one that lets
        in nobody like us.
        """
        told = _problems(run_id, fetched, loads, beside)
        return cls(
            run_id,
            sum(load.new for load in loads),
            sum(load.restated for load in loads),
            sum(part.unchanged for part in fetched),
            tuple(warnings),
            (*(problem.text for problem in told if not problem.is_lack), *broken),
            is_offline=is_offline(fetched),
            lacks=tuple(problem.text for problem in told if problem.is_lack),
            remarks=tuple(f"{part.source}: {said}" for part in fetched for said in part.remarks),
            of_files=frozenset(problem.text for problem in told if problem.is_of_file),
        )

    @property
    def brought_nothing(self) -> bool:
        """Whether no source beyond this machine brought anything, nor any file on it."""
        return self.is_offline and not self.new + self.restated

    def with_pages(self, pages: list[Path], unwritten: list[str]) -> "RunResult":
        """The same result, with the report pages it led to, and why others were not written."""
        return replace(self, pages=tuple(pages), problems=(*self.problems, *unwritten))


@dataclass(frozen=True)
class _Problem:
    """`is_lack`: it is what the run only lacks. `is_of_file`: it is of a file that it was given."""

    text: str
    is_lack: bool
    is_of_file: bool


def _problems(
    run_id: str, fetched: "list[Fetched]", loads: "list[Loaded]", beside: frozenset[str]
) -> list[_Problem]:
    def of_load(load: "Loaded", text: str) -> _Problem:
        receipt = load.receipt
        is_given = (receipt.run_id, receipt.source) == (run_id, GIVEN)
        return _Problem(text, receipt.source in beside, is_given)

    problems = [
        _Problem(_failed(part), part.source in beside or part.is_shut_out, part.source == GIVEN)
        for part in fetched
        if part.failures
    ]
    named = {(run_id, part.source, request) for part in fetched for request in part.refused}
    problems += [
        of_load(load, load.error)
        for load in loads
        if load.error
        and (load.receipt.run_id, load.receipt.source, load.receipt.request) not in named
    ]
    problems += [
        of_load(
            load,
            f"{load.receipt.source}: {load.receipt.what}: {counted(load.rejected, 'row')} "
            f"rejected, first {load.first_reject}",
        )
        for load in loads
        if load.rejected
    ]
    return problems


class RunFailedError(MarketwakeError):
    """Something of a run failed; what was good in it is loaded and published."""

    exit_code = 3

    def __init__(self, result: RunResult, *, published: bool = True) -> None:
        lacks = (f"  without {lack}" for lack in result.lacks)
        shown = "\n".join([*(f"  {problem}" for problem in result.problems), *lacks])
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
