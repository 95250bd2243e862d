"""The warehouse's files: one writer, readers that are never blocked, a link replaced in one go."""

import errno
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import BadInputError, WarehouseError
from marketwake.warehouse.embedded import BUILT_IN_ONLY
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.publishing import cost_path, digest_path
from marketwake.warehouse.whole import WRITER_DIGEST as DIGEST


def _publish(root: Path, value: int) -> Path:
    with Warehouse(root).writer() as con:
        con.execute("create or replace table ops.probe as select ? as value", [value])
    Warehouse(root).publish()
    return (root / "market.duckdb").resolve()


def _value(root: Path) -> int:
    with Warehouse(root).reader() as con:
        value: int = con.execute("select value from ops.probe").fetchall()[0][0]
        return value


def _copies(root: Path) -> list[Path]:
    """The published copies; each has its digest and its cost, and nothing else lies there."""
    found = set((root / "published").iterdir())
    copies = sorted(path for path in found if path.suffix == ".duckdb")
    assert found == {*copies, *map(digest_path, copies), *map(cost_path, copies)}
    return copies


def test_readers_keep_the_file_they_opened_and_later_ones_see_the_new_one(tmp_path: Path) -> None:
    _publish(tmp_path, 1)
    with Warehouse(tmp_path).reader() as old:
        for value in range(2, 6):
            _publish(tmp_path, value)
        assert old.execute("select value from ops.probe").fetchall() == [(1,)]
        # DuckDB shares one open file per path within a process, so the next reader is another
        # process, as in life.
        query = (
            f"import duckdb; print(duckdb.connect({str(tmp_path / 'market.duckdb')!r}, "
            "read_only=True).sql('from ops.probe'))"
        )
        shown = subprocess.run(
            [sys.executable, "-c", query], capture_output=True, text=True, check=True
        )
    assert str(5) in shown.stdout
    assert len(list((tmp_path / "published").glob("market-*.duckdb"))) == 2


def test_readers_of_a_moment_ago_keep_their_copy_whatever_killed_runs_have_left(
    tmp_path: Path,
) -> None:
    read = _publish(tmp_path, 1)
    # A run that was killed before it could set the link leaves a copy; a clock that was put back
    # leaves one of a later name.
    for orphan in (
        "market-20250101T000000.000000Z.duckdb",
        "market-20990101T000000.000000Z.duckdb",
    ):
        (tmp_path / "published" / orphan).write_bytes(b"")
    new = _publish(tmp_path, 2)
    assert _copies(tmp_path) == sorted([read, new])
    assert (tmp_path / "market.duckdb").resolve() == new


