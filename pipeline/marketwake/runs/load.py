"""Versioned loading: one payload, one transaction; nothing is overwritten and nothing is loaded
twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import duckdb
import polars as pl

from marketwake.base.duck import insert_rows, registered, transaction
from marketwake.base.errors import (
    FIRST_BYTES,
    SourceChangedError,
    SourceError,
    WarehouseError,
)
from marketwake.base.text import printable
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import FILE_SOURCES, Landing
from marketwake.sources.registry import read, refusing
from marketwake.sources.windows import WINDOWS_ASKED
from marketwake.warehouse.contracts import Contract, Validated, read_contracts
from marketwake.warehouse.gate import rules

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
    error: str | None = None
    first_reject: str | None = None


def pending(con: duckdb.DuckDBPyConnection, landing: Landing) -> list[Receipt]:
    """Receipts that no load has dealt with yet, in the order of landing: what a killed run left
    behind comes first.
    """
    done = {row[0] for row in con.execute("select receipt_id from ops.load").fetchall()}
    return [receipt for receipt in landing.receipts() if receipt.receipt_id not in done]


def load_pending(con: duckdb.DuckDBPyConnection, landing: Landing) -> list[Loaded]:
    """Load what is landed and not yet dealt with, in the order of landing.

    Raises:
        LandingError: a payload is corrupt; those before it are loaded.
    """
    return [load(con, receipt, landing.read(receipt)) for receipt in pending(con, landing)]


def load(con: duckdb.DuckDBPyConnection, receipt: Receipt, body: bytes) -> Loaded:
    """Parse, validate and store one payload in one transaction; a payload that is not what its
    source promises is recorded as refused.

    Raises:
        WarehouseError: a version newer than this payload is already there for one of its keys.
        DefinitionError: the receipt names a source that this program does not know, or the
            contract of a raw table is not well formed.
    """
    # A contract that is not well formed is no fault of the payload's.
    contracts = read_contracts("raw")
    with transaction(con):
        try:
            frames = read(receipt.source, receipt.request, body, receipt.requested_at)
            with refusing(receipt.source, receipt.request):
                validated = {
                    table: contracts[table].validate(
                        frame, rules(contracts[table], receipt.requested_at)
                    )
                    for table, frame in frames.items()
                }
        except SourceChangedError as error:
            loaded = Loaded(receipt, "refused", error=error.what)
            # What an API or a page sent with another status never lands, but for Yahoo's
            # explanations, which are not refused.
            _record(
                con,
                loaded,
                type(error).__name__,
                None if receipt.source in FILE_SOURCES else _OK,
                body[:FIRST_BYTES],
            )
            _record_request(con, loaded, {})
        else:
            loaded = _store_all(
                con, receipt, validated, sum(frame.height for frame in frames.values())
            )
            _record(con, loaded)
            _record_request(con, loaded, frames)
    return loaded


def record_failed_fetch(
    con: duckdb.DuckDBPyConnection, receipt: Receipt, error: SourceError
) -> None:
    """Keep the failure of a fetch that landed nothing; the receipt's digest is empty."""
    failed = Loaded(receipt, "fetch_failed", error=error.what)
    _record(con, failed, type(error).__name__, error.status, error.first_bytes)
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
    accepted = rejected = new = restated = 0
    first_reject = None
    for table, validated in brought.items():
        contract = contracts[table]
        added, closed = _merge(con, contract, receipt, validated.accepted)
        if validated.rejected.height:
            _store_rejects(con, contract, receipt, validated.rejected)
            row = validated.rejected.row(0, named=True)
            first_reject = (
                first_reject or f"{contract.table} row {row['row_number']}: {row['reason']}"
            )
        accepted += validated.accepted.height
        rejected += validated.rejected.height
        new += added
        restated += closed
    return Loaded(
        receipt, "loaded", rows, accepted, rejected, new, restated, first_reject=first_reject
    )


