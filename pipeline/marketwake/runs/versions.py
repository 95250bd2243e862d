"""Versions of rows: new ones are opened, changed ones close the old; what should be looked at first
is held.
"""

from dataclasses import dataclass

import duckdb
import polars as pl

from marketwake.base.duck import registered
from marketwake.base.errors import WarehouseError
from marketwake.landing.receipts import Receipt
from marketwake.runs.holding import (
    figures_json,
    hold,
    key_json,
    leave_out,
    payloads_below,
    rank_of,
)
from marketwake.warehouse.contracts import Contract, ascends


@dataclass(frozen=True)
class Merged:
    """How many rows opened a version of a new key or of a known one, and how many are held."""

    new: int = 0
    restated: int = 0
    held: int = 0


def merge(
    con: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt, frame: pl.DataFrame
) -> Merged:
    """Open versions for new and changed rows, and close those that changed; within a transaction.

    A changed row that nobody ordered is held in ops.held, and changes nothing, where

    * the version that stands is of a better source: a live one before recorded files, those before
      a dropped file, and a dropped file that somebody let in before all
    * a live source or a dropped file changes what is older than its publisher restates
      (restated_within_days of seed.dataset), or more of a series than the thresholds
      held_rows and held_share allow

    What the bundled files have otherwise than a better source is left out.

    A version that a better source confirms, or a payload that somebody ordered or let in, is from
    then on that payload's.

    Raises:
        WarehouseError: of a row that changed there is a version newer than this payload.
    """
    if frame.is_empty():
        return Merged()
    near = _Near(contract, frame)
    with registered(con, "incoming", frame.drop(near.common).to_arrow()):
        known, changed = _count_standing(con, near, receipt)
        if known > changed:
            _confirm(con, near, receipt)
        held = 0
        if changed:
            _find_changed(con, near)
            changed -= leave_out(con, contract, receipt)
            if changed and not receipt.ordered_by:
                held = hold(con, contract, receipt)
            if changed > held:
                _close(con, near, receipt)
        new = frame.height - known
        if new or changed > held:
            is_ordered = known == 0 and ascends(frame, contract.key)
            _open(con, near, receipt, has_known=known > 0, is_ordered=is_ordered)
    return Merged(new, changed - held, held)


def _count_standing(
    con: duckdb.DuckDBPyConnection, near: "_Near", receipt: Receipt
) -> tuple[int, int]:
    """Of how many incoming rows a version stands, and of how many another one."""
    ((is_near,),) = con.execute(f"select exists {near.current}", near.bounds).fetchall()
    if not is_near:
        return 0, 0
    known, changed, late = con.execute(
        f"select count(*), count(*) filter ({near.differs}), "
        f"count(*) filter (({near.differs}) and old.recorded_at >= ${near.next}) "
        f"from {near.current} as old inner join incoming using ({near.using})",
        [*near.bounds, receipt.landed_at],
    ).fetchall()[0]
    if late:
        raise WarehouseError(
            f"{near.contract.table}: {late} rows have a version newer than payload "
            f"{receipt.receipt_id}",
            "Payloads were loaded out of order. Run `marketwake replay`: "
            "it rebuilds the versions in the order of landing.",
        )
    return known, changed


