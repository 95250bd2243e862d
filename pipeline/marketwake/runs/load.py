"""Versioned loading: one payload, one transaction; nothing is overwritten and nothing is loaded
twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass

import duckdb
import polars as pl

from marketwake.base.duck import insert_rows, registered
from marketwake.base.errors import (
    FIRST_BYTES,
    SourceChangedError,
    SourceError,
)
from marketwake.base.text import printable
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import FILE_SOURCES
from marketwake.runs.readings import Frames, read
from marketwake.runs.versions import merge
from marketwake.sources.registry import refusing
from marketwake.sources.windows import WINDOWS_ASKED
from marketwake.warehouse.contracts import Contract, Validated, read_contracts
from marketwake.warehouse.gate import rules
from marketwake.warehouse.renewal import BARS, STAMP
from marketwake.warehouse.store import Commit, commit_alone

_OK = 200


@dataclass(frozen=True)
class Loaded:
    """What a payload did to the warehouse; rows of all tables it feeds are counted together."""

    receipt: Receipt
    status: str
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    new: int = 0
    restated: int = 0
    held: int = 0
    error: str | None = None
    first_reject: str | None = None


def load(
    con: duckdb.DuckDBPyConnection,
    receipt: Receipt,
    body: bytes,
    rows_of: Callable[[Receipt, bytes], Frames] = read,
    commit: Commit = commit_alone,
) -> Loaded:
    """Parse, validate and store one payload in one transaction; a payload that is not what its
    source promises is recorded as refused. `rows_of` parses it, or knows what came of that;
    `commit` is the warehouse's.

    Raises:
        WarehouseError: a version newer than this payload is already there for one of its keys.
        DefinitionError: the receipt names a source that this program does not know, or the
            contract of a raw table is not well formed.
    """
    try:
        frames = rows_of(receipt, body)
        validated = validate(receipt, frames)
    except SourceChangedError as error:
        refused = Loaded(receipt, "refused", error=error.what)
        name = type(error).__name__
        return commit(con, (), lambda: _refuse(con, refused, name, body))
    return commit(con, _parts(validated), lambda: _store(con, receipt, frames, validated))


def _refuse(
    con: duckdb.DuckDBPyConnection, refused: Loaded, error_class: str, body: bytes
) -> Loaded:
    # What an API or a page sent with another status never lands, but for Yahoo's explanations,
    # which are not refused.
    status = None if refused.receipt.source in FILE_SOURCES else _OK
    record(con, refused, error_class, status, body[:FIRST_BYTES])
    _record_request(con, refused, {})
    return refused


def _store(
    con: duckdb.DuckDBPyConnection,
    receipt: Receipt,
    frames: Frames,
    validated: Mapping[str, Validated],
) -> Loaded:
    rows = sum(frame.height for frame in frames.values())
    loaded = _store_all(con, receipt, validated, rows)
    record(con, loaded)
    _record_request(con, loaded, frames)
    return loaded


def _parts(brought: Mapping[str, Validated]) -> set[str]:
    """The parts of raw tables that a payload writes to: bars by month, other tables as a whole."""
    parts = {f"raw.{table}" for table in brought if table != BARS}
    if BARS in brought:
        months = brought[BARS].accepted[STAMP].dt.strftime("%Y-%m").unique()
        parts |= {f"raw.{BARS}/{month}" for month in months}
    return parts


def validate(receipt: Receipt, frames: Frames) -> Mapping[str, Validated]:
    """What the contracts say of the rows of a payload, by raw table.

    Raises:
        SourceChangedError: a contract broke on them.
        DefinitionError: as `load`.
    """
    contracts = read_contracts("raw")
    with refusing(receipt.source, receipt.request):
        return {
            table: contracts[table].validate(frame, rules(contracts[table], receipt.requested_at))
            for table, frame in frames.items()
        }


def record_failed_fetch(
    con: duckdb.DuckDBPyConnection, receipt: Receipt, error: SourceError
) -> None:
    """Keep the failure of a fetch that landed nothing; the receipt's digest is empty."""
    failed = Loaded(receipt, "fetch_failed", error=error.what)
    record(con, failed, type(error).__name__, error.status, error.first_bytes)
    _record_request(con, failed, {})


