"""The loopback Farside and CoinGecko: the wire formats, what is there at an instant, and each fault
of content.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import html  # type: ignore[import-untyped]

from tests.support.asking import ask
from tests.support.servers import VENUES, Misbehaviour, Running, serve

BROWSER = {"User-Agent": "Mozilla/5.0", "Accept": "text/html,*/*;q=0.8"}
HISTORY = "/bitcoin-etf-flow-all-data/"
# 2025-08-06 to -09
AUGUST = (
    "/api/v3/coins/bitcoin/market_chart/range"
    "?vs_currency=usd&from=1754438400&to=1754697600&interval=daily"
)


@pytest.fixture
def running() -> Iterator[Running]:
    with serve("farside", "coingecko") as servers:
        yield servers
        assert servers.violations == 0


def get(running: Running, venue: str, path: str, status: int = 200) -> httpx.Response:
    answer = ask(running.addresses[venue] + path, headers=BROWSER)
    assert answer.status_code == status
    return answer


def cells(page: bytes) -> list[list[str]]:
    """Text of the table's cells, row by row; NBSP stripped."""
    (table,) = html.fromstring(page, parser=html.HTMLParser(encoding="utf-8")).xpath(
        '//table[@class="etf"]'
    )
    return [
        [cell.text_content().strip() for cell in row.xpath("th|td")] for row in table.iter("tr")
    ]


def days(running: Running) -> dict[str, list[str]]:
    return {row[0]: row for row in cells(get(running, "farside", HISTORY).content) if row}


# Farside


def test_the_history_page_has_one_header_row_an_empty_row_and_the_foot(running: Running) -> None:
    page = get(running, "farside", HISTORY)
    rows = cells(page.content)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert rows[0] == [
        "Date",
        "IBIT",
        "FBTC",
        "BITB",
        "ARKB",
        "BTCO",
        "EZBC",
        "BRRR",
        "HODL",
        "BTCW",
        "GBTC",
        "BTC",
        "Total",
    ]
    assert rows[1] == []
    assert rows[2][0] == "12 Aug 2024"
    # Farside's own row of that session: 156.6 + 43.4 + 17.2 - 0.4 + 3.4 + 21.5 + 18.5 + 17.2 =
    # 277.4
    expected = [
        "07 Aug 2025",
        "156.6",
        "43.4",
        "17.2",
        "(0.4)",
        "0.0",
        "3.4",
        "0.0",
        "21.5",
        "0.0",
        "18.5",
        "17.2",
        "277.4",
    ]
    assert days(running)["07 Aug 2025"] == expected
    assert [row[0] for row in rows[-4:]] == ["Total", "Average", "Maximum", "Minimum"]
    assert '<span class="redFont">(0.4)</span>' in page.text


def test_the_asset_page_has_three_header_rows_and_the_newest_sessions(running: Running) -> None:
    page = get(running, "farside", "/eth/")
    rows = cells(page.content)
    assert [rows[0][-1], rows[1][0], rows[1][1], rows[1][-1], rows[2][0], rows[2][1]] == [
        "Total",
        "",
        "ETHA",
        "",
        "Fee",
        "0.25%",
    ]
    assert 'alt="Blackrock"' in page.text
    assert "\u00a0ETHA" in page.text
    assert [rows[3][0], rows[-5][0], len(rows)] == ["05 Aug 2025", "22 Aug 2025", 3 + 14 + 4]
    assert next(row for row in rows if row[0] == "11 Aug 2025")[-1] == "1,018.8"


def test_a_session_appears_is_reported_in_part_and_becomes_final(running: Running) -> None:
    # IBIT -198.8 and the total -23.2 are Farside's figures of 22 August 2025.
    assert days(running)["22 Aug 2025"] == ["22 Aug 2025", *["-"] * 11, "0.0"]
    assert "#99ff99" in get(running, "farside", HISTORY).text
    running.now = datetime(2025, 8, 22, 22, 0, tzinfo=UTC)
    partial = days(running)["22 Aug 2025"]
    assert (partial[1], partial[2]) == ("(198.8)", "-")
    running.now = datetime(2025, 8, 23, 5, 0, tzinfo=UTC)
    final = days(running)["22 Aug 2025"]
    assert (final[1], final[-1]) == ("(198.8)", "(23.2)")
    assert "#99ff99" not in get(running, "farside", HISTORY).text
    running.now = datetime(2025, 8, 6, 12, 0, tzinfo=UTC)
    assert list(days(running))[-5:] == ["06 Aug 2025", "Total", "Average", "Maximum", "Minimum"]


def test_farside_refuses_a_plain_client_and_an_unknown_page(running: Running) -> None:
    for headers in ({"User-Agent": "python"}, {"User-Agent": BROWSER["User-Agent"]}):
        assert ask(running.addresses["farside"] + "/btc/", headers=headers).status_code == 403
    get(running, "farside", "/doge/", 404)


def test_farside_s_faults_of_content(running: Running) -> None:
    sound = [row for row in cells(get(running, "farside", "/btc/").content) if row]

    def bent(kind: str) -> list[list[str]]:
        running.misbehave("farside", Misbehaviour(kind))
        return [row for row in cells(get(running, "farside", "/btc/").content) if row]

    assert [row[0] for row in bent("duplicate")].count("22 Aug 2025") == 2
    # The asset page then shows the oldest sessions, newest of them first.
    assert bent("out_of_order")[3:-4][-1][0] == "12 Aug 2024"
    assert [row[0] for row in bent("short_page")[3:-4]] == [
        "20 Aug 2025",
        "21 Aug 2025",
        "22 Aug 2025",
    ]
    assert "21 Aug 2025" not in [row[0] for row in bent("gap")]
    assert bent("renamed_column")[0][-1] == "Net"
    restated = next(row for row in bent("restated") if row[0] == "21 Aug 2025")
    # IBIT -127.5 + 1.5 and the total -194.4 + 1.5
    assert (restated[1], restated[-1]) == ("(126.0)", "(192.9)")
    assert [row for row in cells(get(running, "farside", "/btc/").content) if row] == sound


