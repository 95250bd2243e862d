"""What a run came to: counts, problems by name, pages written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pipeline import steps
from pipeline.batches import Loaded
from pipeline.checks import Offender
from pipeline.errors import MarketwakeError
from pipeline.landing import Landing
from pipeline.sources.base import Clock
from pipeline.steps import Fetched
from pipeline.warehouse import publish


@dataclass(frozen=True)
class Outcome:
    """The result of one run. `problems` is empty exactly when everything that was asked for came, was accepted and is published."""

    run_id: str
    new: int
    restated: int
    unchanged_payloads: int
    warnings: tuple[Offender, ...]
    problems: tuple[str, ...]
    pages: tuple[Path, ...] = ()

    @classmethod
    def of(cls, run_id: str, fetched: list[Fetched], loads: list[Loaded], warnings: list[Offender]) -> "Outcome":
        """Sum up fetches and loads; every source with failed requests, refused payload and payload with rejected rows is a problem."""
        problems = [
            f"{one.source}: {len(one.failures)} of {len(one.failures) + one.landed + one.unchanged} requests failed, "
            f"first {one.failures[0][1].what}"
            for one in fetched
            if one.failures
        ]
        problems += [one.error for one in loads if one.error]
        problems += [
            f"{one.receipt.source}: {one.receipt.what}: {one.rejected} rows rejected, first {one.first_reject}"
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
        )

    def with_pages(self, pages: list[Path]) -> "Outcome":
        """The same outcome, with the report pages it led to."""
        return replace(self, pages=tuple(pages))


@dataclass(frozen=True)
class Ending:
    """The last steps of a run as plain functions, or as the tasks of a flow that wrap them."""

    derive: Callable[[Path], bool] = steps.derive
    check: Callable[[Path, Clock], list[Offender]] = steps.check
    report: Callable[..., list[Path]] = steps.report


def conclude(root: Path, landing: Landing, run_id: str, fetched: list[Fetched], loads: list[Loaded], ending: Ending) -> Outcome:
    """Build, check, close the run, publish, report: how every run ends that has loaded something.

    Raises:
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    changed = ending.derive(root)
    done = Outcome.of(run_id, fetched, loads, ending.check(root, landing.clock))
    steps.finish_run(root, landing, run_id, "; ".join(done.problems) or None)
    publish(root)
    return done.with_pages(ending.report(root, changed=changed))


class RunFailedError(MarketwakeError):
    """Something of a run failed; what was good in it is loaded and published."""

    exit_code = 3

    def __init__(self, outcome: Outcome, *, published: bool = True) -> None:
        shown = "\n".join(f"  {problem}" for problem in outcome.problems)
        super().__init__(
            f"{len(outcome.problems)} problems in run {outcome.run_id}:\n{shown}",
            "The rest was loaded and published. Rejected rows are in ops.reject, failed and refused payloads in ops.load."
            if published
            else "Nothing was loaded. Is there a network? `marketwake demo` does the whole job on the bundled sample without one.",
        )
        self.outcome = outcome
        self.published = published

    def __reduce__(self) -> tuple[Callable[..., "RunFailedError"], tuple[object, ...]]:
        return partial(type(self), published=self.published), (self.outcome,)
