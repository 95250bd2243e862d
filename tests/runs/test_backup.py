"""Backup and restore: what comes back is what was there; a flipped byte is noticed and named; a
kill leaves the warehouse whole.
"""

import gzip
import hashlib
import shutil
import tracemalloc
import zipfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import (
    BadInputError,
    LandingError,
    NewerWarehouseError,
    WarehouseError,
)
from marketwake.landing.store import Landing
from marketwake.runs.archive import Manifest, Member
from marketwake.runs.backup import backup, restore
from marketwake.runs.replay import replay
from marketwake.sources.source import Request
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.locks import LOCKS
from marketwake.warehouse.whole import WRITER_DIGEST
from tests.support.kills import instants, nursery
from tests.support.rot import flip, unflushed_names
from tests.support.rows import SAMPLE_BARS

NOW = datetime(2026, 1, 15, 6, tzinfo=UTC)
REQUEST = Request("etf_flow", "flows.csv")


def _tables(root: Path) -> dict[str, list[tuple[object, ...]]]:
    with Warehouse(root).reader() as con:
        names = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name in ('raw', 'ops')"
        ).fetchall()
        return {name: con.execute(f"from {name} order by all").fetchall() for (name,) in names}


def _content(root: Path) -> list[tuple[object, bytes]]:
    landing = Landing(root)
    return [(receipt, landing.read(receipt)) for receipt in landing.receipts()]


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small warehouse: receipts of two months, a file in the inbox, a run."""
    root = tmp_path / "warehouse"
    for month, body in ((11, b"a" * 300), (12, b"b" * 300)):
        landing = Landing(root, partial(datetime, 2025, month, 1, tzinfo=UTC))
        landing.put("sample", REQUEST, body, NOW, "run")
    (root / "inbox" / "loaded").mkdir(parents=True)
    (root / "inbox" / "loaded" / "Zuflüsse.csv").write_text("x\n" * 50, encoding="utf-8")
    (root / "state").mkdir()
    (root / "state" / "cookies").write_text("of no use elsewhere")
    with Warehouse(root).writer() as con:
        con.execute(
            "insert into ops.run values ('r1', 'nightly', 'sample', now(), null, 'running', null)"
        )
    return root


def test_what_is_restored_is_what_was_saved(sample_root: Path, tmp_path: Path) -> None:
    saved = Path(shutil.copytree(sample_root, tmp_path / "saved", symlinks=True))
    path, manifest = backup(saved, tmp_path / "backups", NOW)
    assert path == tmp_path / "backups" / "marketwake-20260115T060000Z.zip"
    assert list(path.parent.iterdir()) == [path]
    assert manifest.rows["raw.spot_bar"] == SAMPLE_BARS
    home = tmp_path / "restored"
    assert restore(path, home) == manifest
    assert _tables(home) == _tables(sample_root)
    assert _content(home) == _content(sample_root)
    assert _names(home) == {
        "landing",
        "market.duckdb",
        "published",
        "writer.duckdb",
        WRITER_DIGEST,
        *LOCKS,
    }


def test_landing_and_inbox_are_saved_and_caches_are_not(root: Path, tmp_path: Path) -> None:
    path, manifest = backup(root, tmp_path / "one.zip")
    assert {name.split("/")[0] for name in manifest.members} == {
        "landing",
        "inbox",
        "writer.duckdb",
    }
    assert {"landing/receipts/2025-11.jsonl", "inbox/loaded/Zuflüsse.csv"} < set(manifest.members)
    home = tmp_path / "restored"
    restore(path, home)
    assert _content(home) == _content(root)
    assert (home / "inbox" / "loaded" / "Zuflüsse.csv").read_text(encoding="utf-8") == "x\n" * 50
    with Warehouse(home).reader() as con:
        assert con.execute("select run_id from ops.run").fetchall() == [("r1",)]


def test_a_log_that_a_killed_run_left_is_part_of_the_backup(root: Path, tmp_path: Path) -> None:
    with duckdb.connect(root / "writer.duckdb") as con:
        con.execute("set wal_autocheckpoint = '1TB'")
        con.execute("update ops.run set state = 'failed'")
        for name in ("writer.duckdb", "writer.duckdb.wal"):
            shutil.copyfile(root / name, tmp_path / name)
    for name in ("writer.duckdb", "writer.duckdb.wal"):
        shutil.copyfile(tmp_path / name, root / name)
    path, _ = backup(root, tmp_path / "one.zip")
    restore(path, tmp_path / "restored")
    with Warehouse(tmp_path / "restored").reader() as con:
        assert con.execute("select state from ops.run").fetchall() == [("failed",)]


def test_a_damaged_warehouse_is_not_saved(root: Path, tmp_path: Path) -> None:
    flip(root / "writer.duckdb", 100_000)
    with pytest.raises(WarehouseError, match=r"writer\.duckdb is damaged"):
        backup(root, tmp_path / "one.zip")
    assert not (tmp_path / "one.zip").exists()


def test_names_are_on_the_disk_when_a_backup_or_a_restore_returns(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unflushed = unflushed_names(monkeypatch)
    path, _ = backup(root, tmp_path / "backups")
    assert unflushed() == set()
    restore(path, tmp_path / "restored")
    assert unflushed() == set()


def test_landing_alone_can_be_saved_and_restored(root: Path, tmp_path: Path) -> None:
    (root / "writer.duckdb").unlink()
    path, manifest = backup(root, tmp_path / "one.zip")
    assert manifest.rows == {}
    restore(path, tmp_path / "restored")
    assert _content(tmp_path / "restored") == _content(root)


def test_every_flipped_byte_is_noticed_or_harmless(root: Path, tmp_path: Path) -> None:
    path, manifest = backup(root, tmp_path / "one.zip")
    before, good = _content(root), path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        starts = sorted(info.header_offset for info in archive.infolist())
    noticed = 0
    # Every header's beginning, a spread over members and index, and where the index begins.
    positions = [
        *(start + offset for start in starts for offset in (0, 6, 8, 14, 18, 26, 30)),
        *range(0, len(good), len(good) // 80),
        *range(len(good) - 6, len(good)),
    ]
    for number, position in enumerate(positions):
        content = bytearray(good)
        content[position] ^= 0x41
        path.write_bytes(content)
        home = tmp_path / f"restored-{number}"
        try:
            restored = restore(path, home)
        except WarehouseError as error:
            noticed += 1
            assert "one.zip is damaged: " in error.what  # noqa: PT017 - either outcome is right
            assert _names(home) == set(LOCKS)
        else:
            assert restored == manifest
            assert _content(home) == before
        shutil.rmtree(home)
    assert noticed > len(positions) / 2


def test_the_damaged_member_is_named(root: Path, tmp_path: Path) -> None:
    path, _ = backup(root, tmp_path / "one.zip")
    with zipfile.ZipFile(path) as archive:
        name = "landing/receipts/2025-11.jsonl"
        at = archive.getinfo(name).header_offset + 30 + len(name) + 60
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(WarehouseError, match=r"landing/receipts/2025-11\.jsonl: "):
        restore(path, tmp_path / "restored")


def test_a_payload_that_is_not_what_its_name_says_stops_the_backup(
    root: Path, tmp_path: Path
) -> None:
    payload = sorted((root / "landing" / "payloads").glob("*/*.gz"))[1]
    for damage in (b"", b"not gzip", payload.read_bytes()[:-1], gzip.compress(b"something else")):
        payload.write_bytes(damage)
        with pytest.raises(LandingError, match="no backup was written") as caught:
            backup(root, tmp_path / "backups" / "one.zip")
        assert str(payload) in caught.value.what
        assert _names(tmp_path / "backups") == set()


def test_a_payload_that_was_saved_damaged_is_named_and_nothing_restored(
    root: Path, tmp_path: Path
) -> None:
    path, manifest = backup(root, tmp_path / "one.zip")
    name = next(name for name in manifest.members if name.startswith("landing/payloads/"))
    rot = gzip.compress(b"something else")
    # An archive that agrees with its manifest.
    members = {**manifest.members, name: Member(len(rot), hashlib.sha256(rot).hexdigest())}
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for member in members:
            bad.writestr(member, rot if member == name else good.read(member))
        bad.writestr("manifest.json", replace(manifest, members=members).as_json())
    with pytest.raises(WarehouseError, match=f"{name}: its content does not match its address"):
        restore(tmp_path / "bad.zip", tmp_path / "restored")
    assert _names(tmp_path / "restored") == set(LOCKS)


def test_an_archive_with_a_landing_of_the_old_form_is_restored_in_the_new(
    root: Path, tmp_path: Path
) -> None:
    path, manifest = backup(root, tmp_path / "one.zip")
    lines, day = "landing/receipts/2025-11.jsonl", "landing/receipts/2025-11-01/one.json"
    with zipfile.ZipFile(path) as new, zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        for name in manifest.members:
            old.writestr(day if name == lines else name, new.read(name))
        members = {day if name == lines else name: m for name, m in manifest.members.items()}
        old.writestr("manifest.json", replace(manifest, members=members).as_json())
    restore(tmp_path / "old.zip", tmp_path / "restored")
    assert _names(tmp_path / "restored" / "landing" / "receipts") == {
        "2025-11.jsonl",
        "2025-12.jsonl",
    }
    assert _content(tmp_path / "restored") == _content(root)


@pytest.mark.parametrize(
    "name", ["../escaped", "landing/../../escaped", "/escaped", "state/cookies"]
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"")
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        archive.writestr(
            "manifest.json",
            f'{{"program": "1", "made_at": "2026-01-01T00:00:00+00:00", "rows": {{}}, '
            f'"members": {{"{name}": {{"size": 0, "sha256": "{empty}"}}}}}}',
        )
    with pytest.raises(WarehouseError, match="not what the manifest names"):
        restore(path, tmp_path / "restored")
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize(
    "name", ["", "/", "landing", "landing/", "landing/.", "inbox//", "inbox/" + "x" * 300]
)
def test_a_member_whose_name_is_none_is_refused_and_nothing_restored(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "odd.zip"
    info = zipfile.ZipInfo("a")
    info.filename = name
    empty = Member(0, hashlib.sha256(b"").hexdigest())
    manifest = Manifest("1", NOW, {}, {name: empty, "inbox/note": empty})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, b"")
        archive.writestr("inbox/note", b"")
        archive.writestr("manifest.json", manifest.as_json())
    with pytest.raises(WarehouseError, match=r"odd\.zip"):
        restore(path, tmp_path / "restored")
    assert _names(tmp_path / "restored") == set(LOCKS)


BOMB_MB = 64
NOTE = "inbox/note.txt"


def _bomb(path: Path, name: str, method: int, *, manifest: bool) -> None:
    """An archive with a member that states 10 bytes and unpacks to `BOMB_MB`."""
    claimed = Member(10, hashlib.sha256(b"ten bytes.").hexdigest())
    text = Manifest("1", NOW, {}, {} if manifest else {name: claimed}).as_json()
    with zipfile.ZipFile(path, "w", method) as archive:
        with archive.open(name, "w") as sink:
            for _ in range(BOMB_MB):
                sink.write(bytes(1 << 20))
        archive.filelist[0].file_size = 10
        archive.filelist[0].CRC = zlib.crc32(bytes(10))
        if not manifest:
            archive.writestr("manifest.json", text)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        (NOTE, zipfile.ZIP_DEFLATED),
        (NOTE, zipfile.ZIP_BZIP2),
        (f"landing/payloads/00/{'0' * 64}.gz", zipfile.ZIP_DEFLATED),
        ("manifest.json", zipfile.ZIP_DEFLATED),
    ],
)
def test_a_member_that_holds_more_than_it_states_is_not_unpacked(
    tmp_path: Path, name: str, method: int
) -> None:
    _bomb(tmp_path / "bomb.zip", name, method, manifest=name == "manifest.json")
    tracemalloc.start()
    try:
        with pytest.raises(WarehouseError, match=r"bomb\.zip is damaged"):
            restore(tmp_path / "bomb.zip", tmp_path / "restored")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < BOMB_MB / 8 * (1 << 20)
    assert _names(tmp_path / "restored") == set(LOCKS)


def test_a_folder_that_holds_something_is_refused_and_left_alone(
    root: Path, tmp_path: Path
) -> None:
    path, _ = backup(root, tmp_path / "one.zip")
    full = tmp_path / "full"
    full.mkdir()
    (full / "note").write_text("mine")
    with pytest.raises(BadInputError, match="is not empty"):
        restore(path, full)
    assert _names(full) == {"note"}


def test_an_archive_of_a_newer_program_is_refused_and_restores_nothing(
    root: Path, tmp_path: Path
) -> None:
    with duckdb.connect(root / "writer.duckdb") as con:
        con.execute("insert into ops.migration values (9999, '9999_later', repeat('0', 64), now())")
    path, _ = backup(root, tmp_path / "one.zip")
    with pytest.raises(NewerWarehouseError, match="9999_later"):
        restore(path, tmp_path / "restored")
    assert _names(tmp_path / "restored") == set(LOCKS)


def test_wrong_targets_are_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "there.zip").write_bytes(b"")
    for target, complaint in (
        (tmp_path / "there.zip", "exists"),
        (root / "landing" / "one.zip", "lies in what is to be saved"),
    ):
        with pytest.raises(BadInputError, match=complaint):
            backup(root, target)
    with pytest.raises(BadInputError, match="nothing to save"):
        backup(tmp_path / "nowhere", tmp_path / "one.zip")
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(BadInputError, match="there is no archive"):
        restore(tmp_path / "no.zip", tmp_path / "restored")
    (tmp_path / "file").write_text("")
    with pytest.raises(WarehouseError, match="no backup was written"):
        backup(root, tmp_path / "file" / "one.zip")


@pytest.mark.usefixtures("brief_study", "without_pictures")
def test_a_restored_warehouse_can_be_replayed(sample_root: Path, tmp_path: Path) -> None:
    saved = Path(shutil.copytree(sample_root, tmp_path / "saved", symlinks=True))
    path, _ = backup(saved, tmp_path / "one.zip")
    home = tmp_path / "restored"
    restore(path, home)
    before = _tables(home)
    replay(home)
    after = _tables(home)
    # These say when something was done.
    stamped = {"ops.build", "ops.offender", "ops.acceptance", "ops.series", "ops.migration"}
    assert {name for name in before if before[name] != after[name]} <= stamped


def test_a_kill_at_any_instant_leaves_the_warehouse_whole_and_no_archive_that_lies(
    root: Path, tmp_path: Path
) -> None:
    with Warehouse(root).writer() as con:
        con.execute("create table ops.ballast as select random() as x from range(400000)")
    before = _content(root)
    work = (
        "from marketwake.runs.backup import backup\n"
        "def work(root): backup(root, root.parent / 'killed.zip')"
    )
    target = root.parent / "killed.zip"
    with nursery(work) as attempt:
        _, seconds = attempt(root, None)
        target.unlink()
        killed = 0
        for number, after in enumerate(instants(seconds)):
            killed += attempt(root, after)[0]
            assert _content(root) == before
            with Warehouse(root).writer() as con:
                assert con.execute("select count(*) from ops.ballast").fetchall() == [(400_000,)]
            if target.exists():
                restore(target, tmp_path / f"restored-{number}")
                target.unlink()
    assert killed
    backup(root, target)
    assert not list(root.parent.glob(".partial-*"))
