"""The second way in: files that somebody drops into `<warehouse>/inbox/`.

    <raw table>[-anything].csv or .xlsx
        header: the table's columns (sql/README.md) but for the version columns; those that may be
        null may be left out
    farside_<btc|eth>[_anything].csv or .html
        Farside's own table, or its page as the browser saves it
    any other form of recognise.py, known by its content (docs/files.md)

A CSV of the first form is UTF-8 with commas; of a workbook the first visible sheet counts, its
dates are UTC. Write a large file under a name that begins with a dot and rename it when it is
complete: such names, folders, and the lock files of spreadsheet programs are left alone.

A symbolic link, a pipe or a device is refused unread: it leads to what nobody dropped here.

A file goes the way of everything else: landing, parser, contract. Then it is moved: to `loaded/`,
with a list of its rejected and its held rows where there are any, or to `refused/` with the reason.
It stays where it is until a load has dealt with exactly these bytes. The checksum beside a ZIP goes
with it.
"""

import hashlib
import logging
import os
import stat
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from marketwake.base.errors import SourceError
from marketwake.base.settings import Settings
from marketwake.base.text import printable
from marketwake.sources.files import fedwatch, offered
from marketwake.sources.files.given import SOURCE, Given
from marketwake.sources.files.recognise import FARSIDE, RAW, read
from marketwake.sources.source import Clock, Request, utc_now
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse

log = logging.getLogger(__name__)

_LOADED, _REFUSED = "loaded", "refused"
"""Folders of the inbox; each may be a link to a roomier place."""
_NO_FILE = "is a link, a pipe or a device, and was not read"
_DROP_IT = "Drop the file itself into the inbox."


class Inbox:
    """The files in the inbox below a warehouse root, a request each, or one for each member that is
    wanted of an archive; none is no failure.
    """

    name = SOURCE

    def __init__(
        self, root: Path, *, supersede: bool = False, settings: Settings | None = None
    ) -> None:
        self._root = root
        self._ordered_by = "supersede" if supersede else ""
        self._wanted = offered.Wanted.by(settings or Settings())
        self._offers: dict[Request, offered.Offer] = {}

    def requests(self) -> list[Request]:
        """The files that are there, by name."""
        self._offers = {
            offer.request: offer
            for name, path in _files(self._root).items()
            for offer in _offers(name, path, self._wanted, self._ordered_by)
        }
        return list(self._offers)

    def fetch(self, request: Request) -> bytes:
        """The bytes of one file, or of a member of it.

        Raises:
            SourceError: it is gone, is no file itself, or cannot be read.
        """
        if request not in self._offers:
            self.requests()
        offer = self._offers.get(request)
        if offer is None or not os.path.lexists(offer.path):
            raise SourceError(
                f"inbox: {request.what} is gone", "Drop it again if it shall be loaded."
            )
        if not _is_plain(offer.path):
            raise SourceError(f"inbox: {request.what} {_NO_FILE}", _DROP_IT)
        return offer.read()


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """The rows of one file, by raw table.

    Raises:
        SourceChangedError: as `recognise.read`.
    """
    return read(Given(request.what, body, requested_at))


def _offers(
    name: str, path: Path, wanted: offered.Wanted, ordered_by: str = ""
) -> list[offered.Offer]:
    request = Request(_dataset(name), name, ordered_by)
    if not _is_plain(path):
        return [offered.Offer(request, path)]
    return offered.offers(path, request, wanted)


def settle(root: Path, clock: Clock = utc_now, settings: Settings | None = None) -> None:
    """Move every file of the inbox that a load has dealt with, in this run or in one that was
    killed before it could move it.

    To be called after the load has committed. Idempotent: a file that cannot be moved is named in
    the log, and is tried again next time.
    """
    files = _files(root)
    if not files:
        return
    wanted = offered.Wanted.by(settings or Settings())
    with Warehouse(root).writer() as con:
        for name, path in files.items():
            try:
                _settle(con, name, path, f"{clock():%Y%m%dT%H%M%S.%fZ}-", wanted)
            except OSError as error:
                log.warning(
                    "inbox: %s is dealt with but cannot be moved: %s. "
                    "Give this user write access to the inbox.",
                    path,
                    error,
                )


