"""A damaged file is never published nor written to, and a good one is never taken for damaged."""

import json
import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import WarehouseError
from marketwake.warehouse import whole
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.whole import WRITER_DIGEST
from tests.support.rot import flip, unflushed_names

PROBE = (
    "create or replace table ops.probe as select ? as value, md5(range::varchar) from range(50000)"
)
CHANCE = random.Random(20250807)  # noqa: S311 - places, no secrets


def _run(root: Path, value: int = 1) -> Path:
    """What a run does with the files: it holds them, writes, publishes, and writes once more."""
    warehouse = Warehouse(root)
    with warehouse.exclusive():
        with warehouse.writer() as con:
            con.execute(PROBE, [value])
        warehouse.publish()
        with warehouse.writer() as con:
            con.execute("insert into ops.build values (now(), 'later', null)")
    return (root / "market.duckdb").resolve()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    _run(tmp_path)
    return tmp_path


def _state(root: Path) -> tuple[Path, list[Path]]:
    return (root / "market.duckdb").resolve(), sorted((root / "published").iterdir())


@pytest.mark.parametrize("has_digest", [True, False])
def test_a_bit_that_the_disk_turned_over_is_found_before_a_run_writes(
    root: Path, *, has_digest: bool
) -> None:
    file, before = root / "writer.duckdb", _state(root)
    if not has_digest:  # as after a run that was killed
        (root / WRITER_DIGEST).unlink()
    for _ in range(5):
        # The headers have a spare one, and room that is not used.
        bit = CHANCE.randrange(0 if has_digest else 3 * 4096 * 8, file.stat().st_size * 8)
        flip(file, bit)
        with pytest.raises(WarehouseError, match=str(file)) as caught:
            _run(root)
        assert "marketwake replay" in caught.value.fix
        assert _state(root) == before
        flip(file, bit)
    _run(root, 2)


def test_a_bit_that_turns_over_while_a_run_writes_is_found_before_the_link_moves(
    root: Path,
) -> None:
    before, warehouse = _state(root), Warehouse(root)
    with duckdb.connect(root / "market.duckdb", read_only=True) as con:
        ((block,), *_) = con.execute(
            "select distinct block_id from pragma_storage_info('ops.probe') where block_id >= 0"
        ).fetchall()
    with warehouse.exclusive():
        with warehouse.writer():
            pass
        warehouse.close_writer()
        flip(warehouse.root / "writer.duckdb", (3 * 4096 + 262_144 * block + 9999) * 8)
        with pytest.raises(WarehouseError, match=r"nothing was published.* ops\.probe") as e:
            warehouse.publish()
    assert "marketwake replay" in e.value.fix
    assert _state(root) == before
    # Its digest is now that of a damaged file; the next run finds the block all the same.
    with pytest.raises(WarehouseError, match="nothing was published"):
        Warehouse(root).publish()
    assert _state(root) == before


def test_who_is_killed_leaves_no_digest_that_is_wrong(root: Path, tmp_path: Path) -> None:
    killed, warehouse = tmp_path / "killed", Warehouse(root)
    killed.mkdir()
    with warehouse.exclusive(), warehouse.writer() as con:
        con.execute("insert into ops.build values (now(), 'killed', null)")
        for path in root.glob("writer*duckdb*"):
            shutil.copy2(path, killed)
        assert not (root / WRITER_DIGEST).exists()
    assert (root / WRITER_DIGEST).exists()
    with Warehouse(killed).writer() as con:
        assert con.execute("select count(*) from ops.build").fetchall() == [(2,)]


def test_what_somebody_else_wrote_is_not_taken_for_damage(root: Path) -> None:
    with duckdb.connect(root / "writer.duckdb") as con:
        con.execute("update ops.probe set value = 7")
    with Warehouse(root).writer() as con:
        assert con.execute("select distinct value from ops.probe").fetchall() == [(7,)]


