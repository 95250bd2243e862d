"""A plain client sets any time zone and gets the answers of UTC: an instant is hashed as DuckDB
keeps it, microseconds since 1970, so that a difference is one of values and not of how they look.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from marketwake.base.resources import SQL
from marketwake.cli.sql.parameters import defaults
from marketwake.fact_check.claim_file import EVIDENCE
from tests.docs.snippets import PAGES, blocks

Con = duckdb.DuckDBPyConnection
Answers = dict[str, tuple[int, int | None]]
FOLDERS = ("checks", "claims", "queries")
# Summer time north and south of the equator, half and quarter hours, both ends of the clock.
FEW = (
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
)
# In place of the example in its comment, where that leaves something out.
CALLS = {
    "as_instant": "select as_instant(day), as_instant(stamp), as_instant(text) from (values"
    " (date '2025-03-30', timestamp '2025-03-30 01:30:00', '2025-03-30'),"
    " ('infinity', 'infinity', '2025-08-09T06:00'), (null, null, 'infinity'),"
    " (null, null, '2025-08-09 06:00:00+02'), (null, null, '2025-08-09 06:00:00 Europe/Paris')"
    ") as given(day, stamp, text)",
    "as_known_at": "from as_known_at('raw.coin_rank', '2025-11-04 05:30')",
    "bars": "from bars('Coinbase', 'ETH/USD', '1d')",
    "event_window": "from event_window('payrolls-2025-07', 'Coinbase', 'ETH/USD', 3000, 4000)",
    "utc_text": "select utc_text(opened_at) from raw.spot_bar",
}


@pytest.fixture(scope="module")
def client(sample_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Con]:
    """The sample with a row in every empty table, and bitcoin and ether on one venue hour by hour
    from January 2025 to February 2026, so that windows lie over changes of the clock; on another
    venue a hole until November.
    """
    path = tmp_path_factory.mktemp("zones") / "market.duckdb"
    shutil.copyfile(sample_root / "market.duckdb", path)
    with duckdb.connect(path, config={"threads": 1}) as con:
        con.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        con.execute(_ROWS)
        yield con


_ROWS = """
    create macro loaded() as table
        select timestamptz '2025-11-04 05:00:00Z' as recorded_at, 'test' as payload_sha256;
    insert into raw.coin_rank by name
    select 'CoinGecko' as vendor, date '2025-03-30' as ranked_on, 2 as rank, 'ethereum' as coin,
        'ETH' as symbol, 1e12 as market_cap_usd, *
    from loaded();
    insert into raw.spot_listing by name
    select 'Coinbase' as venue, 'ETH/USD' as symbol, date '2025-11-02' as seen_on,
        true as is_trading, *
    from loaded();
    insert into raw.etf_bar by name
    select 'ETHA' as ticker, date '2025-11-03' as session, 1 as close_usd, 2 as volume_shares, *
    from loaded();
    insert into raw.etf_nav by name
    select 'ETHA' as ticker, unnest([date '2025-10-31', date '2025-11-03']) as dated_on,
        1000000 + dayofmonth(dated_on) as shares_outstanding, 30 as nav_usd, *
    from loaded();
    insert into raw.etf_shares by name
    select 'ETHA' as ticker, unnest(['quote', 'history']) as kind, date '2025-03-09' as observed_on,
        10 as shares_outstanding, *
    from loaded();
    insert into raw.fed_funds_price by name
    select 'ZQX5' as contract, date '2025-11-03' as session, 96 as price, *
    from loaded();
    drop macro table loaded;

    insert into mart.spot_hourly by name
    select
        * exclude (turn), opened_at + interval 1 hour as closed_at, 1000 + turn % 7 as open,
        1020 + turn % 11 as high, 990 - turn % 5 as low, 1000 + turn % 13 as close,
        1 + turn % 17 as volume_base, volume_base * close as volume_quote,
        (turn % 19 - 9) / 1000 as log_return
    from (
        select
            venue, symbol, asset, quote, hour * if(asset = 'ETH', 3, 1) as turn,
            timestamptz '2025-01-01 00:00:00Z' + hour * interval 1 hour as opened_at
        from (
            select distinct venue, symbol, asset, quote
            from mart.spot_hourly
            where venue = 'Coinbase'
        )
        cross join range(10000) as hours(hour)
    )
    anti join mart.spot_hourly using (venue, symbol, opened_at);
    insert into mart.spot_hourly by name
    select
        * replace (
            timestamptz '2025-11-01 00:00:00Z' as opened_at,
            timestamptz '2025-11-01 01:00:00Z' as closed_at
        )
    from mart.spot_hourly
    where venue = 'Binance'
    qualify row_number() over (partition by symbol order by opened_at desc) = 1;
    insert into raw.spot_bar by name
    select
        venue, symbol, '1h' as bar_interval, opened_at, open, high, low, close, volume_base,
        timestamptz '2026-04-01 00:00:00Z' as recorded_at, 'test' as payload_sha256
    from mart.spot_hourly
    anti join raw.spot_bar using (venue, symbol, opened_at)
    where venue = 'Coinbase' and opened_at between '2025-10-20 00:00:00Z' and '2025-11-10 00:00:00Z'
