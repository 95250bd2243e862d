"""Migrations: an older file gets the newest form once, in order, all or nothing; a newer file is
refused.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import DefinitionError, NewerWarehouseError
from marketwake.warehouse import migrations
from marketwake.warehouse.ddl import create_tables
from marketwake.warehouse.files import Warehouse

Add = Callable[..., None]
FIRST_FORM = Path(__file__).parent / "recorded" / "first_form.sql"
LOAD = (
    "insert into ops.load by name select 'p1' as receipt_id, 'r1' as run_id, 'sample' as source, "
    "'etf_flow' as dataset, 'etf_flow.csv' as request, now() as landed_at, 'loaded' as status, "
    "5 as rows_read, 5 as rows_accepted, 0 as rows_rejected, 5 as rows_new, 0 as rows_restated, "
    "0 as rows_unchanged"
)
RUN = "insert into ops.run values ('r1', 'nightly', 'sample', now(), null, 'running', null)"


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    """`add("0001_what", text)`: a file in a folder that stands in for the project's migrations."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    monkeypatch.setattr(migrations, "FOLDER", folder)

    def put(name: str, text: str) -> None:
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")

    return put


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A warehouse of the first form with one run and one load."""
    root = tmp_path / "warehouse"
    root.mkdir()
    with duckdb.connect(root / "writer.duckdb") as con:
        con.execute(FIRST_FORM.read_text(encoding="utf-8"))
        con.execute(RUN)
        con.execute(LOAD)
    return root


@contextmanager
def _plain(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(root / "writer.duckdb") as con:
        yield con


def _form(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[object, object]]:
    """Columns in order, and checks, of every raw and ops table."""
    columns = con.execute(
        "select schema_name || '.' || table_name, list((column_name, data_type, is_nullable) "
        "order by column_index) "
        "from duckdb_columns() where schema_name in ('raw', 'ops') group by all"
    ).fetchall()
    checks = dict(
        con.execute(
            "select schema_name || '.' || table_name, list(constraint_text order by "
            "constraint_text) "
            "from duckdb_constraints() where constraint_type = 'CHECK' group by all"
        ).fetchall()
    )
    return {name: (found, checks.get(name)) for name, found in columns}


def _applied(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        row[0]
        for row in con.execute(
            "select name from ops.migration order by applied_at, number"
        ).fetchall()
    ]


def test_a_file_of_the_first_form_gets_the_form_of_a_new_one(root: Path, tmp_path: Path) -> None:
    with Warehouse(root).writer() as con:
        migrated = _form(con)
        # None of an older program's rows were held.
        assert con.execute("select receipt_id, rows_new, rows_held from ops.load").fetchall() == [
            ("p1", 5, 0)
        ]
        assert con.execute("select run_id from ops.run").fetchall() == [("r1",)]
    with Warehouse(tmp_path).writer() as con:
        assert migrated == _form(con)
    assert "raw.spot_bar" in migrated


def test_bars_of_before_are_kept_and_other_lengths_become_possible(root: Path) -> None:
    bar = (
        "insert into raw.spot_bar values ('Coinbase', 'BTC/USD', '{}', timestamptz '2025-08-07 "
        "16:00:00+00', 1, 3, 0.5, 2, 7, "
        "timestamptz '2025-08-08 06:15:00+00', null, 'abc')"
    )
    with _plain(root) as con:
        con.execute(bar.format("1h"))
        before = con.execute("from raw.spot_bar").fetchall()
        with pytest.raises(duckdb.ConstraintException):
            con.execute(bar.format("30m"))
    with Warehouse(root).writer() as con:
        assert con.execute("from raw.spot_bar").fetchall() == before
        con.execute(bar.format("30m"))
        told = con.execute(
            "select count(comment) from duckdb_columns() where table_name = 'spot_bar' and "
            "schema_name = 'raw'"
        ).fetchall()
        assert told == [(9,)]
        assert con.execute(
            "select count(*) from duckdb_tables() where table_name like 'spot_bar%'"
        ).fetchall() == [(1,)]


def test_indices_and_figures_of_before_are_kept_and_may_say_more(root: Path) -> None:
    index = "'SHILLER', '1mo', date '1871-01-01', 4.44"
    figure = "'plan_assets_dc', date '2025-03-31', 12.2e12, 'usd', 'ICI', 'Release'"
    version = "timestamptz '2025-08-08 06:15:00+00', null, 'abc'"
    with _plain(root) as con:
        con.execute(f"insert into raw.index_bar values ({index}, {version})")
        con.execute(f"insert into raw.reference_figure values ({figure}, {version})")
    with Warehouse(root).writer() as con:
        assert con.execute(
            "select session, close, dividend, consumer_price_index, long_rate, payload_sha256 "
            "from raw.index_bar"
        ).fetchall() == [(date(1871, 1, 1), 4.44, None, None, None, "abc")]
        assert con.execute(
            "select figure, value, how_seen, payload_sha256 from raw.reference_figure"
        ).fetchall() == [("plan_assets_dc", 12.2e12, None, "abc")]
        # 5.32 is per cent.
        for rate, how_seen in ((5.32, "in full"), (0.0532, "by hearsay")):
            with pytest.raises(duckdb.ConstraintException):
                con.execute(
                    f"update raw.index_bar set long_rate = {rate}; "
                    f"update raw.reference_figure set how_seen = '{how_seen}'"
                )


def test_requests_of_before_are_kept_under_their_new_name(root: Path, tmp_path: Path) -> None:
    with _plain(root) as con:
        con.execute(
            """
            create table ops.asked (
                receipt_id varchar not null, dataset varchar not null, venue varchar not null,
                symbol varchar not null, "interval" varchar not null,
                first_at timestamptz not null, last_at timestamptz not null,
                requested_at timestamptz not null,
                status varchar not null check (status in ('loaded', 'refused', 'fetch_failed')),
                error varchar
            );
            insert into ops.asked values (
                'receipt', 'spot_bar', 'Kraken', 'BTC/USD', '1h', '2025-08-07 00:00:00+00',
                '2025-08-07 23:00:00+00', '2025-08-08 06:15:00+00', 'fetch_failed', 'HTTP 503'
            );
            """
        )
        before = con.execute("from ops.asked").fetchall()
    with Warehouse(root).writer() as con, Warehouse(tmp_path).writer() as new:
        assert con.execute("from ops.request").fetchall() == before
        told = "select comment from duckdb_tables() where table_name = 'request'"
        assert con.execute(told).fetchall() == new.execute(told).fetchall()
        assert _form(con) == _form(new)


def test_each_migration_is_applied_once_and_in_order(root: Path, add: Add) -> None:
    add("0001_add", "alter table ops.run add column host varchar; update ops.run set host = 'a';")
    add("0002_double", "update ops.run set host = host || host;")
    for _ in range(2):
        with Warehouse(root).writer() as con:
            # Out of order it would be null, applied twice it would be aaaa.
            assert con.execute("select host from ops.run").fetchall() == [("aa",)]
            assert _applied(con) == ["0001_add", "0002_double"]
    add("0003_more", "update ops.run set host = host || '!';")
    with Warehouse(root).writer() as con:
        assert con.execute("select host from ops.run").fetchall() == [("aa!",)]
        assert len(_applied(con)) == 3


def test_a_new_file_counts_every_migration_as_applied(tmp_path: Path, add: Add) -> None:
    add("0001_would_fail", "select error('must not run');")
    for _ in range(2):
        with Warehouse(tmp_path).writer() as con:
            assert _applied(con) == ["0001_would_fail"]


def test_a_migration_that_fails_leaves_the_file_as_it_was_and_keeps_those_before_it(
    root: Path, add: Add
) -> None:
    add(
        "0001_torn",
        "alter table ops.run add column host varchar; update ops.run set host = 'a'; select "
        "error('half way');",
    )
    with _plain(root) as con:
        before = _form(con)
    with (
        pytest.raises(DefinitionError, match=r"0001_torn\.sql: .*half way"),
        Warehouse(root).writer(),
    ):
        pass
    with _plain(root) as con:
        assert _form(con) == before
    add("0001_torn", "alter table ops.run add column host varchar;")
    add("0002_torn", "drop table ops.run; select error('half way');")
    with pytest.raises(DefinitionError, match="0002_torn"), Warehouse(root).writer():
        pass
    with _plain(root) as con:
        assert _applied(con) == ["0001_torn"]
        assert con.execute("select run_id, host from ops.run").fetchall() == [("r1", None)]


def test_writer_and_reader_refuse_a_file_of_a_newer_program_and_leave_it(
    root: Path, add: Add, tmp_path: Path
) -> None:
    add("0001_add", "alter table ops.run add column host varchar;")
    add("0002_later", "alter table ops.run add column zone varchar;")
    with Warehouse(root).writer():
        pass
    Warehouse(root).publish()
    (tmp_path / "migrations" / "0002_later.sql").unlink()
    before = (root / "writer.duckdb").read_bytes()
    for opening in (lambda: Warehouse(root).writer(), lambda: Warehouse(root).reader()):
        with (
            pytest.raises(
                NewerWarehouseError,
                match="written by a newer marketwake: it has migrations 0002_later",
            ) as caught,
            opening(),
        ):
            pass
        assert caught.value.fix == "Upgrade marketwake."
        assert caught.value.exit_code == 4
    assert (root / "writer.duckdb").read_bytes() == before


def test_an_applied_migration_whose_text_changed_is_an_error_of_the_project(
    root: Path, add: Add
) -> None:
    add("0001_add", "alter table ops.run add column host varchar;")
    with Warehouse(root).writer():
        pass
    add("0001_add", "alter table ops.run add column hosts varchar;")
    with pytest.raises(DefinitionError, match="0001_add"), Warehouse(root).writer():
        pass


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["1_short"], "is not named"),
        (["0001_Loud"], "is not named"),
        (["0001_a", "0001_b"], "0001_a and 0001_b have the same number"),
    ],
)
def test_names_that_give_no_order_are_refused(
    tmp_path: Path, add: Add, names: list[str], complaint: str
) -> None:
    for name in names:
        add(name, "select 1;")
    with pytest.raises(DefinitionError, match=complaint), Warehouse(tmp_path).writer():
        pass


def test_a_migration_that_comes_late_with_a_low_number_is_refused(root: Path, add: Add) -> None:
    add("0002_second", "select 1;")
    with Warehouse(root).writer():
        pass
    add("0001_first", "select 1;")
    with (
        pytest.raises(DefinitionError, match="comes before migration 0002"),
        Warehouse(root).writer(),
    ):
        pass


def test_a_kill_while_a_new_file_is_made_leaves_no_half_made_one(
    tmp_path: Path, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("0001_add", "alter table ops.run add column host varchar;")

    def dies(con: duckdb.DuckDBPyConnection, folder: str) -> None:
        create_tables(con, folder)
        if folder == "ops":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("marketwake.warehouse.opening.create_tables", dies)
        with pytest.raises(KeyboardInterrupt), Warehouse(tmp_path).writer():
            pass
    with _plain(tmp_path) as con:
        assert migrations.is_new(con)
