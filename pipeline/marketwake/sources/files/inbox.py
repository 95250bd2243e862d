"""The second way in: files that somebody drops into `<warehouse>/inbox/`.

    <raw table>[-anything].csv or .xlsx
        header: the table's columns (sql/README.md) but for the version columns; those that may be
        null may be left out
    farside_<btc|eth>[_anything].csv or .html
        Farside's own table, or its page as the browser saves it
    FedMeeting_<YYYYMMDD>.csv
        CME FedWatch's download of one meeting, under exactly the name that CME gives it

A CSV is UTF-8 with commas; of a workbook the first visible sheet counts, its dates are UTC. Write a
large file under a name that begins with a dot and rename it when it is complete: such names,
folders, and the lock files of spreadsheet programs are left alone.

A symbolic link, a pipe or a device is refused unread: it leads to what nobody dropped here.

A file goes the way of everything else: landing, parser, contract. Then it is moved: to `loaded/`,
with a list of its rejected and its held rows where there are any, or to `refused/` with the reason.
It stays where it is until a load has dealt with exactly these bytes.
"""

import hashlib
import logging
import os
import re
import stat
from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from marketwake.base.csv_text import read_csv_text
from marketwake.base.errors import SourceChangedError, SourceError
from marketwake.base.text import printable
from marketwake.sources.farside import source as farside
from marketwake.sources.farside.table import read_csv, refuse_future
from marketwake.sources.files import archive_fed
from marketwake.sources.files.xlsx import read_xlsx_text
from marketwake.sources.source import Clock, Request, read_file, utc_now
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse

log = logging.getLogger(__name__)

_RAW = re.compile(r"(?P<table>[a-z_]+)(?:-.*)?\.(?P<kind>csv|xlsx)", re.IGNORECASE)
_FARSIDE = re.compile(r"farside_(?P<asset>btc|eth)(?:[-_].*)?\.(?P<kind>csv|html?)", re.IGNORECASE)
_FED = re.compile(archive_fed.NAME)
_LOADED, _REFUSED = "loaded", "refused"
"""Folders of the inbox; each may be a link to a roomier place."""
_NO_FILE = "is a link, a pipe or a device, and was not read"
_DROP_IT = "Drop the file itself into the inbox."


class Inbox:
    """The files in the inbox below a warehouse root, a request each; none is no failure."""

    name = "inbox"

    def __init__(self, root: Path, *, supersede: bool = False) -> None:
        self._root = root
        self._ordered_by = "supersede" if supersede else ""

    def requests(self) -> list[Request]:
        """The files that are there, by name."""
        return [Request(_dataset(name), name, self._ordered_by) for name in _files(self._root)]

    def fetch(self, request: Request) -> bytes:
        """The bytes of one file.

        Raises:
            SourceError: it is gone, is no file itself, or cannot be read.
        """
        path = _files(self._root).get(request.what)
        if path is None:
            raise SourceError(
                f"inbox: {request.what} is gone", "Drop it again if it shall be loaded."
            )
        if not _is_plain(path):
            raise SourceError(f"inbox: {request.what} {_NO_FILE}", _DROP_IT)
        return read_file(self.name, path)


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """The rows of one file, by raw table.

    Raises:
        SourceChangedError: a name or type that is not accepted, or another layout than the name
            promises.
    """
    where = request.what
    table = _FARSIDE.fullmatch(where)
    if table:
        asset = table["asset"].upper()
        if table["kind"].lower() != "csv":
            return farside.read_page("inbox", where, asset, body, requested_at)
        flows = read_csv("inbox", where, asset, body)
        return refuse_future("inbox", where, flows, requested_at)
    meeting = _FED.fullmatch(where)
    if meeting:
        return archive_fed.read_csv("inbox", meeting, body)
    file = _RAW.fullmatch(where)
    contracts = read_contracts("raw")
    contract = contracts.get(file["table"].lower()) if file else None
    if file is None or contract is None:
        tables = f"<table>[-anything].csv or .xlsx with a table of {', '.join(contracts)}"
        accepted = (
            f"{tables}, FedMeeting_<YYYYMMDD>.csv, or farside_<btc|eth>[_anything].csv or .html"
        )
        raise SourceChangedError("inbox", where, f"a file named {accepted}", "another name or type")
    columns = {column.name: column for column in contract.columns}
    if file["kind"].lower() == "xlsx":
        frame = read_xlsx_text("inbox", where, body, columns)
    else:
        text = body.removeprefix(BOM_UTF8).strip()
        frame = read_csv_text("inbox", where, text, list(columns), contract.optional)
    frame = frame.with_columns(pl.all().str.strip_chars().replace("", None))
    return {contract.table.removeprefix("raw."): frame}


def settle(root: Path, clock: Clock = utc_now) -> None:
    """Move every file of the inbox that a load has dealt with, in this run or in one that was
    killed before it could move it.

    To be called after the load has committed. Idempotent: a file that cannot be moved is named in
    the log, and is tried again next time.
    """
    files = _files(root)
    if not files:
        return
    with Warehouse(root).writer() as con:
        for name, path in files.items():
            try:
                _settle(con, name, path, f"{clock():%Y%m%dT%H%M%S.%fZ}-")
            except OSError as error:
                log.warning(
                    "inbox: %s is dealt with but cannot be moved: %s. "
                    "Give this user write access to the inbox.",
                    path,
                    error,
                )


def _settle(con: duckdb.DuckDBPyConnection, name: str, path: Path, stamp: str) -> None:
    if not _is_plain(path):
        log.warning("inbox: %s %s", name, _NO_FILE)
        _move(path, _REFUSED, stamp, {"reason": f"{name} {_NO_FILE}\n\n{_DROP_IT}\n"})
        return
    loads = con.execute(
        """
        select receipt_id, status, error_message from ops.load
        where source = 'inbox' and request = ? and payload_sha256 = ?
        order by landed_at desc limit 1
        """,
        [name, hashlib.sha256(path.read_bytes()).hexdigest()],
    ).fetchall()
    if not loads:
        return
    receipt_id, status, message = loads[0]
    if status == "refused":
        remedy = f"Nothing of it was loaded. Mend the file and drop it into {path.parent} again."
        _move(path, _REFUSED, stamp, {"reason": f"{message}\n\n{remedy}\n"})
        return
    notes = {"rejected": _rejected(con, receipt_id), "held": _held(con, receipt_id)}
    _move(path, _LOADED, stamp, notes)


def _move(path: Path, folder_name: str, stamp: str, notes: Mapping[str, str]) -> None:
    """Move a file into a folder of the inbox, each note with a text beside it."""
    folder = path.parent / folder_name
    folder.mkdir(exist_ok=True)
    for kind, text in notes.items():
        if text:
            note = folder / f"{stamp}{path.name}.{kind}.txt"
            note.write_text(printable(text), encoding="utf-8")
    path.rename(folder / (stamp + path.name))


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
    raw = _RAW.fullmatch(name)
    if raw and raw["table"].lower() in read_contracts("raw"):
        return raw["table"].lower()
    if _FED.fullmatch(name):
        return "fed_probability"
    return "farside" if _FARSIDE.fullmatch(name) else "inbox"


def _is_plain(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _files(root: Path) -> dict[str, Path]:
    """What lies there by name, but for folders; what is no UTF-8 in a name is shown as a
    replacement character, so that it can be stored.
    """
    folder = root / "inbox"
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
    return {os.fsencode(path.name).decode("utf-8", "replace"): path for path in paths}
