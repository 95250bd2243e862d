"""Killing a process at instants spread over its work."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

KILLS = 10
_NURSERY = """
import os, sys
from pathlib import Path
from typing import Protocol
{work}
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        work(Path(line.strip()))
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
PROJECT = Path(__file__).parents[2]
_LOOK_SECONDS = 0.001


class Attempt(Protocol):
    """What `nursery` hands out."""

    def __call__(
        self, root: Path, after_seconds: float | None, since: Callable[[], bool] | None = None
    ) -> tuple[bool, float]:
        """Do the work once; see `nursery`."""


@contextmanager
def nursery(work: str, **environment: str) -> Iterator[Attempt]:
    """`attempt(root, after_seconds)` does `work(root)` in a process of its own and kills it then,
    or never where that is None.

    With `since` the seconds count from when that is true. It returns whether the kill came before
    the end, and the seconds until then. `work` is source text that defines the function; its
    imports are paid for once, in a process that forks one child per attempt and uses nothing
    itself. That has the variables `environment` too.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _NURSERY.format(work=work)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={**os.environ, **environment},
    ) as parent:

        def attempt(
            root: Path, after_seconds: float | None, since: Callable[[], bool] | None = None
        ) -> tuple[bool, float]:
            assert parent.stdin is not None
            assert parent.stdout is not None
            parent.stdin.write(f"{root}\n")
            parent.stdin.flush()
            child, started = int(parent.stdout.readline()), time.monotonic()
            if after_seconds is not None:
                while since and not since() and _is_alive(child):
                    time.sleep(_LOOK_SECONDS)
                time.sleep(after_seconds)
                with suppress(ProcessLookupError):  # it has ended, and its end has been noted
                    os.kill(child, signal.SIGKILL)
            code = int(parent.stdout.readline())
            assert code in {0, -signal.SIGKILL}
            return code != 0, time.monotonic() - started

        yield attempt


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def instants(seconds: float) -> Iterator[float]:
    """`KILLS` instants spread evenly over a work of that length, its first and last twentieth left
    out.
    """
    return (seconds * (0.05 + 0.9 * number / (KILLS - 1)) for number in range(KILLS))
