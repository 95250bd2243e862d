"""CoinGecko's list of the largest coins: ranks by place and day, whatever one coin lacks, older
receipts included.
"""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import SourceChangedError
from marketwake.base.settings import Settings
from marketwake.landing.store import Landing
from marketwake.runs import load as batches
from marketwake.sources.coingecko.source import CoinGecko, parse
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import Validated, read_contracts
from marketwake.warehouse.ddl import create_tables
from tests.support.servers import serve

NOW = datetime(2025, 8, 8, 9, 30, tzinfo=UTC)
LIST = Request("coin_rank", "coins/markets, page 1 of the 2 largest by market value")


def ranks(body: object, request: Request = LIST, at: datetime = NOW) -> Validated:
    frames = parse(request, json.dumps(body).encode(), at)
    assert list(frames) == ["coin_rank"]
    return read_contracts("raw")["coin_rank"].validate(frames["coin_rank"])


def listed(coin: str, symbol: str = "x", market_cap: object = 1e9) -> dict[str, object]:
    # CoinGecko's own rank, which has gaps, is not read.
    return {"id": coin, "symbol": symbol, "market_cap": market_cap, "market_cap_rank": 99}


def test_the_list_of_a_day_gives_ranks() -> None:
    with serve("coingecko", now=NOW) as running:
        source = CoinGecko(
            Settings(addresses=running.addresses, coins=2, timeout_seconds=5),
            lambda: NOW,
            {},
            sleep=lambda _: None,
        )
        ranked = ranks(json.loads(source.fetch(LIST)))
    assert ranked.rejected.is_empty()
    assert list(ranked.accepted.iter_rows()) == [
        # Their snapshots of that day, 2,337,732,858,703.54 and 471,838,906,504.679 US dollars; the
        # list has whole dollars.
        ("CoinGecko", date(2025, 8, 8), 1, "bitcoin", "BTC", 2337732858704.0),
        ("CoinGecko", date(2025, 8, 8), 2, "ethereum", "ETH", 471838906505.0),
    ]


def test_the_second_page_goes_on_where_the_first_ended_and_stops_at_the_number_asked_for() -> None:
    first, second = (
        Request("coin_rank", f"coins/markets, page {page} of the 252 largest by market value")
        for page in (1, 2)
    )
    coins = [listed(f"coin-{rank}") for rank in range(1, 501)]
    ranked = ranks(coins[:250], first).accepted
    assert (ranked["rank"].to_list(), ranked["coin"][-1]) == (list(range(1, 251)), "coin-250")
    # Both pages have 250 coins: of the second only the two that are among the 252.
    assert list(ranks(coins[250:], second).accepted.select("rank", "coin").iter_rows()) == [
        (251, "coin-251"),
        (252, "coin-252"),
    ]


def test_a_coin_without_a_market_value_or_with_an_odd_one_does_not_cost_the_list() -> None:
    request = Request("coin_rank", "coins/markets, page 1 of the 6 largest by market value")
    body = [
        listed("a"),
        listed("b", market_cap=0),
        listed("c", market_cap=None),
        {"id": "d", "symbol": "x"},
        listed("e", market_cap="n/a"),
    ]
    ranked = ranks([*body, listed("f", symbol="")], request)
    assert list(ranked.accepted.select("rank", "coin", "market_cap_usd").iter_rows()) == [
        (1, "a", 1e9), (2, "b", None), (3, "c", None), (4, "d", None)
    ]  # fmt: skip
    assert [reason.split(":")[0] for reason in ranked.rejected["reason"]] == [
        "market_cap_usd",
        "breaks (symbol != '')",
    ]


def test_the_day_of_a_list_is_that_of_asking_in_utc() -> None:
    new_york = timezone(timedelta(hours=-4))
    ranked = ranks([listed("a")], at=datetime(2025, 8, 8, 21, 30, tzinfo=new_york)).accepted
    assert ranked["ranked_on"].to_list() == [date(2025, 8, 9)]


def test_a_list_that_was_landed_under_the_older_name_is_read_like_any_other() -> None:
    old = replace(LIST, dataset="coin_snapshot")
    assert ranks([listed("a"), listed("b")], old).accepted.equals(
        ranks([listed("a"), listed("b")]).accepted
    )


def test_a_second_list_of_a_day_restates_the_first(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    with duckdb.connect() as con:
        create_tables(con, "raw")
        create_tables(con, "ops")
        for coins in (("a", "b"), ("a", "c")):
            body = json.dumps([listed(coin) for coin in coins]).encode()
            receipt = landing.put("coingecko", LIST, body, NOW, "run")
            assert receipt
            loaded = batches.load(con, receipt, body)
        assert (loaded.new, loaded.restated) == (0, 1)
        versions = con.execute(
            "select rank, coin, superseded_at is null from raw.coin_rank order by rank, recorded_at"
        ).fetchall()
    assert versions == [(1, "a", True), (2, "b", False), (2, "c", True)]


def test_a_question_of_another_version_of_the_program_is_refused() -> None:
    with pytest.raises(SourceChangedError, match="another question"):
        parse(Request("coin_rank", "coins/list"), b"[]", NOW)


# What becomes of a chart


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"[1]",
        b'[{"id": "bitcoin"}]',
        b'[{"id": "a/../b", "symbol": "x"}]',
        b"nonsense",
    ],
)
def test_what_is_no_list_of_coins_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChangedError, match="coins/markets"):
        parse(LIST, body, NOW)
