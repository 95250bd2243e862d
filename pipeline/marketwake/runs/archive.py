"""The archive of a backup: its form, and how it is read.

It is a ZIP: each member compressed or not as fits it (payloads are compressed already), an index at
its end, and any tool opens it; Python 3.11 has no zstd, and a tar has no index. Its last member,
`manifest.json`, names every other with size and SHA-256. The content of a payload is checked
against its name as well.
"""

import hashlib
import io
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

from marketwake.base.errors import WarehouseError
from marketwake.base.zips import DAMAGE, open_zip
from marketwake.landing.payloads import unpacked

MANIFEST = "manifest.json"
DATABASE = "writer.duckdb"
FOLDERS = ("landing", "inbox", "events", "claims")
_PAYLOADS = "landing/payloads/*/*.gz"
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


def read_archive(path: Path, folder: Path | None) -> Manifest:
    """Read every member against the manifest, into `folder` where there is one. Raises
    WarehouseError, which names what is damaged.
    """
    name = "its index"
    try:
        with open_zip(path) as archive:
            name = MANIFEST
            with archive.open(name) as source:
                manifest = Manifest.from_json(source.read(archive.getinfo(name).file_size))
            odd = {*manifest.members, MANIFEST}.symmetric_difference(archive.namelist()) | {
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
                    if copy_member(name, source, sink, member.size) != member:
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
    is_inside = len(path.parts) > 1 and path.parts[0] in FOLDERS and ".." not in path.parts
    return name == DATABASE or (is_inside and str(path) == name)


def copy_member(name: str, source: IO[bytes], sink: IO[bytes], size: int = -1) -> Member:
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
