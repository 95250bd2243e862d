"""CoinGecko: what is asked for, what becomes of every answer, and that no fault lets a wrong row
through.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from marketwake.base.errors import (
    BadInputError,
    BlockedError,
    RateLimitedError,
    SourceChangedError,
    SourceError,
    SourceUnavailableError,
)
from marketwake.base.settings import Settings
from marketwake.sources.coingecko import coin_list
from marketwake.sources.coingecko.source import CoinGecko, parse
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import Validated, read_contracts
from tests.support.servers import Misbehaviour, Running, serve

NOW = datetime(2025, 8, 8, 9, 30, tzinfo=UTC)
DAY_MS = 86_400_000
AUGUST_6 = 1754438400000  # 2025-08-06 00:00 UTC: date -u -d 2025-08-06 +%s, in milliseconds
CHART = Request("coin_snapshot", "market_chart of bitcoin (BTC), daily 2025-08-06 to 2025-08-08")
LIST = Request("coin_rank", "coins/markets, page 1 of the 2 largest by market value")
# CoinGecko's figures of bitcoin at 00:00 UTC of 6, 7 and 8 August 2025: price, market value, volume
# of 24 hours.
BITCOIN = [
    (114128.354088817, 2271583255077.36, 37316213251.9717),
    (115022.095768309, 2289295036528.66, 32052509631.0589),
    (117463.474510852, 2337732858703.54, 38289687095.0049),
]


@pytest.fixture
def running() -> Iterator[Running]:
    with serve("coingecko", now=NOW) as servers:
        yield servers


def source(
    running: Running, since: Mapping[str, datetime] | None = None, **changes: object
) -> CoinGecko:
    settings = Settings(
        addresses=running.addresses, coins=2, history_from=date(2025, 8, 6), timeout_seconds=5
    )
    return CoinGecko(replace(settings, **changes), lambda: NOW, since or {}, sleep=lambda _: None)  # type: ignore[arg-type]


def validated(body: bytes, at: datetime = NOW) -> Validated:
    return read_contracts("raw")["coin_snapshot"].validate(parse(CHART, body, at)["coin_snapshot"])


def chart(prices: list[list[object]], **series: list[list[object]]) -> bytes:
    return json.dumps(
        {"prices": prices, "market_caps": prices, "total_volumes": prices} | series
    ).encode()


def figures(checked: Validated) -> list[tuple[float, ...]]:
    assert checked.rejected.is_empty()
    return list(
        checked.accepted.select("price_usd", "market_cap_usd", "volume_24h_usd").iter_rows()
    )


# What is asked for


def test_the_list_comes_first_and_tells_the_charts(running: Running) -> None:
    asked = source(running).requests()
    assert asked == [
        LIST,
        CHART,
        Request("coin_snapshot", "market_chart of ethereum (ETH), daily 2025-08-06 to 2025-08-08"),
    ]
    assert [seen.path for seen in running.requests] == ["/api/v3/coins/markets"]


def test_each_request_costs_one_question(running: Running) -> None:
    client = source(running)
    bodies = [client.fetch(request) for request in client.requests()]
    assert [row["id"] for row in json.loads(bodies[0])] == ["bitcoin", "ethereum"]
    assert [seen.path.removeprefix("/api/v3/coins/") for seen in running.requests] == [
        "markets",
        "bitcoin/market_chart/range",
        "ethereum/market_chart/range",
    ]
    assert running.requests[0].query == {
        "vs_currency": "usd",
        "order": "market_cap_desc",
        "per_page": "2",
        "page": "1",
    }
    assert running.requests[1].query == {
        "vs_currency": "usd",
        "from": "1754438400",
        "to": "1754611200",
        "interval": "daily",
    }
    assert running.violations == 0


def test_only_missing_days_are_asked_for(running: Running) -> None:
    since = {
        "bitcoin": datetime(2025, 8, 8, tzinfo=UTC),
        "ethereum": datetime(2025, 8, 7, 5, tzinfo=UTC),
    }
    assert [request.what for request in source(running, since).requests()[1:]] == [
        "market_chart of ethereum (ETH), daily 2025-08-07 to 2025-08-08"
    ]
    # A span of at least a day, no further back than 364 days.
    tomorrow = source(running, history_from=date(2026, 1, 1)).requests()[1]
    assert tomorrow.what.endswith("daily 2025-08-07 to 2025-08-08")
    oldest = source(running, history_from=date(2020, 1, 1))
    assert oldest.requests()[1].what.endswith("daily 2024-08-09 to 2025-08-08")
    assert json.loads(oldest.fetch(oldest.requests()[1]))["prices"]


def test_a_panel_of_more_than_a_page_is_asked_for_in_pages(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coin_list, "PAGE", 2)
    asked = source(running, coins=3).requests()
    assert [request.what for request in asked[:2]] == [
        "coins/markets, page 1 of the 3 largest by market value",
        "coins/markets, page 2 of the 3 largest by market value",
    ]
    assert len(asked) == 2 + 3


@pytest.mark.parametrize(("key", "pause"), [(None, 12.0), ("CG-loopback", 2.1)])
def test_questions_are_spaced_for_the_plan(running: Running, key: str | None, pause: float) -> None:
    waits: list[float] = []
    settings = Settings(
        addresses=running.addresses, coins=1, history_from=date(2025, 8, 6), coingecko_api_key=key
    )
    client = CoinGecko(settings, lambda: NOW, {}, sleep=waits.append)
    for request in client.requests():
        client.fetch(request)
    assert waits == [pytest.approx(pause, abs=0.5)]


def test_a_wrong_key_is_an_error_that_does_not_tell_it(running: Running) -> None:
    with pytest.raises(BlockedError, match="HTTP 401") as caught:
        source(running, coingecko_api_key="CG-secret").requests()
    assert (
        "CG-secret" not in f"{caught.value} {caught.value.first_bytes!r} "
        f"{source(running, coingecko_api_key='CG-secret')._settings}"
    )


def test_another_request_is_refused(running: Running) -> None:
    with pytest.raises(BadInputError, match="coingecko has no answer to 'weather'"):
        source(running).fetch(Request("coin_snapshot", "weather"))


# What becomes of a chart


def test_midnights_are_stored_and_the_present_is_not(running: Running) -> None:
    client = source(running)
    running.now = datetime(2025, 8, 8, 0, 0, tzinfo=UTC) + timedelta(minutes=40)
    checked = validated(client.fetch(CHART))
    assert figures(checked) == BITCOIN
    assert checked.accepted["snapshot_at"].to_list() == [
        datetime(2025, 8, day, tzinfo=UTC) for day in (6, 7, 8)
    ]
    assert set(checked.accepted.select("vendor", "coin", "symbol").iter_rows()) == {
        ("CoinGecko", "bitcoin", "BTC")
    }


def test_only_exact_midnights_up_to_the_instant_of_asking_count() -> None:
    body = chart(
        [
            [AUGUST_6, 1.0],
            [AUGUST_6 + DAY_MS, 2.0],
            [AUGUST_6 + DAY_MS + 1000, 3.0],
            [AUGUST_6 + 2 * DAY_MS, 4.0],
        ]
    )
    assert validated(body, datetime(2025, 8, 7, 12, tzinfo=UTC)).accepted[
        "price_usd"
    ].to_list() == [1.0, 2.0]


def test_a_market_value_of_zero_is_none_and_a_missing_price_is_rejected() -> None:
    body = chart(
        [[AUGUST_6, 0.5], [AUGUST_6 + DAY_MS, None], [AUGUST_6 + 2 * DAY_MS, "n/a"]],
        market_caps=[[AUGUST_6, 0]],
        total_volumes=[],
    )
    checked = validated(body)
    assert list(
        checked.accepted.select("price_usd", "market_cap_usd", "volume_24h_usd").iter_rows()
    ) == [(0.5, None, None)]
    assert checked.rejected["reason"].to_list() == [
        "price_usd: missing",
        "price_usd: 'n/a' is not a DOUBLE",
    ]


def test_a_coin_without_figures_has_no_rows() -> None:
    assert parse(CHART, chart([]), NOW)["coin_snapshot"].is_empty()
    assert parse(CHART, chart([[AUGUST_6 + 5000, 1.0]]), NOW)["coin_snapshot"].is_empty()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "expected JSON, found an empty answer"),
        (b"<html>Just a moment...", "expected JSON, found <html>Just a moment..."),
        (b"[]", "expected an object with prices, market_caps, total_volumes, found list"),
        (b'{"status": {"error_code": 429}}', "found status"),
        (chart([[AUGUST_6]]), "lists of pairs"),
        (chart([["2025-08-06", 1.0]]), "no whole number of milliseconds"),
        (
            chart([[AUGUST_6 * 1000, 1.0]]),
            "expected stamps in milliseconds, none after the present, found 1754438400000000",
        ),
        (
            chart([[AUGUST_6 // 1000, 1.0], [AUGUST_6 // 1000 + 86_400, 1.0]]),
            "expected daily points at 00:00 UTC",
        ),
        (chart([[-DAY_MS, 1.0]]), "stamps in milliseconds"),
        (
            chart([[AUGUST_6 + 3_600_041, 1.0], [AUGUST_6 + 7_200_058, 1.0]]),
            "found 2 points, none at midnight",
        ),
    ],
)
def test_what_is_no_daily_chart_is_refused(body: bytes, found: str) -> None:
    with pytest.raises(SourceChangedError) as caught:
        parse(CHART, body, NOW)
    assert found in caught.value.what


# Misbehaviour


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Misbehaviour("status", status=429), RateLimitedError),
        (Misbehaviour("status", status=418), RateLimitedError),
        (Misbehaviour("status", status=403), BlockedError),
        (Misbehaviour("status", status=451), BlockedError),
        (Misbehaviour("status", status=500), SourceUnavailableError),
        (Misbehaviour("status", status=502), SourceUnavailableError),
        (Misbehaviour("hang"), SourceUnavailableError),
        (Misbehaviour("reset"), SourceUnavailableError),
        (Misbehaviour("truncated"), SourceUnavailableError),
    ],
    ids=lambda value: f"{value.kind} {value.status}" if isinstance(value, Misbehaviour) else None,
)
def test_a_fault_of_the_transport_is_an_error_and_the_next_try_succeeds(
    running: Running, fault: Misbehaviour, error: type[SourceError]
) -> None:
    # Only silence has to be sat out: on a busy machine an answer may take longer than that.
    client = source(running, timeout_seconds=0.5 if fault.kind == "hang" else 5)
    running.misbehave("coingecko", fault)
    with pytest.raises(error) as caught:
        client.fetch(CHART)
    assert type(caught.value) is error
    assert figures(validated(source(running).fetch(CHART))) == BITCOIN


def test_the_wait_that_is_asked_for_is_kept(running: Running) -> None:
    running.misbehave("coingecko", Misbehaviour("status", status=429, retry_after=60))
    with pytest.raises(RateLimitedError) as caught:
        source(running).fetch(CHART)
    assert caught.value.retry_after_seconds == 60


@pytest.mark.parametrize("kind", ["html", "challenge"])
def test_a_page_in_place_of_json_is_handed_over_and_refused(running: Running, kind: str) -> None:
    client = source(running)
    running.misbehave("coingecko", Misbehaviour(kind, times=2))
    with pytest.raises(SourceChangedError, match="expected JSON, found <"):
        parse(CHART, client.fetch(CHART), NOW)
    # In place of the list: it alone is asked for, landed and refused.
    assert client.requests() == [LIST]
    body = client.fetch(LIST)
    assert body.startswith(b"<")
    with pytest.raises(SourceChangedError):
        parse(LIST, body, NOW)


def test_a_list_that_cannot_be_had_is_an_error_and_is_asked_for_again(running: Running) -> None:
    client = source(running)
    running.misbehave("coingecko", Misbehaviour("status", status=502))
    with pytest.raises(SourceUnavailableError):
        client.requests()
    assert len(client.requests()) == 3


@pytest.mark.parametrize(
    ("kind", "kept"),
    [("duplicate", [0, 1, 2]), ("out_of_order", [0, 1, 2]), ("short_page", [0]), ("gap", [0, 2])],
)
def test_repeats_order_and_gaps_leave_only_true_rows(
    running: Running, kind: str, kept: list[int]
) -> None:
    running.misbehave("coingecko", Misbehaviour(kind))
    checked = validated(source(running).fetch(CHART))
    assert figures(checked) == [BITCOIN[day] for day in kept]
    assert checked.accepted["snapshot_at"].to_list() == [
        datetime(2025, 8, 6 + day, tzinfo=UTC) for day in kept
    ]


@pytest.mark.parametrize("kind", ["renamed_column", "microseconds"])
def test_another_layout_is_refused_as_a_whole(running: Running, kind: str) -> None:
    running.misbehave("coingecko", Misbehaviour(kind))
    with pytest.raises(SourceChangedError):
        parse(CHART, source(running).fetch(CHART), NOW)


def test_a_restated_figure_is_handed_on_and_a_contradiction_rejected(running: Running) -> None:
    running.misbehave("coingecko", Misbehaviour("restated"))
    restated = validated(source(running).fetch(CHART)).accepted["price_usd"].to_list()
    # 2 % above 115,022.095768309 is 117,322.537683675.
    assert restated == [
        pytest.approx(price) for price in (114128.354088817, 117322.537683675, 117463.474510852)
    ]
    checked = validated(chart([[AUGUST_6, 1.0], [AUGUST_6, 2.0], [AUGUST_6 + DAY_MS, 3.0]]))
    assert checked.accepted["price_usd"].to_list() == [3.0]
    assert len(checked.rejected) == 2
