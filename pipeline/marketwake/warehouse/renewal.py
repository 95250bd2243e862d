"""What of the bars is new to a step, so that it looks at those days alone.

Bars are the raw table that grows without end. Who derives from them notes how many versions each
raw table held and when the newest was recorded or superseded: versions come in the order of
landing, so what comes later is newer. Everything is new where a table does not hold what was noted
and what is newer, no more and no less (versions were vacuumed, payloads restored, a clock was set
back), and where the program or anything in the SQL tree is another.

An SQL file that can look at some days alone says so in a line `-- by day of bars: <column>`. It
takes the days from the macros renewed_from() and renewed_until(), and whoever runs it replaces the
rows of which that column lies between the two. Where a bar decides what is said of others further
away than the day after it, a line `-- reach in days: <expression>` says how far: then it is looked
at so many days more on either side, and for these the file reads bars from read_from() to
read_until(), so many days further still.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

from marketwake.base.clock import midnight
from marketwake.base.resources import SQL, program_digest

BARS = "spot_bar"
STAMP = "opened_at"
"""The stamp of a row of raw.spot_bar."""
MOST_SPANS = 12
"""Each costs a run of every statement; more are taken as one, from the first to the last."""
_REACH = timedelta(days=2)
"""A bar is a day long at most, so what depends on the one before it opens on the day after it at
the latest.
"""


@dataclass(frozen=True)
class Span:
    """Whole days of bars by their opening, UTC, `until` excluded."""

    first: datetime
    until: datetime


EVER = Span(datetime(1800, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
NEVER = Span(EVER.first, EVER.first)
"""No day at all."""


def new_to(con: duckdb.DuckDBPyConnection, step: str) -> list[Span]:
    """The days of bars that versions recorded or superseded since the step last ran touch, and what
    depends on them, in order; EVER where that cannot be told.
    """
    taken_to = known_to(con, step, [BARS])
    if taken_to is None:
        return [EVER]
    days = con.execute(
        f"""
        select distinct cast({STAMP} at time zone 'UTC' as date) as day
        from raw.{BARS} where recorded_at > $taken_to
        union
        select cast({STAMP} at time zone 'UTC' as date) from raw.{BARS}
        where superseded_at > $taken_to
        order by day
        """,
        {"taken_to": taken_to},
    ).fetchall()
    return spans_of(day for (day,) in days)


def spans_of(days: Iterable[date]) -> list[Span]:
    """Spans that cover days, given in order, with what depends on them."""
    spans: list[Span] = []
    for first in map(midnight, days):
        if spans and first <= spans[-1].until:
            spans[-1] = Span(spans[-1].first, first + _REACH)
        else:
            spans.append(Span(first, first + _REACH))
    return spans if len(spans) <= MOST_SPANS else [Span(spans[0].first, spans[-1].until)]


def known_to(con: duckdb.DuckDBPyConnection, step: str, tables: Sequence[str]) -> datetime | None:
    """The instant after which every version of these raw tables that the step does not know yet was
    recorded or superseded; None where there is none.
    """
    noted = con.execute(
        "select table_name, versions, superseded, taken_to from ops.taken_in "
        "where step = ? and program = ?",
        [step, program_digest()],
    ).fetchall()
    if not set(tables) <= {name for name, *_ in noted}:
        return None
    # Each count is answered from statistics, or from the end of its table.
    before = " union all ".join(
        f"""
        select
            '{name}',
            (select count(*) from raw.{name})
            - (select count(*) from raw.{name} where recorded_at > $taken_to),
            (select count(superseded_at) from raw.{name})
            - (select count(*) from raw.{name} where superseded_at > $taken_to)
        """
        for name in tables
    )
    taken_to: datetime = noted[0][3]
    found = con.execute(before, {"taken_to": taken_to}).fetchall()
    return taken_to if set(found) <= {row[:3] for row in noted} else None


def take_in(con: duckdb.DuckDBPyConnection, step: str) -> None:
    """Note that the step knows all versions that there are. Must run in the transaction in which it
    writes what it made of them.
    """
    names = sorted(path.stem for path in (SQL / "raw").glob("*.sql"))
    state = " union all ".join(
        f"select '{name}' as table_name, count(*) as versions, count(superseded_at) as superseded, "
        f"greatest(max(recorded_at), max(superseded_at)) as newest from raw.{name}"
        for name in names
    )
    con.execute("delete from ops.taken_in where step = ?", [step])
    con.execute(
        "insert into ops.taken_in select ?, table_name, versions, superseded, "
        f"coalesce(max(newest) over (), ?), ? from ({state})",
        [step, EVER.first, program_digest()],
    )


def look_at(con: duckdb.DuckDBPyConnection, span: Span, reach: timedelta = timedelta(0)) -> None:
    """Set the days that SQL files look at, and read: those within `reach`."""
    for name, instant in (
        ("renewed_from", span.first),
        ("renewed_until", span.until),
        ("read_from", span.first - reach),
        ("read_until", span.until + reach),
    ):
        con.execute(f"set variable {name} = ?::timestamptz", [instant])


def reach_of(con: duckdb.DuckDBPyConnection, text: str) -> timedelta:
    """How many days apart two bars may lie of which one decides what an SQL file says of the
    other; none where it does not tell.
    """
    line = re.search(r"^-- reach in days: (.+)$", text, re.MULTILINE)
    return timedelta(con.execute(f"select {line[1]}").fetchall()[0][0] if line else 0)


def around(spans: Iterable[Span], reach: timedelta) -> list[Span]:
    """Spans, given in order, with the days within `reach` of them."""
    wider: list[Span] = []
    for span in spans:
        first, until = span.first - reach, span.until + reach
        if wider and first <= wider[-1].until:
            first = wider.pop().first
        wider.append(Span(first, until))
    return wider


def column_by_day(text: str) -> str | None:
    """By which column an SQL file can look at some days alone; None where it cannot."""
    line = re.search(r"^-- by day of bars: (\w+)$", text, re.MULTILINE)
    return line[1] if line else None