def _merge(
    con: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt, frame: pl.DataFrame
) -> tuple[int, int]:
    """Open versions for new and changed rows, close those that changed. Returns (new, restated).

    Raises:
        WarehouseError: of a row that changed there is a version newer than this payload.
    """
    if frame.is_empty():
        return 0, 0
    names = ", ".join(f'"{column.name}"' for column in contract.columns)
    keys = ", ".join(f'"{name}"' for name in contract.key)
    # Constant bounds let DuckDB skip the row groups that hold none of these keys: a page costs the
    # same in a table of any size.
    bounds = [frame[name].min() for name in contract.key] + [
        frame[name].max() for name in contract.key
    ]
    near = "old.superseded_at is null and " + " and ".join(
        f'old."{name}" between ${n + 1} and ${n + 1 + len(contract.key)}'
        for n, name in enumerate(contract.key)
    )
    current = f"(select old.* from {contract.table} as old where {near})"
    with registered(con, "incoming", frame.to_arrow()):
        known, changed, late = con.execute(
            f"select count(*), count(*) filter ({_differs(contract)}), "
            f"count(*) filter (({_differs(contract)}) and old.recorded_at >= ${len(bounds) + 1}) "
            f"from {current} as old inner join incoming using ({keys})",
            [*bounds, receipt.landed_at],
        ).fetchall()[0]
        if late:
            raise WarehouseError(
                f"{contract.table}: {late} rows have a version newer than payload "
                f"{receipt.receipt_id}",
                "Payloads were loaded out of order. Run `marketwake replay`: "
                "it rebuilds the versions in the order of landing.",
            )
        if changed:
            _close(con, contract, receipt, current, near, bounds)
        new = frame.height - known
        if new or changed:
            stamps = [receipt.landed_at, receipt.payload_sha256]
            bounds = bounds if known else []
            held = f"anti join {current} using ({keys})" if known else ""
            con.execute(
                f"insert into {contract.table} ({names}, recorded_at, payload_sha256) "
                f"select {names}, ${len(bounds) + 1}, ${len(bounds) + 2} from incoming {held} "
                f"order by {keys}",
                [*bounds, *stamps],
            )
    return new, changed


def _differs(contract: Contract) -> str:
    compared = [column.name for column in contract.columns if column.name not in contract.key]
    return (
        " or ".join(f'old."{name}" is distinct from incoming."{name}"' for name in compared)
        or "false"
    )


def _close(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    receipt: Receipt,
    current: str,
    near: str,
    bounds: Sequence[object],
) -> None:
    """End the `current` versions that differ from the incoming rows."""
    keys = ", ".join(f'"{name}"' for name in contract.key)
    same_key = " and ".join(f'old."{name}" = changed."{name}"' for name in contract.key)
    con.execute(
        f"create or replace temp table changed as select {keys} "
        f"from {current} as old inner join incoming using ({keys}) where {_differs(contract)}",
        bounds,
    )
    con.execute(
        f"update {contract.table} as old set superseded_at = ${len(bounds) + 1} "
        f"from changed where {near} and {same_key}",
        [*bounds, receipt.landed_at],
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


def _record(
    con: duckdb.DuckDBPyConnection,
    loaded: Loaded,
    error_class: str | None = None,
    status: int | None = None,
    first_bytes: bytes = b"",
) -> None:
    receipt = loaded.receipt
    con.execute(
        "insert into ops.load values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            receipt.receipt_id, receipt.run_id, receipt.source, receipt.dataset, receipt.what,
            receipt.payload_sha256 or None, receipt.landed_at, loaded.status,
            loaded.read, loaded.accepted, loaded.rejected, loaded.new, loaded.restated,
            loaded.accepted - loaded.new - loaded.restated, error_class, loaded.error,
            status, printable(first_bytes.decode(errors="replace")) or None,
        ],
    )  # fmt: skip


def _record_request(
    con: duckdb.DuckDBPyConnection, loaded: Loaded, frames: Mapping[str, pl.DataFrame]
) -> None:
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
