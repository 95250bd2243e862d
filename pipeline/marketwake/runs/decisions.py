"""Decisions of a person about payloads: to let in what is held of one (ops.held), and to take out
what one brought.

A decision is a receipt in landing, whose request says what is decided about what, so that a replay
repeats it. Versions stay: those that it closes end, and those that it opens begin, at its instant.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

import duckdb
import polars as pl

from marketwake.base.duck import insert_rows, registered, transaction
from marketwake.base.errors import SourceChangedError
from marketwake.landing.receipts import ACCEPT, DECISION, WITHDRAW, Receipt, payloads_named
from marketwake.landing.store import Landing
from marketwake.runs.holding import figures_json, key_json, rank_of
from marketwake.runs.load import Loaded, record, validate
from marketwake.runs.readings import read
from marketwake.runs.versions import merge
from marketwake.warehouse.contracts import Contract, read_contracts

log = logging.getLogger(__name__)


def carry_out(con: duckdb.DuckDBPyConnection, landing: Landing, decision: Receipt) -> Loaded:
    """Do what a decision says, in one transaction. `new` of the result are the rows that it opened
    a version for, `restated` those of them that another had stood for, `read` all that it is about.

    Raises:
        LandingError: a payload that it needs is corrupt.
    """
    chosen = payloads_named(landing.receipts(), decision.what, before=decision.landed_at)
    with transaction(con):
        rows = [
            (decision.receipt_id, decision.dataset, payload.receipt_id, decision.landed_at)
            for payload in chosen
        ]
        insert_rows(con, "ops.decision", rows)
        do = _accept if decision.dataset == ACCEPT else _withdraw
        loaded = do(con, landing, decision, chosen)
        con.execute(
            "update ops.held set decided_by = ? "
            "where decided_by is null and receipt_id in (select unnest(?))",
            [decision.receipt_id, [payload.receipt_id for payload in chosen]],
        )
        record(con, loaded)
    return loaded


def _accept(
    con: duckdb.DuckDBPyConnection, landing: Landing, decision: Receipt, chosen: Sequence[Receipt]
) -> Loaded:
    read = new = restated = 0
    for payload in chosen:
        for contract, frame in _rows(landing, payload):
            with registered(con, "incoming", frame.to_arrow()):
                held = con.sql(
                    f"select incoming.* from incoming where {key_json(contract, 'incoming')} in "
                    "(select key from ops.held where decided_by is null "
                    "and receipt_id = ? and table_name = ?)",
                    params=[payload.receipt_id, contract.table],
                ).pl()
            entitled = replace(payload, landed_at=decision.landed_at, ordered_by=ACCEPT)
            merged = merge(con, contract, entitled, held)
            read += held.height
            new += merged.new
            restated += merged.restated
    return Loaded(decision, "loaded", read, read, 0, new, restated)


def _withdraw(
    con: duckdb.DuckDBPyConnection, landing: Landing, decision: Receipt, chosen: Sequence[Receipt]
) -> Loaded:
    digests = sorted({payload.payload_sha256 for payload in chosen})
    standing = dict[Contract, pl.DataFrame]()
    for contract in read_contracts("raw").values():
        keys = con.sql(
            f"select {', '.join(contract.key)} from {contract.table} "
            "where superseded_at is null and payload_sha256 in (select unnest(?))",
            params=[digests],
        ).pl()
        if keys.height:
            standing[contract] = keys
    instead = _without(con, landing, decision, standing)
    reopened = 0
    for contract in standing:
        con.execute(
            f"update {contract.table} set superseded_at = ? "
            "where superseded_at is null and payload_sha256 in (select unnest(?))",
            [decision.landed_at, digests],
        )
        for payload, frame in instead.get(contract, []):
            entitled = replace(payload, landed_at=decision.landed_at, ordered_by=WITHDRAW)
            reopened += merge(con, contract, entitled, frame).new
        _compare_anew(con, contract, standing[contract])
    # What the payloads answered has not been asked for, so that the ledger asks again.
    con.execute(
        "delete from ops.request where receipt_id in (select unnest(?))",
        [[payload.receipt_id for payload in chosen]],
    )
    count = sum(keys.height for keys in standing.values())
    return Loaded(decision, "loaded", count, reopened, 0, 0, reopened)


def _compare_anew(con: duckdb.DuckDBPyConnection, contract: Contract, keys: pl.DataFrame) -> None:
    """What waits for a look at rows with these keys is shown beside what stands of them now."""
    same = " and ".join(f'touched."{name}" = version."{name}"' for name in contract.key)
    with registered(con, "touched", keys.to_arrow()):
        con.execute(
            f"""
            with now as (
                select
                    {key_json(contract, "touched")} as _key,
                    any_value({figures_json(contract, "version")})
                        filter (version.recorded_at is not null) as _figures
                from touched
                left join {contract.table} as version
                    on {same} and version.superseded_at is null
                group by all
            )
            update ops.held set stands = coalesce(_figures, '{{}}')
            from now
            where decided_by is null and table_name = ? and ops.held.key = _key
            """,
            [contract.table],
        )


def _without(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    decision: Receipt,
    standing: dict[Contract, pl.DataFrame],
) -> dict[Contract, list[tuple[Receipt, pl.DataFrame]]]:
    """What would stand for the keys, had the payloads that are withdrawn never landed: of each key
    the newest row of the best source that has one.
    """
    given = dict[Contract, list[pl.DataFrame]]()
    payloads = list[Receipt]()
    for payload, is_told, frames in _history(con, landing, decision, set(standing)):
        for contract, frame in frames:
            near = frame.join(standing[contract], on=contract.key, how="semi")
            given.setdefault(contract, []).append(
                near.with_columns(
                    _order=pl.lit(len(payloads)),
                    _rank=pl.lit(rank_of(payload, is_told=is_told)),
                    _is_told=pl.lit(is_told),
                )
            )
        payloads.append(payload)
    return {
        contract: [
            (payloads[number], part.drop("_order"))
            for (number,), part in _last(contract, parts)
            .partition_by("_order", as_dict=True)
            .items()
        ]
        for contract, parts in given.items()
    }


def _last(contract: Contract, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Of each key the newest row of the best source, from the newest on that somebody told to
    stand, whatever stood.
    """
    told = pl.col("_order").filter("_is_told").max().over(contract.key)
    return (
        pl.concat(parts)
        .filter(told.is_null() | (pl.col("_order") >= told))
        .sort("_rank", "_order", maintain_order=True)
        .unique(contract.key, keep="last", maintain_order=True)
        .drop("_rank", "_is_told")
    )


