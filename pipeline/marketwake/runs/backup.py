"""Backup and restore: landing, inbox, own events and claims and the writer's file in one archive
that is verified when it is written and when it is read.
"""

import os
import shutil
import tempfile
import zipfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

from marketwake.base.atomic import flush, make_folder, replace
from marketwake.base.duck import open_file
from marketwake.base.errors import BadInputError, LandingError, WarehouseError
from marketwake.base.settings import read_settings
from marketwake.landing import place
from marketwake.landing.shared import SharedPlace
from marketwake.landing.store import Landing, shared_landing
from marketwake.runs.archive import (
    DATABASE,
    FOLDERS,
    MANIFEST,
    Manifest,
    Member,
    copy_member,
    read_archive,
)
from marketwake.warehouse import whole
from marketwake.warehouse.embedded import BUILT_IN_ONLY, Embedded
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.locks import LOCKS

_STAGING = ".restoring"
_COMPRESSED = {".gz", ".xlsx"}


def backup(root: Path, target: Path, now: datetime | None = None) -> tuple[Path, Manifest]:
    """Write landing, inbox, own events and claims and the writer's file (of a lake no tables), as
    they are between two runs, into one archive, which is in place once it is read back.

    Args:
        root: the warehouse.
        target: the archive where it ends in `.zip`, else a folder in which it gets a name with the
            instant in UTC.
        now: that instant; the present by default.

    Raises:
        BadInputError: the archive exists, would lie in what is to be saved, or there is nothing to
            save.
        LandingError: a payload is not what its name says, or a receipt is not readable.
        WarehouseError: another process holds the warehouse, a file cannot be read or the archive
            not written.
    """
    shared = shared_landing(root, read_settings(root))
    if not shared and not any((root / name).exists() for name in (*FOLDERS, DATABASE)):
        raise BadInputError(
            f"there is nothing to save in {root}", "Name another folder with --warehouse."
        )
    made_at = now or datetime.now(UTC)
    path = (
        target / f"marketwake-{made_at:%Y%m%dT%H%M%SZ}.zip" if target.suffix != ".zip" else target
    )
    if path.exists():
        raise BadInputError(f"{path} exists", "Name another file, or a folder.")
    if any(path.absolute().is_relative_to((root / name).absolute()) for name in FOLDERS):
        raise BadInputError(
            f"{path} lies in what is to be saved", "Name a place outside of the warehouse."
        )
    partial = path.with_name(f".partial-{path.name}")
    with Warehouse(root).exclusive():
        try:
            make_folder(path.parent)
            _save(root, shared, partial, made_at)
            manifest = read_archive(partial, None)
            replace(partial, path)
        except OSError as error:
            raise WarehouseError(
                f"no backup was written to {path}: {error}", "Check space and rights."
            ) from error
        finally:
            if partial.exists():
                partial.unlink()
    return path, manifest


def restore(archive: Path, root: Path) -> Manifest:
    """Unpack an archive into a new or empty folder, verified, and publish it there, whatever lake
    the settings name. An older form is brought up to date.

    Raises:
        BadInputError: the folder is not empty, or there is no such archive.
        LandingError: a receipt in the archive is not readable, and nothing was restored.
        WarehouseError: the archive is damaged or was written by a newer program, and nothing was
            restored; or the folder cannot be written.
    """
    if not archive.is_file():
        raise BadInputError(
            f"there is no archive {archive}", "Name one that `marketwake backup` wrote."
        )
    # What a killed restore leaves may be there.
    if root.exists() and any(path.name not in {_STAGING, *LOCKS} for path in root.iterdir()):
        raise BadInputError(
            f"the folder {root} is not empty", "Restore into a new one, with --warehouse."
        )
    staging = root / _STAGING
    warehouse = Warehouse(root, Embedded(root))
    with warehouse.exclusive():
        try:
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            manifest = read_archive(archive, staging)
            Landing(staging)
            if DATABASE in manifest.members:
                with Warehouse(staging, Embedded(staging)).writer():
                    pass
            for path in (staging, *staging.rglob("*")):
                flush(path)
            # The writer's file and its digest come last by name: what a kill leaves without them is
            # a landing that can be replayed.
            for path in sorted(staging.iterdir()):
                replace(path, root / path.name)
            if DATABASE in manifest.members:
                warehouse.publish()
        except OSError as error:
            raise WarehouseError(
                f"{archive} cannot be restored to {root}: {error}", "Check space and rights."
            ) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _save(root: Path, shared: str, partial: Path, made_at: datetime) -> None:
    if not shared:
        Landing(root)  # in its form of today, whose payloads can be checked
        _write(root, None, partial, made_at)
        return
    with tempfile.TemporaryDirectory(dir=partial.parent, prefix=".partial-") as own:
        place.copy(SharedPlace(shared), place.LocalPlace(Path(own) / "landing"))
        _write(root, Path(own), partial, made_at)


def _write(root: Path, of_lake: Path | None, partial: Path, made_at: datetime) -> None:
    """Of a lake no tables, which `replay` makes of landing; that lies in a folder of its own."""
    members = dict[str, Member]()
    rows = {} if of_lake else _rows(root / DATABASE)
    with partial.open("wb") as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            for name, path in _files(root, of_lake):
                info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
                if path.suffix not in _COMPRESSED:
                    info.compress_type = zipfile.ZIP_DEFLATED
                try:
                    with path.open("rb") as source, archive.open(info, "w") as sink:
                        members[name] = copy_member(name, source, sink)
                except ValueError as error:
                    raise LandingError(
                        f"no backup was written: {path}: {error}",
                        "Put it back from an older backup, or delete it, and the lines in "
                        "landing/receipts that name it.",
                    ) from error
            manifest = Manifest(version("marketwake"), made_at, rows, members)
            archive.writestr(MANIFEST, manifest.as_json())
        stream.flush()
        os.fsync(stream.fileno())


def _rows(file: Path) -> dict[str, int]:
    """Rows per raw and ops table of a file that is not damaged; it is then whole without a log
    beside it. Raises WarehouseError.
    """
    if not file.exists():
        return {}
    whole.compare(file, always=True)
    try:
        with open_file(file, BUILT_IN_ONLY) as con:
            whole.read_whole(con)
            names = con.execute(
                "select schema_name || '.' || table_name from duckdb_tables() "
                "where schema_name in ('raw', 'ops') order by all"
            ).fetchall()
            rows: dict[str, int] = {
                name: con.execute(f"select count(*) from {name}").fetchall()[0][0]
                for (name,) in names
            }
            whole.checkpoint(con)
    except duckdb.Error as error:
        raise WarehouseError(
            f"the warehouse file {file} cannot be read: {error}",
            f"If another process holds it, wait for it. If it is damaged, {whole.REBUILD}",
        ) from error
    whole.refuse_log(file)
    return rows


def _files(root: Path, of_lake: Path | None) -> list[tuple[str, Path]]:
    """What is saved, by the names that it has in the archive."""
    own = (name for name in FOLDERS if name != "landing")
    folders = [(of_lake or root, "landing"), *((root, name) for name in own)]
    found = [(base, path) for base, name in folders for path in (base / name).rglob("*")]
    if not of_lake:
        found.append((root, root / DATABASE))
    return sorted(
        (path.relative_to(base).as_posix(), path)
        for base, path in found
        # A link in the inbox was refused, and what it leads to is no part of the warehouse.
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".partial-")
    )