def _settle(
    con: duckdb.DuckDBPyConnection, name: str, path: Path, stamp: str, wanted: offered.Wanted
) -> None:
    if not _is_plain(path):
        log.warning("inbox: %s %s", name, _NO_FILE)
        _move(path, _REFUSED, stamp, {"reason": f"{name} {_NO_FILE}\n\n{_DROP_IT}\n"})
        return
    loads = [_load_of(con, offer) for offer in _offers(name, path, wanted)]
    dealt = [load for load in loads if load]
    if len(dealt) < len(loads):
        return
    reasons = [f"{message}\n" for _, status, message in dealt if status == "refused"]
    if len(reasons) == len(dealt):
        remedy = f"Nothing of it was loaded. Mend the file and drop it into {path.parent} again."
        _move(path, _REFUSED, stamp, {"reason": f"{''.join(reasons)}\n{remedy}\n"})
        return
    ids = [receipt_id for receipt_id, _, _ in dealt]
    notes = {
        "reason": "".join(reasons),
        "rejected": "".join(_rejected(con, receipt_id) for receipt_id in ids),
        "held": "".join(_held(con, receipt_id) for receipt_id in ids),
    }
    _move(path, _LOADED, stamp, notes)


def _load_of(
    con: duckdb.DuckDBPyConnection, offer: offered.Offer
) -> tuple[str, str, str | None] | None:
    """Receipt, status and message of the newest load of exactly these bytes."""
    try:
        digest = hashlib.sha256(offer.read()).hexdigest()
    except SourceError as error:
        log.warning("%s", error.what)
        return None
    rows = con.execute(
        """
        select receipt_id, status, error_message from ops.load
        where source = 'inbox' and request = ? and payload_sha256 = ?
        order by landed_at desc limit 1
        """,
        [offer.request.what, digest],
    ).fetchall()
    return rows[0] if rows else None


def _move(path: Path, folder_name: str, stamp: str, notes: Mapping[str, str]) -> None:
    """Move a file into a folder of the inbox, each note with a text beside it."""
    folder = path.parent / folder_name
    folder.mkdir(exist_ok=True)
    for kind, text in notes.items():
        if text:
            note = folder / f"{stamp}{path.name}.{kind}.txt"
            note.write_text(printable(text), encoding="utf-8")
    beside = path.with_name(path.name + offered.CHECKSUM)
    path.rename(folder / (stamp + path.name))
    if beside.is_file():
        beside.rename(folder / (stamp + beside.name))


def _rejected(con: duckdb.DuckDBPyConnection, receipt_id: str) -> str:
    rows = con.execute(
        """
        select table_name, row_number, reason, row_json from ops.reject
        where receipt_id = ? order by all
        """,
        [receipt_id],
    ).fetchall()
    return "".join(
        f"{table} row {number}: {reason}: {row}\n" for table, number, reason, row in rows
    )


def _held(con: duckdb.DuckDBPyConnection, receipt_id: str) -> str:
    rows = con.execute(
        """
        select table_name, key, stands, brought, reason from ops.held
        where receipt_id = ? order by all
        """,
        [receipt_id],
    ).fetchall()
    lines = "".join(
        f"{table} {key}: {stands} stands, the file has {brought}: {reason}\n"
        for table, key, stands, brought, reason in rows
    )
    return lines and f"{lines}\n`marketwake accept {receipt_id}` lets them in.\n"


def _dataset(name: str) -> str:
    raw = RAW.fullmatch(name)
    if raw and raw["table"].lower() in read_contracts("raw"):
        return raw["table"].lower()
    if fedwatch.NAME.match(name):
        return "fed_probability"
    return "farside" if FARSIDE.fullmatch(name) else SOURCE


def _is_plain(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _files(root: Path) -> dict[str, Path]:
    """What lies there by name, but for folders; what is no UTF-8 in a name is shown as a
    replacement character, so that it can be stored.
    """
    folder = Warehouse(root).inbox
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        paths = sorted(
            folder / entry.name
            for entry in entries
            if not entry.is_dir(follow_symlinks=False)
            and entry.name not in (_LOADED, _REFUSED)
            and not entry.name.startswith((".", "~$"))
        )
    named = {os.fsencode(path.name).decode("utf-8", "replace"): path for path in paths}
    return {
        name: path
        for name, path in named.items()
        if not (name.endswith(offered.CHECKSUM) and name.removesuffix(offered.CHECKSUM) in named)
    }
