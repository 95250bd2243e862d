"""Which restatements are held for a look, and how good a source is."""

import logging
from collections.abc import Sequence
from datetime import UTC
from functools import cache
from math import ceil
from typing import Any

import duckdb

from marketwake.base.seeds import seed_rows
from marketwake.landing.receipts import Receipt
from marketwake.warehouse.contracts import Contract

log = logging.getLogger(__name__)

_RECORDED = 1
RANKS = {"inbox": 0, "sample": _RECORDED, "archive": _RECORDED}
"""How good a source is: a dropped file, recorded files."""
_LIVE = 2
TOLD = 3
"""A dropped file that somebody let in."""
_STAMPS = {"DATE", "TIMESTAMP WITH TIME ZONE"}
_RESCALED = {
    "etf_nav": "abs(changed.shares_outstanding * changed.nav_usd "
    "/ ((_stands ->> 'shares_outstanding')::double * (_stands ->> 'nav_usd')::double) - 1) < 0.01"
}
"""When a row of a table says the same in other units, in SQL: a split restates all shares and NAVs
of a fund at once and leaves their product.
"""
_DATASET = {
    "futures_price": "if(changed.price_kind = 'last_trade', "
    "'futures_last_trade', 'futures_settlement')",
    "index_bar": "if(changed.bar_interval = '1mo', 'index_bar_monthly', 'index_bar')",
}
"""The row of seed.dataset that a row belongs to, in SQL, where the table has several."""


def rank_of(payload: Receipt, *, is_told: bool) -> int:
    """How good the source of a payload is."""
    return TOLD if is_told and payload.source == "inbox" else RANKS.get(payload.source, _LIVE)


def _json(names: Sequence[str], of: str) -> str:
    pairs = ", ".join(f"'{name}', {of}.\"{name}\"" for name in names)
    return f"json_object({pairs})::varchar"


def key_json(contract: Contract, of: str) -> str:
    """The key of a row as ops.held has it, in SQL."""
    return _json(contract.key, of)


def figures_json(contract: Contract, of: str) -> str:
    """What a row has beside its key, as ops.held has it, in SQL."""
    return _json(
        [column.name for column in contract.columns if column.name not in contract.key], of
    )


_RANK = f"""
    ranked as (
        select payload_sha256 as _sha256, max(case
            when source = 'inbox' and (ordered_by is not null or receipt_id in (
                select payload_receipt_id from ops.decision where decision = 'accept'
            )) then {TOLD}
            {" ".join(f"when source = '{name}' then {rank}" for name, rank in RANKS.items())}
            else {_LIVE}
        end) as _rank
        from ops.load
        group by payload_sha256
    )
"""


_HELD = (
    """
create or replace temp table held as
with """
    + _RANK
    + """,
window_of as (select unnest($datasets) as _dataset, unnest($days) as _days)
select
    changed.*,
    case
        when coalesce(_rank, $rank) > $rank then 'a better source gave what stands'
        when coalesce(_rank, $rank) < $rank or not $is_looked_at or {rescaled} then null
        when (epoch($asked_at) - epoch(changed."{stamp}")) / 86400 > _days then format(
            'restated after more than the {{}} days within which its publisher does',
            _days
        )
        when _restated > $share * _standing
            then format(
                'one of {{}} rows restated at once, of {{}} that its series has',
                _restated, _standing
            )
    end as _reason
from changed
left join ranked using (_sha256)
left join window_of on _dataset = {dataset}
left join share on {same_series}
"""
)


def payloads_below(con: duckdb.DuckDBPyConnection, rank: int) -> list[str]:
    """The digests of payloads whose source is less good."""
    rows = con.execute(f"with {_RANK} select _sha256 from ranked where _rank < ?", [rank])
    return [digest for (digest,) in rows.fetchall()]


def leave_out(con: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt) -> int:
    """Take out of the temporary table `changed` what a bundled file has where a better source gave
    what stands: nobody need look at it, for that is newer. Returns how many rows; none of another
    source.
    """
    if receipt.source != "sample":
        return 0
    (count,) = con.execute(
        f"delete from changed where _sha256 in (with {_RANK} select _sha256 from ranked "
        f"where _rank > {_RECORDED})"
    ).fetchall()[0]
    if count:
        log.info(
            "%s: %d bundled figures left out: a better source gave others", contract.table, count
        )
    return int(count)


def hold(con: duckdb.DuckDBPyConnection, contract: Contract, receipt: Receipt) -> int:
    """Move rows that should be looked at first from the temporary table `changed` to ops.held.
    Returns how many.

    `changed` has the columns of the contract, and _stands (JSON) and _sha256: the figures that
    stand, and the payload that they are of.
    """
    table = contract.table.removeprefix("raw.")
    kinds = {column.name: column.duckdb_type for column in contract.columns}
    stamp = next(name for name in reversed(contract.key) if kinds[name] in _STAMPS)
    series = [name for name in contract.key if name != stamp]
    keys = ", ".join(f'"{name}"' for name in contract.key)
    rank = rank_of(receipt, is_told=False)
    _find_shares(con, contract, series)
    known = {name: value for name, value in _thresholds().items() if name != "rows"}
    con.execute(
        _HELD.format(
            dataset=_DATASET.get(table, f"'{table}'"),
            rescaled=_RESCALED.get(table, "false"),
            same_series=" and ".join(f'share."{name}" = changed."{name}"' for name in series)
            or "true",
            stamp=stamp,
        ),
        known
        | {
            "rank": rank,
            "is_looked_at": rank != _RECORDED,
            "asked_at": receipt.requested_at.astimezone(UTC),
        },
    )
    count: int = con.execute(
        f"""
        insert into ops.held
        select
            $receipt, '{contract.table}', {key_json(contract, "held")}, _stands,
            {figures_json(contract, "held")}, _reason, $landed_at, null
        from held where _reason is not null
        order by {keys}
        """,
        {"receipt": receipt.receipt_id, "landed_at": receipt.landed_at},
    ).fetchall()[0][0]
    if count:
        con.execute(
            "create or replace temp table changed as "
            f"select * from changed anti join (from held where _reason is not null) "
            f"using ({keys})"
        )
    return count


def _find_shares(con: duckdb.DuckDBPyConnection, contract: Contract, series: Sequence[str]) -> None:
    """Make the temporary table `share`: of each series that restates more rows than the threshold
    lets pass, how many, and how many it has. They are counted to where they are enough, so that it
    costs the same in a table of any size.
    """
    at_most = _thresholds()
    grouped = "".join(f'"{name}", ' for name in series)
    con.execute(
        f"create or replace temp table share as select {grouped} count(*) as _restated, "
        "0::bigint as _standing from changed group by all having _restated > ?",
        [at_most["rows"]],
    )
    same = "".join(f' and "{name}" = ?' for name in series)
    rows = con.execute(f"select {grouped} _restated from share").fetchall()
    for *names, restated in rows:
        con.execute(
            "update share set _standing = (select count(*) from "
            f"(from {contract.table} where superseded_at is null{same} limit ?)) where true{same}",
            [*names, ceil(restated / at_most["share"]) + 1, *names],
        )


@cache
def _thresholds() -> dict[str, Any]:
    windows = [
        (row["dataset"], float(row["restated_within_days"]))
        for row in seed_rows("dataset")
        if row["restated_within_days"]
    ]
    limits = {row["threshold"]: float(row["value"]) for row in seed_rows("threshold")}
    return {
        "datasets": [dataset for dataset, _ in windows],
        "days": [days for _, days in windows],
        "rows": limits["held_rows"],
        "share": limits["held_share"],
    }
