"""Rebuild the warehouse from landing alone."""

import logging
from datetime import datetime
from pathlib import Path

import duckdb

from marketwake.base.duck import transaction
from marketwake.base.errors import LandingError
from marketwake.base.settings import read_settings
from marketwake.base.under_way import step
from marketwake.landing.store import DRIFT, Landing
from marketwake.runs import steps
from marketwake.runs.load import Loaded, record_failed_again
from marketwake.runs.pending import load_pending
from marketwake.runs.result import refuse_broken
from marketwake.runs.vacuum import remove_recorded
from marketwake.warehouse.files import Warehouse

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
        landing = Landing.of(root, settings)
        landing.refuse_behind(is_set=settings.now is not None)
        if not landing.receipts():
            raise LandingError(
                f"there is nothing to replay in {landing.name}",
                "Run `marketwake demo` or `marketwake nightly` first.",
            )
        with warehouse.store.anew() as (con, old):
            loads = load_pending(con, landing, warehouse.commit)
            if old:
                with old():
                    _carry_over(con, landing.clock() + DRIFT)
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


def _carry_over(con: duckdb.DuckDBPyConnection, horizon: datetime) -> None:
    for table, rows in _CARRIED_OVER.items():
        try:
            with transaction(con):
                con.execute(
                    f"insert into ops.{table} by name select * from old.ops.{table} where {rows}",
                    {"horizon": horizon} if "$horizon" in rows else {},
                )
        except duckdb.Error as error:
            log.warning("ops.%s of the old warehouse is damaged and lost: %s", table, error)
    record_failed_again(con)
    remove_recorded(con)
