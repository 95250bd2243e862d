"""Vacuum: superseded versions older than a horizon leave the raw tables; current ones never do, and
landing keeps every payload.

What was removed stands in `ops.vacuum`: `as_known_at` refuses instants that it can no longer
answer, and a replay removes the same again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from marketwake.base.duck import transaction
from marketwake.base.errors import BadInputError, WarehouseError
from marketwake.warehouse.embedded import Embedded
from marketwake.warehouse.files import Warehouse

MOST_DAYS = 36_500
"""A hundred years."""


@dataclass(frozen=True)
class Vacuumed:
    """One raw table: `removed` versions were superseded at or before the horizon (UTC), `kept`
    superseded ones stay.
    """

    dataset: str
    horizon: datetime
    removed: int
    kept: int


def vacuum(
    root: Path,
    keep_days: int,
    datasets: Collection[str] = (),
    *,
    dry_run: bool = False,
    now: datetime | None = None,
) -> list[Vacuumed]:
    """Remove versions superseded `keep_days` ago or earlier, from the raw tables named or from all,
    make the file smaller, and publish.

    One transaction removes and records; a dry run only counts.

    Raises:
        BadInputError: there is no such raw table, or the days to keep are not 1 to MOST_DAYS.
        WarehouseError: there is no warehouse, or another process holds it.
        ChecksFailedError: the versions are removed, but the data checks stopped the publishing.
        RunFailedError: the versions are removed, but a study or a claim broke; the rest is
            published.
    """
    if not 1 <= keep_days <= MOST_DAYS:
        raise BadInputError(
            f"{keep_days} days cannot be kept", f"Give --keep-days from 1 to {MOST_DAYS}."
        )
    warehouse = Warehouse(root)
    if not warehouse.exists():
        raise WarehouseError(
            f"there is no warehouse in {root}", "Name another folder with --warehouse."
        )
    at = now or datetime.now(UTC)
    horizon = at - timedelta(days=keep_days)
    with warehouse.exclusive("vacuum"):
        with warehouse.writer() as con:
            counted = [_counted(con, name, horizon) for name in _tables(con, datasets)]
            if not dry_run:
                with transaction(con):
                    for table in counted:
                        _remove(con, table, at)
        has_removed = any(table.removed for table in counted)
        if not dry_run and (has_removed or not isinstance(warehouse.store, Embedded)):
            warehouse.shrink()  # a lake's small files are many, whatever was removed
        if not dry_run and has_removed:
            _publish(warehouse)
    return counted


def remove_recorded(con: duckdb.DuckDBPyConnection) -> int:
    """Remove again what `ops.vacuum` says was removed. Returns the number of versions."""
    rows = con.execute(
        "select dataset, max(horizon) from ops.vacuum group by dataset order by dataset"
    ).fetchall()
    return sum(_delete(con, name, horizon) for name, horizon in rows)


def _tables(con: duckdb.DuckDBPyConnection, datasets: Collection[str]) -> list[str]:
    known = [
        row[0]
        for row in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw' "
            "and database_name = current_database() order by 1"
        ).fetchall()
    ]
    strange = sorted(set(datasets) - set(known))
    if strange:
        raise BadInputError(
            f"there is no raw table {', '.join(strange)}", f"There are {', '.join(known)}."
        )
    return [name for name in known if not datasets or name in datasets]


def _counted(con: duckdb.DuckDBPyConnection, name: str, horizon: datetime) -> Vacuumed:
    removed, kept = con.execute(
        "select count(*) filter (superseded_at <= ?), count(*) filter (superseded_at > ?) "
        f"from raw.{name}",
        [horizon, horizon],
    ).fetchall()[0]
    return Vacuumed(name, horizon, removed, kept)


def _remove(con: duckdb.DuckDBPyConnection, table: Vacuumed, at: datetime) -> None:
    # Nothing removed, nothing recorded: as_known_at can still answer.
    if table.removed:
        _delete(con, table.dataset, table.horizon)
        con.execute(
            "insert into ops.vacuum values (?, ?, ?, ?)",
            [table.dataset, table.horizon, table.removed, at],
        )


def _delete(con: duckdb.DuckDBPyConnection, name: str, horizon: datetime) -> int:
    removed: int = con.execute(
        f"delete from raw.{name} where superseded_at <= ?", [horizon]
    ).fetchall()[0][0]
    return removed


def _publish(warehouse: Warehouse) -> None:
    from marketwake.runs import steps
    from marketwake.runs.result import (
        refuse_broken,
    )  # seconds of imports that a dry run does not need

    # The rebuild also brings a file of an older program the macro that refuses.
    problems = steps.derive(warehouse)
    steps.check(warehouse)
    warehouse.publish()
    refuse_broken("vacuum", problems)
