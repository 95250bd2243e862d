"""Exporting the sample: the text of a file by hand, and the round trip of the bundled files."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import DefinitionError, WarehouseError
from marketwake.base.resources import SAMPLE, SQL
from marketwake.landing.store import Landing
from marketwake.runs import load as batches
from marketwake.sources.files.archive import Archive
from marketwake.sources.files.sample import Sample
from marketwake.sources.source import Source
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.export import export_sample
from marketwake.warehouse.files import Warehouse
from tests.conftest import Insert

Files = dict[str, bytes]


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with empty raw tables and nothing built."""
    (tmp_path / "warehouse").mkdir()
    with Warehouse(tmp_path / "warehouse").writer() as con:
        yield con


def load(
    con: duckdb.DuckDBPyConnection, root: Path, source: Source, unwanted: tuple[str, ...] = ()
) -> None:
    landing = Landing(root)
    for request in source.requests():
        if request.what.startswith(unwanted):
            continue
        receipt = landing.put(source.name, request, source.fetch(request), landing.clock(), "run")
        assert receipt is not None
        loaded = batches.load(con, receipt, landing.read(receipt))
        assert (loaded.status, loaded.rejected) == ("loaded", 0), loaded


def exported(con: duckdb.DuckDBPyConnection, target: Path) -> Files:
    written = export_sample(con, target)
    files = {one.path.name: one.path.read_bytes() for one in written}
    assert {one.path.name: (one.rows, one.size) for one in written} == {
        n: (b.count(b"\n") - 1, len(b)) for n, b in files.items()
    }
    return files


def test_every_raw_table_has_an_export_query_but_those_that_no_claim_needs() -> None:
    exported = {path.stem for path in (SQL / "exports" / "sample").glob("*.sql")}
    assert exported < set(read_contracts("raw"))
    assert set(read_contracts("raw")) - exported == {
        "coin_rank",
        "etf_bar",
        "etf_nav",
        "etf_shares",
        "fed_funds_price",
        "spot_listing",
    }


def test_stamps_numbers_and_order(
    raw: duckdb.DuckDBPyConnection, insert: Insert, tmp_path: Path
) -> None:
    bar = {
        "venue": "Binance",
        "symbol": "BTC/USDT",
        "bar_interval": "1h",
        "open": 106083.0,
        "high": 1e16,
        "low": 1e-7,
        "volume_base": 0.0,
    }
    insert(
        raw,
        "spot_bar",
        [
            bar | {"opened_at": datetime(2025, 8, 7, 16, tzinfo=UTC), "close": 0.1 + 0.2},
            bar | {"opened_at": datetime(2025, 8, 7, 15, tzinfo=UTC), "close": 106407.34},
        ],
    )
    assert exported(raw, tmp_path / "out")["spot_bar.csv"].decode().splitlines() == [
        "venue,symbol,bar_interval,opened_at,open,high,low,close,volume_base",
        "Binance,BTC/USDT,1h,2025-08-07T15:00:00Z,106083,1e+16,1e-7,106407.34,0",
        "Binance,BTC/USDT,1h,2025-08-07T16:00:00Z,106083,1e+16,1e-7,0.30000000000000004,0",
    ]


def test_nulls_are_empty_and_commas_are_quoted(
    raw: duckdb.DuckDBPyConnection, insert: Insert, tmp_path: Path
) -> None:
    coin = {
        "vendor": "CoinGecko",
        "coin": "a,b",
        "symbol": "A",
        "snapshot_at": datetime(2025, 8, 7, tzinfo=UTC),
        "price_usd": 1.5,
    }
    insert(raw, "coin_snapshot", [coin | {"market_cap_usd": None, "volume_24h_usd": None}])
    assert (
        exported(raw, tmp_path / "out")["coin_snapshot.csv"].splitlines()[1]
        == b'CoinGecko,"a,b",A,2025-08-07T00:00:00Z,1.5,,'
    )


def test_superseded_rows_and_days_outside_the_cut_stay_behind(
    raw: duckdb.DuckDBPyConnection, insert: Insert, tmp_path: Path
) -> None:
    total = {"asset": "ETH", "session": date(2025, 8, 7)}
    insert(raw, "etf_flow_total", [total | {"net_flow_usd": 1.0}])
    raw.execute("update raw.etf_flow_total set superseded_at = now()")
    insert(
        raw,
        "etf_flow_total",
        [
            total | {"net_flow_usd": 222_300_000.0},
            total | {"net_flow_usd": 5.0, "session": date(2026, 8, 7)},
        ],
    )
    assert (
        exported(raw, tmp_path / "out")["etf_flow_total.csv"]
        == b"asset,session,net_flow_usd\nETH,2025-08-07,222300000\n"
    )


def test_a_warehouse_loaded_from_the_sample_exports_the_same_bytes(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(raw, tmp_path / "warehouse", Sample())
    assert exported(raw, tmp_path / "out") == {
        path.name: path.read_bytes() for path in SAMPLE.glob("*.csv")
    }


def test_the_bundled_sample_is_what_the_recorded_files_give(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path, shared: Path
) -> None:
    unneeded = tuple(
        f"spot/binance/{path.name}"
        for path in (shared / "spot" / "binance").iterdir()
        if not path.name.startswith(("BTC", "ETH"))
    )
    load(raw, tmp_path / "warehouse", Archive(shared), unneeded)
    load(raw, tmp_path / "warehouse", Sample(frozenset({"reference_figure"})))
    assert exported(raw, tmp_path / "out") == {
        path.name: path.read_bytes() for path in SAMPLE.glob("*.csv")
    }


def test_a_folder_that_cannot_be_written_is_said_so(
    raw: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WarehouseError, match="cannot be written"):
        export_sample(raw, tmp_path / "file" / "sample")


@pytest.mark.parametrize(
    ("query", "message"), [("select 1 as a", "the contract has"), ("selct", "syntax error")]
)
def test_a_query_that_does_not_fit_is_named(
    raw: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    message: str,
) -> None:
    (tmp_path / "exports" / "sample").mkdir(parents=True)
    (tmp_path / "exports" / "sample" / "spot_bar.sql").write_text(query)
    monkeypatch.setattr("marketwake.warehouse.export.SQL", tmp_path)
    with pytest.raises(DefinitionError, match=rf"spot_bar.sql(.|\n)*{message}"):
        export_sample(raw, tmp_path / "out")
