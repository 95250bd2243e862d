"""Each payload of a run is parsed once: what was read when it landed is what is loaded, and what a
replay reads from the bytes.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import SourceChangedError
from marketwake.base.resources import SAMPLE
from marketwake.base.settings import read_settings
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import Landing
from marketwake.runs.nightly import nightly
from marketwake.runs.pending import load_pending
from marketwake.runs.readings import Frames, Readings
from marketwake.runs.run import Hooks, Run
from marketwake.sources import registry
from marketwake.sources.coingecko import source as coingecko
from marketwake.sources.farside import page
from marketwake.sources.farside.source import Farside
from marketwake.sources.source import Parse, Request
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.ddl import create_tables
from marketwake.warehouse.files import Warehouse
from tests.support.servers import Running, serve, settings

NIGHT = datetime(2025, 8, 22, 6, 15, tzinfo=UTC)
BTC = Request("farside", "/btc/")
HOOKS = Hooks(
    derive=lambda _: [], check=lambda _warehouse, _clock, _run_id: [], report=lambda _: ([], [])
)
"""A night that fetches and loads, and derives nothing."""
ROW_BYTES = 8
"""Of a column of integers."""
REFUSED = 3
Reads = Counter[tuple[str, str]]


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch, without_pace: None) -> Iterator[Running]:  # noqa: ARG001
    monkeypatch.setattr(coingecko, "SECONDS_BETWEEN_REQUESTS", 0.0)
    with serve(now=NIGHT) as running:
        yield running


@pytest.fixture
def root(venues: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty warehouse folder whose settings point at the loopback venues."""
    text = settings(venues, spot_venues=["Coinbase", "Binance"], history_from=date(2025, 8, 18))
    (tmp_path / "marketwake.toml").write_text(text)
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(tmp_path / "marketwake.toml"))
    return tmp_path / "warehouse"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """How often each parser was called, by source and request."""
    counts: Reads = Counter()

    def counting(source: str, parse: Parse) -> Parse:
        def counted(request: Request, body: bytes, asked_at: datetime) -> dict[str, pl.DataFrame]:
            counts[source, request.what] += 1
            return parse(request, body, asked_at)

        return counted

    for source, parse in registry.PARSERS.items():
        monkeypatch.setitem(
            cast("dict[str, Parse]", registry.PARSERS), source, counting(source, parse)
        )
    return counts


def _rows(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: con.execute(f"select * from raw.{table} order by all").fetchall()
        for table in read_contracts("raw")
    }


