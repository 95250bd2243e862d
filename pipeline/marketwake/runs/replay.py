"""Rebuild the warehouse from landing alone."""

import logging
from datetime import datetime
from pathlib import Path

import duckdb

from marketwake.base.atomic import replace
from marketwake.base.duck import attached, transaction
from marketwake.base.errors import LandingError, NewerWarehouseError, WarehouseError
from marketwake.base.settings import read_settings
from marketwake.base.under_way import step
from marketwake.landing.store import DRIFT, Landing
from marketwake.runs import steps
from marketwake.runs.load import Loaded, record_failed_again
from marketwake.runs.pending import load_pending
from marketwake.runs.result import refuse_broken
from marketwake.runs.vacuum import remove_recorded
from marketwake.warehouse import whole
from marketwake.warehouse.files import Warehouse, open_to_write

log = logging.getLogger(__name__)

_CARRIED_OVER = {
    "run": "started_at <= $horizon",
    "load": "status = 'fetch_failed' and landed_at <= $horizon",
    "vacuum": "true",
    "alert": "created_at <= $horizon",
    "acceptance": "true",
}
"""The tables of `ops`, and which of their rows, that landing does not know; none that a wrong clock
has stamped ahead.
"""


def replay(root: Path) -> list[Loaded]:
    """Load every landed payload into a new writer's file, in the order of landing, derive, check,
    publish.

    Versions, rejects and loads come out row for row as they were; runs, fetches that landed
    nothing, vacuums, alerts and acceptances are known to the old file alone: they are carried over
    where it can be read, and what was vacuumed is removed again. The old file stays until every
    payload is loaded.

    Raises:
        LandingError: there is nothing to replay, a payload is corrupt, or the clock is behind the
            newest receipt; the warehouse is then as it was.
        NewerWarehouseError: the old file was written by a newer program; the warehouse is then as
            it was.
        RunFailedError: a study, a claim or a page broke; the rest is loaded and published.
    """
    warehouse = Warehouse(root)
    with warehouse.exclusive("replay"):
        settings = read_settings(root)
        landing = Landing(root, settings.clock())
        landing.refuse_behind(is_set=settings.now is not None)
        if not landing.receipts():
            raise LandingError(
                f"there is nothing to replay in {root / 'landing'}",
                "Run `marketwake demo` or `marketwake nightly` first.",
            )
        fresh = root / "replay.duckdb"
        for leftover in root.glob("replay.duckdb*"):
            leftover.unlink()
        has_old = _in_newest_form(warehouse)
        with open_to_write(fresh) as con:
            loads = load_pending(con, landing)
            if has_old:
                _carry_over(con, warehouse.file, landing.clock() + DRIFT)
            whole.checkpoint(con)
        whole.refuse_log(fresh)
        whole.forget_digest(warehouse.file)
        for log_of_old in root.glob("writer.duckdb.wal*"):
            log_of_old.unlink()
        replace(fresh, warehouse.file)
        problems = steps.derive(warehouse)
        is_live = steps.is_live(warehouse, landing)
        steps.keep_ledger(warehouse, settings if is_live else None, settings.clock()())
        steps.check(warehouse)
        with step("publish"):
            warehouse.publish()
        with warehouse.reader() as published:
            problems += steps.write_reports(published, warehouse.reports)[1]
    refuse_broken("replay", problems)
    return loads


def _in_newest_form(warehouse: Warehouse) -> bool:
    """Migrate the old file. False where there is none, or none that can be read."""
    if not warehouse.file.exists():
        return False
    try:
        open_to_write(warehouse.file).close()
    except NewerWarehouseError:
        raise
    except WarehouseError as error:
        log.warning(
            "the old warehouse cannot be read, so its runs, failed fetches and vacuums are lost: "
            "%s",
            error.what,
        )
        return False
    return True


def _carry_over(con: duckdb.DuckDBPyConnection, old: Path, horizon: datetime) -> None:
    with attached(con, old, "old", read_only=True):
        for table, rows in _CARRIED_OVER.items():
            try:
                with transaction(con):
                    con.execute(
                        f"insert into ops.{table} by name "
                        f"select * from old.ops.{table} where {rows}",
                        {"horizon": horizon} if "$horizon" in rows else {},
                    )
            except duckdb.Error as error:
                log.warning("ops.%s of the old warehouse is damaged and lost: %s", table, error)
    record_failed_again(con)
    remove_recorded(con)
