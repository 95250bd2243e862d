"""A warehouse in files: one that is written, and published copies that are read.

writer.duckdb            the writer's own file; DuckDB locks it for one process, readers included
writer_digest.json       its digest while no run is under way (marketwake.warehouse.whole)
published/market-*.duckdb    immutable copies, one per good run, named by their instant, UTC, each
                         with its digest beside, and what its publishing cost
                         (marketwake.warehouse.publishing)
market.duckdb            symbolic link to the newest copy, replaced atomically
writer.lock              held for the length of a run; a backfill lets go where somebody waits;
                         names its holder
queue.lock               held by the run that waits for it, and is next
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from marketwake.base.atomic import replace, sweep
from marketwake.base.duck import Config, attached, is_of_the_disk, open_file
from marketwake.base.errors import NewerWarehouseError, WarehouseError
from marketwake.warehouse import migrations, whole
from marketwake.warehouse.locks import hold, is_waited_for
from marketwake.warehouse.opening import bring_up_to_date, opening, set_up
from marketwake.warehouse.publishing import cost_path, publish_copy
from marketwake.warehouse.store import Commit, Old, commit_alone

log = logging.getLogger(__name__)

LINK = "market.duckdb"
"""What readers open: it leads to the newest published file."""
BUILT_IN_ONLY: Config = {
    "autoinstall_known_extensions": False,
    "storage_compatibility_version": "v1.5.0",
}
"""For every opening of the writer's file. DuckDB replays the log of a writer that was killed before
it knows its own functions, and would ask the network for those that a check of ours calls
(isfinite); so it finds them built in. https://github.com/duckdb/duckdb/issues/18259
What it writes can be read by DuckDB 1.5, which lakes need; a newer form is neither smaller nor
quicker.
"""


class Embedded:
    """The files of one folder, for one writing process: marketwake.warehouse.store tells what each
    method is. The writer's file is checked when a run first opens it, and its digest kept when the
    run lets go.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / "writer.duckdb"
        self.link = root / LINK
        self.commit: Commit = commit_alone
        self._checked_at: datetime | None = None
        self._published: whole.Digest | None = None

    def exists(self) -> bool:
        return self.file.exists()

    def is_published(self) -> bool:
        return self.link.exists()

    @contextmanager
    def hold(self, what: str, patience_seconds: float) -> Iterator[None]:
        with hold(self.root, what, patience_seconds):
            sweep(self.link.with_name("published"))
            yield

    def is_waited_for(self) -> bool:
        return is_waited_for(self.root)

    def open(self) -> duckdb.DuckDBPyConnection:
        return open_to_write(self.file) if self._checked_at else self._open_checked()

    def _open_checked(self) -> duckdb.DuckDBPyConnection:
        """The first connection of a run: to a file that is what it was, or can be read whole."""
        is_new = not self.file.exists()
        try:
            checked_at = None if is_new else whole.compare(self.file)
            whole.forget_digest(self.file)
        except OSError as error:
            raise _not_opened(self.file, error) from error
        con = open_to_write(self.file)
        with opening(con, lambda error: _not_opened(self.file, error)):
            if not is_new and checked_at is None:
                whole.read_whole(con)
        self._checked_at = checked_at or datetime.now(UTC)
        return con

    def refusal(self, error: duckdb.Error) -> Exception:
        return _not_written(self.file, error) if is_of_the_disk(error) else error

    def let_go(self) -> None:
        if self._checked_at:
            whole.keep_digest(self.file, self._checked_at, self._published)
            self._checked_at = self._published = None

    def still(self) -> AbstractContextManager[None]:
        return nullcontext()

    def publish(self, con: duckdb.DuckDBPyConnection, close: Callable[[], None]) -> None:
        try:
            whole.checkpoint(con)
            # Closed before it is copied: whoever closes the copy's source frees DuckDB's lock on
            # it.
            close()
            whole.refuse_log(self.file)
            self._published = publish_copy(self.file, self.link)
        except OSError as error:
            raise WarehouseError(
                f"nothing was published: {error}",
                "Readers keep the file of the last good run. Check space and rights.",
            ) from error

    def published(self) -> dict[str, Any] | None:
        copy = self.link.resolve()
        try:
            cost: dict[str, Any] = json.loads(cost_path(copy).read_bytes())
        except (OSError, ValueError):  # an older program wrote none
            return None
        at = datetime.strptime(copy.name, "market-%Y%m%dT%H%M%S.%fZ.duckdb").replace(tzinfo=UTC)
        return {"file": copy.name, "at": at.isoformat(), **cost}

    def reader(self) -> duckdb.DuckDBPyConnection:
        if not self.link.exists():
            raise WarehouseError(
                f"there is no published warehouse at {self.link}",
                "Run `marketwake demo`, or name another folder with --warehouse.",
            )

        def refusal(error: Exception) -> WarehouseError:
            return WarehouseError(
                f"the published warehouse {self.link} cannot be opened: {error}",
                "Run `marketwake nightly` to publish it anew.",
            )

        try:
            con = open_file(self.link, read_only=True)
        except duckdb.Error as error:
            raise refusal(error) from error
        with opening(con, refusal):
            set_up(con)
            migrations.check(con)
        return con

    def look(self) -> duckdb.DuckDBPyConnection:
        try:
            con = open_file(self.file, BUILT_IN_ONLY, read_only=True)
        except duckdb.Error as error:
            raise WarehouseError(
                f"the warehouse file {self.file} cannot be read: {error}",
                "If a run holds it, wait until it is done.",
            ) from error
        set_up(con)
        return con

    @contextmanager
    def anew(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Old | None]]:
        fresh = self._empty("replay.duckdb")
        has_old = self._is_in_newest_form()
        with open_to_write(fresh) as con:
            yield con, partial(attached, con, self.file, "old", read_only=True) if has_old else None
            whole.checkpoint(con)
        whole.refuse_log(fresh)
        whole.forget_digest(self.file)
        for log_of_old in self.root.glob("writer.duckdb.wal*"):
            log_of_old.unlink()
        replace(fresh, self.file)

    def _is_in_newest_form(self) -> bool:
        """Migrate the old file. False where there is none, or none that can be read."""
        if not self.file.exists():
            return False
        try:
            open_to_write(self.file).close()
        except NewerWarehouseError:
            raise
        except WarehouseError as error:
            log.warning(
                "the old warehouse cannot be read, so its runs, failed fetches and vacuums are "
                "lost: %s",
                error.what,
            )
            return False
        return True

    def shrink(self, con: duckdb.DuckDBPyConnection, close: Callable[[], None]) -> None:
        """Put a copy in the place of the writer's file: DuckDB keeps the room of deleted rows for
        later ones, a copy leaves it out.
        """
        fresh = self._empty("vacuum.duckdb")
        with attached(con, fresh, "fresh"):
            con.execute("copy from database writer to fresh")
            whole.checkpoint(con, "fresh")
            whole.checkpoint(con)
        close()
        for file in (fresh, self.file):
            whole.refuse_log(file)
        replace(fresh, self.file)

    def _empty(self, name: str) -> Path:
        for leftover in self.root.glob(f"{name}*"):
            leftover.unlink()
        return self.root / name

    def folders(self) -> list[str]:
        return []

    def is_of(self, path: Path) -> bool:
        return any(
            file.exists() and path.exists() and path.samefile(file)
            for file in (self.file, self.link)
        )


