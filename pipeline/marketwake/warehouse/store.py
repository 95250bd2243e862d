"""Where the tables of a warehouse lie, and what is different there."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import duckdb

from marketwake.base.duck import transaction

T = TypeVar("T")
Old = Callable[[], AbstractContextManager[None]]
"""Within its block the old tables can be read, in a database of the name `old`."""


class Commit(Protocol):
    """As `Warehouse.commit`."""

    def __call__(
        self, con: duckdb.DuckDBPyConnection, parts: Collection[str], work: Callable[[], T]
    ) -> T: ...


def commit_alone(
    con: duckdb.DuckDBPyConnection,
    parts: Collection[str],  # noqa: ARG001
    work: Callable[[], T],
) -> T:
    """Do the work in one transaction, where nobody else writes."""
    with transaction(con):
        return work()


class Store(Protocol):
    """Tables that one run writes, and a published state of them that readers have: one file and its
    copies (marketwake.warehouse.embedded), or a lake that several machines share
    (marketwake.warehouse.lake.store).
    """

    def exists(self) -> bool:
        """Whether anything was ever loaded. Raises WarehouseError where that cannot be told."""

    def is_published(self) -> bool:
        """Whether readers have anything. Raises WarehouseError where that cannot be told."""

    def hold(self, what: str, patience_seconds: float) -> AbstractContextManager[None]:
        """As `Warehouse.exclusive`."""

    def is_waited_for(self) -> bool:
        """As `Warehouse.is_waited_for`."""

    def open(self) -> duckdb.DuckDBPyConnection:
        """A connection that writes: raw and ops tables in place and in their newest form, session
        time zone UTC. Raises as `Warehouse.writer`.
        """

    def refusal(self, error: duckdb.Error) -> Exception:
        """What to raise where a statement of a writer fails."""

    def let_go(self) -> None:
        """The writer's connection is closed, and nobody holds the store any more."""

    def commit(
        self, con: duckdb.DuckDBPyConnection, parts: Collection[str], work: Callable[[], T]
    ) -> T:
        """As `Warehouse.commit`."""

    def still(self) -> AbstractContextManager[None]:
        """Nobody loads anything within the block but who is in it."""

    def publish(self, con: duckdb.DuckDBPyConnection, close: Callable[[], None]) -> None:
        """As `Warehouse.publish`; `close` closes the writer's connection."""

    def published(self) -> dict[str, Any] | None:
        """When readers got what they have, and what that cost: {"file" and "bytes", or "snapshot"
        where nothing was copied; "at" (ISO 8601, UTC), "seconds"}; null where nobody knows.
        """

    def reader(self) -> duckdb.DuckDBPyConnection:
        """As `Warehouse.reader`."""

    def look(self) -> duckdb.DuckDBPyConnection:
        """A connection that only reads what the last run has left, published or not; nothing is
        made or locked for it. Raises WarehouseError where a run holds it.
        """

    def anew(self) -> AbstractContextManager[tuple[duckdb.DuckDBPyConnection, Old | None]]:
        """Empty tables in the place of what there is, when the block has ended well: a connection
        to them, and the old ones where they can be read.
        """

    def shrink(self, con: duckdb.DuckDBPyConnection, close: Callable[[], None]) -> None:
        """Give back the room of what was removed; `close` closes the writer's connection."""

    def folders(self) -> list[str]:
        """What a reader that may reach no file must reach all the same."""

    def is_of(self, path: Path) -> bool:
        """Whether a file is one of the store's own."""