class _Near:
    """Pieces of SQL about the versions that stand near the incoming rows.

    Constant bounds let DuckDB skip the row groups that hold none of these keys: a page costs the
    same in a table of any size. What all incoming rows have in common is bound by them already: it
    is left out of joins, and a parameter instead of a column.
    """

    def __init__(self, contract: Contract, frame: pl.DataFrame) -> None:
        self.contract = contract
        key = contract.key
        least, greatest = ([frame[name].min() for name in key], [frame[name].max() for name in key])
        self.bounds: list[object] = [*least, *greatest]
        several = [name for name, a, b in zip(key, least, greatest, strict=True) if a != b]
        self.several = several or key[:1]
        """Columns of the key in which incoming rows differ from each other, or one."""
        self.common = {
            name: a for name, a in zip(key, least, strict=True) if name not in self.several
        }
        """The others, and what stands in them."""
        self.using = ", ".join(f'"{name}"' for name in self.several)
        self.next = len(self.bounds) + 1
        """Number of the first parameter after the bounds."""
        self.where = "old.superseded_at is null and " + " and ".join(
            f'old."{name}" between ${n + 1} and ${n + 1 + len(key)}' for n, name in enumerate(key)
        )
        self.current = f"(select old.* from {contract.table} as old where {self.where})"
        others = [column.name for column in contract.columns if column.name not in key]
        self.differs = (
            " or ".join(f'old."{name}" is distinct from incoming."{name}"' for name in others)
            or "false"
        )

    def incoming(self, number: int) -> str:
        """All columns of the incoming rows; what they have in common are parameters from a number
        on.
        """
        at = {name: number + n for n, name in enumerate(self.common)}
        return ", ".join(
            f'${at[name]}::{column.duckdb_type} as "{name}"' if name in at else f'incoming."{name}"'
            for column in self.contract.columns
            for name in (column.name,)
        )

    def same_key(self, other: str) -> str:
        """Whether a version is of the same key as a row of another table."""
        return " and ".join(f'old."{name}" = {other}."{name}"' for name in self.several)


def _confirm(con: duckdb.DuckDBPyConnection, near: _Near, receipt: Receipt) -> None:
    is_told = bool(receipt.ordered_by)
    below = [] if is_told else payloads_below(con, rank_of(receipt, is_told=False))
    if below or is_told:
        con.execute(
            f"update {near.contract.table} as old set payload_sha256 = ${near.next} from incoming "
            f"where {near.where} and {near.same_key('incoming')} and not ({near.differs}) "
            f"and (${near.next + 2} or old.payload_sha256 in (select unnest(${near.next + 1})))",
            [*near.bounds, receipt.payload_sha256, below, is_told],
        )


def _find_changed(con: duckdb.DuckDBPyConnection, near: _Near) -> None:
    con.execute(
        "create or replace temp table changed as "
        f"select {near.incoming(near.next)}, {figures_json(near.contract, 'old')} as _stands, "
        "old.payload_sha256 as _sha256 "
        f"from {near.current} as old inner join incoming using ({near.using}) "
        f"where {near.differs}",
        [*near.bounds, *near.common.values()],
    )


def _close(con: duckdb.DuckDBPyConnection, near: _Near, receipt: Receipt) -> None:
    """End the current versions of the rows in `changed`, and with them the wait of rows that were
    held back before them.
    """
    con.execute(
        f"update {near.contract.table} as old set superseded_at = ${near.next} "
        f"from changed where {near.where} and {near.same_key('changed')}",
        [*near.bounds, receipt.landed_at],
    )
    con.execute(
        "update ops.held set decided_by = ? where decided_by is null and table_name = ? "
        f"and key in (select {key_json(near.contract, 'changed')} from changed)",
        [receipt.receipt_id, near.contract.table],
    )


def _open(
    con: duckdb.DuckDBPyConnection,
    near: _Near,
    receipt: Receipt,
    *,
    has_known: bool,
    is_ordered: bool,
) -> None:
    """Open versions for the incoming rows that have none now."""
    contract = near.contract
    names = ", ".join(f'"{column.name}"' for column in contract.columns)
    bounds = near.bounds if has_known else []
    first = len(bounds) + 1
    standing = f"anti join {near.current} using ({near.using})" if has_known else ""
    con.execute(
        f"insert into {contract.table} ({names}, recorded_at, payload_sha256) "
        f"select {near.incoming(first + 2)}, ${first}, ${first + 1} from incoming {standing} "
        + ("" if is_ordered else f"order by {near.using}"),
        [*bounds, receipt.landed_at, receipt.payload_sha256, *near.common.values()],
    )
