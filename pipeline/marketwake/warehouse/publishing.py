"""A published copy of the writer's file: read back whole, named, and shown by the link, in this
order.
"""

import json
import logging
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from marketwake.base.atomic import copy_with_digest, make_folder, replace, write_atomically
from marketwake.base.duck import open_file
from marketwake.base.errors import WarehouseError
from marketwake.warehouse.whole import REBUILD, Digest, read_whole

log = logging.getLogger(__name__)

READ_ONLY = 0o444
"""The mode of a copy: nobody writes it, careless clients included."""


def publish_copy(file: Path, link: Path) -> Digest:
    """Copy a closed file and point the link at the copy in one step. Returns what the file is.

    The link makes the swap safe for careless clients too: a log that one leaves behind stays beside
    the old copy.

    Raises:
        WarehouseError: the copy cannot be read whole; the link is as it was.
        OSError: the copy or the link cannot be written.
    """
    began = time.monotonic()
    folder = link.with_name("published")
    copy = folder / f"market-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.duckdb"
    partial = folder / ".partial"
    following = link.with_name(f".{link.name}.next")
    make_folder(folder)
    try:
        # What a killed run has left cannot be written any more.
        partial.unlink(missing_ok=True)
        modified_ns = file.stat().st_mtime_ns
        sha256 = copy_with_digest(file, partial)
        partial.chmod(READ_ONLY)
        _read_back(partial, file)
        write_atomically(digest_path(copy), f"{sha256}  {copy.name}\n".encode(), READ_ONLY)
        cost = {"bytes": partial.stat().st_size, "seconds": round(time.monotonic() - began, 3)}
        write_atomically(cost_path(copy), f"{json.dumps(cost)}\n".encode(), READ_ONLY)
        replace(partial, copy)
    finally:
        partial.unlink(missing_ok=True)
    following.unlink(missing_ok=True)
    following.symlink_to(copy.relative_to(link.parent))
    # A reader that resolved the link a moment ago still opens the one before, which need not be the
    # newest beside this one.
    before = link.resolve()
    replace(following, link)
    _tidy(folder, (copy.name, before.name))
    return Digest(sha256, modified_ns)


def cost_path(copy: Path) -> Path:
    """Where it lies what the publishing of a copy cost: {"bytes", "seconds"}."""
    return copy.with_name(f"{copy.name}.cost")


def digest_path(copy: Path) -> Path:
    """Where the digest of a copy lies."""
    return copy.with_name(f"{copy.name}.sha256")


def _read_back(partial: Path, file: Path) -> None:
    try:
        with open_file(partial, read_only=True) as con:
            read_whole(con)
    except duckdb.Error as error:
        raise WarehouseError(
            f"nothing was published: the copy of {file} cannot be read whole: {error}",
            f"Readers keep the file of the last good run. {file.name} is damaged: {REBUILD}",
        ) from error


def _tidy(folder: Path, kept: tuple[str, ...]) -> None:
    """Remove older copies, and what readers left beside them; what cannot be removed now is left to
    the next publishing.
    """
    for path in folder.glob("market-*.duckdb*"):
        if path.name.startswith(kept):
            continue
        try:
            # A reader whose query needs more than memory spills into a folder beside the copy, and
            # leaves it there when it is killed.
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s", path, error.strerror)
