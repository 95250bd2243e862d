"""The seed tables keep their contracts and refer to one another, to the claims and to what was
recorded.
"""

import csv
import inspect
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from marketwake.base.resources import SQL
from marketwake.fact_check.claim_file import read_claim
from marketwake.runs import holding

SEEDS = SQL / "seeds"
TABLES = sorted(path.stem for path in SEEDS.glob("*.sql"))
DAY_FORMAT = "%d %b %Y"


@pytest.fixture(scope="module")
def seeds() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every seed inserted into its own DDL by DuckDB alone, so that its checks and types judge each
    row.
    """
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'; create schema seed")
        for table in TABLES:
            con.execute((SEEDS / f"{table}.sql").read_text(encoding="utf-8"))
            con.execute(
                f"insert into seed.{table} by name select * from read_csv('{SEEDS / table}.csv', "
                "header = true, all_varchar = true)"
            )
        yield con


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return con.execute(query).fetchall()


def test_every_ddl_has_its_csv() -> None:
    assert {path.stem for path in SEEDS.glob("*.csv")} == set(TABLES)
    assert len(TABLES) == 20


@pytest.mark.parametrize("table", TABLES)
def test_header_is_the_columns_and_the_key_is_unique(
    seeds: duckdb.DuckDBPyConnection, table: str
) -> None:
    columns = [
        str(row[0])
        for row in rows(
            seeds,
            f"select column_name from duckdb_columns() where table_name = '{table}' order by "
            "column_index",
        )
    ]
    assert (SEEDS / f"{table}.csv").read_text(encoding="utf-8").splitlines()[0].split(
        ","
    ) == columns
    comment = str(
        rows(seeds, f"select comment from duckdb_tables() where table_name = '{table}'")[0][0]
    )
    key = re.search(r"Key: (.+)\.$", comment)
    assert key
    assert (
        rows(seeds, f"select {key[1]}, count(*) from seed.{table} group by all having count(*) > 1")
        == []
    )


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_explained(seeds: duckdb.DuckDBPyConnection, table: str) -> None:
    assert (
        rows(
            seeds,
            f"select column_name from duckdb_columns() where table_name = '{table}' and comment "
            "is null",
        )
        == []
    )


def test_every_event_has_a_clock_and_every_clock_an_event(seeds: duckdb.DuckDBPyConnection) -> None:
    assert rows(seeds, "select event from seed.anchor anti join seed.event using (event)") == []
    assert rows(seeds, "select event from seed.confounder anti join seed.event using (event)") == []
    assert (
        rows(
            seeds,
            "select event from seed.event anti join (from seed.anchor where is_candidate) using "
            "(event)",
        )
        == []
    )


def test_the_order_is_known_as_the_claims_say(seeds: duckdb.DuckDBPyConnection) -> None:
    def at(day: int, hour: int = 0, minute: int = 0, second: int = 0, month: int = 8) -> datetime:
        return datetime(2025, month, day, hour, minute, second, tzinfo=UTC)

    found = rows(
        seeds,
        "select anchor, nominal_at, earliest_at, latest_at, is_candidate from seed.anchor where "
        "event = 'eo-401k' order by nominal_at",
    )
    # The White House's pages of 15:44:39 and 17:01:02 in Washington, four hours behind UTC.
    confirmed, text = at(7, 19, 44, 39), at(7, 21, 1, 2)
    assert found == [
        ("leak", at(18, month=7), at(17, month=7), at(18, 2, 49, month=7), False),
        ("day", at(7), at(7), at(7), True),
        ("report", at(7, 10), at(7, 10), at(7, 11), True),
        ("report_late", at(7, 13), at(7, 10), at(7, 15), False),
        ("signing", at(7, 16), at(7, 16), at(7, 19, 44), True),
        ("confirmed", confirmed, confirmed, confirmed, True),
        ("text", text, text, text, False),
        ("publication", at(12), at(12), at(13), False),
    ]


def test_what_was_read_off_the_prices_says_so(seeds: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        seeds,
        "select anchor from seed.anchor where how_seen = 'computed' union all "
        "select name from seed.confounder where how_seen = 'computed'",
    ) == [("report",), ("SEC and Ripple end their case",)]


def test_an_event_known_to_the_year_spans_it(seeds: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        seeds,
        "select nominal_at, earliest_at, latest_at from seed.anchor where precision = 'year' "
        "order by nominal_at",
    )
    assert found == [
        (
            datetime(year, 1, 1, tzinfo=UTC),
            datetime(year, 1, 1, tzinfo=UTC),
            datetime(year, 12, 31, tzinfo=UTC),
        )
        for year in (1957, 1961, 1964)
    ]


def test_names_resolve(seeds: duckdb.DuckDBPyConnection) -> None:
    assert (
        rows(
            seeds,
            "select asset from seed.fund anti join (select asset from seed.instrument where kind "
            "= 'fund flow') using (asset)",
        )
        == []
    )
    futures = (
        "select instrument as root, asset, calendar from seed.instrument where kind = 'future'"
    )
    assert (
        rows(
            seeds,
            f"select root from seed.futures_root anti join ({futures}) using (root, asset, "
            "calendar)",
        )
        == []
    )
    assert (
        rows(
            seeds,
            f"select root from ({futures}) anti join seed.futures_root using (root, asset, "
            "calendar)",
        )
        == []
    )
    assert (
        rows(
            seeds,
            "select calendar from seed.futures_root anti join seed.trading_hours using (calendar)",
        )
        == []
    )
    assert (
        rows(
            seeds,
            "select venue from seed.venue anti join (select quote from seed.instrument where kind "
            "= 'spot') using (quote)",
        )
        == []
    )
    assert (
        rows(
            seeds,
            "select contract from seed.futures_expiry_override anti join seed.futures_root using "
            "(root)",
        )
        == []
    )


def test_contract_sizes(seeds: duckdb.DuckDBPyConnection) -> None:
    assert rows(seeds, "select root, contract_size_coin from seed.futures_root order by root") == [
        ("BTC", 5),
        ("ETH", 50),
        ("MBT", 0.1),
        ("MET", 0.1),
    ]


def test_trading_hours_follow_one_another(seeds: duckdb.DuckDBPyConnection) -> None:
    query = """
        select effective_from from seed.trading_hours as later
        where exists (
            select * from seed.trading_hours as earlier
            where earlier.calendar = later.calendar
                and earlier.effective_from < later.effective_from
                and coalesce(earlier.effective_to >= later.effective_from, true)
        )
    """
    assert rows(seeds, query) == []
    gap = """
        select lead(effective_from) over (partition by calendar order by effective_from)
            - effective_to
        from seed.trading_hours
        qualify effective_to is not null
    """
    assert rows(seeds, gap) == [(1,)]  # one change of hours, from one day to the next


@pytest.mark.parametrize(
    ("claim", "figure", "value", "unit"),
    [
        ("a01", "stated", 0.02, "fraction"),
        ("a04", "stated", 122_000, "usd"),
        ("a06", "stated", 3_600, "usd"),
        ("a07", "stated", 4_000, "usd"),
        ("a08", "stated", 4_299, "usd"),
        ("a10", "stated", 680_000_000, "usd"),
        ("a12", "stated", 0.10, "fraction"),
        ("a14", "stated", 6_700_000_000, "usd"),
        ("a15", "stated", 13_000_000_000, "usd"),
        ("a16", "stated", 0.15, "fraction"),
        ("a17", "stated", 0.70, "fraction"),
        ("a17", "high", 0.80, "fraction"),
        ("a18", "hold", 0.116, "fraction"),
        ("a18", "cut_25", 0.884, "fraction"),
        ("a19", "stated", 12_200_000_000_000, "usd"),
        ("a19", "plans_401k", 8_700_000_000_000, "usd"),
        ("a19", "funds", 5_300_000_000_000, "usd"),
        ("a19", "equity_funds", 3_200_000_000_000, "usd"),
        ("a19", "mixed_funds", 1_400_000_000_000, "usd"),
        ("a20", "stated", 450_000_000_000, "usd"),
        ("a21", "stated", 0.5, "per_month"),
        ("a28", "stated", 0.60, "fraction"),
        ("a29", "stated", 3, "count"),
        ("a30", "stated", 15_000, "usd"),
        ("a31", "stated", 1978, "year"),
        ("b01", "stated", 0.90, "fraction"),
        ("b03", "stated", 0.35, "fraction"),
        ("b06", "stated", 0.40, "fraction"),
        ("b06", "municipal_1955", 0.323, "fraction"),
        ("b06", "municipal_1966", 0.017, "fraction"),
        ("b07", "stated", 0.012, "fraction"),
        ("b10", "stated", 0.25, "fraction"),
        ("b12", "least", 0.10, "fraction"),
        ("b12", "most", 0.20, "fraction"),
    ],
)
def test_figures_are_those_of_the_articles(
    seeds: duckdb.DuckDBPyConnection, claim: str, figure: str, value: float, unit: str
) -> None:
    assert rows(
        seeds,
        f"select value, unit from seed.article_figure where claim = '{claim}' and figure = "
        f"'{figure}'",
    ) == [(value, unit)]


def test_claims_with_numbers_have_figures(seeds: duckdb.DuckDBPyConnection) -> None:
    stated = {row[0] for row in rows(seeds, "select distinct claim from seed.article_figure")}
    claims = [read_claim(path) for path in sorted((SQL / "claims").glob("*.sql"))]
    assert {claim.claim for claim in claims if claim.unit != "words"} <= stated
    assert stated <= {claim.claim for claim in claims}


def test_a_share_and_its_sum_agree(seeds: duckdb.DuckDBPyConnection) -> None:
    stated = {
        str(name): value
        for name, value in rows(
            seeds, "select figure, value from seed.article_figure where claim = 'a20'"
        )
    }
    assert stated["share"] == 0.05
    assert stated["assets"] == 9e12
    assert rows(seeds, "select sum(value) from seed.article_figure where claim = 'a18'") == [(1.0,)]


def test_sql_asks_for_names_that_exist_and_leaves_no_threshold_unused(
    seeds: duckdb.DuckDBPyConnection,
) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SQL.rglob("*.sql")))
    thresholds = {row[0] for row in rows(seeds, "select threshold from seed.threshold")}
    # Which restatements are held is decided while a payload is loaded.
    held = set(re.findall(r'limits\["(\w+)"\]', inspect.getsource(holding)))
    assert set(re.findall(r"threshold\('(\w+)'\)", text)) | held == thresholds
    figures = {
        (claim, figure)
        for claim, figure in rows(seeds, "select claim, figure from seed.article_figure")
    }
    assert {
        (claim, figure or "stated")
        for claim, figure in re.findall(r"stated\('(\w+)'(?:, '(\w+)')?\)", text)
    } <= figures
    datasets = {
        row[0]
        for row in rows(
            seeds, "select dataset from seed.dataset where available_after_hours is not null"
        )
    }
    assert set(re.findall(r"available_after\('(\w+)'\)", text)) <= datasets


def test_flows_are_public_the_next_morning(seeds: duckdb.DuckDBPyConnection) -> None:
    # 05:00 UTC of the next day, counted from 00:00 of the session: 24 + 5 hours.
    assert rows(
        seeds, "select available_after_hours from seed.dataset where dataset like 'etf_flow%'"
    ) == [(29,), (29,)]


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_funds_are_those_that_are_published_from_their_first_session(
    seeds: duckdb.DuckDBPyConnection, shared: Path, asset: str
) -> None:
    with (shared / "etf" / f"farside_{asset.lower()}_flows.csv").open(encoding="utf-8") as file:
        published = [row for row in csv.DictReader(file) if row["Date"] != "Seed"]
    tickers = [name for name in published[0] if name not in ("Date", "Total")]
    first = {
        ticker: min(
            datetime.strptime(row["Date"], DAY_FORMAT).replace(tzinfo=UTC).date()
            for row in published
            if row[ticker]
        )
        for ticker in tickers
    }
    if asset == "ETH":
        assert first["ETHB"] == date(2026, 3, 11)  # a zero on the day before the fund was listed
        first["ETHB"] = date(2026, 3, 12)
    seeded = rows(seeds, f"select ticker, launched_on from seed.fund where asset = '{asset}'")
    assert dict(seeded) == first  # type: ignore[arg-type]


def test_coins_are_those_of_the_panel(seeds: duckdb.DuckDBPyConnection, shared: Path) -> None:
    with (shared / "spot" / "breadth" / "coingecko_top50_daily.csv").open(encoding="utf-8") as file:
        panel = {(row["id"], row["symbol"].upper()) for row in csv.DictReader(file)}
    assert set(rows(seeds, "select coin, symbol from seed.coin")) == panel


def test_only_altcoins_count_as_altcoins(seeds: duckdb.DuckDBPyConnection) -> None:
    other = {
        "bitcoin",
        "ethereum",
        "tether",
        "usd-coin",
        "weth",
        "wrapped-bitcoin",
        "staked-ether",
        "ethena-usde",
        "figure-heloc",
    }
    assert {
        row[0] for row in rows(seeds, "select coin from seed.coin where class = 'altcoin'")
    }.isdisjoint(other)
    assert rows(
        seeds,
        "select count(*) from seed.coin where class = 'altcoin' and coin in ('solana', 'ripple', "
        "'dogecoin', 'cardano')",
    ) == [(4,)]