@pytest.mark.parametrize("note", [b"", b"[]", b"{}", b"\xff", b'{"sha256": 1, "modified_ns": 2}'])
def test_a_digest_that_cannot_be_read_is_none(root: Path, note: bytes) -> None:
    (root / WRITER_DIGEST).write_bytes(note)
    _run(root, 2)
    assert json.loads((root / WRITER_DIGEST).read_bytes())["sha256"]


def test_a_large_file_is_compared_every_week(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "EVERY_TIME_BYTES", 0)
    note, file = root / WRITER_DIGEST, root / "writer.duckdb"
    fields = json.loads(note.read_bytes())
    flip(file, 3 * 4096 * 8)

    def checked(ago: timedelta) -> None:
        fields["checked_at"] = (datetime.now(UTC) - ago).isoformat()
        note.write_text(json.dumps(fields))

    checked(timedelta(days=6))
    assert whole.compare(file) == datetime.fromisoformat(fields["checked_at"])
    with pytest.raises(WarehouseError, match="is damaged"):
        whole.compare(file, always=True)
    checked(timedelta(days=8))
    with pytest.raises(WarehouseError, match="is damaged"):
        whole.compare(file)


def test_a_large_file_that_is_not_what_was_published_is_read_whole_every_week(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "EVERY_TIME_BYTES", 0)
    _run(root)
    note, file = root / WRITER_DIGEST, root / "writer.duckdb"
    fields = json.loads(note.read_bytes())
    assert fields["sha256"] is None
    assert whole.compare(file) == datetime.fromisoformat(fields["checked_at"])
    assert whole.compare(file, always=True) is None
    fields["checked_at"] = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    note.write_text(json.dumps(fields))
    assert whole.compare(file) is None


def test_a_log_that_stays_beside_the_closed_file_stops_the_publishing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, close = _state(root), Warehouse.close_writer

    def closed_badly(warehouse: Warehouse) -> None:
        close(warehouse)
        Path(f"{warehouse.root}/writer.duckdb.wal").write_bytes(b"what did not fit")

    with monkeypatch.context() as patch:
        patch.setattr(Warehouse, "close_writer", closed_badly)
        with pytest.raises(WarehouseError, match=r"writer\.duckdb\.wal could not be written into"):
            Warehouse(root).publish()
    assert _state(root) == before
    assert not (root / WRITER_DIGEST).exists()


def test_a_copy_is_read_only_and_has_its_digest_beside(root: Path) -> None:
    copy = _run(root, 2)
    assert copy.stat().st_mode & 0o777 == 0o444
    # The tool that everybody has.
    subprocess.run(["sha256sum", "-c", f"{copy.name}.sha256"], cwd=copy.parent, check=True)  # noqa: S607


def test_what_a_publishing_that_was_killed_left_is_no_obstacle(root: Path) -> None:
    partial = root / "published" / ".partial"
    partial.write_bytes(b"half")
    partial.chmod(0o444)
    copy = _run(root, 2)
    assert (root / "market.duckdb").resolve() == copy
    assert not partial.exists()


def test_names_are_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unflushed = unflushed_names(monkeypatch)
    _run(tmp_path / "new")
    assert unflushed() == set()


def test_what_is_as_it_was_published_is_not_read_again_for_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_file: Path) -> str:
        raise AssertionError

    warehouse = Warehouse(tmp_path)
    with warehouse.exclusive():
        with warehouse.writer() as con:
            con.execute(PROBE, [1])
        warehouse.publish()
        monkeypatch.setattr(whole, "sha256_of", read)
    monkeypatch.undo()
    copy = (tmp_path / "market.duckdb").resolve()
    told = json.loads((tmp_path / WRITER_DIGEST).read_bytes())["sha256"]
    assert copy.with_name(f"{copy.name}.sha256").read_text() == f"{told}  {copy.name}\n"
    assert whole.compare(warehouse.root / "writer.duckdb", always=True)
