"""Who may write a lake: PostgreSQL's advisory locks, which it frees when their holder's connection
ends.

    queue       held by the run that waits, and is next
    run         held for the length of a run; its holder's connection bears its name
    loads       shared by whoever loads, alone by who builds, checks and publishes
    a part      of a raw table, `raw.spot_bar/2025-08`, held for a load into it: two that insert the
                same rows at once would both succeed, and the rows be there twice

DuckLake fixes what a transaction sees at its first read, so a lock is taken before it begins.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from os import getpid
from socket import gethostname

import psycopg

from marketwake.base.errors import WarehouseError
from marketwake.warehouse.lake.place import Place
from marketwake.warehouse.locks import LOCK_POLL_SECONDS

_KEY = "hashtextextended('marketwake ' || %s, 0)"
_QUEUE, _RUN, _LOADS = "queue", "run", "loads"
_HOLDER = f"""
select activity.application_name
from pg_locks as held inner join pg_stat_activity as activity using (pid)
where held.locktype = 'advisory' and held.granted
and held.database = (select oid from pg_database where datname = current_database())
and (held.classid::bigint << 32) + held.objid::bigint = {_KEY}
"""


@contextmanager
def hold(place: Place, what: str, patience_seconds: float) -> Iterator[psycopg.Connection]:
    """Hold a lake for a run within the block; see `Warehouse.exclusive`. Yields the connection that
    holds it.
    """
    deadline = time.monotonic() + patience_seconds
    with closing(place.postgres()) as pg:
        for lock in (_QUEUE, _RUN):
            while not _is_got(pg, lock):
                if time.monotonic() >= deadline:
                    raise WarehouseError(
                        f"the lake at {place.catalogue} is being written by "
                        f"{_holder(pg, lock) or 'another process'}",
                        "Wait until it is done.",
                    )
                time.sleep(LOCK_POLL_SECONDS)
        since = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        # PostgreSQL keeps 63 bytes of it.
        named = f"{gethostname()[:16]} process {getpid()} since {since} ({what})"
        pg.execute("select set_config('application_name', %s, false)", [named[:63]])
        pg.execute(f"select pg_advisory_unlock({_KEY})", [_QUEUE])
        yield pg


def is_waited_for(pg: psycopg.Connection) -> bool:
    """Whether somebody waits for a lake that this process holds."""
    return _holder(pg, _QUEUE) is not None


@contextmanager
def loading(place: Place, parts: Iterable[str], *, is_still: bool) -> Iterator[None]:
    """Hold these parts of raw tables within the block, while nobody builds or publishes but who
    loads: then it `is_still` already.
    """
    with closing(place.postgres()) as pg, ExitStack() as held:
        if not is_still:
            held.enter_context(_held(pg, _LOADS, "_shared"))
        for part in sorted(parts):
            held.enter_context(_held(pg, part))
        yield


@contextmanager
def still(place: Place) -> Iterator[None]:
    """Nobody loads within the block."""
    with closing(place.postgres()) as pg, _held(pg, _LOADS):
        yield


@contextmanager
def _held(pg: psycopg.Connection, lock: str, shared: str = "") -> Iterator[None]:
    pg.execute(f"select pg_advisory_lock{shared}({_KEY})", [lock])
    try:
        yield
    finally:
        if not pg.broken:
            pg.execute(f"select pg_advisory_unlock{shared}({_KEY})", [lock])


def _is_got(pg: psycopg.Connection, lock: str) -> bool:
    row = pg.execute(f"select pg_try_advisory_lock({_KEY})", [lock]).fetchone()
    return bool(row and row[0])


def _holder(pg: psycopg.Connection, lock: str) -> str | None:
    row = pg.execute(_HOLDER, [lock]).fetchone()
    return row[0] if row else None
