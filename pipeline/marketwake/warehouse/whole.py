"""Whether a file of the warehouse is whole: nothing lies in a log beside it, every block can be
read, and it is what it was.

writer_digest.json               of the writer's file as the last run has closed it; gone while one
                                 writes, so that a run that is killed leaves none that is wrong
published/market-*.duckdb.sha256     of a copy, as `sha256sum -c` reads it
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from marketwake.base.atomic import flush, sha256_of, write_atomically
from marketwake.base.errors import WarehouseError

log = logging.getLogger(__name__)

WRITER_DIGEST = "writer_digest.json"
"""Beside the writer's file: sha256, modified_ns, checked_at. Of a file that is too large to be
compared every time, and that is not what was published, sha256 is null.
"""
EVERY_TIME_BYTES = 1 << 28
"""Up to this size, which takes a fifth of a second, every run compares the writer's file. Of a
larger one what is damaged is found at the publishing too, which reads the copy back whole.
"""
AT_LEAST_EVERY = timedelta(days=7)
"""How often a larger one is compared, or read whole."""
REBUILD = "`marketwake replay` rebuilds it from landing."
_TABLES = """
select schema_name || '.' || table_name, format('"{}"."{}"', schema_name, table_name)
from duckdb_tables() where database_name = current_database() order by all
"""


@dataclass(frozen=True)
class Digest:
    """What a file was: its SHA-256 in hex, and when it had last been modified."""

    sha256: str
    modified_ns: int


def read_whole(
    con: duckdb.DuckDBPyConnection, told: Callable[[int, int], None] = lambda _done, _of: None
) -> None:
    """Read every value of every table, and so every block that has any: DuckDB compares a block
    with its checksum when it reads it. Those of the catalogue it has read at the opening, and no
    table of ours has an index.

    Args:
        con: the file.
        told: is told after each table how many were read, of how many.

    Raises:
        duckdb.Error: a block is damaged.
    """
    tables = con.execute(_TABLES).fetchall()
    for number, (name, quoted) in enumerate(tables, 1):
        try:
            con.execute(f"select bit_xor(hash(whole)) from {quoted} as whole").fetchall()
        except duckdb.Error as error:
            raise duckdb.Error(f"{name}: {error}") from error
        told(number, len(tables))


def refuse_log(file: Path) -> None:
    """Raises WarehouseError where a closed file is not whole without the log beside it. DuckDB says
    nothing when it cannot write the log into the file that it closes.
    """
    beside = Path(f"{file}.wal")
    if beside.exists():
        raise WarehouseError(
            f"{beside} could not be written into {file.name}",
            "Nothing is lost. Check space and rights, and run again.",
        )


def checkpoint(con: duckdb.DuckDBPyConnection, database: str = "") -> None:
    """Write the log of a file into it. Raises WarehouseError where that fails."""
    try:
        con.execute(f"checkpoint {database}")
    except duckdb.Error as error:
        raise WarehouseError(
            f"the log could not be written into the warehouse file: {error}",
            "Check space and rights, and run again.",
        ) from error


def keep_digest(file: Path, checked_at: datetime, published: Digest | None) -> None:
    """Note what the writer's file is, which has just been closed, and when it was last checked.
    Where that cannot be, there is none, and the next opening reads the file whole. A file that is
    what was published has the digest of the copy, and is not read again; nor is a large one.
    """
    try:
        if Path(f"{file}.wal").exists():
            return
        # Looked at before it is read: whoever writes meanwhile makes it another.
        modified_ns = file.stat().st_mtime_ns
        if published and published.modified_ns == modified_ns:
            sha256: str | None = published.sha256
        else:
            sha256 = None if file.stat().st_size > EVERY_TIME_BYTES else sha256_of(file)
        note = {
            "sha256": sha256,
            "modified_ns": modified_ns,
            "checked_at": checked_at.isoformat(),
        }
        write_atomically(file.with_name(WRITER_DIGEST), f"{json.dumps(note)}\n".encode())
    except OSError as error:
        log.warning("no digest of %s was kept: %s", file, error)


def forget_digest(file: Path) -> None:
    """To be called before the writer's file is opened to be written, or replaced. The digest is
    gone from the disk when this returns. Raises OSError.
    """
    note = file.with_name(WRITER_DIGEST)
    if note.exists():
        note.unlink()
        flush(note.parent)


def compare(file: Path, *, always: bool = False) -> datetime | None:
    """Compare the closed writer's file with its digest, if its size lets every run do so, it was
    not for a week, or `always`. When it was last checked; None where there is no digest of what was
    last written to it, so that it is to be read whole.

    Raises:
        WarehouseError: it is not what it was.
        OSError: it cannot be read.
    """
    note = file.with_name(WRITER_DIGEST)
    try:
        fields = json.loads(note.read_bytes())
        sha256, modified_ns = fields["sha256"], fields["modified_ns"]
        checked_at = datetime.fromisoformat(fields["checked_at"])
        age = datetime.now(UTC) - checked_at
    except (OSError, ValueError, KeyError, TypeError):
        return None
    state = file.stat()
    # A disk that rots leaves the stamp alone; a person, or another program, does not.
    if state.st_mtime_ns != modified_ns:
        return None
    if not always and state.st_size > EVERY_TIME_BYTES and age < AT_LEAST_EVERY:
        return checked_at
    if sha256 is None:
        return None
    if sha256_of(file) != sha256:
        raise WarehouseError(
            f"{file} is damaged: it is no longer what the last run has written",
            f"{REBUILD} Readers keep the file of the last good run.",
        )
    return datetime.now(UTC)
