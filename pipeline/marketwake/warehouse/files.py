"""The warehouse's files: one that is written, and published copies that are read.

writer.duckdb            the writer's own file; DuckDB locks it for one process, readers included
writer_digest.json       its digest while no run is under way (marketwake.warehouse.whole)
published/market-*.duckdb    immutable copies, one per good run, named by their instant, UTC, each
                         with its digest beside, and what its publishing cost
                         (marketwake.warehouse.publishing)
market.duckdb            symbolic link to the newest copy, replaced atomically
writer.lock              held for the length of a run; a backfill lets go where somebody waits;
                         names its holder
queue.lock               held by the run that waits for it, and is next
held_back.json           what stopped the newest run; gone after the next good publish
accepted_offender.csv    what the people of this installation have accepted
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from marketwake.base.atomic import replace, sweep
from marketwake.base.duck import Config, is_of_the_disk, open_file, transaction
from marketwake.base.errors import WarehouseError
from marketwake.base.paths import check_folder
from marketwake.warehouse import migrations, whole
from marketwake.warehouse.ddl import create_tables
from marketwake.warehouse.locks import hold, is_waited_for
from marketwake.warehouse.publishing import publish_copy

ACCEPTED = "accepted_offender.csv"
"""Offenders of the data checks that the people of this installation have accepted."""
LINK = "market.duckdb"
"""What readers open: it leads to the newest published file."""
HELD_BACK = "held_back.json"
"""Why the newest run was not published: run_id, at, message, offenders of the data checks."""
BUILT_IN_ONLY: Config = {"autoinstall_known_extensions": False}
"""For every opening of the writer's file. DuckDB replays the log of a writer that was killed before
it knows its own functions, and would ask the network for those that a check of ours calls
(isfinite); so it finds them built in. https://github.com/duckdb/duckdb/issues/18259
"""


class Warehouse:
    """A warehouse's folder: who may write it, and the connections to its files.

    While a run holds it, its writer connection is opened once and kept. The writer's file is
    checked before that, and its digest kept when the run lets go.

    Raises:
        WarehouseError: no file can be in this folder.
    """

    def __init__(self, root: Path) -> None:
        check_folder(root)
        self.root = root
        self.file = root / "writer.duckdb"
        self.link = root / LINK
        self.reports = root / "reports"
        self.inbox = root / "inbox"
        self._held = False
        self._con: duckdb.DuckDBPyConnection | None = None
        self._checked_at: datetime | None = None
        self._published: whole.Digest | None = None

    @contextmanager
    def exclusive(self, what: str = "run", patience_seconds: float = 0.0) -> Iterator[None]:
        """Hold the warehouse for one run, against other runs and plain command lines alike; the
        kernel frees it when the holder dies.

        Who waits holds queue.lock: whoever comes later, a loop that has just let go included,
        stands behind. So a run that waits gets the warehouse between two turns of another.

        Args:
            what: the kind of run, which the error of another names.
            patience_seconds: how long to wait until it is free.

        Raises:
            WarehouseError: another process holds it, or the folder cannot be made or written.
        """
        with hold(self.root, what, patience_seconds):
            for folder in (self.root, self.reports, self.link.with_name("published")):
                sweep(folder)
            self._held = True
            try:
                yield
            finally:
                self._held = False
                self._let_go()

    def is_waited_for(self) -> bool:
        """Whether another process waits until this run lets go."""
        return is_waited_for(self.root)

    @contextmanager
    def writer(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-write connection to the writer's file; see `open_to_write`. It is closed at the
        end of the block, or where a run holds the warehouse at the end of that.

        Raises:
            WarehouseError: the file is locked by another process, damaged, cannot be opened or
                written, or was written by a newer program.
            DefinitionError: a DDL file or a migration does not run; the file stays as it was.
        """
        if self._con is None:
            self._con = open_to_write(self.file) if self._checked_at else self._open_checked()
        try:
            yield self._con
        except duckdb.Error as error:
            if is_of_the_disk(error):
                raise _not_written(self.file, error) from error
            raise
        finally:
            if not self._held:
                self._let_go()

    def close_writer(self) -> None:
        """Close the writer's file, so that it can be copied or replaced within a run."""
        if self._con is not None:
            self._con.close()
            self._con = None

    def _open_checked(self) -> duckdb.DuckDBPyConnection:
        """The first connection of a run: to a file that is what it was, or can be read whole."""
        is_new = not self.file.exists()
        try:
            checked_at = None if is_new else whole.compare(self.file)
            whole.forget_digest(self.file)
        except OSError as error:
            raise _not_opened(self.file, error) from error
        con = open_to_write(self.file)
        with _opening(con, lambda error: _not_opened(self.file, error)):
            if not is_new and checked_at is None:
                whole.read_whole(con)
        self._checked_at = checked_at or datetime.now(UTC)
        return con

    def _let_go(self) -> None:
        self.close_writer()
        if self._checked_at:
            whole.keep_digest(self.file, self._checked_at, self._published)
            self._checked_at = self._published = None

    def publish(self) -> Path:
        """Copy the writer's file and point market.duckdb at the copy in one step. Returns the copy.

        The link makes the swap safe for careless clients too: a log that one leaves behind stays
        beside the old copy.

        Raises:
            WarehouseError: the writer's file is not whole, or the copy or the link cannot be
                written.
        """
        try:
            with self.writer() as con:
                whole.checkpoint(con)
            # Closed before it is copied: whoever closes the copy's source frees DuckDB's lock on
            # it.
            self.close_writer()
            whole.refuse_log(self.file)
            copy, self._published = publish_copy(self.file, self.link)
            (self.root / HELD_BACK).unlink(missing_ok=True)
        except OSError as error:
            raise WarehouseError(
                f"nothing was published: {error}",
                "Readers keep the file of the last good run. Check space and rights.",
            ) from error
        return copy

    def reader(self) -> duckdb.DuckDBPyConnection:
        """A read-only connection to the published file, session time zone UTC.

        Raises:
            WarehouseError: nothing has been published yet, the file cannot be opened, or it was
                written by a newer program.
            BadInputError: the settings are not well formed.
        """
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
        with _opening(con, refusal):
            _set_up(con)
            migrations.check(con)
        return con


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
    with _opening(con, lambda error: _not_opened(path, error)):
        _set_up(con)
        _bring_up_to_date(con)
    return con


