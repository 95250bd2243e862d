"""The load beside DuckDB alone, and beside dlt where it is installed, on made-up minute bars.

`python -m tests.benchmarks.load [million bars]`

DuckDB's part has neither landing nor contract nor versions: it puts the same rows into a table of
the same columns and commits. Rounds are taken in turn, and the least of each counts.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import duckdb
import numpy as np
import polars as pl

from marketwake.base.duck import transaction
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import Landing
from marketwake.runs.load import load
from marketwake.runs.pending import load_one, load_pending, pending
from marketwake.runs.readings import Readings
from marketwake.sources.source import Request
from marketwake.sources.spot.venue import Page
from marketwake.warehouse.files import Warehouse
from tests.benchmarks.bench import Row, Spent, least, spent, table

MILLION_BARS = 2.67
ROUNDS = 3
PAGES = 40
PAGE_BARS = 1000
NIGHT_BARS = 43_200
RESTATED = 426
BEGIN = datetime(2019, 1, 1, tzinfo=UTC)
FILE = "Binance_BTC_USDT-1m.parquet"
FIGURES = ("open", "high", "low", "close", "volume_base")
KEY = ("venue", "symbol", "bar_interval", "opened_at")
MADE = "made-up one-minute bars"


def bars(count: int) -> pl.DataFrame:
    """A seeded random walk, in the columns of raw.spot_bar."""
    chance = np.random.default_rng(7)
    close = np.round(30_000 * np.exp(np.cumsum(chance.normal(0, 0.0005, count))), 2)
    opens = np.concatenate([[30_000.0], close[:-1]])
    above, below = (1 + np.abs(chance.normal(0, 0.0003, count)) for _ in range(2))
    return pl.DataFrame(
        {
            "opened_at": pl.datetime_range(
                BEGIN, BEGIN + timedelta(minutes=count - 1), "1m", time_zone="UTC", eager=True
            ),
            "open": opens,
            "high": np.maximum(opens, close) * above,
            "low": np.minimum(opens, close) / below,
            "close": close,
            "volume_base": np.round(chance.exponential(10, count), 5),
        }
    ).select(
        pl.lit("Binance").alias("venue"),
        pl.lit("BTC/USDT").alias("symbol"),
        pl.lit("1m").alias("bar_interval"),
        "opened_at",
        *FIGURES,
    )


def rows(million: float = MILLION_BARS) -> Iterator[Row]:
    """A row for each piece of work."""
    made = bars(int(million * 1e6))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        made.select(pl.col("opened_at").alias("date"), *FIGURES).rename(
            {"volume_base": "volume"}
        ).write_parquet(file)
        yield from large_file(file, million)
    yield page()
    yield night(made)


@dataclass(frozen=True)
class _Child:
    """What a piece of work took in a process of its own, and what the same took once more."""

    first: Spent
    again: Spent
    gigabytes: float


def large_file(file: Path, million: float) -> Iterator[Row]:
    """One file of bars, loaded into an empty warehouse; then the same file again."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_apart(_load_file, file))
        theirs.append(_apart(_insert_file, file))
    mine, peer = (least(one.first for one in all_) for all_ in (ours, theirs))
    peak = max(one.gigabytes for one in ours)
    rate = million / mine.wall
    work = f"one file of {million:g} million {MADE}: landing, contract, versions"
    yield Row(
        work,
        f"{rate:.2f} M rows/s, {mine.processor:.1f} s of processor, {peak:.2f} GB",
        f"DuckDB's ordered insert: {million / peer.wall:.2f} M rows/s, {peer.processor:.1f} s",
        mine.wall / peer.wall,
        "1.2 M rows/s or 70 % of DuckDB's, under 1 GB",
        (rate >= 1.2 or peer.wall >= 0.7 * mine.wall) and peak < 1,
    )
    if find_spec("dlt"):
        other = _apart(_dlt, file).first
        told = f"dlt: {million / other.wall:.2f} M rows/s, {other.processor:.1f} s"
        yield Row(work, f"{rate:.2f} M rows/s", told, mine.wall / other.wall, "-", None)
    else:
        yield Row(work, f"{rate:.2f} M rows/s", "dlt: not installed", None, "-", None)
    again = least(one.again for one in ours)
    yield Row("the same file once more", f"{again.wall:.3f} s", "", None, "0.1 s", again.wall < 0.1)


