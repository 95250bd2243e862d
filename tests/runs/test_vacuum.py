"""Vacuum: current versions are never touched, what is still promised stays answerable, what is not
is refused.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError, WarehouseError
from marketwake.landing.store import Landing
from marketwake.runs import vacuum
from marketwake.runs.pending import load_pending
from marketwake.runs.replay import replay
from marketwake.runs.vacuum import Vacuumed
from marketwake.sources.source import Request
from marketwake.warehouse.build import run_folder
from marketwake.warehouse.files import Warehouse
from tests.conftest import Insert
from tests.support.kills import instants, nursery
from tests.support.rot import unflushed_names
from tests.support.rows import flow

Con = duckdb.DuckDBPyConnection
COMMENTS = (
    "select schema_name, table_name, column_name, comment from duckdb_columns() "
    "where not internal order by all"
)
NOW = datetime(2025, 9, 30, tzinfo=UTC)


def _day(number: int) -> datetime:
    return datetime(2025, 9, number, tzinfo=UTC)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rebuild and publishing, which take seconds."""
    monkeypatch.setattr(vacuum, "_publish", lambda _: None)


@pytest.fixture
def root(con: Con, insert: Insert, tmp_path: Path) -> Path:
    """ETHA's flow stored on 1 September, restated on the 10th and the 20th; FETH's stored once, on
    the 1st.
    """
    insert(
        con,
        "etf_flow",
        [flow("2025-08-08", "ETHA", 250.0), flow("2025-08-08", "FETH", 1.0)],
        recorded_at=_day(1),
    )
    for stored, closed, value in ((1, 10, 254.0), (10, 20, 254.7)):
        con.execute(
            "update raw.etf_flow set superseded_at = ? where ticker = 'ETHA' and recorded_at = ?",
            [_day(closed), _day(stored)],
        )
        insert(con, "etf_flow", [flow("2025-08-08", "ETHA", value)], recorded_at=_day(closed))
    con.close()
    return tmp_path