def test_the_asset_page_is_the_recorded_one_cell_by_cell(shared: Path) -> None:
    recorded = cells((shared / "etf/farside_btc_page_20260723.html").read_bytes())
    with serve("farside", recorded=shared, now=datetime(2026, 7, 23, 20, 0, tzinfo=UTC)) as running:
        served = cells(get(running, "farside", "/btc/").content)
    assert served == recorded


def test_the_ether_history_has_a_seed_row(shared: Path) -> None:
    with serve("farside", recorded=shared) as running:
        rows = cells(get(running, "farside", "/ethereum-etf-flow-all-data/").content)
    assert rows[2][:3] == ["Seed", "10.6*", "4.4*"]
    assert rows[2][-1] == "10,360.0"


# CoinGecko


def test_the_largest_coins_come_first(running: Running) -> None:
    running.now = datetime(2025, 8, 8, 12, 0, tzinfo=UTC)
    rows = get(
        running,
        "coingecko",
        "/api/v3/coins/markets?vs_currency=usd&order=market_cap_desc&per_page=2&page=1",
    ).json()
    assert [
        (row["id"], row["symbol"], row["market_cap_rank"], row["market_cap"]) for row in rows
    ] == [
        ("bitcoin", "btc", 1, 2337732858704),
        ("ethereum", "eth", 2, 471838906505),
    ]
    second = get(
        running, "coingecko", "/api/v3/coins/markets?vs_currency=usd&per_page=2&page=2"
    ).json()
    assert [row["market_cap_rank"] for row in second] == [3, 4]


def test_daily_points_are_midnights_and_the_present(running: Running) -> None:
    body = get(running, "coingecko", AUGUST).json()
    # 2025-08-06 to 2025-08-09, 00:00 UTC, in milliseconds; CoinGecko's prices.
    prices = [114128.354088817, 115022.095768309, 117463.474510852, 116688.366631861]
    assert body["prices"] == [
        [1754438400000 + day * 86_400_000, price] for day, price in enumerate(prices)
    ]
    assert body.keys() == {"prices", "market_caps", "total_volumes"}
    running.now = datetime(2025, 8, 8, 12, 0, tzinfo=UTC)
    assert [
        stamp % 86_400_000 for stamp, _ in get(running, "coingecko", AUGUST).json()["prices"]
    ] == [0, 0, 0, 43_213_000]
    running.now = datetime(2025, 8, 8, 0, 34, tzinfo=UTC)
    assert [stamp % 86_400_000 for stamp, _ in get(running, "coingecko", AUGUST).json()["prices"]][
        :2
    ] == [0, 0]


def test_short_spans_without_an_interval_are_hourly(running: Running) -> None:
    stamps = [
        stamp
        for stamp, _ in get(running, "coingecko", AUGUST.removesuffix("&interval=daily")).json()[
            "prices"
        ]
    ]
    assert len(stamps) == 3 * 24
    assert not [stamp for stamp in stamps if stamp % 86_400_000 == 0]


def test_coingecko_s_errors(running: Running) -> None:
    assert get(running, "coingecko", AUGUST.replace("bitcoin", "nocoin"), 404).json() == {
        "error": "coin not found"
    }
    old = get(running, "coingecko", AUGUST.replace("1754438400", "1722902400"), 401).json()
    assert old["error"]["status"]["error_code"] == 10012
    wrong = ask(running.addresses["coingecko"] + AUGUST, headers={"x-cg-demo-api-key": "CG-other"})
    assert wrong.status_code == 401
    running.misbehave("coingecko", Misbehaviour("status", status=429, retry_after=7))
    answer = get(running, "coingecko", AUGUST, 429)
    assert (answer.headers["Retry-After"], answer.json()["status"]["error_code"]) == ("7", 429)


def test_coingecko_s_faults_of_content(running: Running) -> None:
    sound = get(running, "coingecko", AUGUST).json()

    def bent(kind: str) -> dict[str, Any]:
        running.misbehave("coingecko", Misbehaviour(kind))
        body: dict[str, Any] = get(running, "coingecko", AUGUST).json()
        return body

    prices = sound["prices"]
    assert bent("duplicate")["prices"] == [*prices, prices[2]]
    assert bent("out_of_order")["prices"] == prices[::-1]
    assert bent("short_page")["prices"] == prices[:2]
    assert bent("gap")["prices"] == [*prices[:2], prices[3]]
    assert bent("microseconds")["prices"][0][0] == 1754438400000000
    assert "prices" not in bent("renamed_column")
    # 2 % above 117,463.474510852 is 119,812.744001069.
    assert bent("restated")["prices"][2][1] == pytest.approx(119812.744001069)
    assert get(running, "coingecko", AUGUST).json() == sound


def test_the_demo_plan_s_limit_is_enforced() -> None:
    with serve("coingecko") as running:
        statuses = [
            ask(running.addresses["coingecko"] + "/api/v3/coins/markets").status_code
            for _ in range(32)
        ]
        assert statuses[:30] == [200] * 30
        assert 429 in statuses[30:]
        assert running.violations >= 1


def test_the_page_venues_are_registered() -> None:
    assert {"farside", "coingecko"} <= VENUES.keys()
