"""Backup and restore: landing, inbox and the writer's file in one archive that is verified when it
is written and when it is read.

The archive is a ZIP: each member compressed or not as fits it (payloads and packs are compressed
already), an index at its end, and any tool opens it; Python 3.11 has no zstd, and a tar has no
index. Its last member, `manifest.json`, names every other with size and SHA-256.
"""

import hashlib
import json
import lzma
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO

import duckdb

from marketwake.base.errors import BadInputError, WarehouseError
from marketwake.warehouse.files import BUILT_IN_ONLY, LOCKS, Warehouse

_MANIFEST = "manifest.json"
_DATABASE = "writer.duckdb"
_FOLDERS = ("landing", "inbox")
_STAGING = ".restoring"
_COMPRESSED = {".gz", ".zip", ".xlsx"}
_CHUNK = 1 << 20
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    KeyError,
    TypeError,
)
"""What zipfile and json raise on altered bytes: among them members that seem encrypted
(RuntimeError) or packed by another method.
"""


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
    """Write landing, inbox and the writer's file, as they are between two runs, into one archive,
    which is in place once it is read back.

    Args:
        root: the warehouse.
        target: the archive where it ends in `.zip`, else a folder in which it gets a name with the
            instant in UTC.
        now: that instant; the present by default.

    Raises:
        BadInputError: the archive exists, would lie in what is to be saved, or there is nothing to
            save.
        WarehouseError: another process holds the warehouse, a file cannot be read or the archive
            not written.
    """
    if not any((root / name).exists() for name in (*_FOLDERS, _DATABASE)):
        raise BadInputError(
            f"there is nothing to save in {root}", "Name another folder with --warehouse."
        )
    made_at = now or datetime.now(UTC)
    path = (
        target if target.suffix == ".zip" else target / f"marketwake-{made_at:%Y%m%dT%H%M%SZ}.zip"
    )
    if path.exists():
        raise BadInputError(f"{path} exists", "Name another file, or a folder.")
    if any(path.absolute().is_relative_to((root / name).absolute()) for name in _FOLDERS):
        raise BadInputError(
            f"{path} lies in what is to be saved", "Name a place outside of the warehouse."
        )
    partial = path.with_name(f".partial-{path.name}")
    with Warehouse(root).exclusive():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(root, partial, made_at)
            manifest = _read(partial, None)
            partial.replace(path)
        except OSError as error:
            raise WarehouseError(
                f"no backup was written to {path}: {error}", "Check space and rights."
            ) from error
        finally:
            if partial.exists():
                partial.unlink()
    return path, manifest


def restore(archive: Path, root: Path) -> Manifest:
    """Unpack an archive into a new or empty folder, verified, and publish it. An older form is
    brought up to date.

    Raises:
        BadInputError: the folder is not empty, or there is no such archive.
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
    with Warehouse(root).exclusive():
        try:
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            manifest = _read(archive, staging)
            if _DATABASE in manifest.members:
                with Warehouse(staging).writer():
                    pass
            # The writer's file comes last by name: what a kill leaves without it is a landing that
            # can be replayed.
            for path in sorted(staging.iterdir()):
                path.replace(root / path.name)
            if _DATABASE in manifest.members:
                Warehouse(root).publish()
        except OSError as error:
            raise WarehouseError(
                f"{archive} cannot be restored to {root}: {error}", "Check space and rights."
            ) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _rows(root: Path) -> dict[str, int]:
    """Rows per raw and ops table; afterwards the writer's file is whole without a log beside it."""
    if not (root / _DATABASE).exists():
        return {}
    try:
        with duckdb.connect(root / _DATABASE, config=BUILT_IN_ONLY) as con:
            names = con.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('raw', 'ops') order by all"
            ).fetchall()
            rows: dict[str, int] = {
                name: con.execute(f"select count(*) from {name}").fetchall()[0][0]
                for (name,) in names
            }
            con.execute("checkpoint")
    except duckdb.Error as error:
        raise WarehouseError(
            f"the warehouse file {root / _DATABASE} cannot be read: {error}",
            "If another process holds it, wait for it. If it is damaged, `marketwake replay` rebuilds it from landing.",
        ) from error
    return rows


def _write(root: Path, partial: Path, made_at: datetime) -> None:
    rows, members = _rows(root), dict[str, Member]()
    with partial.open("wb") as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            for path in _files(root):
                info = zipfile.ZipInfo.from_file(
                    path, path.relative_to(root).as_posix(), strict_timestamps=False
                )
                info.compress_type = (
                    zipfile.ZIP_STORED if path.suffix in _COMPRESSED else zipfile.ZIP_DEFLATED
                )
                with path.open("rb") as source, archive.open(info, "w") as sink:
                    members[info.filename] = _copy(source, sink)
            archive.writestr(
                _MANIFEST, Manifest(version("marketwake"), made_at, rows, members).as_json()
            )
        stream.flush()
        os.fsync(stream.fileno())


def _files(root: Path) -> list[Path]:
    found = [
        path
        for folder in _FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file() and not path.name.startswith(".partial-")
    ]
    return sorted(found) + [path for path in (root / _DATABASE,) if path.exists()]


def _read(path: Path, folder: Path | None) -> Manifest:
    """Read every member against the manifest, into `folder` where one is given. Raises
    WarehouseError, which names what is damaged.
    """
    with _noticed(path, "its index"):
        archive = zipfile.ZipFile(path)
    with archive:
        with _noticed(path, _MANIFEST):
            manifest = Manifest.from_json(archive.read(_MANIFEST))
        expected = {*manifest.members, _MANIFEST}
        odd = expected.symmetric_difference(archive.namelist()) | {
            name for name in manifest.members if not _is_ours(name)
        }
        if odd:
            raise _damaged(path, ", ".join(sorted(odd)), "not what the manifest names")
        for name, member in manifest.members.items():
            with _noticed(path, name):
                if _extract(archive, name, folder) != member:
                    raise _damaged(path, name, "not what was saved")
    return manifest


def _is_ours(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return name == _DATABASE or (parts[0] in _FOLDERS and ".." not in parts)


def _extract(archive: zipfile.ZipFile, name: str, folder: Path | None) -> Member:
    with archive.open(name) as source:
        if folder is None:
            return _copy(source, None)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as sink:
            return _copy(source, sink)


@contextmanager
def _noticed(path: Path, name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise _damaged(path, name, str(error)) from error


def _damaged(path: Path, name: str, reason: str) -> WarehouseError:
    return WarehouseError(
        f"the archive {path} is damaged: {name}: {reason}",
        "Nothing was restored from it. Take another backup's archive.",
    )


def _copy(source: IO[bytes], sink: IO[bytes] | None) -> Member:
    """Copy to `sink`, or only read; what went through."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if sink is not None:
            sink.write(chunk)
    return Member(size, digest.hexdigest())
