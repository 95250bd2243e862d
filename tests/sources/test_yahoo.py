"""Yahoo: what is asked for, and the real client over loopback, well and badly treated."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.cookiejar import Cookie
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yfinance  # type: ignore[import-untyped]
from yfinance.cache import _CookieCache, _CookieDBManager  # type: ignore[import-untyped]
from yfinance.data import YfData  # type: ignore[import-untyped]

from marketwake.base.errors import (
    BlockedError,
    RateLimitedError,
    SourceChangedError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
)
from marketwake.base.settings import Settings
from marketwake.sources.source import Request
from marketwake.sources.yahoo.contracts import listed_months
from marketwake.sources.yahoo.missing import Answered, asset_of
from marketwake.sources.yahoo.source import Yahoo, parse
from marketwake.warehouse.contracts import read_contracts
from tests.support.servers import Misbehaviour, Running, serve

NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
AUGUST = Request("futures_price", "MBTQ25.CME 1d 2025-08-01..2025-08-22")


def read(request: Request, body: bytes) -> tuple[list[dict[str, Any]], list[str]]:
    """Accepted rows and the reasons of the rejected ones, by the table's contract."""
    ((table, frame),) = parse(request, body, NOW).items()
    validated = read_contracts("raw")[table].validate(frame)
    return validated.accepted.to_dicts(), validated.rejected["reason"].to_list()


def test_listed_are_six_months_four_quarters_and_a_second_december() -> None:
    # The recorded contracts of June 2025 hold MBTM5 to MBTX5 in a row, MBTZ5 and MBTH6, and no
    # January before autumn.
    assert [
        f"{month:%y%m}" for month in listed_months("MBT", datetime(2025, 6, 16, tzinfo=UTC))
    ] == [
        "2506",
        "2507",
        "2508",
        "2509",
        "2510",
        "2511",
        "2512",
        "2603",
        "2606",
        "2609",
        "2612",
    ]


def test_an_expired_contract_is_asked_for_for_another_week() -> None:
    # August 2025 ended on Friday the 29th at 15:00 UTC.
    expiry = datetime(2025, 8, 29, 15, tzinfo=UTC)
    assert listed_months("MET", expiry - timedelta(minutes=1))[0] == date(2025, 8, 1)
    assert listed_months("MET", expiry + timedelta(days=7))[:2] == [
        date(2025, 8, 1),
        date(2025, 9, 1),
    ]
    assert listed_months("MET", expiry + timedelta(days=8))[:2] == [
        date(2025, 9, 1),
        date(2025, 10, 1),
    ]
    assert listed_months("MET", datetime(2021, 12, 20, tzinfo=UTC))[0] == date(2021, 12, 1)


def test_requests_name_symbol_and_window() -> None:
    since = {"MBTQ5": date(2025, 8, 19), "^DJI": date(2025, 8, 18)}
    everything = Yahoo(Settings(history_from=date(2025, 7, 1)), lambda: NOW, since).requests()
    requests = [request for request in everything if request.dataset != "etf_shares"]
    assert everything[: len(requests)] == requests  # the counts of shares come last
    asked = {
        request.what.split()[0]: (request.dataset, request.what.split()[2]) for request in requests
    }
    assert len(asked) == len(requests)
    assert asked["MBTQ25.CME"] == ("futures_price", "2025-08-19..2025-08-22")
    assert asked["BTC=F"] == ("futures_price", "2025-07-01..2025-08-22")
    assert asked["ZQU25.CBT"] == ("fed_funds_price", "2025-07-01..2025-08-22")
    assert asked["^GSPC"] == ("index_bar", "1927-12-30..2025-08-22")
    assert asked["^DJI"] == ("index_bar", "2025-08-18..2025-08-22")
    assert asked["IBIT"] == ("etf_bar", "2025-07-01..2025-08-22")
    assert "MSBT" not in asked  # launched in 2026
    counts = pl.Series([request.dataset for request in requests]).value_counts().rows()
    # Four roots: August to January, March, June, September, December; and a continuous series each.
    assert dict(counts) == {
        "futures_price": 4 * (10 + 1),
        "fed_funds_price": 13,
        "index_bar": 2,
        "etf_bar": 20,
    }


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


def test_what_lands_is_the_answer_itself(yahoo: Yahoo, running: Running, tmp_path: Path) -> None:
    body = yahoo.fetch(AUGUST)
    accepted, rejected = read(AUGUST, body)
    assert rejected == []
    # Weekdays from 1 to 21 August; the 22nd runs.
    assert [row["day"].day for row in accepted] == [
        1,
        4,
        5,
        6,
        7,
        8,
        11,
        12,
        13,
        14,
        15,
        18,
        19,
        20,
        21,
    ]
    assert json.loads(body)["chart"]["result"][0]["meta"]["symbol"] == "MBTQ25.CME"
    (seen,) = running.seen("yahoo", "/chart/")
    assert (seen.query["period1"], seen.query["period2"]) == (
        "1754006400",
        "1755907200",
    )  # 08-01 00:00 to 08-23 00:00 UTC
    assert _CookieDBManager.get_location() == str(tmp_path / "state")


