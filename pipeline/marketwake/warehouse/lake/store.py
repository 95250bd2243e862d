"""A lake as the store of a warehouse: PostgreSQL tells who writes and what readers have, DuckDB
does the work of each process in its memory.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import psycopg
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from marketwake.base.atomic import make_folder
from marketwake.base.definitions import ALIAS
from marketwake.base.duck import transaction
from marketwake.base.errors import WarehouseError
from marketwake.base.settings import Settings
from marketwake.warehouse import migrations
from marketwake.warehouse.lake import locks, published
from marketwake.warehouse.lake.form import make_empty, make_form, sort_bars
from marketwake.warehouse.lake.place import Place
from marketwake.warehouse.lake.upkeep import keep_up
from marketwake.warehouse.locks import not_written
from marketwake.warehouse.opening import bring_up_to_date, opening
from marketwake.warehouse.store import Old

T = TypeVar("T")
TRIES = 12
"""Of a load that another writer was in the way of: three that restated the same six months at once
took 24 for 18 loads.
"""


class Lake:
    """The tables of a lake, for any number of machines: marketwake.warehouse.store tells what each
    method is.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.place = Place.of(root, settings)
        self._holding: psycopg.Connection | None = None
        self._is_still = False
        self._exists = False

    def exists(self) -> bool:
        # Asked with every payload that comes.
        self._exists = self._exists or self.place.exists()
        return self._exists

    def is_published(self) -> bool:
        with closing(self.place.postgres()) as pg:
            return published.read_published(pg) is not None

    @contextmanager
    def hold(self, what: str, patience_seconds: float) -> Iterator[None]:
        try:
            make_folder(self.root)
        except OSError as error:
            raise not_written(self.root, error) from error
        with locks.hold(self.place, what, patience_seconds) as self._holding:
            try:
                yield
            finally:
                self._holding = None

    def is_waited_for(self) -> bool:
        return self._holding is not None and locks.is_waited_for(self._holding)

    def open(self) -> duckdb.DuckDBPyConnection:
        con = self.place.connect(writes=True)
        with opening(con, self.place.not_reached):
            is_new = migrations.is_new(con)
            if is_new:
                make_form(con)
            bring_up_to_date(con)
            if is_new:
                sort_bars(con)
        return con

    def refusal(self, error: duckdb.Error) -> Exception:
        if not isinstance(error, duckdb.IOException | duckdb.HTTPException):
            return error
        return WarehouseError(
            f"the lake at {self.place.catalogue} cannot be read or written: {error}",
            f"See that its PostgreSQL runs and that {self.place.data} can be written from here.",
        )

    def let_go(self) -> None:
        """Its locks go with the block that took them."""

    def commit(
        self, con: duckdb.DuckDBPyConnection, parts: Collection[str], work: Callable[[], T]
    ) -> T:
        with locks.loading(self.place, parts, is_still=self._is_still):
            for attempt in Retrying(
                retry=retry_if_exception(_is_conflict),
                stop=stop_after_attempt(TRIES),
                wait=wait_random_exponential(0.05, max=2),
                reraise=True,
            ):
                with attempt, transaction(con):
                    return work()
        raise AssertionError("tenacity raises what the last attempt did")

    @contextmanager
    def still(self) -> Iterator[None]:
        with locks.still(self.place):
            self._is_still = True
            try:
                yield
            finally:
                self._is_still = False
        self._exists = False

    def publish(self, con: duckdb.DuckDBPyConnection, close: Callable[[], None]) -> None:
        began = time.monotonic()
        snapshot = _newest(con)
        close()
        # As readers do it: what cannot be opened is not shown.
        with self.place.connect(snapshot) as checked:
            migrations.check(checked)
        with closing(self.place.postgres()) as pg:
            self._demand_lock()
            published.show(pg, snapshot, time.monotonic() - began)

    def _demand_lock(self) -> None:
        """Raises WarehouseError where PostgreSQL has freed the run's lock: another may write."""
        try:
            if self._holding is not None:
                self._holding.execute("select 1")
        except psycopg.Error as error:
            raise WarehouseError(
                f"nothing was published: the connection that held the lake was lost: {error}",
                "Readers keep the snapshot of the last good run. Run again.",
            ) from error

    def published(self) -> dict[str, Any] | None:
        with closing(self.place.postgres()) as pg:
            shown = published.read_published(pg)
        if shown is None:
            return None
        at = shown.at.isoformat()
        return {"snapshot": shown.snapshot, "at": at, "seconds": round(shown.seconds, 3)}

    def reader(self) -> duckdb.DuckDBPyConnection:
        with closing(self.place.postgres()) as pg:
            shown = published.read_published(pg)
        if shown is None:
            raise WarehouseError(
                f"nothing is published in the lake at {self.place.catalogue}",
                "Run `marketwake nightly`, or `marketwake move` to bring a warehouse there.",
            )
        con = self.place.connect(shown.snapshot)
        with opening(con, self.place.not_reached):
            migrations.check(con)
        return con

    def look(self) -> duckdb.DuckDBPyConnection:
        return self.place.connect()

    @contextmanager
    def anew(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Old | None]]:
        with self.still(), closing(self.open()) as con:
            former = _newest(con)
            make_empty(con)
            make_form(con)
            bring_up_to_date(con)
            sort_bars(con)
            yield con, partial(self._old, con, former)

    @contextmanager
    def _old(self, con: duckdb.DuckDBPyConnection, snapshot: int) -> Iterator[None]:
        self.place.attach(con, "old", snapshot)
        try:
            yield
        finally:
            con.execute("detach old")

    def shrink(self, con: duckdb.DuckDBPyConnection, close: Callable[[], None]) -> None:
        with self.still():
            keep_up(con, self.place)
        close()

    def folders(self) -> list[str]:
        return [f"{self.place.data}/"]

    def is_of(self, path: Path) -> bool:
        return Path(self.place.data) in path.absolute().parents


def _is_conflict(error: BaseException) -> bool:
    """Whether another writer's transaction was in the way. DuckLake tries again by itself only
    where the number of the next snapshot was taken.
    """
    return isinstance(error, duckdb.TransactionException) and "conflict" in str(error).lower()


def _newest(con: duckdb.DuckDBPyConnection) -> int:
    ((snapshot,),) = con.execute(
        f"select max(snapshot_id) from ducklake_snapshots('{ALIAS}')"
    ).fetchall()
    return int(snapshot)