@contextmanager
def _replayed(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The raw tables as landing alone gives them."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_tables(con, "raw")
        create_tables(con, "ops")
        load_pending(con, Landing(root))
        yield con


def _loads(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return con.execute(
        "select receipt_id, status, rows_read, rows_accepted, rows_rejected, error_class, "
        "error_message, first_bytes from ops.load order by all"
    ).fetchall()


@pytest.mark.usefixtures("few_series")
def test_a_night_parses_each_payload_of_every_source_once_and_loads_what_a_replay_loads(
    root: Path, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages, rows_of = list[str](), page._rows

    def noting(source: str, where: str, body: bytes) -> list[list[str]]:
        pages.append(where)
        return rows_of(source, where, body)

    monkeypatch.setattr(page, "_rows", noting)
    (root / "inbox").mkdir(parents=True)
    shutil.copy(SAMPLE / "fed_probability.csv", root / "inbox")
    assert nightly(root, hooks=HOOKS).problems == ()
    landed = Counter((r.source, r.what) for r in Landing(root).receipts())
    assert {source for source, _ in landed} == {
        *("spot-coinbase", "spot-binance", "farside", "yahoo", "coingecko", "issuers"),
        *("sample", "inbox"),
    }
    assert reads == landed
    assert sorted(pages) == sorted(what for source, what in landed if source == "farside")
    with Warehouse(root).writer() as con, _replayed(root) as again:
        assert _rows(con) == _rows(again)
        assert _loads(con) == _loads(again)
    assert reads == landed + landed


def _night(root: Path) -> Run:
    return Run(Warehouse(root), "nightly", "live", read_settings(root))


def _farside(run: Run) -> Farside:
    return Farside(run.settings, with_history=False)


def test_what_breaks_its_parser_is_refused_as_it_is_from_landing_without_being_parsed_again(
    root: Path, reads: Reads, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows_of = page._rows

    def breaks(source: str, where: str, body: bytes) -> list[list[str]]:
        if where == BTC.what:
            raise ZeroDivisionError("nobody foresaw that")
        return rows_of(source, where, body)

    monkeypatch.setattr(page, "_rows", breaks)
    run = _night(root)
    with run.hold(0):
        fetched = run.fetch(_farside(run))
        run.load([fetched])
        with run.warehouse.writer() as con:
            loads = _loads(con)
        broken = run.landing.read(run.landing.receipts()[0])
    assert (fetched.landed, fetched.refused) == (2, frozenset({BTC}))
    assert [load.status for load in run.loads] == ["refused", "loaded"]
    assert run.loads[1].new > 0
    assert reads == {("farside", "/btc/"): 1, ("farside", "/eth/"): 1}
    assert caplog.text.count("/btc/ broke its parser") == 1
    assert loads[0][1:] == (
        "refused", 0, 0, 0, "SourceChangedError",
        "farside: /btc/: expected an answer that can be read, found ZeroDivisionError: "
        "nobody foresaw that",
        broken[:200].decode(),
    )  # fmt: skip
    with _replayed(root) as con:
        assert _loads(con) == loads


def test_what_a_killed_run_landed_is_parsed_by_the_next_from_its_bytes(
    root: Path, reads: Reads
) -> None:
    killed, following = _night(root), _night(root)
    with killed.hold(0):
        killed.fetch(_farside(killed))
    with following.hold(0):
        following.load([])
    assert [load.status for load in following.loads] == ["loaded", "loaded"]
    assert sum(load.new for load in following.loads) > 0
    assert set(reads.values()) == {2}


@given(
    st.lists(st.integers(0, 9), unique=True),
    st.permutations(range(10)),
    st.integers(0, 12).map(lambda rows: rows * ROW_BYTES),
)
def test_of_what_was_read_ahead_the_first_that_fit_are_kept_until_they_are_loaded(
    ahead: list[int], loaded: list[int], kept_bytes: int
) -> None:
    # A payload of as many rows as its number says; one number is refused, which takes no room.
    kept, rows = set[int](), 0
    for number in ahead:
        size = 0 if number == REFUSED else number
        if (rows + size) * ROW_BYTES <= kept_bytes:
            kept.add(number)
            rows += size
    readings, parsed = Readings(kept_bytes), list[int]()

    def parse(request: Request, body: bytes, _: datetime) -> dict[str, pl.DataFrame]:
        parsed.append(len(body))
        if len(body) == REFUSED:
            raise SourceChangedError("few", request.what, "another number of bytes", "this one")
        return {"few": pl.DataFrame({"number": range(len(body))}, schema={"number": pl.Int64})}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "PARSERS", {"few": parse})
        assert [_outcome(readings.ahead, number) for number in ahead] == list(map(_expected, ahead))
        assert parsed == ahead
        parsed.clear()
        assert [_outcome(readings.of, number) for number in loaded] == list(map(_expected, loaded))
        assert set(parsed) == set(range(10)) - kept
        # Nothing is kept any more, and there is room again.
        fitting = min(9, kept_bytes // ROW_BYTES)
        assert _outcome(readings.ahead, fitting) == _expected(fitting)
        parsed.clear()
        assert _outcome(readings.of, fitting) == _expected(fitting)
        assert _outcome(readings.of, fitting) == _expected(fitting)
        assert parsed == [fitting]


def _expected(number: int) -> int | None:
    return None if number == REFUSED else number


def _outcome(read: Callable[[Receipt, bytes], Frames], number: int) -> int | None:
    """How many rows a payload has; null where it is refused."""
    receipt = Receipt(str(number), "run", "few", "few", str(number), "", NIGHT, NIGHT)
    try:
        return read(receipt, b"x" * number)["few"].height
    except SourceChangedError:
        return None
