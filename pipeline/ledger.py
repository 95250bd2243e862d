"""The coverage ledger: what should exist, what does, and for every hole a reason and what happens next.

The SQL is in sql/ledger. Stamps are numbered, steps of the clock from 1970 on or places in a calendar of cal.stamp, so that spans,
requests and gaps are compared as whole numbers. Rows are counted per series and month (ops.coverage_month), again only for months that versions
recorded since the last count touch; holes are looked for only in months whose count is short.

A stamp is denied by an answer only when the request was sent after its figure was public (seed.dataset). Reasons:

* `confirmed absent`: an answer that covers it was loaded and does not hold it: an outage of the venue, an hour without a trade
* `source error`: asked for, and every answer so far failed or was refused
* `not fetched`: nobody asked, or only before it was public
* `not yet published`: not public yet; `not listed yet`: before the market or fund traded, where seed.market or seed.fund knows
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from pipeline.build import reference, run_folder
from pipeline.series import Series, Wanted
from pipeline.sources.spot_venues import SECONDS, VENUES
from pipeline.warehouse import transaction

__all__ = ["Hole", "Series", "Wanted", "find_holes", "write"]

GONE_AFTER = timedelta(days=7)
"""Yahoo drops a contract soon after its expiry."""


@dataclass(frozen=True)
class Hole:
    """A run of missing stamps of a series with the same reason and no present one between. `first` and `last` are included, UTC.

    `attempts` counts the requests that asked for any of it; `last_error` is what the newest one that failed said.
    """

    series: Series
    first: datetime
    last: datetime
    missing: int
    reason: str
    attempts: int
    last_error: str | None
    next_step: str


def find_holes(con: duckdb.DuckDBPyConnection, wanted: Sequence[Wanted], now: datetime) -> list[Hole]:
    """Every hole of the wanted series, in the order of series and stamps. Writes nothing but temporary tables.

    Raises:
        DefinitionError: an SQL file does not run.
    """
    _work_out(con, wanted, now)
    rows = con.execute(
        'select dataset, venue, symbol, "interval", first_at, last_at, missing, reason, attempts, last_error, public_at, id '
        "from ledger_found order by 1, 2, 3, 4, 5"
    ).fetchall()
    holes = []
    for row in rows:
        one = wanted[row[11]]
        first, last = (stamp.astimezone(UTC) for stamp in row[4:6])
        step = _next_step(one, last, row[7], row[10], now)
        holes.append(Hole(one.series, first, last, *row[6:10], step))
    return holes


def _work_out(con: duckdb.DuckDBPyConnection, wanted: Sequence[Wanted], now: datetime) -> None:
    """Run sql/ledger for these series at this instant; its temporary tables then hold the answer."""
    if not con.execute("select 1 from duckdb_views() where schema_name = 'cal' and view_name = 'stamp'").fetchall():
        reference(con)
    con.execute("set variable ledger_now = ?::timestamptz", [now])
    counted_to = con.execute("select coalesce(max(counted_to), '-infinity'::timestamptz) from ops.coverage_month").fetchall()[0][0]
    con.execute("set variable ledger_counted_to = ?::timestamptz", [counted_to])
    columns = [
        [one.series.dataset for one in wanted],
        [one.series.venue for one in wanted],
        [one.series.symbol for one in wanted],
        [one.series.interval for one in wanted],
        [one.first for one in wanted],
        [one.last for one in wanted],
    ]
    con.execute(
        "create or replace temp table ledger_wanted as select unnest(range(?)) as id, unnest(?::varchar[]) as dataset, unnest(?::varchar[]) as venue, "
        'unnest(?::varchar[]) as symbol, unnest(?::varchar[]) as "interval", unnest(?::timestamptz[]) as first_at, unnest(?::timestamptz[]) as last_at',
        [len(wanted), *columns],
    )
    run_folder(con, "ledger")


def _next_step(wanted: Wanted, last: datetime, reason: str, public_at: datetime, now: datetime) -> str:
    series = wanted.series
    if reason == "not yet published":
        return f"public from {public_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if reason == "not listed yet":
        return "none: it did not trade yet"
    if reason == "confirmed absent":
        return "asked again only on demand: marketwake backfill --again"
    reach = VENUES[series.venue].reach if series.venue in VENUES else None
    if reach and last < now - reach * timedelta(seconds=SECONDS[series.interval]):
        return f"{series.venue} serves the last {reach} bars only: take another venue, or drop a file into the inbox"
    if series.dataset in {"futures_price", "fed_funds_price"} and wanted.last < now - GONE_AFTER:
        return "expired contracts are gone from Yahoo: drop a file into the inbox"
    if series.dataset == "fed_probability" or series.interval == "1mo":
        return "no source is asked for it: drop a file into the inbox"
    return "the next run asks for it"


def write(con: duckdb.DuckDBPyConnection, wanted: Sequence[Wanted], now: datetime) -> None:
    """Keep ops.coverage_month, ops.series and ops.hole in step with what is held and asked. One transaction."""
    with transaction(con):
        find_holes(con, wanted, now)
