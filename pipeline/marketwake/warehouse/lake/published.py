"""Which snapshot of a lake readers have: a row beside the catalogue, for a note in the lake would
make another snapshot.
"""

from dataclasses import dataclass
from datetime import datetime

import psycopg

_TABLES = """
create schema if not exists marketwake;
create table if not exists marketwake.published (
    is_only boolean primary key default true check (is_only),
    snapshot_id bigint not null,
    published_at timestamptz not null default clock_timestamp(),
    seconds double precision not null
);
create table if not exists marketwake.published_before (
    snapshot_id bigint not null,
    published_at timestamptz not null
);
"""


@dataclass(frozen=True)
class Published:
    """A snapshot, when readers got it (UTC), and how long that took."""

    snapshot: int
    at: datetime
    seconds: float


def read_published(pg: psycopg.Connection) -> Published | None:
    """What readers have; null where nothing was ever published."""
    try:
        row = pg.execute(
            "select snapshot_id, published_at, seconds from marketwake.published"
        ).fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    return Published(*row) if row else None


def before(pg: psycopg.Connection) -> int | None:
    """The snapshot that readers had before, and may still have open."""
    row = pg.execute(
        "select snapshot_id from marketwake.published_before order by published_at desc limit 1"
    ).fetchone()
    return row[0] if row else None


def show(pg: psycopg.Connection, snapshot: int, seconds: float) -> None:
    """Give readers a snapshot, in one step."""
    with pg.transaction():
        pg.execute(_TABLES)
        pg.execute(
            "insert into marketwake.published_before "
            "select snapshot_id, published_at from marketwake.published where snapshot_id <> %s",
            [snapshot],
        )
        pg.execute(
            "insert into marketwake.published (snapshot_id, seconds) values (%s, %s) "
            "on conflict (is_only) do update set snapshot_id = excluded.snapshot_id, "
            "published_at = clock_timestamp(), seconds = excluded.seconds",
            [snapshot, seconds],
        )
