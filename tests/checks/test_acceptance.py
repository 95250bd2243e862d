"""Accepted offenders: they neither stop nor warn, stay listed, and an acceptance that has lost its
object says so.
"""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError, ChecksFailedError
from marketwake.base.resources import SQL
from marketwake.checks.acceptance import STALE, accept, read_own
from marketwake.checks.run import Offender
from marketwake.runs import steps
from marketwake.warehouse.files import ACCEPTED, HELD_BACK, Warehouse

Con = duckdb.DuckDBPyConnection
AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
HEADER = "check_name,object,detail_like,reason,accepted_on,source\n"
NONE = read_own(Path("there is no such folder"))
FAULT = Offender("unknown_name", "error", "seed.venue", "venue Nope of raw.spot_bar")


def _own(*rows: tuple[str, str, str]) -> pl.DataFrame:
    parts = [
        {
            "check_name": check,
            "object": name,
            "detail_like": like,
            "reason": "known",
            "accepted_on": date(2026, 1, 1),
            "source": "seen",
        }
        for check, name, like in rows
    ]
    return pl.DataFrame(parts, schema=NONE.schema)


@pytest.fixture
def root(sample_root: Path, tmp_path: Path) -> Path:
    """A copy of the sample's warehouse, to be changed at will."""
    return Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True))


def _plant(root: Path) -> None:
    with Warehouse(root).writer() as con:
        con.execute(
            "insert into raw.spot_bar select 'Nope', symbol, bar_interval, opened_at, open, high, "
            "low, close, volume_base, recorded_at, "
            "superseded_at, payload_sha256 from raw.spot_bar where venue = 'Coinbase' limit 1"
        )


def test_an_accepted_offender_keeps_its_row_and_gets_its_reason(
    con: duckdb.DuckDBPyConnection,
) -> None:
    other = Offender("unknown_name", "error", "seed.venue", "venue Other of raw.spot_bar")
    found = accept(con, [FAULT, other], _own(("unknown_name", "seed.venue", "venue Nope %")), AT)
    assert found == [
        Offender("unknown_name", "error", "seed.venue", "venue Nope of raw.spot_bar", "known"),
        other,
    ]
    rows = con.execute("select detail, accepted_reason from ops.offender order by 1").fetchall()
    assert rows == [("venue Nope of raw.spot_bar", "known"), ("venue Other of raw.spot_bar", None)]


def test_an_acceptance_of_ones_own_that_matches_nothing_is_a_warning_until_it_is_taken_away(
    con: duckdb.DuckDBPyConnection,
) -> None:
    (stale,) = accept(con, [], _own(("unknown_name", "seed.vneue", "%")), AT)
    assert (stale.check, stale.severity, stale.name) == (STALE, "warn", "unknown_name: seed.vneue")
    assert accept(con, [], NONE, AT) == []


def test_an_acceptance_of_the_package_is_stale_only_where_it_has_matched_before(
    con: duckdb.DuckDBPyConnection,
) -> None:
    known = Offender("not_a_session", "warn", "index_bar ^DJI 2019-04-19", "no session of XNYS")
    assert accept(con, [], NONE, AT) == []
    (found,) = accept(con, [known], NONE, AT)
    assert found.accepted_reason is not None
    for _ in range(2):  # as long as it stands
        (stale,) = accept(con, [], NONE, AT)
        assert (stale.check, stale.name) == (STALE, "not_a_session: index_bar ^DJI 2019-04-19")
    (stale,) = accept(con, [], _own((STALE, "not_a_session: index_bar ^DJI 2019-04-19", "%")), AT)
    assert stale.accepted_reason == "known"


