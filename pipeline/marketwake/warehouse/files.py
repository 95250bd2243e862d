"""A warehouse: its folder, who may write it, and the connections to its tables.

held_back.json           what stopped the newest run; gone after the next good publish
accepted_offender.csv    what the people of this installation have accepted
reports/                 pages
inbox/                   files that somebody drops

The tables lie in files of the same folder (marketwake.warehouse.embedded), or where the setting
`warehouse_url` says, in a lake that several machines share (marketwake.warehouse.lake.store).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb

from marketwake.base.atomic import sweep
from marketwake.base.definitions import ALIAS, is_lake
from marketwake.base.errors import BadInputError
from marketwake.base.paths import check_folder
from marketwake.base.settings import Settings, read_settings
from marketwake.warehouse.embedded import Embedded
from marketwake.warehouse.store import Store

if TYPE_CHECKING:
    # What it needs is not there where nobody uses it.
    from marketwake.warehouse.lake.store import Lake

T = TypeVar("T")
ACCEPTED = "accepted_offender.csv"
"""Offenders of the data checks that the people of this installation have accepted."""
HELD_BACK = "held_back.json"
"""Why the newest run was not published: run_id, at, message, offenders of the data checks."""


class Warehouse:
    """A warehouse's folder: who may write it, and the connections to its tables.

    While a run holds it, its writer connection is opened once and kept.

    Args:
        root: the folder.
        store: where its tables lie; None: where the settings say.

    Raises:
        WarehouseError: no file can be in this folder.
    """

    def __init__(self, root: Path, store: Store | None = None) -> None:
        check_folder(root)
        self.root = root
        self.reports = root / "reports"
        self.inbox = root / "inbox"
        self._given = store
        self._held = False
        self._con: duckdb.DuckDBPyConnection | None = None

    @cached_property
    def store(self) -> Store:
        """Where the tables lie. Raises BadInputError: the settings are not well formed."""
        if self._given:
            return self._given
        settings = read_settings(self.root)
        return lake_of(self.root, settings) if settings.warehouse_url else Embedded(self.root)

    def exists(self) -> bool:
        """Whether anything was ever loaded. Raises WarehouseError where that cannot be told."""
        return self.store.exists()

    def is_published(self) -> bool:
        """Whether readers have anything. Raises WarehouseError where that cannot be told."""
        return self.store.is_published()

    @contextmanager
    def exclusive(self, what: str = "run", patience_seconds: float = 0.0) -> Iterator[None]:
        """Hold the warehouse for one run, against other runs and plain command lines alike; it is
        free when the holder dies.

        Who waits stands before whoever comes later, a loop that has just let go included. So a run
        that waits gets the warehouse between two turns of another.

        Args:
            what: the kind of run, which the error of another names.
            patience_seconds: how long to wait until it is free.

        Raises:
            WarehouseError: another process holds it, or the folder cannot be made or written.
        """
        with self.store.hold(what, patience_seconds):
            for folder in (self.root, self.reports):
                sweep(folder)
            self._held = True
            try:
                yield
            finally:
                self._held = False
                self._let_go()

    def is_waited_for(self) -> bool:
        """Whether another process waits until this run lets go."""
        return self.store.is_waited_for()

    @contextmanager
    def writer(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that writes: raw and ops tables in place and in their newest form, session
        time zone UTC. It is closed at the end of the block, or where a run holds the warehouse at
        the end of that.

        Raises:
            WarehouseError: another process holds the tables, or they are damaged, cannot be opened
                or written, or were written by a newer program.
            DefinitionError: a DDL file or a migration does not run; all stays as it was.
        """
        if self._con is None:
            self._con = self.store.open()
        try:
            yield self._con
        except duckdb.Error as error:
            refusal = self.store.refusal(error)
            if refusal is error:
                raise
            raise refusal from error
        finally:
            if not self._held:
                self._let_go()

    def close_writer(self) -> None:
        """Close the writer's connection, so that its file can be replaced within a run."""
        if self._con is not None:
            self._con.close()
            self._con = None

    def _let_go(self) -> None:
        self.close_writer()
        self.store.let_go()

    def commit(
        self, con: duckdb.DuckDBPyConnection, parts: Collection[str], work: Callable[[], T]
    ) -> T:
        """Do the work of a load in one transaction; all of it again where another writer was in its
        way.

        Args:
            con: a writer.
            parts: of raw tables, which it writes to: `raw.spot_bar/2025-08`, `raw.etf_flow`.
            work: reads what it needs anew each time.
        """
        return self.store.commit(con, parts, work)

    def still(self) -> AbstractContextManager[None]:
        """Nobody loads anything within the block but who is in it."""
        return self.store.still()

    def publish(self) -> None:
        """Show readers what has been written, in one step.

        Raises:
            WarehouseError: what was written is not whole, or cannot be shown; readers have what
                they had.
        """
        with self.writer() as con:
            self.store.publish(con, self.close_writer)
        (self.root / HELD_BACK).unlink(missing_ok=True)

    def shrink(self) -> None:
        """Give back the room of what was removed. Raises WarehouseError: that cannot be done."""
        with self.writer() as con:
            self.store.shrink(con, self.close_writer)

    def reader(self) -> duckdb.DuckDBPyConnection:
        """A read-only connection to what is published, session time zone UTC.

        Raises:
            WarehouseError: nothing has been published yet, it cannot be opened, or it was written
                by a newer program.
            BadInputError: the settings are not well formed.
        """
        return self.store.reader()


def lake_of(root: Path, settings: Settings) -> "Lake":
    """The lake that the settings name. Raises BadInputError: what it needs is not installed."""
    try:
        from marketwake.warehouse.lake.store import Lake
    except ModuleNotFoundError as error:
        raise BadInputError(
            f"warehouse_url names a lake, and {error.name} is not installed here",
            "Install what a lake needs: pip install 'marketwake[lake]', or `make .venv-lake/ready` "
            "in a checkout.",
        ) from error
    return Lake(root, settings)


def published_name(con: duckdb.DuckDBPyConnection) -> str:
    """The name of the published state that a reader has open: of a file, which holds its instant,
    or of a lake's snapshot.
    """
    query = (
        f"select 'snapshot ' || id from ducklake_current_snapshot('{ALIAS}')"
        if is_lake(con)
        else "select parse_filename(path) from duckdb_databases() where path is not null"
    )
    ((name,),) = con.execute(query).fetchall()
    return str(name)
