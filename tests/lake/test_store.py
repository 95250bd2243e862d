"""A lake as the store of a warehouse: loads, locks, snapshots, upkeep."""

from pathlib import Path

import duckdb
import psycopg
import pytest

from marketwake.base.errors import WarehouseError
from marketwake.warehouse.files import Warehouse, published_name
from marketwake.warehouse.lake import upkeep
from marketwake.warehouse.lake.store import Lake
from tests.lake.loads import bars, ended, go, hear, kill, process, put, versions

WAITS = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
COUNT = "select count(*) from raw.spot_bar"


@pytest.fixture
def warehouse(lake: Path) -> Warehouse:
    return Warehouse(lake)


def files(warehouse: Warehouse) -> set[Path]:
    return set((warehouse.root.parent / "data" / "tables").rglob("*.parquet"))


def test_a_restated_bar_is_a_version_more_and_the_same_again_is_none(warehouse: Warehouse) -> None:
    put(warehouse, bars("2025-08", 48))
    again = put(warehouse, bars("2025-08", 48), seconds=1)
    assert (again.new, again.restated) == (0, 0)
    restated = put(warehouse, bars("2025-08", 2, close=101.0), seconds=2)
    assert (restated.new, restated.restated) == (0, 2)
    assert versions(warehouse) == [(100.0, False, 2), (100.0, True, 46), (101.0, True, 2)]


def test_bars_lie_by_month_and_what_is_known_of_loads_in_the_catalogue(
    warehouse: Warehouse,
) -> None:
    put(warehouse, bars("2025-07", 31 * 24 + 5))
    assert {path.parent.parent.name for path in files(warehouse)} == {"month=7", "month=8"}
    assert not [path for path in files(warehouse) if "ops" in path.parts]


def test_several_that_load_the_same_month_at_once_double_nothing(warehouse: Warehouse) -> None:
    with warehouse.writer():
        pass
    code = """
print("up", flush=True)
sys.stdin.readline()
for n in range(4):
    put(warehouse, bars("2025-08", 100 * (n + 1)), int(sys.argv[1]) + 3 * n)
"""
    others = [process(warehouse.root, code, str(number)) for number in range(3)]
    for each in others:
        hear(each, "up")
    for each in others:
        go(each)
    ended(others)
    assert versions(warehouse) == [(100.0, True, 400)]
    with warehouse.writer() as con:
        assert con.execute("select count(*), sum(rows_new) from ops.load").fetchall() == [(12, 400)]


def test_a_load_that_another_was_in_the_way_of_is_done_again_as_a_whole(
    warehouse: Warehouse,
) -> None:
    put(warehouse, bars("2025-08", 3))
    other, tries = Warehouse(warehouse.root), 0
    with warehouse.exclusive(), warehouse.writer() as con:

        def restate() -> int:
            nonlocal tries
            tries += 1
            seen: int = con.execute(COUNT).fetchall()[0][0]
            con.execute("update raw.spot_bar set superseded_at = now() where close = 100")
            if tries == 1:
                put(other, bars("2025-09", 5, close=99.0), seconds=1)
            return seen

        # The second try sees what the other has brought.
        assert warehouse.commit(con, {"raw.spot_bar/2025-08"}, restate) == 8
    assert tries == 2
    assert versions(warehouse) == [(99.0, True, 5), (100.0, False, 3)]


def test_readers_have_the_published_snapshot_until_another_is(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="nothing is published"):
        warehouse.reader()
    with warehouse.exclusive():
        put(warehouse, bars("2025-08", 3))
        warehouse.publish()
    with warehouse.reader() as before:
        name = published_name(before)
        with warehouse.exclusive():
            put(warehouse, bars("2025-08", 10), seconds=1)
            with warehouse.reader() as still:
                assert still.execute(COUNT).fetchall() == [(3,)]
            warehouse.publish()
        assert before.execute(COUNT).fetchall() == [(3,)]
        with pytest.raises(duckdb.Error, match="read-only"):
            before.execute("insert into ops.build values (now(), 'x', null)")
    with warehouse.reader() as after:
        assert after.execute(COUNT).fetchall() == [(10,)]
        shown = warehouse.store.published()
        assert shown
        assert name != published_name(after) == f"snapshot {shown['snapshot']}"