def open_to_write(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-write connection to a warehouse file, made where it is not there: raw and ops tables
    in place and in their newest form, session time zone UTC.

    Raises:
        WarehouseError: the file is locked by another process, cannot be opened, or was written by a
            newer program.
        DefinitionError: a DDL file or a migration does not run; the file stays as it was.
    """
    try:
        if not path.exists():
            _make(path)
        con = open_file(path, BUILT_IN_ONLY)
    except duckdb.Error as error:
        raise _not_opened(path, error) from error
    with opening(con, lambda error: _not_opened(path, error)):
        set_up(con)
        bring_up_to_date(con)
    return con


def _not_written(path: Path, error: Exception) -> WarehouseError:
    return WarehouseError(
        f"the warehouse file {path} cannot be read or written: {error}",
        f"Check space and rights, and run again. If the file is damaged, {whole.REBUILD}",
    )


def _not_opened(path: Path, error: Exception) -> WarehouseError:
    return WarehouseError(
        f"the warehouse file {path} cannot be opened: {error}",
        f"If another process holds it, wait for it. If the file is damaged, {whole.REBUILD}",
    )


def _make(path: Path) -> None:
    """An empty file, whole or not at all: DuckDB does not open one over which it was killed while
    it made it.
    """
    fresh = path.with_name(f".new-{path.name}")
    for leftover in path.parent.glob(f"{fresh.name}*"):
        leftover.unlink()
    open_file(fresh, BUILT_IN_ONLY).close()
    replace(fresh, path)