def _history(
    con: duckdb.DuckDBPyConnection, landing: Landing, decision: Receipt, wanted: set[Contract]
) -> Iterator[tuple[Receipt, bool, list[tuple[Contract, pl.DataFrame]]]]:
    """Every payload before a decision that was loaded and is not withdrawn, whether somebody told
    it to restate what stood, and the rows that it gave, in the order in which it gave them: what
    was held, when it was let in.
    """
    decided = con.execute(
        "select receipt_id, decision, payload_receipt_id from ops.decision"
    ).fetchall()
    withdrawn = {payload for _, kind, payload in decided if kind == WITHDRAW}
    loads = con.execute("select receipt_id from ops.load where status = 'loaded'").fetchall()
    counting = {receipt_id for (receipt_id,) in loads} - withdrawn
    names = {contract.table.removeprefix("raw.") for contract in wanted}
    by_id = {receipt.receipt_id: receipt for receipt in landing.receipts()}
    for receipt in by_id.values():
        if receipt.landed_at >= decision.landed_at:
            return
        let_in = [
            by_id[payload]
            for maker, kind, payload in decided
            if maker == receipt.receipt_id and kind == ACCEPT
        ]
        # A source that feeds several tables has a name of its own in the place of the table.
        feeds = receipt.dataset in names or receipt.dataset not in read_contracts("raw")
        own = [receipt] if receipt.source != DECISION and feeds else []
        for payload in own + let_in:
            if payload.receipt_id in counting:
                yield (
                    payload,
                    receipt.source == DECISION or bool(payload.ordered_by),
                    [
                        (contract, _given(con, contract, frame, payload, receipt))
                        for contract, frame in _rows(landing, payload)
                        if contract in wanted
                    ],
                )


def _rows(landing: Landing, payload: Receipt) -> Iterator[tuple[Contract, pl.DataFrame]]:
    """The accepted rows of a payload, by the contract that they keep."""
    try:
        validated = validate(payload, read(payload, landing.read(payload)))
    except SourceChangedError as error:
        # An older program could read it.
        log.warning("payload %s gives nothing now: %s", payload.receipt_id, error.what)
        return
    for table, rows in validated.items():
        yield read_contracts("raw")[table], rows.accepted


def _given(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    frame: pl.DataFrame,
    payload: Receipt,
    giver: Receipt,
) -> pl.DataFrame:
    """The rows that a payload gave when it landed itself, or those that a decision let in."""
    when = "decided_by = ?" if giver.source == DECISION else "? <> ''"
    which = "in" if giver.source == DECISION else "not in"
    with registered(con, "incoming", frame.to_arrow()):
        given: pl.DataFrame = con.sql(
            f"select incoming.* from incoming where {key_json(contract, 'incoming')} {which} "
            f"(select key from ops.held where receipt_id = ? and table_name = ? and {when})",
            params=[payload.receipt_id, contract.table, giver.receipt_id],
        ).pl()
    return given
