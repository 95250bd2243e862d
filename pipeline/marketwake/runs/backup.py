"""Backup and restore: landing, inbox, own events and claims and the writer's file in one archive
that is verified when it is written and when it is read.

The archive is a ZIP: each member compressed or not as fits it (payloads are compressed already), an
index at its end, and any tool opens it; Python 3.11 has no zstd, and a tar has no index. Its last
member, `manifest.json`, names every other with size and SHA-256. The content of a payload is
checked against its name as well.
"""

import hashlib
import io
import json
import os
import shutil
import zipfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO

import duckdb

from marketwake.base.atomic import flush, make_folder, replace
from marketwake.base.duck import open_file
from marketwake.base.errors import BadInputError, LandingError, WarehouseError
from marketwake.base.zips import DAMAGE, open_zip
from marketwake.landing.payloads import unpacked
from marketwake.landing.store import Landing
from marketwake.warehouse import whole
from marketwake.warehouse.embedded import BUILT_IN_ONLY, Embedded
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.locks import LOCKS

_MANIFEST = "manifest.json"
_DATABASE = "writer.duckdb"
_FOLDERS = ("landing", "inbox", "events", "claims")
_PAYLOADS = "landing/payloads/*/*.gz"
_STAGING = ".restoring"
_COMPRESSED = {".gz", ".xlsx"}
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Member:
    """Size in bytes and SHA-256 of one file."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. `rows` counts each raw and ops table, all versions together; empty
    without a writer's file.
    """

    program: str
    made_at: datetime
    rows: dict[str, int]
    members: dict[str, Member]

    def as_json(self) -> str:
        """As text that `from_json` reads back."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False, default=datetime.isoformat)

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Raises ValueError, KeyError or TypeError where it is none."""
        fields = json.loads(text)
        members = {name: Member(**member) for name, member in fields["members"].items()}
        return cls(
            fields["program"], datetime.fromisoformat(fields["made_at"]), fields["rows"], members
        )


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
    if not any((root / name).exists() for name in (*_FOLDERS, _DATABASE)):
        raise BadInputError(
            f"there is nothing to save in {root}", "Name another folder with --warehouse."
        )
    made_at = now or datetime.now(UTC)
    path = (
        target / f"marketwake-{made_at:%Y%m%dT%H%M%SZ}.zip" if target.suffix != ".zip" else target
    )
    if path.exists():
        raise BadInputError(f"{path} exists", "Name another file, or a folder.")
    if any(path.absolute().is_relative_to((root / name).absolute()) for name in _FOLDERS):
        raise BadInputError(
            f"{path} lies in what is to be saved", "Name a place outside of the warehouse."
        )
    partial = path.with_name(f".partial-{path.name}")
    with (warehouse := Warehouse(root)).exclusive():
        Landing(root)  # in its form of today, whose payloads can be checked
        try:
            make_folder(path.parent)
            _write(warehouse, partial, made_at)
            manifest = _read(partial, None)
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
            manifest = _read(archive, staging)
            Landing(staging)
            if _DATABASE in manifest.members:
                with Warehouse(staging, Embedded(staging)).writer():
                    pass
            for path in (staging, *staging.rglob("*")):
                flush(path)
            # The writer's file and its digest come last by name: what a kill leaves without them is
            # a landing that can be replayed.
            for path in sorted(staging.iterdir()):
                replace(path, root / path.name)
            if _DATABASE in manifest.members:
                warehouse.publish()
        except OSError as error:
            raise WarehouseError(
                f"{archive} cannot be restored to {root}: {error}", "Check space and rights."
            ) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _write(warehouse: Warehouse, partial: Path, made_at: datetime) -> None:
    root, members = warehouse.root, dict[str, Member]()
    # The tables of a lake are made of landing by `replay`.
    database = root / _DATABASE if isinstance(warehouse.store, Embedded) else None
    rows = _rows(database) if database else {}
    with partial.open("wb") as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            for path in _files(root, database):
                name = path.relative_to(root).as_posix()
                info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
                if path.suffix not in _COMPRESSED:
                    info.compress_type = zipfile.ZIP_DEFLATED
                try:
                    with path.open("rb") as source, archive.open(info, "w") as sink:
                        members[name] = _copy(name, source, sink)
                except ValueError as error:
                    raise LandingError(
                        f"no backup was written: {path}: {error}",
                        "Put it back from an older backup, or delete it, and the lines in "
                        "landing/receipts that name it.",
                    ) from error
            manifest = Manifest(version("marketwake"), made_at, rows, members)
            archive.writestr(_MANIFEST, manifest.as_json())
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


def _files(root: Path, database: Path | None) -> list[Path]:
    return sorted(
        path
        for path in (
            *([database] if database else []),
            *(path for name in _FOLDERS for path in (root / name).rglob("*")),
        )
        # A link in the inbox was refused, and what it leads to is no part of the warehouse.
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".partial-")
    )


def _read(path: Path, folder: Path | None) -> Manifest:
    """Read every member against the manifest, into `folder` where there is one. Raises
    WarehouseError, which names what is damaged.
    """
    name = "its index"
    try:
        with open_zip(path) as archive:
            name = _MANIFEST
            with archive.open(name) as source:
                manifest = Manifest.from_json(source.read(archive.getinfo(name).file_size))
            odd = {*manifest.members, _MANIFEST}.symmetric_difference(archive.namelist()) | {
                member for member in manifest.members if not _is_ours(member)
            }
            if odd:
                name = ", ".join(sorted(odd))
                raise ValueError("not what the manifest names")
            for name, member in manifest.members.items():
                target = folder / name if folder else Path(os.devnull)
                target.parent.mkdir(parents=True, exist_ok=True)
                _refuse_bomb(archive.getinfo(name), member.size)
                with archive.open(name) as source, target.open("wb") as sink:
                    if _copy(name, source, sink, member.size) != member:
                        raise ValueError("not what was saved")
    except DAMAGE as error:
        raise WarehouseError(
            f"the archive {path} is damaged: {name}: {error}",
            "Nothing was restored from it. Take another backup's archive.",
        ) from error
    return manifest


def _refuse_bomb(info: zipfile.ZipInfo, size: int) -> None:
    """zipfile stops at the size that the archive's index states, and unpacks no more than it was
    asked for, by our methods alone.
    """
    if info.file_size != size or info.compress_type not in _METHODS:
        raise ValueError("not of the size or by the method that it was saved with")


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    is_inside = len(path.parts) > 1 and path.parts[0] in _FOLDERS and ".." not in path.parts
    return name == _DATABASE or (is_inside and str(path) == name)


def _copy(name: str, source: IO[bytes], sink: IO[bytes], size: int = -1) -> Member:
    """Copy a member, of that size where it is known; what went through. Raises ValueError where a
    payload is not what its name says.
    """
    file = PurePosixPath(name)
    if file.match(_PAYLOADS):
        blob = source.read(size)
        unpacked(blob, file.name.removesuffix(".gz"))
        source = io.BytesIO(blob)
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += sink.write(chunk)
    return Member(size, digest.hexdigest())