def test_one_run_holds_it_and_who_waits_is_seen_and_named(warehouse: Warehouse) -> None:
    code = """
with warehouse.exclusive("nightly x"):
    print("held", flush=True)
    sys.stdin.readline()
"""
    other = process(warehouse.root, code)
    hear(other, "held")
    with pytest.raises(WarehouseError, match=r"written by .*nightly x"), warehouse.exclusive():
        pass
    # PostgreSQL frees the lock of a process that is no more.
    kill(other)
    with warehouse.exclusive(patience_seconds=10):
        assert not warehouse.is_waited_for()
        code = "with warehouse.exclusive(patience_seconds=60): print('held')"
        waiting = process(warehouse.root, code)
        while not warehouse.is_waited_for():
            assert waiting.poll() is None
    assert ended([waiting]) == ["held\n"]


def test_a_load_waits_for_who_builds_and_publishes(warehouse: Warehouse) -> None:
    assert isinstance(warehouse.store, Lake)
    catalogue = warehouse.store.place.catalogue
    with warehouse.exclusive(), warehouse.writer():
        pass
    code = "put(warehouse, bars('2025-08', 3)); print('loaded', flush=True)"
    with warehouse.exclusive(), warehouse.writer() as con:
        with warehouse.still():
            loading = process(warehouse.root, code)
            # It asks for its lock, and waits.
            with psycopg.connect(catalogue, autocommit=True) as pg:
                while pg.execute(WAITS).fetchall() == [(0,)]:
                    assert loading.poll() is None
            assert con.execute(COUNT).fetchall() == [(0,)]
        assert ended([loading]) == ["loaded\n"]
        assert con.execute(COUNT).fetchall() == [(3,)]


def test_a_killed_writer_leaves_no_row_and_upkeep_takes_nothing_that_counts(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.exclusive():
        for number in range(3):
            put(warehouse, bars("2025-08", 10 * (number + 1)), seconds=number)
        warehouse.publish()
    before = files(warehouse)
    code = """
with warehouse.writer() as con:
    def work():
        rows = "select * replace ('ETH/USD' as symbol) from raw.spot_bar"
        con.execute(f"insert into raw.spot_bar {rows}")
        print("written", flush=True)
        sys.stdin.readline()
    warehouse.commit(con, {"raw.spot_bar/2025-08"}, work)
"""
    killed = process(warehouse.root, code)
    hear(killed, "written")
    kill(killed)
    # The file of the transaction that was never committed.
    (orphan,) = files(warehouse) - before
    # All snapshots but the one that is shown and the newest are old enough to go.
    monkeypatch.setattr(upkeep, "READ_FOR", "0 seconds")
    with warehouse.reader() as reader:
        with warehouse.exclusive():
            put(warehouse, bars("2025-08", 40), seconds=9)
            warehouse.shrink()
        assert reader.execute(COUNT).fetchall() == [(30,)]
        with warehouse.reader() as new:
            assert new.execute(COUNT).fetchall() == [(30,)]
    assert versions(warehouse) == [(100.0, True, 40)]
    assert orphan.exists()
    with warehouse.writer() as con:
        count = "select count(*) from ducklake_snapshots('lake')"
        assert con.execute(count).fetchall()[0][0] <= 4


def test_a_lake_that_cannot_be_reached_is_told_in_a_sentence(
    lake: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "elsewhere.toml"
    config.write_text('warehouse_url = "ducklake:postgres:host=127.0.0.1 port=1 dbname=x"\n')
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(config))
    with pytest.raises(WarehouseError, match=r"lake at host=127.0.0.1 port=1 dbname=x cannot be"):
        Warehouse(lake).reader()