def record_failed_again(con: duckdb.DuckDBPyConnection) -> None:
    """What the failed fetches in ops.load had asked for, where ops.request does not tell: after
    they were carried over from another file.
    """
    rows = con.execute(
        "select receipt_id, run_id, source, dataset, request, landed_at, error_message "
        "from ops.load where status = 'fetch_failed' "
        "and receipt_id not in (select receipt_id from ops.request) order by landed_at, receipt_id"
    ).fetchall()
    for receipt_id, run_id, source, dataset, request, landed_at, error in rows:
        receipt = Receipt(receipt_id, run_id, source, dataset, request, "", landed_at, landed_at)
        _record_request(con, Loaded(receipt, "fetch_failed", error=error), {})


def _store_all(
    con: duckdb.DuckDBPyConnection, receipt: Receipt, brought: Mapping[str, Validated], rows: int
) -> Loaded:
    contracts = read_contracts("raw")
    accepted = rejected = new = restated = held = 0
    first_reject = None
    for table, validated in brought.items():
        contract = contracts[table]
        merged = merge(con, contract, receipt, validated.accepted)
        if validated.rejected.height:
            _store_rejects(con, contract, receipt, validated.rejected)
            row = validated.rejected.row(0, named=True)
            first_reject = (
                first_reject or f"{contract.table} row {row['row_number']}: {row['reason']}"
            )
        accepted += validated.accepted.height
        rejected += validated.rejected.height
        new += merged.new
        restated += merged.restated
        held += merged.held
    return Loaded(
        receipt, "loaded", rows, accepted, rejected, new, restated, held, first_reject=first_reject
    )


def _store_rejects(
    con: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt, rejected: pl.DataFrame
) -> None:
    with registered(con, "incoming", rejected.to_arrow()):
        con.execute(
            "insert into ops.reject select ?, ?, ?, row_number, reason, row_json, ? "
            "from incoming order by row_number",
            [receipt.receipt_id, receipt.payload_sha256, contract.table, receipt.landed_at],
        )


def record(
    con: duckdb.DuckDBPyConnection,
    loaded: Loaded,
    error_class: str | None = None,
    status: int | None = None,
    first_bytes: bytes = b"",
) -> None:
    """Keep in ops.load what came of a payload."""
    receipt = loaded.receipt
    con.execute(
        f"insert into ops.load values ({', '.join('?' * 21)})",
        [
            receipt.receipt_id, receipt.run_id, receipt.source, receipt.dataset, receipt.what,
            receipt.payload_sha256 or None, receipt.landed_at, loaded.status,
            loaded.read, loaded.accepted, loaded.rejected, loaded.new, loaded.restated,
            loaded.accepted - loaded.new - loaded.restated - loaded.held, error_class,
            loaded.error, status, printable(first_bytes.decode(errors="replace")) or None,
            loaded.held, receipt.ordered_by or None, receipt.own_address or None,
        ],
    )  # fmt: skip


def _record_request(con: duckdb.DuckDBPyConnection, loaded: Loaded, frames: Frames) -> None:
    receipt = loaded.receipt
    # A source whose requests could not even be told leaves one failure that names none.
    if receipt.source not in WINDOWS_ASKED or receipt.dataset == "*":
        return
    try:
        windows = WINDOWS_ASKED[receipt.source](receipt.request, receipt.requested_at, frames)
    except SourceChangedError:
        # The load has been refused for the same reason: another version of the program wrote the
        # request.
        return
    insert_rows(
        con,
        "ops.request",
        [
            (
                receipt.receipt_id,
                *astuple(window.series),
                window.first,
                window.last,
                receipt.requested_at,
                loaded.status,
                loaded.error or loaded.first_reject,
            )
            for window in windows
        ],
    )