@contextmanager
def _opening(
    con: duckdb.DuckDBPyConnection, refusal: Callable[[Exception], WarehouseError]
) -> Iterator[None]:
    """Close a connection over which what is needed before its use fails: on a damaged file any
    statement may.
    """
    try:
        yield
    except duckdb.Error as error:
        con.close()
        raise refusal(error) from error
    except BaseException:
        con.close()
        raise


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
    open_file(fresh).close()
    replace(fresh, path)


def _bring_up_to_date(con: duckdb.DuckDBPyConnection) -> None:
    for migration in migrations.pending(con):
        with transaction(con):
            migration.apply(con)
    # One transaction: tables of the newest form without the record of it would be migrated again.
    with transaction(con):
        built_in = migrations.known() if migrations.is_new(con) else []
        create_tables(con, "raw")
        create_tables(con, "ops")
        for migration in built_in:
            migration.record(con)


def _set_up(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("set timezone = 'UTC'")
    # DuckDB 2.0 draws it on standard output, amid JSON and CSV.
    con.execute("set enable_progress_bar = false")


def published_name(con: duckdb.DuckDBPyConnection) -> str:
    """The name of the published file that a reader has open, which holds its instant."""
    ((name,),) = con.execute(
        "select parse_filename(path) from duckdb_databases() where path is not null"
    ).fetchall()
    return str(name)
