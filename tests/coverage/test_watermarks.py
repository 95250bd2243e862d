"""How far a warehouse has come is told from the counts, and is what its figures say."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from marketwake.base.duck import transaction
from marketwake.base.series import Series
from marketwake.coverage import counts
from marketwake.coverage.watermarks import read_watermarks
from marketwake.warehouse.files import Warehouse
from tests.conftest import Insert
from tests.support.rows import at, bar, snapshot

HOURS = Series("spot_bar", "Coinbase", "ETH/USD", "1h")
COIN = Series("coin_snapshot", "CoinGecko", "bitcoin", "1d")
LANDED = at("2025-09-01 00:00")


def _bars(*stamps: str) -> list[dict[str, object]]:
    return [bar(at(stamp), 3700.0) for stamp in stamps]


@pytest.fixture
def warehouse(tmp_path: Path, insert: Insert) -> Warehouse:
    """Two hours of June and one of August, counted."""
    found = Warehouse(tmp_path)
    with found.writer() as con:
        stamps = ("2025-06-03 00:00", "2025-06-03 01:00", "2025-08-07 05:00")
        insert(con, "spot_bar", _bars(*stamps), recorded_at=LANDED)
        with transaction(con):
            counts.keep(con)
    return found


def _ends(warehouse: Warehouse) -> tuple[datetime, datetime]:
    known = read_watermarks(warehouse)
    return known.oldest[HOURS], known.newest[HOURS]


def test_months_without_a_new_version_are_not_read_again(warehouse: Warehouse) -> None:
    with warehouse.writer() as con:
        con.execute("update ops.coverage_month set first_at = '2025-06-02' where month(month) = 6")
    assert _ends(warehouse) == (at("2025-06-02 00:00"), at("2025-08-07 05:00"))


def test_what_came_and_went_since_the_count_is_seen(warehouse: Warehouse, insert: Insert) -> None:
    later = LANDED + timedelta(days=1)
    with warehouse.writer() as con:
        con.execute(
            "update raw.spot_bar set superseded_at = ? where opened_at <> '2025-06-03 01:00:00+00'",
            [later],
        )
    # Withdrawn are the first and the last.
    assert _ends(warehouse) == (at("2025-06-03 01:00"), at("2025-06-03 01:00"))
    with warehouse.writer() as con:
        insert(con, "spot_bar", _bars("2024-01-05 00:00", "2025-08-09 00:00"), recorded_at=later)
    assert _ends(warehouse) == (at("2024-01-05 00:00"), at("2025-08-09 00:00"))


def test_all_is_read_where_nothing_was_counted(warehouse: Warehouse) -> None:
    with warehouse.writer() as con:
        con.execute("delete from ops.taken_in; delete from ops.coverage_month")
    assert _ends(warehouse) == (at("2025-06-03 00:00"), at("2025-08-07 05:00"))


def test_of_other_series_it_is_known_when_they_were_recorded(
    warehouse: Warehouse, insert: Insert
) -> None:
    with warehouse.writer() as con:
        for day in (2, 1):
            recorded_at = LANDED + timedelta(days=day)
            insert(con, "coin_snapshot", [snapshot(f"2025-08-0{day}")], recorded_at=recorded_at)
    known = read_watermarks(warehouse)
    assert known.recorded == {COIN: LANDED + timedelta(days=1)}
    assert known.newest[COIN] == at("2025-08-02 00:00")
