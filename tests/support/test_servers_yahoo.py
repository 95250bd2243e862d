"""The loopback Yahoo: its wire format, what is there at an instant, and each fault of content."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.asking import ask
from tests.support.servers import Misbehaviour, Running, serve

# 2025-08-05 to 2025-08-09, UTC midnights.
MBT = "/v8/finance/chart/MBTQ25.CME?period1=1754352000&period2=1754697600&interval=1d"


@pytest.fixture
def running() -> Iterator[Running]:
    with serve("yahoo") as servers:
        yield servers
        assert servers.violations == 0


def get(running: Running, path: str, status: int = 200) -> httpx.Response:
    answer = ask(running.addresses["yahoo"] + path)
    assert answer.status_code == status
    return answer


def chart(running: Running, path: str) -> dict[str, Any]:
    result: dict[str, Any] = get(running, path).json()["chart"]["result"][0]
    return result


def closes(running: Running, path: str) -> dict[int, float | None]:
    result = chart(running, path)
    return dict(zip(result["timestamp"], result["indicators"]["quote"][0]["close"], strict=True))


def test_a_dated_contract_answers_in_yahoo_s_form(running: Running) -> None:
    result = chart(running, MBT)
    # 2025-08-07 00:00 in New York is 04:00 UTC: date -u -d '2025-08-07 04:00' +%s
    assert result["timestamp"] == [1754366400, 1754452800, 1754539200, 1754625600]
    (quote,) = result["indicators"]["quote"]
    assert {name: len(column) for name, column in quote.items()} == dict.fromkeys(
        ("open", "high", "low", "close", "volume"), 4
    )
    assert (quote["close"][2:], quote["volume"][2:]) == ([118190, 117355], [53837, 40710])
    meta = result["meta"]
    assert (meta["symbol"], meta["instrumentType"], meta["shortName"]) == (
        "MBTQ25.CME",
        "FUTURE",
        "Micro Bitcoin Futures,Aug-2025",
    )
    assert (meta["exchangeTimezoneName"], meta["gmtoffset"]) == ("America/New_York", -14400)


def test_the_answer_has_the_keys_of_the_recorded_one(running: Running, shared: Path) -> None:
    recorded = json.loads(
        (shared / "cme/yahoo/chart-GC=F-2020-01-01-to-2020-01-03.json").read_bytes()
    )
    body = recorded["response"]["bodyJson"]
    served = get(running, MBT).json()
    assert served.keys() == body.keys()
    theirs, ours = body["chart"]["result"][0], served["chart"]["result"][0]
    assert ours.keys() == theirs.keys()
    assert ours["indicators"].keys() == theirs["indicators"].keys()
    assert ours["indicators"]["quote"][0].keys() == theirs["indicators"]["quote"][0].keys()
    assert ours["meta"].keys() <= theirs["meta"].keys()


def test_days_without_a_trade_are_nulls_in_every_array(running: Running) -> None:
    # MBTX5 traded on Friday 1 August and next on Thursday 7 August (and on Sunday the 10th, which
    # belongs to Monday).
    result = chart(
        running, "/v8/finance/chart/MBTX25.CME?period1=1754006400&period2=1754870400&interval=1d"
    )
    (quote,) = result["indicators"]["quote"]
    assert quote["close"] == [118070, None, None, None, 119450, 119140]
    assert all(column[1:4] == [None, None, None] for column in quote.values())


def test_the_running_session_is_unfinished_until_its_end(running: Running) -> None:
    # 2025-08-21
    path = "/v8/finance/chart/MBTU25.CME?period1=1755748800&period2=1755835200&interval=1d"
    running.now = datetime(2025, 8, 21, 20, 59, tzinfo=UTC)
    (before,) = chart(running, path)["indicators"]["quote"]
    running.now = datetime(2025, 8, 21, 21, 0, tzinfo=UTC)
    (after,) = chart(running, path)["indicators"]["quote"]
    assert before["volume"][0] == after["volume"][0] // 2
    assert before["close"] != after["close"]
    running.now = datetime(2025, 8, 21, 3, 59, tzinfo=UTC)
    assert "timestamp" not in chart(running, path)


def test_expired_and_unknown_symbols_are_404_and_an_empty_span_is_not(running: Running) -> None:
    for symbol in ("MBTN25.CME", "MBTQ24.CME", "NOPE", "ZQU31.CBT", "DOGE=F"):
        error = get(running, f"/v8/finance/chart/{symbol}?range=1d&interval=1d", 404).json()[
            "chart"
        ]["error"]
        assert error == {
            "code": "Not Found",
            "description": "No data found, symbol may be delisted",
        }
    running.now = datetime(2025, 7, 25, 12, 0, tzinfo=UTC)  # the last Friday of July: still listed
    assert (
        chart(running, "/v8/finance/chart/MBTN25.CME?range=1d&interval=1d")["meta"]["symbol"]
        == "MBTN25.CME"
    )
    empty = chart(running, "/v8/finance/chart/MBTQ25.CME?period1=0&period2=86400&interval=1d")
    assert "timestamp" not in empty
    assert empty["indicators"] == {"quote": [{}], "adjclose": [{}]}


def test_cookie_and_crumb_are_given_and_other_intervals_are_not(running: Running) -> None:
    assert "A3=" in get(running, "/", 404).headers["Set-Cookie"]
    assert get(running, "/v1/test/getcrumb").text == "l00pb4ck.Crmb"
    assert "csrfToken" not in get(running, "/consent").text
    get(running, "/v8/finance/chart/MBTQ25.CME?range=1d&interval=1m", 422)
    assert (
        get(running, "/ws/fundamentals-timeseries/v1/finance/timeseries/IBIT").json()["timeseries"][
            "error"
        ]
        is None
    )
    running.misbehave("yahoo", Misbehaviour("status", status=429, match="chart"))
    assert get(running, MBT, 429).text == "Edge: Too Many Requests"


def test_the_rate_futures_imply_the_published_probabilities(running: Running) -> None:
    span = "?period1=1753660800&period2=1755129600&interval=1d"  # 2025-07-28 to 2025-08-13
    august, september = (
        closes(running, f"/v8/finance/chart/{symbol}.CBT{span}") for symbol in ("ZQQ25", "ZQU25")
    )

    def implied(stamp: int) -> tuple[float, float]:
        before, mean = (100 - (prices[stamp] or 0.0) for prices in (august, september))
        # CME's method: September's mean holds 17 days at the rate before the meeting, which is
        # August's mean, and 13 at the one after it.
        after = (30 * mean - 17 * before) / 13
        return (4.33 - before) / 0.25, (before - after) / 0.25

    # After July's meeting: the published probability of a cut on 7 August is 0.918621.
    july, cut = implied(1754539200)
    assert (july, cut) == pytest.approx((0, 0.918621), abs=1e-4)
    # Before it, on 28 July: held twice 0.349174, cut twice 0.019829.
    july, cut = implied(1753675200)
    assert ((1 - july) * (1 - cut), july * cut) == pytest.approx((0.349174, 0.019829), abs=1e-4)


def test_indices_funds_and_continuous_series_are_known(running: Running) -> None:
    # ^GSPC closed at 9.09 on 1934-08-14 in single precision; the sample says 9.1. Stamps are those
    # of the opening, 09:30.
    stamp = int(datetime(1934, 8, 14, 13, 30, tzinfo=UTC).timestamp())
    assert closes(
        running, f"/v8/finance/chart/^GSPC?period1={stamp}&period2={stamp + 1}&interval=1d"
    ) == {stamp: 9.1}
    for symbol in (
        "IBIT",
        "ETHA",
        "^DJI",
        "BTC=F",
        "ETH=F",
        "MBT=F",
        "MET=F",
        "BTCQ25.CME",
        "ETHQ25.CME",
    ):
        assert chart(running, f"/v8/finance/chart/{symbol}?range=max&interval=1d")["timestamp"], (
            symbol
        )
    # The full contract has 50 times the micro's size: 53,837 micro contracts are 1,076 full ones.
    full = chart(running, MBT.replace("MBT", "BTC"))["indicators"]["quote"][0]
    assert (full["close"][2], full["volume"][2]) == (118190, 1076)


def test_yahoo_s_faults_of_content(running: Running) -> None:
    sound = chart(running, MBT)

    def bent(kind: str) -> dict[str, Any]:
        running.misbehave("yahoo", Misbehaviour(kind))
        return chart(running, MBT)

    stamps = sound["timestamp"]
    assert bent("duplicate")["timestamp"] == [*stamps, stamps[-1]]
    assert bent("out_of_order")["timestamp"] == stamps[::-1]
    assert bent("short_page")["timestamp"] == stamps[:2]
    assert bent("gap")["timestamp"] == [*stamps[:2], stamps[3]]
    assert bent("microseconds")["timestamp"] == [stamp * 1_000_000 for stamp in stamps]
    assert "close" not in bent("renamed_column")["indicators"]["quote"][0]
    # 1 % above 118,190 is 119,371.9.
    assert bent("restated")["indicators"]["quote"][0]["close"][2] == 119371.9
    assert chart(running, MBT) == sound