def test_the_crumb_is_asked_for_once(yahoo: Yahoo, running: Running) -> None:
    for symbol in ("MBTQ25.CME", "METQ25.CME", "^GSPC"):
        yahoo.fetch(Request("futures_price", f"{symbol} 1d 2025-08-01..2025-08-22"))
    assert [seen.path for seen in running.requests] == [
        "/",  # fc.yahoo.com
        "/v1/test/getcrumb",
        *(f"/v8/finance/chart/{symbol}" for symbol in ("MBTQ25.CME", "METQ25.CME", "^GSPC")),
    ]
    assert running.violations == 0


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        (Misbehaviour("status", match="/chart/", status=429, retry_after=7), RateLimitedError, 429),
        (Misbehaviour("status", match="/chart/", status=403), BlockedError, 403),
        (Misbehaviour("status", match="/chart/", status=451), BlockedError, 451),
        (Misbehaviour("status", match="/chart/", status=500), SourceUnavailableError, 500),
        (Misbehaviour("status", match="/chart/", status=502), SourceUnavailableError, 502),
        (Misbehaviour("reset", match="/chart/"), SourceUnavailableError, 200),
        (Misbehaviour("truncated", match="/chart/"), SourceUnavailableError, 200),
    ],
)
def test_a_fault_is_one_request_and_an_error_of_ours_and_the_next_try_is_clean(
    yahoo: Yahoo,
    running: Running,
    fault: Misbehaviour,
    error: type[SourceError],
    status: int | None,
) -> None:
    running.misbehave("yahoo", fault)
    with pytest.raises(error, match=r"yahoo: MBTQ25\.CME") as caught:
        yahoo.fetch(AUGUST)
    assert caught.value.status == status
    if isinstance(caught.value, RateLimitedError):
        assert caught.value.retry_after_seconds == 7
        assert caught.value.first_bytes == b"Edge: Too Many Requests"
    assert len(running.seen("yahoo", "/chart/")) == 1
    assert len(read(AUGUST, yahoo.fetch(AUGUST))[0]) == 15


def test_a_silent_yahoo_is_left_after_the_time_out(running: Running, tmp_path: Path) -> None:
    settings = Settings(
        addresses=running.addresses, state_folder=tmp_path / "state", timeout_seconds=1.5
    )
    running.misbehave("yahoo", Misbehaviour("hang", match="/chart/"))
    with pytest.raises(
        SourceUnavailableError, match=r"yahoo: MBTQ25\.CME: no complete answer within 1\.5 s"
    ):
        Yahoo(settings, lambda: NOW, {}).fetch(AUGUST)


def test_a_401_is_mended_by_another_cookie_or_is_a_block(yahoo: Yahoo, running: Running) -> None:
    running.misbehave("yahoo", Misbehaviour("status", match="/chart/", status=401))
    assert len(read(AUGUST, yahoo.fetch(AUGUST))[0]) == 15
    running.misbehave("yahoo", Misbehaviour("status", match="/chart/", status=401, times=2))
    with pytest.raises(BlockedError, match="HTTP 401"):
        yahoo.fetch(AUGUST)


@pytest.mark.parametrize("kind", ["html", "challenge"])
def test_a_page_in_place_of_a_chart_lands_and_is_refused(
    yahoo: Yahoo, running: Running, kind: str
) -> None:
    running.misbehave("yahoo", Misbehaviour(kind, match="/chart/"))
    body = yahoo.fetch(AUGUST)
    assert b"<html" in body
    with pytest.raises(SourceChangedError, match="expected a chart of daily bars"):
        parse(AUGUST, body, NOW)


@pytest.mark.parametrize(
    ("kind", "rows"),
    [("duplicate", 15), ("out_of_order", 15), ("gap", 14), ("restated", 15), ("short_page", 8)],
)
def test_bent_bars_are_those_of_their_days_and_nothing_else(
    yahoo: Yahoo, running: Running, kind: str, rows: int
) -> None:
    honest = {row["day"]: row["price_usd"] for row in read(AUGUST, yahoo.fetch(AUGUST))[0]}
    running.misbehave("yahoo", Misbehaviour(kind, match="/chart/"))
    accepted, rejected = read(AUGUST, yahoo.fetch(AUGUST))
    bent = {row["day"]: row["price_usd"] for row in accepted}
    assert rejected == []
    assert len(accepted) == len(bent) == rows
    assert sum(honest[day] != price for day, price in bent.items()) == (kind == "restated")


