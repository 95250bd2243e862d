"""Counts of shares: what is asked, what an answer without one means, and what is refused."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from marketwake.base.errors import BlockedError, RateLimitedError, SourceChangedError, SourceError
from marketwake.base.settings import Settings
from marketwake.sources.source import Request
from marketwake.sources.yahoo.shares import DATASET, parse, query, requests
from marketwake.sources.yahoo.source import Yahoo
from marketwake.warehouse.contracts import read_contracts
from tests.support.servers import Misbehaviour, Running, serve

NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
HISTORY = Request(DATASET, "shares of IBIT 2025-07-01..2025-08-22")
QUOTES = Request(DATASET, "shares quoted of GBTC,IBIT")
# date -u -d 2025-08-08 +%s
EIGHTH = 1754611200


def history(*counts: tuple[object, object], symbol: str = "IBIT") -> bytes:
    """An answer in the form that Ticker.get_shares_full of yfinance 1.7 reads."""
    stamps, shares = [stamp for stamp, _ in counts], [count for _, count in counts]
    result = {
        "meta": {"symbol": [symbol], "type": ["shares_out"]},
        "timestamp": stamps,
        "shares_out": shares,
    }
    return json.dumps({"timeseries": {"result": [result], "error": None}}).encode()


def quotes(**counts: int | None) -> bytes:
    """An answer with the keys of a recorded one that matter; no count where None is given."""
    result = [
        {"quoteType": "ETF", "symbol": name} | ({} if n is None else {"sharesOutstanding": n})
        for name, n in counts.items()
    ]
    return json.dumps({"quoteResponse": {"result": result, "error": None}}).encode()


def read(request: Request, body: bytes) -> tuple[list[tuple[object, ...]], list[str]]:
    validated = read_contracts("raw")[DATASET].validate(parse(request, body, NOW)[DATASET])
    return validated.accepted.rows(), validated.rejected["reason"].to_list()


def test_asked_are_a_history_of_each_launched_fund_and_one_set_of_quotes() -> None:
    funds = [("IBIT", date(2024, 1, 11)), ("ETH", date(2025, 8, 1)), ("MSBT", date(2026, 4, 8))]
    assert [request.what for request in requests(funds, date(2025, 7, 1), date(2025, 8, 22))] == [
        "shares of ETH 2025-08-01..2025-08-22",
        "shares of IBIT 2025-07-01..2025-08-22",
        "shares quoted of ETH,IBIT",
    ]
    assert requests(funds, date(2026, 1, 1), date(2025, 8, 22)) == []


def test_the_questions_are_those_of_yfinance() -> None:
    # date -u -d 2025-07-01 +%s, and of the day after the 22nd of August
    assert query(HISTORY) == (
        "/ws/fundamentals-timeseries/v1/finance/timeseries/IBIT",
        {"symbol": "IBIT", "period1": 1751328000, "period2": 1755907200},
    )
    path, params = query(QUOTES)
    assert (path, params["symbols"]) == ("/v7/finance/quote", "GBTC,IBIT")
    with pytest.raises(SourceChangedError, match="another question"):
        query(Request(DATASET, "IBIT 1d 2025-07-01..2025-08-22"))


def test_a_history_is_dated_by_yahoo_and_a_quote_by_the_day_of_asking() -> None:
    assert read(HISTORY, history((EIGHTH, 1_250_000_000))) == (
        [("IBIT", "history", date(2025, 8, 8), 1_250_000_000)],
        [],
    )
    assert read(QUOTES, quotes(IBIT=1_240_000_000)) == (
        [("IBIT", "quote", date(2025, 8, 22), 1_240_000_000)],
        [],
    )


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (HISTORY, b'{"timeseries":{"result":[],"error":null}}'),
        (HISTORY, b'{"timeseries":{"result":null,"error":null}}'),
        (
            HISTORY,
            b'{"timeseries":{"result":[{"meta":{"symbol":["IBIT"],"type":["shares_out"]}}],"error":null}}',
        ),
        (HISTORY, history((EIGHTH, None))),
        (QUOTES, quotes(IBIT=None, GBTC=None)),
    ],
)
def test_an_answer_without_a_count_is_an_answer_and_holds_no_row(
    request_: Request, body: bytes
) -> None:
    assert read(request_, body) == ([], [])


def test_the_same_count_twice_in_a_day_is_one_and_two_different_ones_are_none() -> None:
    # yfinance #1954: MSFT on 2024-05-31 with 7432309760 and with 7698290176.
    assert len(read(HISTORY, history((EIGHTH, 5), (EIGHTH, 5)))[0]) == 1
    accepted, rejected = read(
        HISTORY, history((EIGHTH, 7432309760), (EIGHTH, 7698290176), (EIGHTH + 86400, 7))
    )
    assert [row[3] for row in accepted] == [7]
    assert (
        rejected
        == ["the key (ticker, kind, observed_on) occurs more than once with different values"] * 2
    )


@pytest.mark.parametrize("count", [0, -1, 1.5, "many"])
def test_what_is_no_count_is_rejected_alone(count: object) -> None:
    accepted, rejected = read(HISTORY, history((EIGHTH, count), (EIGHTH + 86400, 7)))
    assert ([row[3] for row in accepted], len(rejected)) == ([7], 1)


@pytest.mark.parametrize(
    ("request_", "body", "found"),
    [
        (HISTORY, history((EIGHTH, 5), symbol="FBTC"), "expected counts of IBIT, found .*FBTC"),
        (
            HISTORY,
            history((EIGHTH * 1_000_000, 5)),
            "expected stamps in seconds, up to 1755855000, found 1754611200000000",
        ),
        (
            HISTORY,
            b'{"timeseries":{"result":[{"meta":{"symbol":["IBIT"]},"timestamp":[],"shares_out":[5]}]}}',
            "expected counts of shares",
        ),
        (HISTORY, quotes(IBIT=5), "expected counts of shares, found KeyError"),
        (
            HISTORY,
            b"<html>Just a moment...</html>",
            "expected counts of shares, found no JSON: <html>Just a moment",
        ),
        (QUOTES, quotes(), "expected quotes of these funds, found none"),
        (QUOTES, quotes(SPY=917_782_016), "expected quotes of these funds, found SPY"),
        (QUOTES, b'{"finance":{"result":null}}', "expected counts of shares"),
    ],
)
def test_another_form_is_refused(request_: Request, body: bytes, found: str) -> None:
    with pytest.raises(SourceChangedError, match=found):
        parse(request_, body, NOW)


@pytest.fixture
def running() -> Iterator[Running]:
    with serve("yahoo", now=NOW) as servers:
        yield servers


@pytest.fixture
def yahoo(running: Running, tmp_path: Path) -> Yahoo:
    settings = Settings(
        addresses=running.addresses,
        state_folder=tmp_path / "state",
        timeout_seconds=5,
        history_from=date(2025, 7, 1),
    )
    return Yahoo(settings, lambda: NOW, {})


def test_the_real_client_brings_both_answers_in_one_request_each(
    yahoo: Yahoo, running: Running
) -> None:
    asked = {
        request.what.split()[1]: request
        for request in yahoo.requests()
        if request.dataset == DATASET and "ETHA" not in request.what.split()[2]
    }
    assert set(asked) == {"of", "quoted"}
    assert read(HISTORY, yahoo.fetch(HISTORY)) == (
        [("IBIT", "history", date(2025, 8, 8), 1_250_000_000)],
        [],
    )
    empty = Request(DATASET, "shares of ETHA 2025-07-01..2025-08-22")
    assert read(empty, yahoo.fetch(empty)) == ([], [])
    accepted, rejected = read(asked["quoted"], yahoo.fetch(asked["quoted"]))
    # Twenty funds were launched by then; two of them have no count there.
    assert (len(accepted), rejected) == (18, [])
    assert {"BTCW", "QETH"} & {row[0] for row in accepted} == set()
    assert [
        len(running.seen("yahoo", part)) for part in ("timeseries", "/v7/finance/quote", "getcrumb")
    ] == [2, 1, 1]


@pytest.mark.parametrize("request_", [HISTORY, QUOTES])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Misbehaviour("status", match="finance/", status=429, retry_after=7), RateLimitedError),
        (Misbehaviour("status", match="finance/", status=451), BlockedError),
        (Misbehaviour("status", match="finance/", status=404), SourceError),
    ],
)
def test_a_refusal_is_one_request_and_an_error_of_ours(
    yahoo: Yahoo, running: Running, request_: Request, fault: Misbehaviour, error: type[SourceError]
) -> None:
    running.misbehave("yahoo", fault)
    with pytest.raises(error, match=rf"yahoo: .*HTTP {fault.status}") as caught:
        yahoo.fetch(request_)
    assert caught.value.status == fault.status
    assert sum(seen.fault is not None for seen in running.requests) == 1
    assert len([seen for seen in running.requests if "/finance/" in seen.path]) == 1


def test_a_crumb_that_is_not_given_costs_the_quotes_alone(running: Running, tmp_path: Path) -> None:
    settings = Settings(
        addresses=running.addresses, state_folder=tmp_path / "state", timeout_seconds=5
    )
    running.misbehave("yahoo", Misbehaviour("status", match="getcrumb", status=429, times=9))
    client = Yahoo(settings, lambda: NOW, {})
    assert len(read(HISTORY, client.fetch(HISTORY))[0]) == 1
    with pytest.raises(BlockedError, match=r"yahoo: .*HTTP 401"):
        client.fetch(QUOTES)
