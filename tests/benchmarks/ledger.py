"""The coverage ledger over synthetic minute bars on disk.

`python -m tests.benchmarks.ledger [million bars] [folder]`.

Forty-eight markets, one after the other as a backfill stores them, one bar in ten thousand missing,
then nights that add a day of each. Prints seconds per step and the peak memory of the process until
its end.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from marketwake.base.series import Series, Window
from marketwake.coverage import counts as coverage
from marketwake.coverage import ledger
from marketwake.warehouse.files import Warehouse

MARKETS = 48
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
LANDED = datetime(2026, 1, 1, tzinfo=UTC)
MISSING = 10_000
"""One bar in so many is missing."""


def main() -> None:
    """Fill, count, look for holes, and live through three nights."""
    million = float(sys.argv[1]) if len(sys.argv) > 1 else 100.0
    minutes = int(million * 1e6 / MARKETS)
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        root = Path(folder)
        end = BEGIN + timedelta(minutes=minutes)
        with (
            _timed(f"{MARKETS * minutes / 1e6:.0f} million bars of {MARKETS} markets stored"),
            Warehouse(root).writer() as con,
        ):
            for number in range(MARKETS):
                _store(con, number, BEGIN, minutes, LANDED + timedelta(hours=number))
        _say(f"file: {(root / 'writer.duckdb').stat().st_size / 1e9:.1f} GB")
        with Warehouse(root).writer() as con:
            with _timed("all months counted for the first time"):
                coverage.keep(con)
            _night(con, "first look for holes", end)
            _night(con, "a night with nothing new", end)
            for number in range(MARKETS):
                _store(con, number, end, 1440, LANDED + timedelta(days=30, hours=number))
            _night(con, "a night with a day of every market", end + timedelta(days=1))
            con.execute("checkpoint")
            _store(con, 0, BEGIN - timedelta(days=1), 1440, LANDED + timedelta(days=40))
            _night(
                con, "a night with a day before all others of one market", end + timedelta(days=1)
            )


def _store(
    con: duckdb.DuckDBPyConnection, number: int, first: datetime, minutes: int, landed_at: datetime
) -> None:
    con.execute(
        """
        insert into raw.spot_bar
        select
            'Venue ' || $number % 4,
            'C' || lpad(($number // 4)::varchar, 2, '0') || '/USD',
            '1m',
            $first::timestamptz + to_minutes(minute),
            100 + minute % 7, 107, 100, 100 + minute % 5, minute % 1000,
            $landed::timestamptz + to_microseconds(minute // 1000), null, 'page ' || minute // 1000
        from range($minutes) as r(minute)
        where hash(minute, $number) % $missing <> 0
        """,
        {
            "number": number,
            "first": first,
            "minutes": minutes,
            "landed": landed_at,
            "missing": MISSING,
        },
    )


def _night(con: duckdb.DuckDBPyConnection, name: str, end: datetime) -> None:
    last = end - timedelta(minutes=1)
    windows = [
        Window(
            Series("spot_bar", f"Venue {number % 4}", f"C{number // 4:02}/USD", "1m"), BEGIN, last
        )
        for number in range(MARKETS)
    ]
    with _timed(name):
        ledger.write(con, windows, end)
    holes, missing = con.execute("select count(*), sum(missing) from ops.hole").fetchall()[0]
    _say(f"    {holes} holes, {missing} bars missing")


@contextmanager
def _timed(name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    _say(f"{time.monotonic() - started:8.2f} s  peak {peak:5.2f} GB  {name}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