@pytest.mark.parametrize("kind", ["renamed_column", "microseconds"])
def test_a_changed_form_is_refused_as_a_whole(yahoo: Yahoo, running: Running, kind: str) -> None:
    running.misbehave("yahoo", Misbehaviour(kind, match="/chart/"))
    with pytest.raises(SourceChangedError):
        parse(AUGUST, yahoo.fetch(AUGUST), NOW)


def test_a_month_may_be_unknown_and_a_fund_may_not(yahoo: Yahoo, running: Running) -> None:
    far = Request("futures_price", "MBTZ27.CME 1d 2025-08-01..2025-08-22")
    assert parse(far, yahoo.fetch(far), NOW) == {}
    assert len(running.seen("yahoo", "/chart/")) == 1  # a 404 is not asked again
    with pytest.raises(
        SourceError, match=r"yahoo: NOPE: HTTP 404: No data found, symbol may be delisted"
    ) as caught:
        yahoo.fetch(Request("etf_bar", "NOPE 1d 2025-08-01..2025-08-22"))
    assert not caught.value.retryable


def _futures(yahoo: Yahoo, asset: str) -> list[Request]:
    return [request for request in yahoo.requests() if asset_of(request.what.split()[0]) == asset]


def test_standard_contracts_are_asked_for_before_micros_and_continuous_series_last(
    yahoo: Yahoo,
) -> None:
    symbols = [request.what.split()[0] for request in _futures(yahoo, "ETH")]
    assert symbols[0] == "ETHQ25.CME"
    assert symbols[10] == "METQ25.CME"  # August to January, March, June, September, December
    assert symbols[20:] == ["ETH=F", "MET=F"]


def test_months_that_are_not_there_are_told_once_and_are_no_fault(
    yahoo: Yahoo, running: Running
) -> None:
    running.habits["yahoo"] = frozenset({"no ether months"})
    for request in _futures(yahoo, "ETH"):
        yahoo.fetch(request)
    (said,) = yahoo.remarks()
    assert said.startswith("20 symbols of ETH not at Yahoo: ETHQ25.CME, ETHU25.CME, ")
    # What the continuous series calls itself: the only word on the month it stands for.
    assert "there are ETH=F (Ether Futures," in said
    assert yahoo.remarks() == []


def test_an_asset_without_any_series_is_an_error_of_its_last_request(
    yahoo: Yahoo, running: Running
) -> None:
    running.habits["yahoo"] = frozenset({"no ether"})
    *others, last = _futures(yahoo, "ETH")
    for request in others:
        yahoo.fetch(request)
    with pytest.raises(SourceError, match="none of the 22 futures of ETH") as caught:
        yahoo.fetch(last)
    assert not caught.value.retryable


def test_days_without_a_trade_are_counted(yahoo: Yahoo, running: Running) -> None:
    running.habits["yahoo"] = frozenset({"zero closes"})
    september = Request("futures_price", "MBTU25.CME 1d 2025-08-04..2025-08-22")
    rows, rejected = read(september, yahoo.fetch(september))
    # Wednesdays: the 6th, 13th and 20th of August.
    assert {6, 13, 20}.isdisjoint(row["day"].day for row in rows)
    assert rejected == []
    (said,) = yahoo.remarks()
    assert said == (
        "3 days without a trade (a close of 0.00 and no volume) gave no row: MBTU25.CME"
    )


def test_a_fed_funds_month_is_asked_for_a_week_longer_than_it_trades_and_not_missed() -> None:
    # August 2025 ended on Friday the 29th.
    september = datetime(2025, 9, 5, 6, tzinfo=UTC)
    source = Yahoo(Settings(), lambda: september, {})
    rates = [r.what.split()[0] for r in source.requests() if r.dataset == "fed_funds_price"]
    assert (rates[0], rates[1], len(rates)) == ("ZQQ25.CBT", "ZQU25.CBT", 14)
    answered = Answered()
    answered.there("ZQU25.CBT")
    assert answered.absent(Request("fed_funds_price", "x"), "ZQQ25.CBT")
    assert answered.remarks(date(2025, 8, 30)) == []
    answered.absent(Request("fed_funds_price", "x"), "ZQQ25.CBT")
    assert answered.remarks(date(2025, 8, 29)) == [
        "1 symbol of ZQ not at Yahoo: ZQQ25.CBT; there are ZQU25.CBT"
    ]


def test_without_a_network_there_is_one_plain_error(tmp_path: Path) -> None:
    settings = Settings(addresses={"yahoo": "http://127.0.0.1:9"}, state_folder=tmp_path / "state")
    with pytest.raises(UnreachableError, match=r"yahoo: MBTQ25\.CME: .*127\.0\.0\.1") as caught:
        Yahoo(settings, lambda: NOW, {}).fetch(AUGUST)
    assert caught.value.status is None


