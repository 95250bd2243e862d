"""The state of a published warehouse: freshness against its promises, gaps with reasons, rejects,
runs, and what was held back.
"""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from marketwake.base.errors import WarehouseError, counted
from marketwake.base.own_addresses import own_addresses
from marketwake.base.resources import SQL
from marketwake.warehouse.files import HELD_BACK, Warehouse

RUN_DUE = timedelta(hours=25)
"""From the start of a nightly run until the next is missed: a day, and an hour to ask and publish.
The alert run_late waits for longer: it compares runs that came, of which one in the evening and the
next on time are 31 hours apart and miss no night.
"""


def read_status(con: duckdb.DuckDBPyConnection, root: Path, now: datetime) -> dict[str, Any]:
    """Everything that a person or a monitor wants to know at the instant `now`; `problems` is empty
    when all is well.

    `freshness` per source: newest figure held, newest due by the promise in seed.dataset, `fresh`,
    `stale` or `ended` (nothing new is wanted), the series that are behind, and the assets of which
    no month of a future was there. It is judged at
    `judged_at`, when the newest night began to ask, so that it stays the same until the next, and a
    night that does not come is a problem of its own; at `now` where no night has asked live
    sources. `gaps`: every hole with its reason. Then tables with current rows, versions and
    rejects; offenders of the data checks, accepted ones apart; versions that were vacuumed; the ten
    newest runs that were published, newest first; what ended the newest run in an error, if
    anything did; sources that were asked at addresses of one's own; `bytes` and `seconds` of the
    newest publishing. Instants are ISO 8601 in UTC.
    Needs only DuckDB, so that a monitor may call it often.

    Raises:
        WarehouseError: the note on what was held back cannot be read.
    """
    has_ledger = bool(
        con.execute(
            "select 1 from duckdb_tables() where schema_name = 'ops' and table_name = 'series'"
        ).fetchall()
    )
    held_back = _held_back(root)
    newest_run = _newest_run(con, held_back)
    judged_at = newest_run or now
    freshness = _freshness(con, judged_at) if has_ledger else []
    gaps, checks, vacuums = (
        _records(con.execute(query)) if has_ledger else [] for query in (_GAPS, _CHECKS, _VACUUMS)
    )
    runs = _records(con.execute(_RUNS))
    return {
        "now": now.isoformat(),
        "judged_at": judged_at.isoformat(),
        "problems": _missed_run(newest_run, now)
        + _problems(freshness, runs, held_back, has_ledger=has_ledger),
        "freshness": freshness,
        "gaps": gaps,
        "tables": _tables(con),
        "checks": checks,
        "vacuums": vacuums,
        "runs": runs,
        "own_addresses": own_addresses(con),
        "held_back": held_back,
        "published": Warehouse(root).store.published(),
    }


def _newest_run(
    con: duckdb.DuckDBPyConnection, held_back: dict[str, Any] | None
) -> datetime | None:
    """Start of the newest night that asked live sources, failed ones included; null where none has.
    A backfill asks for old holes alone.

    The published file does not know a run that was held back: its note stands for it, with the
    instant at which it ended.
    """
    began: datetime | None = con.execute(
        "select max(started_at) from ops.run where flow = 'nightly' and source = 'live'"
    ).fetchall()[0][0]
    return max(began, datetime.fromisoformat(held_back["at"])) if began and held_back else began


def _missed_run(newest_run: datetime | None, now: datetime) -> list[str]:
    if newest_run is None or now - newest_run <= RUN_DUE:
        return []
    return [
        f"no run for {(now - newest_run) / timedelta(hours=1):.0f} hours: "
        f"the newest began {_shown(newest_run.isoformat())}"
    ]


def _freshness(con: duckdb.DuckDBPyConnection, judged_at: datetime) -> list[dict[str, Any]]:
    con.execute((SQL / "coverage" / "counts" / "part.sql").read_text(encoding="utf-8"))
    query = (SQL / "coverage" / "status" / "freshness.sql").read_text(encoding="utf-8")
    rows = _records(con.execute(query, {"judged_at": judged_at}))
    lists = ("behind", "without_months_of")
    return [row | {name: row[name] or [] for name in lists} for row in rows]


def _tables(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    names = [
        row[0]
        for row in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw' order by 1"
        ).fetchall()
    ]
    tables = {}
    for name in names:
        current, versions, newest = con.execute(
            f"""
            select count(*) filter (superseded_at is null), count(*), max(recorded_at)
            from raw.{name}
            """
        ).fetchall()[0]
        rejects = con.execute(
            "select count(*) from ops.reject where table_name = ?", [f"raw.{name}"]
        ).fetchall()[0][0]
        tables[name] = {
            "current_rows": current,
            "versions": versions,
            "rejects": rejects,
            "newest_recorded_at": newest and newest.isoformat(),
        }
    return tables


def _held_back(root: Path) -> dict[str, Any] | None:
    path = root / HELD_BACK
    if not path.exists():
        return None
    try:
        note: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WarehouseError(
            f"{path} cannot be read: {error}", "The next run writes or removes it."
        ) from error
    return note


def figures(row: dict[str, Any]) -> str:
    """What a row of the freshness is about: bars of spot come in several lengths."""
    part: str = row["part"]
    return f"{part} {row['interval']}" if part == "spot_bar" else part


def _problems(
    freshness: list[dict[str, Any]],
    runs: list[dict[str, Any]],
    held_back: dict[str, Any] | None,
    *,
    has_ledger: bool,
) -> list[str]:
    problems = [
        f"{figures(row)} of {row['venue']} is stale: "
        f"last {_shown(row['newest_at'])}, due {_shown(row['due_at'])}{_without(row)}"
        for row in freshness
        if row["state"] == "stale"
    ]
    if not has_ledger:
        problems.append(
            "an older marketwake published this file: the next run writes its coverage ledger"
        )
    if held_back and held_back["offenders"]:
        problems.append(
            f"run {held_back['run_id']} published nothing: "
            f"{counted(len(held_back['offenders']), 'offender')} of the data checks"
        )
    elif held_back:
        problems.append(f"run {held_back['run_id']} failed: {held_back['message']}")
    if runs and runs[0]["state"] == "failed":
        problems.append(f"the last run failed: {runs[0]['message']}")
    return problems


def _without(row: dict[str, Any]) -> str:
    assets = " and ".join(row["without_months_of"])
    return f", and no contract month of {assets}" if assets else ""


def _shown(stamp: str | None) -> str:
    return stamp[:16].replace("T", " ").removesuffix(" 00:00") if stamp else "none"


def _records(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or []]
    return [
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor.fetchall()
    ]


_GAPS = 'from ops.hole order by missing desc, dataset, venue, symbol, "interval", first_at'
_RUNS = """
select run_id, flow, source, started_at, finished_at, state, message
from ops.run
order by started_at desc
limit 10
"""
_CHECKS = """
select
    check_name, severity,
    count(*) filter (accepted_reason is null) as offenders, count(accepted_reason) as accepted,
    min(object || ': ' || detail) as one_of_them
from ops.offender
group by all
order by severity, offenders desc, check_name
"""
_VACUUMS = """
select dataset, max(horizon) as horizon, sum(versions)::bigint as removed
from ops.vacuum
group by dataset
order by dataset
"""