def _apart(work: Callable[[Path], _Child], file: Path) -> _Child:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, file).result()


def _child(first: Callable[[], object], again: Callable[[], object] = lambda: None) -> _Child:
    took = spent(first)
    return _Child(took, spent(again), getrusage(RUSAGE_SELF).ru_maxrss / 1e6)


def _load_file(file: Path) -> _Child:
    with tempfile.TemporaryDirectory() as root, Warehouse(Path(root)).writer() as con:
        landing = Landing(Path(root))

        def come() -> None:
            request = Request("inbox", file.name)
            landing.put("inbox", request, file.read_bytes(), datetime.now(UTC), "run")
            for loaded in load_pending(con, landing):
                assert loaded.new > 0, loaded.error

        return _child(come, come)


def _insert_file(file: Path) -> _Child:
    with tempfile.TemporaryDirectory() as folder, _peer(Path(folder)) as con:
        return _child(
            lambda: con.execute(
                "insert into bar select 'Binance', 'BTC/USDT', '1m', date, open, high, low, close, "
                f"volume, now(), null, 'payload' from '{file}' order by date"
            )
        )


def _dlt(file: Path) -> _Child:
    import dlt
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bars",
            pipelines_dir=folder,
            destination=dlt.destinations.duckdb(f"{folder}/bars.duckdb"),
        )
        return _child(lambda: pipeline.run(ParquetFile(file).read(), table_name="spot_bar"))


