"""A quiet end of a process in which Prefect has run."""

import atexit
import sys
from functools import cache
from typing import Any

SECONDS = 5
"""For a loop to end that has nothing left to do."""


@cache
def end_quietly() -> None:
    """Let this process end without a word of what Prefect leaves behind; a flow asks for it."""
    atexit.register(_end_loops)


def _end_loops() -> None:
    """End the event loops of Prefect's threads.

    They are left running when the interpreter ends and keep alive what passed through them, of
    which DuckDB's binding then prints half a page. Prefect has no public way to end them.
    """
    threads: Any = sys.modules.get("prefect._internal.concurrency.threads")
    for name in ("_global_loop", "_run_sync_loop"):
        loop = getattr(threads, name, None)
        if loop is not None and loop.thread.is_alive():
            loop.shutdown()
            loop.thread.join(SECONDS)
