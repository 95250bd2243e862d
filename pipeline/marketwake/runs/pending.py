"""What is landed and not yet dealt with, in the order of landing: payloads are loaded, decisions
carried out.
"""

from collections.abc import Callable, Sequence

import duckdb

from marketwake.landing.receipts import DECISION, Receipt
from marketwake.landing.store import Landing
from marketwake.runs.decisions import carry_out
from marketwake.runs.load import Loaded, load
from marketwake.runs.readings import Frames, read
from marketwake.warehouse.store import Commit, commit_alone


def pending(con: duckdb.DuckDBPyConnection, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Of these receipts, those that no load has dealt with yet."""
    if not receipts:
        return []
    done = {row[0] for row in con.execute("select receipt_id from ops.load").fetchall()}
    return [receipt for receipt in receipts if receipt.receipt_id not in done]


def load_pending(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    commit: Commit = commit_alone,
) -> list[Loaded]:
    """Deal with what is landed and waits, in the order of landing: what a killed run left behind
    comes first. `commit` is the warehouse's.

    Raises:
        LandingError: a payload is corrupt; those before it are loaded.
    """
    return [load_one(con, landing, each, read, commit) for each in pending(con, landing.receipts())]


def load_one(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    receipt: Receipt,
    rows_of: Callable[[Receipt, bytes], Frames] = read,
    commit: Commit = commit_alone,
) -> Loaded:
    """Deal with one of them; the rest as `load` has it. Raises LandingError: it is corrupt."""
    if receipt.source == DECISION:
        return carry_out(con, landing, receipt)
    return load(con, receipt, landing.read(receipt), rows_of, commit)