"""


def _answers(con: Con, zone: str, queries: dict[str, str]) -> Answers:
    """How many rows each query has in a zone, and a hash of them."""
    con.execute(f"set timezone = '{zone}'")
    return {name: _answer(con, query) for name, query in queries.items()}


def _answer(con: Con, query: str) -> tuple[int, int | None]:
    select = re.sub(r"^--.*|;\s*$", "", query, flags=re.MULTILINE)
    (row,) = con.execute(
        f"select count(*), sum(hash(answer)) from ({select}) as answer",
        defaults(query),
    ).fetchall()
    return row[0], row[1]


def _unlike(con: Con, zones: tuple[str, ...], queries: dict[str, str]) -> set[tuple[str, str]]:
    """Query and zone of every answer that is not that of UTC."""
    expected = _answers(con, "UTC", queries)
    return {
        (name, zone)
        for zone in zones
        for name, answer in _answers(con, zone, queries).items()
        if answer != expected[name]
    }


def _zones(con: Con) -> tuple[str, ...]:
    """All zones in the long version, else one of each kind: those that change their clock at the
    same hours, show the same fraction of an hour, and lie on the same side of UTC.
    """
    names = "select name from pg_timezone_names()"
    if "MARKETWAKE_LONG" not in os.environ:
        con.execute("set timezone = 'UTC'")
        names = f"""
            with clock as (
                select
                    name, instant,
                    epoch(timezone(name, instant) at time zone 'UTC') - epoch(instant) as ahead,
                    ahead - lag(ahead) over (partition by name order by instant) as change
                from ({names}) as zone
                cross join generate_series(
                    timestamptz '2025-01-01 00:00:00Z', timestamptz '2026-03-01 00:00:00Z',
                    interval 6 hours
                ) as hours(instant)
            ),
            zone as (
                select
                    name, list((instant, change) order by instant) filter (change <> 0) as changes,
                    max(ahead) % 3600 as fraction, sign(min(ahead)) as west,
                    sign(max(ahead)) as east
                from clock
                group by name
            )
            select min(name) from zone group by changes, fraction, west, east
        """
    return tuple(name for (name,) in con.execute(names).fetchall())


def test_views_and_macros_answer_the_same_in_every_zone(client: Con) -> None:
    views = client.execute(
        "select schema_name || '.' || view_name from duckdb_views() where not internal"
    ).fetchall()
    macros = client.execute(
        "select function_name, comment from duckdb_functions() where not internal"
    ).fetchall()
    queries = {view: f"from {view}" for (view,) in views}
    for name, comment in macros:
        queries[name] = CALLS.get(name, comment.partition("Example: ")[2])
        assert f"{name}(" in queries[name]
    zones = _zones(client)
    assert len(zones) > 20
    answers = _answers(client, "UTC", queries)
    assert not {name for name, (rows, _) in answers.items() if not rows}
    assert not _unlike(client, zones, queries)


def _texts(folder: str) -> dict[str, str]:
    texts = {path.stem: path.read_text("utf-8") for path in (SQL / folder).glob("*.sql")}
    return {
        f"{name} {place}": text
        for name, whole in texts.items()
        for place, text in enumerate(whole.split(f"\n{EVIDENCE}\n"))
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_people_run_by_hand_answers_the_same_in_every_zone(client: Con, folder: str) -> None:
    assert len(_texts(folder)) > 5
    assert not _unlike(client, FEW, _texts(folder))


def test_windows_lie_over_a_change_of_the_clock(client: Con) -> None:
    # 87 days after August 7 is November 2. London's clock went back on October 26 at 01:00 UTC,
    # Lord Howe's forward on October 4 at 15:30, within the 7 and the 30 days before.
    client.begin()
    client.execute("set timezone = 'UTC'")
    client.execute(
        "update seed.anchor set (nominal_at, earliest_at, latest_at) = (nominal_at + interval 87"
        " days, earliest_at + interval 87 days, latest_at + interval 87 days)"
        " where event = 'eo-401k'"
    )
    queries = {
        **_texts("claims"),
        **_texts("queries"),
        "event_volume": "from event_volume('eo-401k', 'BTC', 24)",
        "event_window": "from event_window('eo-401k', 'Coinbase', 'ETH/USD', 720, 24)",
    }
    unlike = _unlike(client, FEW[:2], queries)
    client.rollback()
    assert not unlike


def test_queries_of_the_pages_answer_the_same_in_every_zone(client: Con) -> None:
    queries = {query: query for page in PAGES.values() for query in blocks(page, "sql")}
    assert len(queries) > 10
    assert not _unlike(client, FEW, queries)


def test_a_zone_that_changes_an_answer_is_found(client: Con) -> None:
    # Expiries after a change of London's clock, the hour that it shows twice; half an hour in
    # India; a day alone.
    queries = {
        "days": "select epoch(expires_at - observed_at) from stg.futures_price",
        "hour": "select date_trunc('hour', opened_at) from stg.spot_bar",
        "text": "select stamped.at >= '2025-08-07' from (select opened_at as at from stg.spot_bar)"
        " as stamped",
    }
    unlike = _unlike(client, ("Europe/London", "Asia/Kolkata", "Etc/UCT"), queries)
    assert unlike == {
        ("days", "Europe/London"),
        ("hour", "Europe/London"),
        ("hour", "Asia/Kolkata"),
        ("text", "Europe/London"),
        ("text", "Asia/Kolkata"),
    }
