"""A quiet end of the process after Prefect has run in it."""

import atexit
import os
import sys


def quiet_shutdown() -> None:
    """Keep DuckDB's binding from listing its own types as leaks when the interpreter ends.

    Prefect's background threads outlive the shutdown and hold what passed through them, DuckDB's
    types among it. Call this before Prefect is imported: exit hooks run in reverse, so only what is
    written after all others is dropped.
    """
    atexit.register(_drop_what_follows)


def _drop_what_follows() -> None:
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stderr__.fileno() if sys.__stderr__ else 2)
