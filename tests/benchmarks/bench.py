"""What benchmarks have in common: a row for each piece of work, ours beside a peer's, and a clock
of the processor.
"""

import resource
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter

_HEADER = ("work", "marketwake", "peer", "ratio", "target", "met")


@dataclass(frozen=True)
class Row:
    """One piece of work. `ratio` is ours by the peer's; `met` whether the target is, null where
    that cannot be told here.
    """

    work: str
    ours: str
    peer: str
    ratio: float | None
    target: str
    met: bool | None


@dataclass(frozen=True)
class Spent:
    """Seconds that something took: by the clock on the wall, and of the processor."""

    wall: float
    processor: float


def table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    cells = [
        (
            row.work,
            row.ours,
            row.peer or "-",
            "-" if row.ratio is None else f"{row.ratio:.2f}",
            row.target,
            {True: "yes", False: "no", None: "-"}[row.met],
        )
        for row in rows
    ]
    lines = [_HEADER, ("---",) * len(_HEADER), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spent(work: Callable[[], object]) -> Spent:
    """What a piece of work took, child processes that have ended included."""
    began, used = perf_counter(), _processor()
    work()
    return Spent(perf_counter() - began, _processor() - used)


def least(pieces: Iterable[Spent]) -> Spent:
    """The least of several rounds, by each clock alone."""
    rounds = list(pieces)
    return Spent(min(one.wall for one in rounds), min(one.processor for one in rounds))


def _processor() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
