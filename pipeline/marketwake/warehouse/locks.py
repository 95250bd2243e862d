"""Who may write a warehouse: one process at a time, and who waits is next."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from marketwake.base.atomic import make_folder
from marketwake.base.errors import WarehouseError

LOCKS = ("queue.lock", "writer.lock")
"""In the order in which a run takes them; the files stay."""
PATIENCE_SECONDS = 600.0
"""How long a night waits for another run to end; a backfill lets go then."""
LOCK_POLL_SECONDS = 0.1
"""Between two looks of a run that waits."""


@contextmanager
def hold(root: Path, what: str, patience_seconds: float) -> Iterator[None]:
    """Hold a warehouse within the block; see `Warehouse.exclusive`."""
    try:
        make_folder(root)
        queue, handle = ((root / name).open("a+", encoding="utf-8") for name in LOCKS)
    except OSError as error:
        raise not_written(root, error) from error
    deadline = time.monotonic() + patience_seconds
    with handle:
        with queue:
            for file in (queue, handle):
                if not _locked(file, deadline):
                    handle.seek(0)
                    holder = handle.read().strip() or "another process"
                    raise WarehouseError(
                        f"the warehouse {root} is being written by {holder}",
                        "Wait until it is done.",
                    )
        try:
            since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
            # Past the stream, which would write again what did not fit when it is closed.
            os.ftruncate(handle.fileno(), 0)
            os.write(handle.fileno(), f"process {os.getpid()} since {since} ({what})".encode())
        except OSError as error:
            raise not_written(root, error) from error
        yield


def is_waited_for(root: Path) -> bool:
    """Whether somebody waits for a warehouse that this process holds."""
    with (root / LOCKS[0]).open() as queue:
        try:
            # Shared, so that threads which look at the same time do not see each other.
            fcntl.flock(queue, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def not_written(root: Path, error: OSError) -> WarehouseError:
    """What to raise where the folder of a warehouse cannot be written."""
    return WarehouseError(
        f"the warehouse folder {root} cannot be written: {error.strerror}",
        "Check space and rights, or choose another with --warehouse.",
    )


def _locked(file: TextIO, deadline: float) -> bool:
    """Whether this process got the lock of a file by an instant of the monotonic clock."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(LOCK_POLL_SECONDS)
        else:
            return True
