"""The coverage ledger: what should exist, what does, and for every hole a reason and what happens
next.

The SQL is in sql/coverage/ledger. Stamps are numbered, steps of the clock from 1970 on or places in a
calendar of cal.stamp, so that spans, requests and gaps are compared as whole numbers. Bars are not
read for it: their gaps are kept by month (pipeline/marketwake/coverage/counts.py).

A stamp is denied by an answer only when the request was sent after its figure was public
(seed.dataset). Reasons:

* `confirmed absent`: an answer that covers it was loaded and does not hold it: an outage of the
  venue, an hour without a trade * `source error`: asked for, and every answer so far failed or was
  refused * `not fetched`: nobody asked, or only before it was public * `not yet published`: not
  public yet; `not listed yet`: before the market or fund traded, where seed.market or seed.fund
  knows
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from marketwake.base.duck import transaction
from marketwake.base.series import Series, Window
from marketwake.coverage import counts as coverage
from marketwake.sources.spot.venues import SECONDS, VENUES
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


def find_holes(
    con: duckdb.DuckDBPyConnection, wanted: Sequence[Window], now: datetime
) -> list[Hole]:
    """Every hole of the wanted series, in the order of series and stamps. Writes nothing but
    temporary tables.

    Raises:
        DefinitionError: an SQL file does not run.
    """
    coverage.count(con)
    return _find(con, wanted, now)


def write(con: duckdb.DuckDBPyConnection, wanted: Sequence[Window], now: datetime) -> None:
    """Keep ops.coverage_month, ops.series and ops.hole: of the wanted series, of the coins that
    were asked for last, and of whatever else is held, from its first to its last stamp.

    Raises:
        DefinitionError: an SQL file does not run.
    """
    with transaction(con):
        coverage.keep(con)
        holes = _find(con, _with_others(con, wanted, now), now)
        con.execute("delete from ops.series")
        con.execute(
            "insert into ops.series by name select *, ?::timestamptz as checked_at from ledger_series order by all",
            [now],
        )
        con.execute("delete from ops.hole")
        rows = [(*astuple(one.series), one.first, one.last, *astuple(one)[3:]) for one in holes]
        types = (
            ("varchar",) * 4
            + ("timestamptz",) * 2
            + ("bigint", "varchar", "bigint", "varchar", "varchar")
        )
        if rows:
            cells = ", ".join(f"unnest(?::{kind}[])" for kind in types)
            con.execute(
                f"insert into ops.hole select {cells}",
                [list(column) for column in zip(*rows, strict=True)],
            )


def _with_others(
    con: duckdb.DuckDBPyConnection, wanted: Sequence[Window], now: datetime
) -> list[Window]:
    found = {one.series: one for one in wanted}
    # Which coins are the largest is known from the newest list alone, and who was on it from what
    # was asked for then.
    coins = con.execute(
        'select dataset, venue, symbol, "interval", min(first_at) from ops.request '
        "where dataset = 'coin_snapshot' group by all "
        "having max(requested_at) > (select max(requested_at) - interval 1 day from ops.request where dataset = 'coin_snapshot')"
    ).fetchall()
    held = con.execute(
        'select dataset, venue, symbol, "interval", min(first_at), max(last_at) from ops.coverage_month group by all'
    ).fetchall()
    for row in [*((*coin, now) for coin in coins), *held]:
        found.setdefault(Series(*row[:4]), Window(Series(*row[:4]), *row[4:]))
    return list(found.values())


def _find(con: duckdb.DuckDBPyConnection, wanted: Sequence[Window], now: datetime) -> list[Hole]:
    con.execute("set variable ledger_now = ?::timestamptz", [now])
    columns = {
        "dataset": [one.series.dataset for one in wanted],
        "venue": [one.series.venue for one in wanted],
        "symbol": [one.series.symbol for one in wanted],
        '"interval"': [one.series.interval for one in wanted],
        "first_at": [one.first for one in wanted],
        "last_at": [one.last for one in wanted],
    }
    cells = ", ".join(
        f"unnest(?::{'timestamptz' if name.endswith('_at') else 'varchar'}[]) as {name}"
        for name in columns
    )
    con.execute(
        f"create or replace temp table ledger_wanted as select unnest(range(?)) as id, {cells}",
        [len(wanted), *columns.values()],
    )
    run_folder(con, "coverage/ledger")
    rows = con.execute(
        'from ledger_stamped_hole order by dataset, venue, symbol, "interval", first_at'
    ).fetchall()
    holes = []
    for number, *_, first, last, missing, reason, attempts, last_error, public_at in rows:
        one, first, last = wanted[number], first.astimezone(UTC), last.astimezone(UTC)
        holes.append(
            Hole(
                one.series,
                first,
                last,
                missing,
                reason,
                attempts,
                last_error,
                _next_step(one, last, reason, public_at, now),
            )
        )
    return holes


def _next_step(
    wanted: Window, last: datetime, reason: str, public_at: datetime, now: datetime
) -> str:
    series = wanted.series
    if reason == "not yet published":
        return f"public from {public_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if reason == "not listed yet":
        return "none: it did not trade yet"
    if reason == "confirmed absent":
        return "asked again only on demand (backfill --again)"
    reach = VENUES[series.venue].reach if series.venue in VENUES else None
    if reach and last < now - reach * timedelta(seconds=SECONDS[series.interval]):
        return f"{series.venue} serves the last {reach} bars only: take another venue, or drop a file into the inbox"
    if series.dataset in {"futures_price", "fed_funds_price"} and wanted.last < now - GONE_AFTER:
        return "expired contracts are gone from Yahoo: drop a file into the inbox"
    if series.dataset == "fed_probability" or series.interval == "1mo":
        return "no source is asked for it: drop a file into the inbox"
    return "the next run asks for it"
