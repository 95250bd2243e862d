"""Which steps are under way in this process, for whoever shows it while they run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

Tell = Callable[[Sequence[str]], object]
"""Is called with the names of the steps that are under way, the one that began first in front,
whenever one begins or ends, in the thread that it runs in.
"""
_names: list[str] = []
_watching: list[Tell] = []


@contextmanager
def step(name: str) -> Iterator[None]:
    """The block is a step of this name."""
    _names.append(name)
    _tell()
    try:
        yield
    finally:
        _names.remove(name)
        _tell()


@contextmanager
def watching(tell: Tell) -> Iterator[None]:
    """Tell of steps that begin or end within the block."""
    _watching.append(tell)
    try:
        yield
    finally:
        _watching.remove(tell)


def _tell() -> None:
    for tell in _watching:
        tell(tuple(_names))