def test_a_whole_night_over_loopback_fills_five_tables(yahoo: Yahoo, running: Running) -> None:
    rows: dict[str, int] = {}
    unknown = []
    for request in yahoo.requests():
        try:
            body = yahoo.fetch(request)
        except SourceError:
            unknown.append(request.what.split()[0])
            continue
        for table, frame in parse(request, body, NOW).items():
            validated = read_contracts("raw")[table].validate(frame)
            assert validated.rejected.is_empty(), (request, validated.rejected["reason"].to_list())
            rows[table] = rows.get(table, 0) + validated.accepted.height
    assert unknown == []
    assert set(rows) == {"futures_price", "fed_funds_price", "index_bar", "etf_bar", "etf_shares"}
    assert min(rows.values()) > 0
    assert running.violations == 0


@pytest.mark.parametrize(
    "fault",
    [
        Misbehaviour("status", match="getcrumb", times=99, status=429),
        Misbehaviour("html", match="getcrumb", times=99),
        Misbehaviour("reset", match="/$", times=99),
        Misbehaviour("reset", match="/consent", times=99),
    ],
    ids=["crumb refused", "a page for a crumb", "half a consent", "no consent"],
)
def test_without_a_cookie_or_a_crumb_it_is_asked_for_once_and_charts_come(
    yahoo: Yahoo, running: Running, fault: Misbehaviour
) -> None:
    # The form of consent is the second way, taken where the first fails.
    running.habits["yahoo"] = frozenset({"half a consent"})
    if "consent" in fault.match:
        running.misbehave("yahoo", Misbehaviour("reset", match="/$", times=99))
    running.misbehave("yahoo", fault)
    for _ in range(4):
        assert len(read(AUGUST, yahoo.fetch(AUGUST))[0]) == 15
    asked = [seen.path for seen in running.requests]
    assert asked[-4:] == ["/v8/finance/chart/MBTQ25.CME"] * 4
    assert max(asked.count(path) for path in ("/", "/consent", "/v1/test/getcrumb")) == 1
    quotes = Request("etf_shares", "shares quoted of ETHA,IBIT")
    if fault.kind == "status":
        with pytest.raises(BlockedError, match="yahoo: quote: HTTP 401"):
            yahoo.fetch(quotes)


def test_where_the_client_itself_stumbles_one_request_is_lost(
    yahoo: Yahoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As over a form of consent without its session, were a chart answered with one.
    with monkeypatch.context() as patch:
        patch.setattr(YfData, "_make_request", lambda *_, **__: dict[str, str]()["sessionId"])
        with pytest.raises(SourceUnavailableError, match=r"METQ25\.CME: .*KeyError: 'sessionId'"):
            yahoo.fetch(Request("futures_price", "METQ25.CME 1d 2025-08-01..2025-08-22"))
    assert len(read(AUGUST, yahoo.fetch(AUGUST))[0]) == 15


def _kept(folder: Path, *names: str) -> None:
    """A cookie file as yfinance writes it, after Yahoo sent cookies of these names, the last of
    them without an expiry.
    """
    jar = {
        name: Cookie(
            0, name, "1", None, False, ".yahoo.com", True, True, "/", True, True,
            None, False, None, None, {},
        )
        for name in names
    }  # fmt: skip
    folder.mkdir()
    yfinance.set_tz_cache_location(str(folder))
    cache = _CookieCache()
    cache.store("curlCffi", {".yahoo.com": {"/": jar}})
    assert cache.lookup("curlCffi")["cookie"][".yahoo.com"]["/"].keys() == set(names)


@pytest.mark.parametrize("names", [("A1",), ("A3",)], ids=["without A3", "without an expiry"])
def test_an_odd_cookie_of_another_night_costs_nothing(
    yahoo: Yahoo, running: Running, tmp_path: Path, names: tuple[str, ...]
) -> None:
    _kept(tmp_path / "state", *names)
    assert len(read(AUGUST, yahoo.fetch(AUGUST))[0]) == 15
    # What yfinance would break on is not read, and what it was sent tonight is not kept.
    (tmp_path / "state" / "cookies.db").unlink()
    yahoo.fetch(AUGUST)
    assert not (tmp_path / "state" / "cookies.db").exists()
    assert [seen.path for seen in running.requests][:2] == ["/", "/v1/test/getcrumb"]


def test_a_chart_does_not_wait_for_a_crumb(running: Running, tmp_path: Path) -> None:
    settings = Settings(
        addresses=running.addresses, state_folder=tmp_path / "state", timeout_seconds=2
    )
    running.misbehave("yahoo", Misbehaviour("hang", match="getcrumb"))
    assert len(read(AUGUST, Yahoo(settings, lambda: NOW, {}).fetch(AUGUST))[0]) == 15