@pytest.fixture(scope="module")
def empty() -> Iterator[Con]:
    """The tables of acceptance without a row; each example takes back what it did."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute("create schema ops; create schema seed")
        for table in ("ops/offender", "ops/acceptance", "seeds/accepted_offender"):
            con.execute((SQL / f"{table}.sql").read_text(encoding="utf-8"))
        yield con


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
)
def test_any_object_is_accepted_by_its_own_name_and_by_no_other(
    empty: Con, name: str, detail: str
) -> None:
    con = empty.begin()
    try:
        own = _own(("unknown_name", name, "%"))
        found = accept(
            con,
            [
                Offender("unknown_name", "error", name, detail),
                Offender("unknown_name", "error", name + "x", detail),
            ],
            own,
            AT,
        )
    finally:
        con.rollback()
    assert {one.name: one.accepted_reason for one in found} == {name: "known", name + "x": None}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "check,object\n",
            "expected the columns check_name, object, detail_like, reason, accepted_on, source",
        ),
        (HEADER + "venue_agreement,ETH,%,,2026-01-01,seen\n", "row 1: reason: missing"),
        (
            HEADER + "venue_agreement,ETH,%,known,2026-13-01,seen\n",
            "row 1: accepted_on: '2026-13-01' is not a DATE",
        ),
        (HEADER + "venue_agreement,ETH\n", "line 2: expected 6 cells, found 2"),
    ],
)
def test_a_bad_file_is_an_error_that_names_the_row(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / ACCEPTED).write_text(text)
    with pytest.raises(BadInputError) as caught:
        read_own(tmp_path)
    assert str(tmp_path / ACCEPTED) in caught.value.what
    assert what in caught.value.what


def test_an_error_holds_back_readers_keep_yesterday_and_acceptance_lets_it_through(
    root: Path,
) -> None:
    published, content = (root / "market.duckdb").readlink(), (root / "market.duckdb").read_bytes()
    _plant(root)
    with pytest.raises(ChecksFailedError, match="1 data check failed"):
        steps.check(Warehouse(root), lambda: AT, "run-7")
    held = json.loads((root / HELD_BACK).read_text())
    fault = {
        "check": "unknown_name",
        "object": "seed.venue",
        "detail": "venue Nope of raw.spot_bar",
    }
    message = (
        "1 data check failed; nothing was published:\n  unknown_name: seed.venue: venue Nope of "
        "raw.spot_bar"
    )
    assert held == {
        "run_id": "run-7",
        "at": "2026-01-02T03:04:00+00:00",
        "message": message,
        "offenders": [fault],
    }
    assert (root / "market.duckdb").readlink() == published
    assert (root / "market.duckdb").read_bytes() == content
    with Warehouse(root).reader() as con:
        assert con.execute("select count(*) from raw.spot_bar where venue = 'Nope'").fetchall() == [
            (0,)
        ]
    with Warehouse(root).writer() as con:
        assert con.execute("select count(*) from raw.spot_bar where venue = 'Nope'").fetchall() == [
            (1,)
        ]
        assert con.execute(
            "select object from ops.offender where severity = 'error'"
        ).fetchall() == [("seed.venue",)]
    (root / ACCEPTED).write_text(
        HEADER
        + "unknown_name,seed.venue,venue Nope of%,a venue under test,2026-01-02,its operator\n"
    )
    assert steps.check(Warehouse(root), lambda: AT, "run-8") == []
    Warehouse(root).publish()
    assert not (root / HELD_BACK).exists()
    assert (root / "market.duckdb").readlink() != published


def test_a_check_that_breaks_leaves_the_offenders_of_the_run_before(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_con: duckdb.DuckDBPyConnection) -> list[Offender]:
        raise KeyboardInterrupt

    with Warehouse(root).writer() as con:
        before = con.execute("select * from ops.offender order by all").fetchall()
    monkeypatch.setattr("marketwake.checks.acceptance._match", breaks)
    with pytest.raises(KeyboardInterrupt):
        steps.check(Warehouse(root))
    with Warehouse(root).writer() as con:
        assert con.execute("select * from ops.offender order by all").fetchall() == before
