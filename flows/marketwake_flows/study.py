"""One event, or any instant, studied on the published warehouse; the figures become an artifact."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from prefect import flow
from prefect.artifacts import create_table_artifact

from marketwake.event_study.run import study_event
from marketwake.warehouse.files import Warehouse
from marketwake_flows.shutdown import end_quietly

SHOWN = (
    "instrument",
    "venue",
    "anchor",
    "measure",
    "window_length",
    "window_unit",
    "value",
    "unit",
    "rank_share",
    "missing",
)


@flow(name="study")
def study(
    event: str = "eo-401k", at: datetime | None = None, warehouse: Path = Path("warehouse")
) -> int:
    """Study an event of seed.event, or with `at` that instant under the name `event`. Writes
    nothing but the artifact `study`.

    Returns the number of figures. An instant without a zone is UTC.

    Raises:
        BadInputError: the event is not known.
        WarehouseError: nothing is published.
    """
    end_quietly()
    instant = at.replace(tzinfo=at.tzinfo or UTC) if at else None
    with Warehouse(warehouse).reader() as con:
        response = study_event(con, event, instant).response
    rows = (
        response.filter(pl.col("is_nominal") & pl.col("value").is_not_null())
        .select(SHOWN)
        .to_dicts()
    )
    create_table_artifact(
        key="study",
        table=rows,
        description=f"{event}: what moved, and the share of usual windows that moved as much",
    )
    return len(rows)