def _peer(folder: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(folder / "peer.duckdb")
    con.execute("set timezone = 'UTC'; set enable_progress_bar = false")
    con.execute(
        "create table bar (venue varchar, symbol varchar, bar_interval varchar, "
        f"opened_at timestamptz, {', '.join(f'{name} double' for name in FIGURES)}, "
        "recorded_at timestamptz, superseded_at timestamptz, payload_sha256 varchar)"
    )
    return con


def page() -> Row:
    """Pages of a spot venue, one after the other: landed, parsed, loaded."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with Warehouse(root).writer() as con, _peer(root) as other:
            landing, readings = Landing(root), Readings()
            for request, body in _pages():

                def come(request: Request = request, body: bytes = body) -> None:
                    now = datetime.now(UTC)
                    receipt = landing.put("spot-binance", request, body, now, "run")
                    assert receipt is not None
                    readings.ahead(receipt, body)
                    (loaded,) = [
                        load_one(con, landing, each, readings.of)
                        for each in pending(con, landing.receipts())
                    ]
                    assert loaded.new == PAGE_BARS, loaded.error

                ours.append(spent(come))
                theirs.append(spent(partial(_insert_page, other, body)))
    mine, peer = (sorted(one.processor for one in all_)[PAGES // 2] for all_ in (ours, theirs))
    return Row(
        f"a page of {PAGE_BARS:,} {MADE} as Binance sends it: landing, parsing, load",
        f"{1000 * mine:.1f} ms of processor",
        f"DuckDB reads and inserts it: {1000 * peer:.1f} ms",
        mine / peer,
        "30 ms",
        mine < 0.03,
    )


def _pages() -> Iterator[tuple[Request, bytes]]:
    for part in bars(PAGES * PAGE_BARS).iter_slices(PAGE_BARS):
        first, last = part["opened_at"][0], part["opened_at"][-1]
        answer = [
            [at, *(f"{x:.8f}" for x in figures), at + 59_999, "1.00000000", 9, "1.0", "1.0", "0"]
            for at, *figures in part.select(pl.col("opened_at").dt.epoch("ms"), *FIGURES).rows()
        ]
        request = Request("spot_bar", Page("Binance", "BTC/USDT", "1m", first, last).what)
        yield request, json.dumps(answer, separators=(",", ":")).encode()


def _insert_page(con: duckdb.DuckDBPyConnection, body: bytes) -> None:
    figures = ", ".join(f"(bar[{n}])::double" for n in range(2, 7))
    con.execute(
        "insert into bar select 'Binance', 'BTC/USDT', '1m', make_timestamptz(bar[1]::bigint "
        f"* 1000), {figures}, now(), null, 'payload' "
        "from (select unnest(from_json(?, '[[\"varchar\"]]')) as bar)",
        [body.decode()],
    )


def night(made: pl.DataFrame) -> Row:
    """A month of bars read again, of which some differ, over all that there are."""
    chance = np.random.default_rng(1).permutation(NIGHT_BARS) < RESTATED
    again = made.tail(NIGHT_BARS).with_columns(
        volume_base=pl.col("volume_base") + pl.Series(chance.astype(float))
    )
    ours, theirs = zip(*(_night(made, again) for _ in range(ROUNDS)), strict=True)
    mine, peer = least(ours), least(theirs)
    return Row(
        f"a night of {NIGHT_BARS:,} rows with {RESTATED} restated, over {made.height:,} {MADE}",
        f"{1000 * mine.processor:.0f} ms of processor",
        f"DuckDB's merge into: {1000 * peer.processor:.0f} ms",
        mine.processor / peer.processor,
        "3 x DuckDB's",
        mine.processor < 3 * peer.processor,
    )


def _night(made: pl.DataFrame, again: pl.DataFrame) -> tuple[Spent, Spent]:
    now = made["opened_at"][-1] + timedelta(minutes=5)
    with tempfile.TemporaryDirectory() as folder:
        with Warehouse(Path(folder)).writer() as con:
            _come(con, made, now)
            con.execute("checkpoint")
            ours = spent(lambda: _come(con, again, now + timedelta(minutes=1)))
        with _peer(Path(folder)) as con:
            con.execute("insert into bar by name from made")
            con.execute("checkpoint")
            theirs = spent(lambda: _merge_into(con, again))
    return ours, theirs


def _come(con: duckdb.DuckDBPyConnection, frame: pl.DataFrame, at: datetime) -> None:
    """Load rows as if a venue had just sent them."""
    what = Page("Binance", "BTC/USDT", "1m", frame["opened_at"][0], frame["opened_at"][-1]).what
    digest = f"{at:%Y%m%d%H%M%S}"
    receipt = Receipt(digest, "run", "spot-binance", "spot_bar", what, digest, at, at)
    loaded = load(con, receipt, b"", lambda *_: {"spot_bar": frame})
    assert loaded.accepted == frame.height, loaded.error
    assert loaded.new in (0, frame.height)
    assert loaded.restated + loaded.held == (0 if loaded.new else RESTATED)


def _merge_into(con: duckdb.DuckDBPyConnection, again: pl.DataFrame) -> None:
    there, here = (f"({', '.join(f'{of}.{x}' for x in FIGURES)})" for of in ("bar", "again"))
    con.register("again", again.to_arrow())
    with transaction(con):
        con.execute(
            f"merge into bar using again using ({', '.join(KEY)}) "
            f"when matched and {there} is distinct from {here} then update "
            f"set {', '.join(f'{name} = again.{name}' for name in FIGURES)} "
            "when not matched then insert by name"
        )


def main() -> None:
    """Print the table."""
    million = float(sys.argv[1]) if len(sys.argv) > 1 else MILLION_BARS
    sys.stdout.write(f"{table(rows(million))}\n")


if __name__ == "__main__":
    main()
