"""A study as known at an instant sees no later figure, and no later version of an earlier one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import BadInputError
from marketwake.event_study.design import Design
from marketwake.event_study.known import as_known
from marketwake.event_study.run import EventStudy, study_event
from marketwake.warehouse.files import Warehouse

INSTANT = datetime(2025, 8, 9, 6, tzinfo=UTC)
DESIGN = Design(hours=(1, 24))


@pytest.fixture
def stored(sample_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The raw tables of the sample in memory, free to be changed, and no own events."""
    memory = duckdb.connect()
    memory.execute(
        "set timezone = 'UTC'; create schema raw; create schema mart; create schema seed; "
        "create schema ops; create table ops.own_event (event varchar, file varchar)"
    )
    with Warehouse(sample_root).reader() as con:
        for (name,) in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall():
            memory.register("rows", con.sql(f"from raw.{name}").to_arrow_table())
            memory.execute(f"create table raw.{name} as from rows")
            memory.unregister("rows")
    memory.execute(
        "create macro as_known_at(table_name, instant) as table from query_table(table_name)"
        " where recorded_at <= instant and (superseded_at is null or superseded_at > instant)"
    )
    with memory:
        yield memory


def test_nothing_later_moves_anything(stored: duckdb.DuckDBPyConnection) -> None:
    def told() -> tuple[EventStudy, list[tuple[object, ...]]]:
        with as_known(stored, INSTANT) as known:
            last = known.execute("select max(closed_at) from mart.spot_hourly").fetchall()
            assert last == [(INSTANT,)]
            flows = known.execute("from mart.etf_flow_daily order by all").fetchall()
            return study_event(known, "eo-401k", design=DESIGN), flows

    first, first_flows = told()
    bitcoin = {"instrument": "BTC", "measure": "abnormal_log_return"}
    at_signing = first.test.filter(anchor="signing", **bitcoin)
    assert at_signing["value"].count() == 4
    # Later bars, the flows of the next session (those of Friday came out at 05:00), and later
    # versions of earlier figures.
    stored.execute(
        "update raw.spot_bar set close = close * 2, high = high * 2 where opened_at >= ?", [INSTANT]
    )
    stored.execute("update raw.etf_flow set net_flow_usd = 1e10 where session >= '2025-08-11'")
    for table, change in (
        ("etf_flow", "net_flow_usd / 3 as net_flow_usd"),
        ("spot_bar", "high * 3 as high"),
    ):
        stored.execute(f"update raw.{table} set superseded_at = recorded_at + interval 1 year")
        replaced = f"{change}, null as superseded_at, superseded_at as recorded_at"
        stored.execute(
            f"insert into raw.{table} by name select * replace ({replaced}) from raw.{table}"
        )
    second, second_flows = told()
    assert second.response.equals(first.response)
    assert second.test.equals(first.test)
    assert second.level.equals(first.level)
    assert second_flows == first_flows


def test_a_warehouse_that_ran_answers_with_what_it_held(stored: duckdb.DuckDBPyConnection) -> None:
    # All is stored on the day of the order, but one flow of the day before came two days late.
    stored.execute("update raw.etf_flow set recorded_at = timestamptz '2025-08-07 12:00:00+00'")
    stored.execute(
        "update raw.etf_flow set recorded_at = ? where ticker = 'IBIT' and session = '2025-08-06'",
        [INSTANT + timedelta(hours=1)],
    )
    with as_known(stored, INSTANT) as known:
        held = known.execute(
            "select ticker from raw.etf_flow where asset = 'BTC' and session = '2025-08-06'"
        ).fetchall()
        assert ("FBTC",) in held
        assert ("IBIT",) not in held
        # The bars were stored later than the instant: by then this warehouse held none.
        assert known.execute("select count(*) from raw.spot_bar").fetchall() == [(0,)]


def test_an_instant_needs_a_time_zone(stored: duckdb.DuckDBPyConnection) -> None:
    naive = datetime(2025, 8, 9)  # noqa: DTZ001
    with pytest.raises(BadInputError, match="no time zone"), as_known(stored, naive):
        pass
