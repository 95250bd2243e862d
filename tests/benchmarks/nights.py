"""What a night costs in a warehouse of so many minute bars, step by step.

`python -m tests.benchmarks.nights --bars 1e6 1e7 [--folder FOLDER]`.

Forty-eight markets of made-up prices, stored one after the other as a backfill stores them, and all
that is built of them. Then nights that bring a day of every market. Prints seconds of processor for
each step of the second of these nights; there are no events, so nothing is studied.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from marketwake.coverage import counts
from marketwake.coverage.watermarks import read_watermarks
from marketwake.landing.receipts import Receipt
from marketwake.runs import steps
from marketwake.runs.load import load
from marketwake.warehouse.build import build
from marketwake.warehouse.files import Warehouse
from tests.benchmarks.bench import Row

VENUES = {"Binance": "USDT", "Coinbase": "USD"}
COINS = 24
MARKETS = len(VENUES) * COINS
END = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NIGHTS = 2
_BARS = """
select
    venue, symbol, '1m' as bar_interval, opened_at,
    close + (hash(minute, 1) % 9) / 100 as open,
    close + 0.1 + (hash(minute, 2) % 9) / 100 as high,
    close - (hash(minute, 3) % 9) / 100 as low,
    close, (hash(minute, $number) % 100000) / 1000 as volume_base
from (
    select
        $venue as venue, $symbol as symbol, minute,
        make_timestamptz(60000000 * minute) as opened_at,
        -- The venues agree to some cents; a coin swings by a tenth within a month.
        round(100 + 10 * sin(minute / 7000.0 + $coin) + (hash(minute, $coin) % 100) / 100, 2)
            + $number % 2 / 100 as close
    from range($first::bigint, $until::bigint) as minutes(minute)
)
order by opened_at
"""


def main() -> None:
    """Print a table: a row for each step, a column for each number of bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", nargs="+", type=float, default=[1e6, 1e7])
    parser.add_argument("--folder")
    asked = parser.parse_args()
    columns = []
    for bars in asked.bars:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            columns.append(dict(measured(Path(folder), int(bars))))
    sys.stdout.write(f"{'step':26}" + "".join(f"{bars:>14,.0f}" for bars in asked.bars) + "\n")
    for step in columns[0]:
        cells = "".join(f"{column[step]:>14.2f}" for column in columns)
        sys.stdout.write(f"{step:26}{cells}\n")


def rows(few: float = 1e6, many: float = 1e7) -> Iterator[Row]:
    """What a night costs in a large warehouse beside a small one, without and with the copy."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = (
            dict(measured(Path(folder) / f"{bars:.0f}", int(bars))) for bars in (few, many)
        )
    for step, most in (("all but publish", 1.5), ("publish", None)):
        ratio = large[step] / small[step]
        yield Row(
            f"a night, {step}: {many:,.0f} bars held, beside {few:,.0f}",
            f"{large[step]:.2f} s",
            f"{small[step]:.2f} s",
            ratio,
            f"{most} x or less" if most else "-",
            ratio <= most if most else None,
        )


def measured(root: Path, bars: int) -> Iterator[tuple[str, float]]:
    """Steps of a night, each with its seconds of processor; the size of the file and the peak of
    memory besides.
    """
    warehouse = Warehouse(root)
    minutes = bars // MARKETS
    with warehouse.exclusive():
        with warehouse.writer() as con:
            for number in range(MARKETS):
                _fill(con, number, minutes)
        _night(warehouse, END, brings=False)
    for night in range(NIGHTS):
        with warehouse.exclusive():
            told = _night(warehouse, END + night * DAY, brings=True)
            ended = time.process_time()
        told["close"] = time.process_time() - ended
    yield from told.items()
    yield "all but publish", sum(told.values()) - told["publish"]
    yield "file, GB", (warehouse.root / "writer.duckdb").stat().st_size / 1e9


def _night(warehouse: Warehouse, day: datetime, *, brings: bool) -> dict[str, float]:
    now = day + DAY + timedelta(hours=1)

    def built() -> None:
        with warehouse.writer() as con:
            build(con)

    def counted() -> None:
        with warehouse.writer() as con:
            counts.keep(con)

    told = {"open": _timed(lambda: _open(warehouse))}
    told["watermarks"] = _timed(lambda: read_watermarks(warehouse))
    if brings:
        told["load"] = _timed(lambda: _load(warehouse, day, now))
    told["coverage"] = _timed(counted)
    told["build"] = _timed(built)
    told["ledger"] = _timed(lambda: steps.keep_ledger(warehouse, None, now))
    told["checks"] = _timed(lambda: steps.check(warehouse))
    told["publish"] = _timed(warehouse.publish)
    return told


def _open(warehouse: Warehouse) -> None:
    with warehouse.writer():
        pass


def _timed(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def _market(number: int) -> dict[str, object]:
    coin, venue = number // len(VENUES), list(VENUES)[number % len(VENUES)]
    symbol = f"C{coin:02}/{VENUES[venue]}"
    return {"number": number, "coin": coin, "venue": venue, "symbol": symbol}


def _fill(con: duckdb.DuckDBPyConnection, number: int, minutes: int) -> None:
    until = int(END.timestamp()) // 60
    con.execute(
        "insert into raw.spot_bar by name "
        "select *, $landed::timestamptz as recorded_at, 'page ' || $number as payload_sha256 "
        f"from ({_BARS})",
        _market(number)
        | {"first": until - minutes, "until": until, "landed": END + timedelta(seconds=number)},
    )


def _load(warehouse: Warehouse, day: datetime, now: datetime) -> None:
    first = int(day.timestamp()) // 60
    with warehouse.writer() as con:
        for number in range(MARKETS):
            asked = _market(number) | {"first": first, "until": first + 1440}
            frame = con.sql(_BARS, params=asked).pl()
            stamp = now + timedelta(seconds=number)
            what = f"{asked['venue']} {asked['symbol']} {day:%Y-%m-%d}"
            receipt = Receipt(
                f"{stamp:%Y%m%dT%H%M%S}-{number}", f"night-{day:%Y%m%d}", "inbox", "spot_bar",
                what, what, stamp, stamp,
            )  # fmt: skip
            load(con, receipt, b"", lambda *_, rows=frame: {"spot_bar": rows})


if __name__ == "__main__":
    main()