def _known(con: Con, at: datetime) -> list[float]:
    rows = con.execute(
        "select net_flow_usd / 1e6 from as_known_at('raw.etf_flow', ?::timestamptz) "
        "where ticker = 'ETHA'",
        [at],
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.usefixtures("quiet")
def test_versions_superseded_before_the_horizon_go_and_the_rest_stays_answerable(
    root: Path,
) -> None:
    # 15 days before 30 September is the 15th: the version closed on the 10th goes, the one closed
    # on the 20th stays.
    found = vacuum.vacuum(root, 15, now=NOW)
    assert [one for one in found if one.removed] == [Vacuumed("etf_flow", _day(15), 1, 1)]
    with Warehouse(root).writer() as con:
        assert (_known(con, _day(15)), _known(con, _day(19)), _known(con, _day(20))) == (
            [254.0],
            [254.0],
            [254.7],
        )
        assert con.execute("from ops.vacuum").fetchall() == [("etf_flow", _day(15), 1, NOW)]
        for name in ("raw.etf_flow", 'RAW."etf_flow"', "writer.raw.etf_flow"):
            with pytest.raises(
                duckdb.InvalidInputException, match=r"is complete from 2025-09-15 00:00:00\+00 on"
            ):
                con.execute(
                    f"select count(*) from as_known_at('{name}', '2025-09-14 23:59:59+00')"
                ).fetchall()
        assert con.execute(
            "select count(*) from as_known_at('raw.etf_flow_total', '2025-09-01 00:00:00+00')"
        ).fetchall() == [(0,)]
        # Before anything was stored a plain filter would prove itself empty and never come to the
        # error.
        with pytest.raises(duckdb.InvalidInputException, match="marketwake vacuum"):
            con.execute("from as_known_at('raw.etf_flow', '2020-01-01 00:00:00+00')").fetchall()


@pytest.mark.usefixtures("quiet")
def test_a_version_superseded_at_the_horizon_goes_and_one_a_moment_later_stays(root: Path) -> None:
    assert (
        sum(one.removed for one in vacuum.vacuum(root, 10, now=NOW - timedelta(microseconds=1)))
        == 1
    )
    assert sum(one.removed for one in vacuum.vacuum(root, 10, now=NOW)) == 1


@pytest.mark.usefixtures("quiet")
def test_a_dry_run_counts_and_changes_nothing(root: Path) -> None:
    found = vacuum.vacuum(root, 15, dry_run=True, now=NOW)
    assert sum(one.removed for one in found) == 1
    with Warehouse(root).writer() as con:
        assert con.execute("select count(*) from raw.etf_flow").fetchall() == [(4,)]
        assert _known(con, _day(5)) == [250.0]


@pytest.mark.usefixtures("quiet")
def test_only_the_tables_named_are_vacuumed_and_nothing_removed_is_not_recorded(root: Path) -> None:
    assert [one.dataset for one in vacuum.vacuum(root, 1, ["spot_bar"], now=NOW)] == ["spot_bar"]
    with Warehouse(root).writer() as con:
        assert con.execute("select count(*) from raw.etf_flow").fetchall() == [(4,)]
        assert con.execute("from ops.vacuum").fetchall() == []


def test_wrong_input_is_refused(tmp_path: Path, root: Path) -> None:
    with pytest.raises(BadInputError, match="no raw table etf_flows"):
        vacuum.vacuum(root, 1, ["etf_flows"])
    for days in (-1, 0, 36_501, 3_000_000, 10**20):
        with pytest.raises(BadInputError, match=f"{days} days .*\n.*--keep-days from 1 to 36500"):
            vacuum.vacuum(root, days)
    vacuum.vacuum(root, 36_500)
    with pytest.raises(WarehouseError, match="no warehouse"):
        vacuum.vacuum(tmp_path / "nowhere", 1)


@pytest.fixture(scope="module")
def memory() -> Iterator[Con]:
    """A raw table, ops.vacuum and the macros, in memory."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'; create schema raw; create schema ops")
        con.execute(
            "create table raw.t "
            "(k integer, v integer, recorded_at timestamptz, superseded_at timestamptz)"
        )
        con.execute(
            "create table ops.vacuum (dataset varchar, horizon timestamptz, "
            "versions bigint, vacuumed_at timestamptz)"
        )
        run_folder(con, "macros", ["as_known_at"])
        yield con


@settings(max_examples=25)
@given(
    histories=st.lists(
        st.lists(st.integers(1, 20), min_size=1, max_size=5, unique=True).map(sorted), max_size=6
    ),
    horizons=st.lists(st.integers(1, 25), min_size=1, max_size=3),
)
def test_current_rows_and_every_answer_from_the_horizon_on_are_as_before(
    memory: Con, histories: list[list[int]], horizons: list[int]
) -> None:
    memory.execute("delete from raw.t; delete from ops.vacuum")
    for key, days in enumerate(histories):
        for value, (opened, closed) in enumerate(zip(days, [*days[1:], None], strict=True)):
            memory.execute(
                "insert into raw.t values (?, ?, ?, ?)",
                [key, value, _day(opened), closed and _day(closed)],
            )
    current = "select * from raw.t where superseded_at is null order by all"
    at = "select * exclude (superseded_at) from as_known_at('raw.t', ?::timestamptz) order by all"
    rows_before = memory.execute(current).fetchall()
    answers = {day: memory.execute(at, [_day(day)]).fetchall() for day in range(1, 26)}
    removed_until = 0
    for horizon in horizons:
        one = vacuum._counted(memory, "t", _day(horizon))
        vacuum._remove(memory, one, NOW)
        removed_until = max(removed_until, horizon) if one.removed else removed_until
    assert memory.execute(current).fetchall() == rows_before
    for day, answer in answers.items():
        if day >= removed_until:
            assert memory.execute(at, [_day(day)]).fetchall() == answer
        else:
            with pytest.raises(duckdb.InvalidInputException, match="is complete from"):
                memory.execute(at, [_day(day)]).fetchall()
    # Removing again what is recorded finds nothing left.
    assert vacuum.remove_recorded(memory) == 0


@pytest.mark.usefixtures("brief_study", "without_pictures")
def test_a_vacuum_is_published_and_a_replay_repeats_it(
    sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unflushed = unflushed_names(monkeypatch)
    root = Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True))
    # Farside's 254.7 million of ETHA on 2025-08-08, first as if 250.
    text = "asset,ticker,session,net_flow_usd\nETH,ETHA,2025-08-08,250000000\n"
    assert Landing(root).put("sample", Request("etf_flow", "late.csv"), text.encode(), NOW, "later")
    with Warehouse(root).writer() as con:
        load_pending(con, Landing(root))
        stored = con.execute("select max(superseded_at) from raw.etf_flow").fetchall()[0][0]
    with Warehouse(root).writer() as con:
        comments = con.execute(COMMENTS).fetchall()
    found = vacuum.vacuum(root, 1, now=stored + timedelta(days=2))
    assert [(one.dataset, one.removed) for one in found if one.removed] == [("etf_flow", 1)]
    assert unflushed() == set()
    query = "select * from raw.etf_flow order by all"
    with Warehouse(root).reader() as con:
        published = con.execute(query).fetchall()
        records = con.execute("from ops.vacuum").fetchall()
        assert con.execute(COMMENTS).fetchall() == comments
        with pytest.raises(duckdb.InvalidInputException, match="is complete from"):
            con.execute("from as_known_at('raw.etf_flow', ?)", [stored]).fetchall()
    replay(root)
    with Warehouse(root).reader() as con:
        assert con.execute(query).fetchall() == published
        assert con.execute("from ops.vacuum").fetchall() == records
    # Without the old file nobody knows of the vacuum: landing brings the version back, and every
    # instant is answered.
    (root / "writer.duckdb").unlink()
    replay(root)
    with Warehouse(root).reader() as con:
        assert len(con.execute(query).fetchall()) == len(published) + 1
        assert con.execute("from ops.vacuum").fetchall() == []


@pytest.mark.usefixtures("made_anew")
def test_a_kill_at_any_instant_removes_all_or_nothing(tmp_path: Path) -> None:
    original = tmp_path / "original"
    original.mkdir()
    with Warehouse(original).writer() as con:
        run_rows = (
            "insert into raw.etf_flow select 'ETH', 'T' || i, date '2025-08-08', i, "
            "timestamptz '2025-01-01 00:00:00+00' + to_seconds(i), "
            "case when i % 2 = 0 then timestamptz '2025-02-01 00:00:00+00' + to_seconds(i) end, "
            "'x' from range(200000) as t(i)"
        )
        con.execute(run_rows)
    work = (
        "from marketwake.runs import vacuum\nvacuum._publish = lambda _: None\n"
        "def work(root): vacuum.vacuum(root, 1)"
    )
    outcomes = set()
    with nursery(work) as attempt:
        _, seconds = attempt(Path(shutil.copytree(original, tmp_path / "measured")), None)
        # Half of the rows are gone, and the room that they took.
        assert (tmp_path / "measured" / "writer.duckdb").stat().st_size < 0.75 * (
            original / "writer.duckdb"
        ).stat().st_size
        for number, after in enumerate(instants(seconds)):
            root = Path(shutil.copytree(original, tmp_path / str(number)))
            attempt(root, after)
            with Warehouse(root).writer() as con:
                rows = con.execute(
                    "select count(*), count(*) filter (superseded_at is null) from raw.etf_flow"
                ).fetchall()
                outcomes.add(
                    (
                        rows[0],
                        con.execute("select dataset, versions from ops.vacuum").fetchall()
                        == [("etf_flow", 100_000)],
                    )
                )
    assert outcomes <= {((200_000, 100_000), False), ((100_000, 100_000), True)}
    assert ((200_000, 100_000), False) in outcomes
