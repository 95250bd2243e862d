"""Own events in the study: alone or with all, and what they leave as it was."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from marketwake.base.duck import transaction
from marketwake.event_study.known import as_known
from marketwake.event_study.run import WRITTEN, study, study_event, study_own
from marketwake.warehouse.embedded import BUILT_IN_ONLY
from marketwake.warehouse.own_events import place, read_own
from tests.support.own import EVENT, put
from tests.support.rows import at

Con = duckdb.DuckDBPyConnection
OWN = "fomc-2025-07"


@pytest.fixture
def con(sample_root: Path, tmp_path: Path) -> Iterator[Con]:
    """The sample with two own events placed that lie in one another's placebo dates, neither
    studied.
    """
    shutil.copyfile(sample_root / "writer.duckdb", tmp_path / "writer.duckdb")
    put(tmp_path, f"events/{OWN}.toml", EVENT)
    put(tmp_path, "events/day-after.toml", EVENT.replace(OWN, "day-after").replace("30T", "31T"))
    with duckdb.connect(tmp_path / "writer.duckdb", config=BUILT_IN_ONLY) as connection:
        connection.execute("set timezone = 'UTC'")
        with transaction(connection):
            place(connection, read_own(tmp_path)[0])
        yield connection


def _rows(con: Con, where: str) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: con.execute(f"from mart.{table} where {where} order by all").fetchall()
        for table in WRITTEN
    }


def test_alone_or_with_all_it_is_the_same_and_the_others_are_as_without_it(con: Con) -> None:
    others = f"event not in ('{OWN}', 'day-after')"
    before = _rows(con, others)
    assert all(before.values())
    assert study_own(con, {OWN}) == []
    alone = _rows(con, f"event = '{OWN}'")
    assert alone["event_inference"]
    assert study(con) == []
    assert _rows(con, f"event = '{OWN}'") == alone
    assert _rows(con, others) == before
    # From Python too.
    frame = study_event(con, OWN).test
    assert frame.height == len(alone["event_inference"])
    assert study_event(con, "payrolls-2025-07").test.height == len(
        [row for row in before["event_inference"] if row[0] == "payrolls-2025-07"]
    )


def test_its_own_placebo_dates_are_clear_of_the_events_of_the_project(con: Con) -> None:
    study_own(con, {OWN})
    query = (
        "select any_value(placebo_count) from mart.event_inference where event = ? "
        "and instrument = 'BTC' and venue = 'Coinbase' and measure = 'abnormal_log_return' "
        "and window_unit = 'hour' and window_length = 24 and model = 'constant_mean'"
    )
    ((count,),) = con.execute(query, [OWN]).fetchall()
    con.execute("delete from seed.anchor where event in ('payrolls-2025-07', 'eo-401k')")
    study_own(con, {OWN})
    ((more,),) = con.execute(query, [OWN]).fetchall()
    assert 0 < count < more


def test_one_that_is_gone_has_no_rows(con: Con, tmp_path: Path) -> None:
    study_own(con, {OWN, "day-after"})
    (tmp_path / f"events/{OWN}.toml").unlink()
    with transaction(con):
        place(con, read_own(tmp_path)[0])
        study_own(con, {OWN})
    assert not any(_rows(con, f"event = '{OWN}'").values())
    assert all(_rows(con, "event = 'day-after'").values())


def test_it_can_be_studied_as_known_at_an_instant(con: Con) -> None:
    with as_known(con, at("2025-07-31 06:00")) as known:
        response = study_event(known, OWN).response
    ends = response.filter(measure="log_return", window_unit="hour", is_nominal=True).drop_nulls(
        "value"
    )
    # Of the windows from 18:00 UTC on that are 1, 4 and 12 hours long the last ends at 06:00.
    assert ends["window_length"].max() == 12
