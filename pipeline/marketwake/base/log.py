"""The log of runs: every line of a run with its id, on the terminal, in Prefect's UI, and in a file
that is kept.

    <root>/logs/marketwake.log     newest lines; five older files beside it, 5 MB each

Messages name sources, files and addresses without their queries: no secret ever reaches them.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

import duckdb

from marketwake.base.errors import WarehouseError
from marketwake.base.text import printable

BYTES, FILES = 5_000_000, 5
log = logging.getLogger(__name__)


class Lines(logging.Formatter):
    """Lines of the log as people may read them, whatever they name."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, without control characters."""
        return printable(super().format(record))


@contextmanager
def run_log(root: Path, run_id: str) -> Iterator[None]:
    """Keep what `marketwake` logs within the block in the file, each line with instant (UTC) and
    run.

    Raises:
        WarehouseError: the file cannot be written.
    """
    path = root / "logs" / "marketwake.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=BYTES, backupCount=FILES, encoding="utf-8")
    except OSError as error:
        raise WarehouseError(
            f"the log {path} cannot be written: {error.strerror}",
            "Give this user write access to it.",
        ) from error
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
    """Log a step when it is done: its name, what the block put into the list, how long it took."""
    started = time.monotonic()
    line: list[str] = []
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
