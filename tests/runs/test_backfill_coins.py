"""Which coins a backfill fills that names none."""

import csv
from datetime import UTC, date, datetime

import duckdb
import pytest

from marketwake.base.resources import SQL
from marketwake.base.settings import Settings
from marketwake.runs.backfill.order import Order, ordered_series
from marketwake.warehouse.ddl import create_tables

NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
KNOWN = {
    row["coin"]
    for row in csv.DictReader((SQL / "seeds" / "coin.csv").read_text(encoding="utf-8").splitlines())
}


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """A warehouse that holds one day of one coin of seed.coin, and of one that is not in it."""
    made = duckdb.connect()
    made.execute("set timezone = 'UTC'")
    for schema in ("raw", "ops"):
        create_tables(made, schema)
    made.execute(
        """
        insert into raw.coin_snapshot by name
        select
            'CoinGecko' as vendor, unnest(['bitcoin', 'newcoin']) as coin, coin as symbol,
            timestamptz '2025-08-20 00:00Z' as snapshot_at, 1 as price_usd,
            ?::timestamptz as recorded_at, 'test' as payload_sha256
        """,
        [NOW],
    )
    return made


def _coins(con: duckdb.DuckDBPyConnection, *symbols: str) -> set[str]:
    order = Order("coin_snapshot", first=date(2025, 8, 1), last=date(2025, 8, 20), symbols=symbols)
    return {window.series.symbol for window in ordered_series(con, Settings(), order, lambda: NOW)}


def test_a_backfill_that_was_stopped_after_some_coins_goes_on_with_the_others(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert len(KNOWN) == 50
    assert _coins(con) == KNOWN | {"newcoin"}


# Receipts of before ranks were kept name coin_snapshot.
@pytest.mark.parametrize("dataset", ["coin_rank", "coin_snapshot"])
def test_once_a_night_has_asked_which_are_the_largest_those_held_are_all(
    con: duckdb.DuckDBPyConnection, dataset: str
) -> None:
    con.execute(
        """
        insert into ops.load by name
        select
            'r' as receipt_id, 'n' as run_id, 'coingecko' as source, ? as dataset,
            'coins/markets, page 1 of the 2 largest by market value' as request,
            ?::timestamptz as landed_at, 'loaded' as status, 0 as rows_read,
            0 as rows_accepted, 0 as rows_rejected,
            0 as rows_new, 0 as rows_restated, 0 as rows_unchanged, 0 as rows_held
        """,
        [dataset, NOW],
    )
    assert _coins(con) == {"bitcoin", "newcoin"}
    assert _coins(con, "ethereum") == {"ethereum"}
