"""An installation's own events and claims: taken in beside the project's, and rebuilt alone where
nothing else has changed.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from marketwake.base.duck import transaction
from marketwake.event_study.run import study_own
from marketwake.fact_check import evaluation
from marketwake.fact_check.own_claims import FOLDER
from marketwake.warehouse import own_events

IN_PART = "in part"
"""The fingerprint where a part broke: that of no state, so that the next run tries again."""
BEGUN = "begun"
"""The fingerprint of own events and claims while they are judged. Where the next run finds it, one
has died in between, and nobody knows which verdicts it changed.
"""
_EVENTS = """
select event, cast(told as varchar) from seed.event as told semi join ops.own_event using (event)
union all
select event, cast(told as varchar) from seed.anchor as told semi join ops.own_event using (event)
union all
select event, cast(told as varchar)
from seed.confounder as told
semi join ops.own_event using (event)
"""
_CLAIMS = """
select event, cast(told as varchar) from mart.claim as told
union all
select claim.event, cast(told as varchar)
from mart.claim_part as told
inner join mart.claim as claim using (claim)
union all
select claim.event, cast(told as varchar)
from mart.claim_figure as told
inner join mart.claim as claim using (claim)
union all
select claim.event, cast(told as varchar)
from mart.claim_evidence as told
inner join mart.claim as claim using (claim)
"""


def place(con: duckdb.DuckDBPyConnection, root: Path) -> list[str]:
    """Put the installation's events beside the project's. Returns what is wrong with their files.
    Must run in a transaction.
    """
    found, problems = own_events.read_own(root)
    own_events.place(con, found)
    return problems


def evaluate(con: duckdb.DuckDBPyConnection, root: Path) -> list[str]:
    """Judge the installation's claims. Returns what broke. Must not run in a transaction."""
    return evaluation.evaluate_own(con, root / FOLDER)


def rebuild(
    con: duckdb.DuckDBPyConnection, root: Path, state: str, own_state: str, *, was_begun: bool
) -> list[str]:
    """Study the events of the installation that have changed, judge its claims again, and record
    which events that concerns. Must not run in a transaction.

    Args:
        con: the writer's file, all else built at the fingerprint `state`.
        root: the warehouse.
        state: the fingerprint of all else.
        own_state: that of the own events and claims.
        was_begun: the last rebuild died amid the judging; this one concerns all events.

    Returns:
        What broke, a line each.
    """
    was = _said(con, _EVENTS)
    # In one: a kill between the two would leave a changed event that nobody studies.
    with transaction(con):
        wrong = place(con, root)
        changed = {event for event, _ in was ^ _said(con, _EVENTS)}
        broken = study_own(con, changed)
        record(con, IN_PART if broken else f"{state} {BEGUN}", changed)
    was = _said(con, _CLAIMS)
    wrong += evaluate(con, root)
    if not broken:
        judged = {event for event, _ in was ^ _said(con, _CLAIMS)}
        concerned = None if was_begun else judged
        record(con, f"{state} {IN_PART if wrong else own_state}", concerned)
    return broken + wrong


def record(
    con: duckdb.DuckDBPyConnection, fingerprint: str, events: Collection[str] | None = None
) -> None:
    """Note a rebuild: of these events, or of all."""
    con.execute(
        "insert into ops.build values (?, ?, ?)",
        [datetime.now(UTC), fingerprint, None if events is None else sorted(events)],
    )


def _said(con: duckdb.DuckDBPyConnection, query: str) -> set[tuple[str, str]]:
    return set(con.execute(query).fetchall())