def test_what_the_query_of_a_killed_reader_spilled_does_not_stop_the_publishing(
    tmp_path: Path,
) -> None:
    old = _publish(tmp_path, 1)
    # More rows than the memory holds, and an end without a goodbye.
    query = (
        f"import duckdb, os; con = duckdb.connect({str(tmp_path / 'market.duckdb')!r}, "
        "read_only=True)\n"
        "con.execute(\"set memory_limit = '60MB'; create temp table t as select hash(range) as h "
        'from range(10000000)")\n'
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", query], check=False)
    assert any((tmp_path / "published").glob(f"{old.name}.tmp/*"))
    kept = [_publish(tmp_path, value) for value in (2, 3)]
    assert _value(tmp_path) == 3
    assert _copies(tmp_path) == kept


def test_an_old_copy_that_cannot_be_removed_does_not_make_a_good_run_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    old = _publish(tmp_path, 1)
    _publish(tmp_path, 2)

    def refused(path: Path, *, missing_ok: bool = False) -> None:
        if path == old:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        unlink(path, missing_ok=missing_ok)

    unlink = Path.unlink
    monkeypatch.setattr(Path, "unlink", refused)
    _publish(tmp_path, 3)
    assert _value(tmp_path) == 3
    assert f"{old} cannot be removed: Operation not permitted" in caplog.text


def test_the_log_of_a_writer_that_was_killed_is_replayed_without_a_download(tmp_path: Path) -> None:
    (tmp_path / "killed").mkdir()
    with Warehouse(tmp_path).writer() as con:
        # What a kill leaves: the file and its log as they are between two checkpoints. The log
        # makes a table with a check by a function.
        con.execute(
            "create schema mart; create table mart.probe (value double check (isfinite(value)))"
        )
        con.execute("comment on column mart.probe.value is 'Finite'")
        con.execute("insert into ops.build values (now(), 'committed', null)")
        for name in ("writer.duckdb", "writer.duckdb.wal"):
            shutil.copyfile(tmp_path / name, tmp_path / "killed" / name)
    with Warehouse(tmp_path / "killed").writer() as con:
        assert con.execute("select fingerprint from ops.build").fetchall() == [("committed",)]
    assert {path.name for path in (tmp_path / "killed").iterdir()} == {"writer.duckdb", DIGEST}


@pytest.mark.parametrize("size", [0, 5, 4096])
def test_a_kill_while_the_file_is_made_does_not_bar_the_next_run(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, **_: object) -> None:
        path.write_bytes(b"\0" * size)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(duckdb, "connect", killed)
        with pytest.raises(KeyboardInterrupt), Warehouse(tmp_path).writer():
            pass
    with Warehouse(tmp_path).writer() as con:
        assert con.execute("select count(*) from ops.run").fetchall() == [(0,)]
    assert {path.name for path in tmp_path.iterdir()} == {"writer.duckdb", DIGEST}


def test_a_careless_writer_on_the_published_file_does_not_spoil_the_next(tmp_path: Path) -> None:
    # A careless client that may write everything, as root may.
    _publish(tmp_path, 1).chmod(0o644)
    with duckdb.connect(tmp_path / "market.duckdb") as careless:
        careless.execute("set wal_autocheckpoint = '1TB'")
        careless.execute("create table scribble as select 1")
        _publish(tmp_path, 2)
        assert _value(tmp_path) == 2
    assert _value(tmp_path) == 2


def test_two_runs_cannot_write_at_once_and_the_message_names_the_holder(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from marketwake.warehouse.files import Warehouse\n"
        "with Warehouse(pathlib.Path(sys.argv[1])).exclusive(): print('held', flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with (
                pytest.raises(WarehouseError, match=f"process {holder.pid} since"),
                Warehouse(tmp_path).exclusive(),
            ):
                pass
        finally:
            holder.kill()
    with Warehouse(tmp_path).exclusive():
        pass


def test_who_waits_is_served_before_a_loop_that_has_just_let_go(tmp_path: Path) -> None:
    events: list[str] = []
    queued = threading.Event()

    def wait() -> None:
        queued.set()
        with Warehouse(tmp_path).exclusive("nightly", 30):
            events.append("nightly")

    waiter = threading.Thread(target=wait)
    for number in range(3):
        with Warehouse(tmp_path).exclusive("backfill", 30):
            events.append(f"batch {number}")
            if number == 0:
                waiter.start()
                queued.wait(10)
                # Its first look comes at once.
                time.sleep(1)
    waiter.join(30)
    assert events == ["batch 0", "nightly", "batch 1", "batch 2"]


def test_patience_ends_and_the_message_names_what_holds_the_warehouse(tmp_path: Path) -> None:
    with Warehouse(tmp_path).exclusive("backfill of the year"):
        began = time.monotonic()
        with (
            pytest.raises(WarehouseError, match=r"since .* UTC \(backfill of the year\)"),
            Warehouse(tmp_path).exclusive("nightly", 0.5),
        ):
            pass
        assert time.monotonic() - began >= 0.5
    # Nothing is left of who gave up.
    with Warehouse(tmp_path).exclusive():
        pass


def test_a_file_that_another_process_holds_and_one_that_is_no_database_are_clear_errors(
    tmp_path: Path,
) -> None:
    (tmp_path / "writer.duckdb").write_text("not a database" * 1000)
    with (
        pytest.raises(WarehouseError, match="cannot be opened") as caught,
        Warehouse(tmp_path).writer(),
    ):
        pass
    assert "marketwake replay" in caught.value.fix


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(WarehouseError, match="cannot be written"),
        Warehouse(tmp_path / "file").exclusive(),
    ):
        pass


def test_nothing_published_yet_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="no published warehouse") as caught:
        Warehouse(tmp_path).reader()
    assert "marketwake demo" in caught.value.fix


def test_what_a_killed_process_left_half_written_goes_with_the_next_run(tmp_path: Path) -> None:
    folders = (tmp_path, tmp_path / "reports", tmp_path / "published")
    for folder in folders:
        folder.mkdir(exist_ok=True)
        (folder / ".partial-x1y2z3").write_bytes(b"half")
    # Somebody's own answer, which `marketwake sql --to` is about to write.
    (tmp_path / ".partial-folder").mkdir()
    with Warehouse(tmp_path).exclusive():
        left = {path for folder in folders for path in folder.glob(".partial-*")}
    assert left == {tmp_path / ".partial-folder"}


def test_who_writes_and_who_reads_keeps_to_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(BUILT_IN_ONLY, "threads")  # of the tests
    Path("marketwake.toml").write_text('memory_limit = "256MB"\nthreads = 1\n')
    limits = "select current_setting('memory_limit'), current_setting('threads')"
    warehouse = Warehouse(tmp_path)
    with warehouse.writer() as con:
        written = con.execute(limits).fetchall()
    warehouse.publish()
    with warehouse.reader() as con:
        # 256,000,000 bytes are 244.14 times 1024 * 1024.
        assert written == con.execute(limits).fetchall() == [("244.1 MiB", 1)]


@pytest.mark.usefixtures("made_anew")
def test_the_writers_file_is_of_a_form_that_duckdb_1_5_reads(tmp_path: Path) -> None:
    with Warehouse(tmp_path).writer():
        pass
    # DuckDB 1.5.5: "we can only read versions between 64 and 68"; the number stands after a
    # checksum of eight bytes and the word DUCK.
    head = (tmp_path / "writer.duckdb").read_bytes()[:20]
    assert head[8:12] == b"DUCK"
    assert 64 <= int.from_bytes(head[12:20], "little") <= 68


def test_a_lake_is_refused_in_a_sentence_where_its_parts_are_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "marketwake.toml"
    config.write_text('warehouse_url = "ducklake:postgres:dbname=x"')
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(config))
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in [name for name in sys.modules if name.startswith("marketwake.warehouse.lake.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(BadInputError, match="psycopg is not installed here"):
        Warehouse(tmp_path).reader()
