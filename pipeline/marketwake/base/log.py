"""The log of runs: every line of a run with its id, on the terminal, in Prefect's UI, and in a file
that is kept.

    <root>/logs/marketwake.log     newest lines; five older files beside it, 5 MB each

A run does not depend on it: where it cannot be written, the run says so once and goes on.
Messages name sources, files and addresses without their queries: no secret ever reaches them.
"""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import duckdb

from marketwake.base.text import printable
from marketwake.base.under_way import step

BYTES, FILES = 5_000_000, 5
log = logging.getLogger(__name__)


class Lines(logging.Formatter):
    """Lines of the log as people may read them, whatever they name."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, without control characters."""
        return printable(super().format(record))


class _Kept(RotatingFileHandler):
    """The file. What the disk refuses of it is told once, on standard error, where logging would
    print a traceback for each line.
    """

    def __init__(self, path: Path) -> None:
        self._is_told = False
        # Opened with its first line, where handleError hears of it.
        super().__init__(path, maxBytes=BYTES, backupCount=FILES, encoding="utf-8", delay=True)

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Told by logging of an error while a line was written."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            self._tell(error)
        else:
            super().handleError(record)

    def close(self) -> None:
        """Close the file, whose last lines may not be on the disk yet."""
        try:
            super().close()
        except OSError as error:
            self._tell(error)

    def _tell(self, error: OSError) -> None:
        if self._is_told or sys.stderr is None:
            return
        self._is_told = True
        path = printable(self.baseFilename)
        with suppress(OSError):  # there is nobody else to tell
            sys.stderr.write(
                f"The log {path} cannot be written: {error.strerror}. The run goes on; "
                "check space and rights.\n"
            )


@contextmanager
def run_log(root: Path, run_id: str) -> Iterator[None]:
    """Keep what `marketwake` logs within the block in the file, each line with instant (UTC) and
    run.
    """
    handler = _Kept(root / "logs" / "marketwake.log")
    formatter = Lines(
        f"%(asctime)s.%(msecs)03dZ {run_id} %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logger = logging.getLogger("marketwake")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


@contextmanager
def timed(name: str) -> Iterator[list[str]]:
    """A step, logged when it is done: its name, what the block put into the list, how long it
    took.
    """
    started = time.monotonic()
    line: list[str] = []
    with step(name):
        yield line
    log.info("%s: %s", name, ", ".join([*line, f"{time.monotonic() - started:.1f} s"]))


def log_sources(con: duckdb.DuckDBPyConnection, run_id: str, seconds: dict[str, float]) -> None:
    """One line per source of a run: window asked for, requests, rows accepted, rejected, new and
    restated, `seconds` of fetching.
    """
    rows = con.execute(_SOURCES, [run_id]).fetchall()
    for source, requests, failed, accepted, rejected, new, restated, first, last in rows:
        window = f"{first:%Y-%m-%dT%H:%MZ}..{last:%Y-%m-%dT%H:%MZ}" if first else "-"
        log.info(
            "run=%s source=%s window=%s requests=%d failed=%d "
            "accepted=%d rejected=%d new=%d restated=%d seconds=%.1f",
            run_id, source, window, requests, failed,
            accepted, rejected, new, restated, seconds.get(source, 0.0),
        )  # fmt: skip


_SOURCES = """
select
    source, count(*), count(*) filter (status <> 'loaded'),
    sum(rows_accepted), sum(rows_rejected), sum(rows_new), sum(rows_restated),
    min(first_at), max(last_at)
from ops.load
left join (
    select receipt_id, min(first_at) as first_at, max(last_at) as last_at
    from ops.request
    group by receipt_id
) using (receipt_id)
where run_id = ?
group by source
order by source
"""
