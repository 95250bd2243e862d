"""The coverage ledger: what should exist, what does, and for every hole a reason and what happens
next.

The SQL is in sql/coverage/ledger. Stamps are numbered, steps of the clock from 1970 on or places in
a calendar of cal.stamp, so that spans, requests and gaps are compared as whole numbers. Bars are
not read for it: their gaps are kept by month (pipeline/marketwake/coverage/counts.py).

A stamp is denied by an answer only when the request was sent after its figure was public
(seed.dataset). Reasons:

* `confirmed absent`: an answer that covers it was loaded and does not hold it: an outage of the
  venue, an hour without a trade
* `source error`: requested, and every answer so far failed or was refused
* `not fetched`: nobody asked, or only before it was public
* `not yet published`: not public yet
* `not listed yet`: before the market or fund traded, where seed.market or seed.fund knows
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter

import duckdb

from marketwake.base.duck import insert_rows, transaction
from marketwake.base.series import SECONDS, Series, Window
from marketwake.coverage import counts
from marketwake.sources.spot.venues import VENUES
from marketwake.warehouse.build import run_folder

__all__ = ["Hole", "Series", "Window", "find_holes", "write"]

GONE_AFTER = timedelta(days=7)
"""Yahoo drops a contract soon after its expiry."""


@dataclass(frozen=True)
class Hole:
    """A run of missing stamps of a series with the same reason and no present one between. `first`
    and `last` are included, UTC.

    `attempts` counts the requests that asked for any of it; `last_error` is what the newest one
    that failed said, or the first rejected row of an answer that had some.
    """

    series: Series
    first: datetime
    last: datetime
    missing: int
    reason: str
    attempts: int
    last_error: str | None
    next_step: str


_CELLS = attrgetter(
    *(f"series.{field.name}" for field in fields(Series)),
    *(field.name for field in fields(Hole)[1:]),
)
"""The row of a hole in ops.hole."""


def find_holes(
    con: duckdb.DuckDBPyConnection, expected: Sequence[Window], now: datetime
) -> list[Hole]:
    """Every hole of the expected series, in the order of series and stamps. Writes nothing but
    temporary tables.

    Raises:
        DefinitionError: an SQL file does not run.
    """
    counts.count(con)
    return _find(con, expected, now)


def write(con: duckdb.DuckDBPyConnection, expected: Sequence[Window], now: datetime) -> None:
    """Keep ops.coverage_month, ops.series and ops.hole: of the expected series, of the coins that
    were requested last, and of whatever else is stored, from its first to its last stamp.

    Raises:
        DefinitionError: an SQL file does not run.
    """
    with transaction(con):
        counts.keep(con)
        holes = _find(con, _with_others(con, expected, now), now)
        con.execute("delete from ops.series")
        con.execute(
            "insert into ops.series by name "
            "select *, ?::timestamptz as checked_at from ledger_series order by all",
            [now],
        )
        con.execute("delete from ops.hole")
        insert_rows(con, "ops.hole", [_CELLS(hole) for hole in holes])


def _with_others(
    con: duckdb.DuckDBPyConnection, expected: Sequence[Window], now: datetime
) -> list[Window]:
    windows = {window.series: window for window in expected}
    # Which coins are the largest is known from the newest list alone, and who was on it from what
    # was requested then.
    coins = con.execute(
        """
        select dataset, venue, symbol, "interval", min(first_at)
        from ops.request
        where dataset = 'coin_snapshot'
        group by all
        having max(requested_at) > (
            select max(requested_at) - interval 1 day
            from ops.request
            where dataset = 'coin_snapshot'
        )
        """
    ).fetchall()
    held = con.execute(
        """
        select dataset, venue, symbol, "interval", min(first_at), max(last_at)
        from ops.coverage_month
        group by all
        """
    ).fetchall()
    for row in [*((*coin, now) for coin in coins), *held]:
        windows.setdefault(Series(*row[:4]), Window(Series(*row[:4]), *row[4:]))
    return list(windows.values())


def _find(con: duckdb.DuckDBPyConnection, expected: Sequence[Window], now: datetime) -> list[Hole]:
    con.execute("set variable ledger_now = ?::timestamptz", [now])
    columns = {
        "dataset": [window.series.dataset for window in expected],
        "venue": [window.series.venue for window in expected],
        "symbol": [window.series.symbol for window in expected],
        '"interval"': [window.series.interval for window in expected],
        "first_at": [window.first for window in expected],
        "last_at": [window.last for window in expected],
    }
    cells = ", ".join(
        f"unnest(?::{'timestamptz' if name.endswith('_at') else 'varchar'}[]) as {name}"
        for name in columns
    )
    con.execute(
        f"create or replace temp table ledger_expected as select unnest(range(?)) as id, {cells}",
        [len(expected), *columns.values()],
    )
    run_folder(con, "coverage/ledger")
    rows = con.execute(
        'from ledger_stamped_hole order by dataset, venue, symbol, "interval", first_at'
    ).fetchall()
    holes = []
    for number, *_, first, last, missing, reason, attempts, last_error, public_at in rows:
        window, first, last = expected[number], first.astimezone(UTC), last.astimezone(UTC)
        holes.append(
            Hole(
                window.series,
                first,
                last,
                missing,
                reason,
                attempts,
                last_error,
                _next_step(window, last, reason, public_at, now),
            )
        )
    return holes


def _next_step(
    window: Window, last: datetime, reason: str, public_at: datetime, now: datetime
) -> str:
    series = window.series
    if reason == "not yet published":
        return f"public from {public_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if reason == "not listed yet":
        return "none: it did not trade yet"
    if reason == "confirmed absent":
        return "asked again only on demand (backfill --again)"
    reach = VENUES[series.venue].candles.reach if series.venue in VENUES else None
    if reach and last < now - reach * timedelta(seconds=SECONDS[series.interval]):
        return (
            f"{series.venue} serves the last {reach} bars only: "
            "take another venue, or drop a file into the inbox"
        )
    if series.dataset in {"futures_price", "fed_funds_price"} and window.last < now - GONE_AFTER:
        return "expired contracts are gone from Yahoo: drop a file into the inbox"
    if series.dataset == "fed_probability" or series.interval == "1mo":
        return "no source is asked for it: drop a file into the inbox"
    return "the next run asks for it"
