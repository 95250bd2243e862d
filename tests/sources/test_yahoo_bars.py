"""Yahoo's chart answers: what becomes of each kind of bar, and what is refused. Instants are by
hand from Chicago's and London's clocks.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from marketwake.base.errors import SourceChangedError
from marketwake.sources.source import Request
from marketwake.sources.yahoo.answers import untraded
from marketwake.sources.yahoo.bars import parse
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.gate import rules

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
AUGUST = Request("futures_price", "MBTQ25.CME 1d 2025-08-01..2025-08-22")
SPX = Request("index_bar", "^GSPC 1d 2025-08-01..2025-08-22")


def stamp(day: str, clock: str = "00:00") -> int:
    return int(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK).timestamp())


def chart(symbol: str, bars: list[tuple[int, Any, Any]], **meta: object) -> bytes:
    """An answer with bars of (stamp, close, volume); open, high and low are the close."""
    closes, volumes = [bar[1] for bar in bars], [bar[2] for bar in bars]
    quote = (
        {"open": closes, "high": closes, "low": closes, "close": closes, "volume": volumes}
        if bars
        else {}
    )
    result = {
        "meta": {
            "symbol": symbol,
            "dataGranularity": "1d",
            "exchangeTimezoneName": "America/New_York",
        }
        | meta,
        "indicators": {"quote": [quote], "adjclose": [{}]},
    } | ({"timestamp": [bar[0] for bar in bars]} if bars else {})
    return json.dumps({"chart": {"result": [result], "error": None}}).encode()


def read(
    request: Request, body: bytes, requested_at: datetime = NOW
) -> tuple[list[dict[str, Any]], list[str]]:
    """Accepted rows and the reasons of the rejected ones, by the table's contract."""
    (found,) = parse(request, body, requested_at).items()
    validated = read_contracts("raw")[found[0]].validate(found[1])
    return validated.accepted.to_dicts(), validated.rejected["reason"].to_list()


def future(
    *bars: tuple[int, Any, Any], requested_at: datetime = NOW, **meta: object
) -> tuple[list[dict[str, Any]], list[str]]:
    return read(AUGUST, chart("MBTQ25.CME", list(bars), **meta), requested_at)


def test_a_future_closes_at_its_settlement() -> None:
    accepted, rejected = future((stamp("2025-08-07"), 117105.0, 40_000))
    assert rejected == []
    assert accepted == [
        {
            "vendor": "Yahoo",
            "root": "MBT",
            "contract": "MBTQ5",
            "price_kind": "settlement",
            "day": date(2025, 8, 7),
            "observed_at": datetime(2025, 8, 7, 20, tzinfo=UTC),  # 15:00 Chicago, summer time
            "price_usd": 117105.0,
            "volume_contracts": 40_000,
            "open_interest_contracts": None,
        }
    ]


@pytest.mark.parametrize(
    ("symbol", "day", "instant"),
    [
        ("MBTF25.CME", "2025-01-15", datetime(2025, 1, 15, 21, tzinfo=UTC)),  # winter
        ("MBTU25.CME", "2025-08-29", datetime(2025, 8, 29, 20, tzinfo=UTC)),  # a Friday
        (
            "MBTQ25.CME",
            "2025-08-29",
            datetime(2025, 8, 29, 15, tzinfo=UTC),
        ),  # its last day: 16:00 London
        (
            "MBTQ25.CME",
            "2025-07-04",
            datetime(2025, 7, 4, 17, tzinfo=UTC),
        ),  # CME closed at noon, Chicago
    ],
)
def test_a_settlement_is_no_later_than_the_session_and_the_contract(
    symbol: str, day: str, instant: datetime
) -> None:
    request = Request("futures_price", f"{symbol} 1d {day}..{day}")
    accepted, _ = read(
        request, chart(symbol, [(stamp(day), 1.0, 1)]), datetime(2025, 9, 5, tzinfo=UTC)
    )
    assert [row["observed_at"] for row in accepted] == [instant]


def test_a_continuous_series_is_labelled_and_dated_by_no_contract() -> None:
    request = Request("futures_price", "BTC=F 1d 2025-08-01..2025-08-22")
    (row,), _ = read(
        request,
        chart("BTC=F", [(stamp("2025-08-07"), 118165.0, 0)], shortName="Bitcoin Futures,Aug-2025"),
    )
    assert (row["root"], row["contract"], row["price_kind"]) == ("BTC", "BTC=F", "continuous")


def test_the_session_that_runs_is_left_out_until_it_has_ended() -> None:
    bars = [(stamp("2025-08-20"), 114465.0, 1), (stamp("2025-08-21"), 112285.0, 1)]
    before, after = datetime(2025, 8, 21, 20, 59, tzinfo=UTC), datetime(2025, 8, 21, 21, tzinfo=UTC)
    assert [row["day"].day for row in future(*bars, requested_at=before)[0]] == [20]
    assert [row["day"].day for row in future(*bars, requested_at=after)[0]] == [20, 21]


def test_a_running_quote_is_no_settlement() -> None:
    quote = stamp("2025-08-21", "16:59")
    accepted, rejected = future(
        (stamp("2025-08-20"), 1.0, 1), (quote, 2.0, 1), regularMarketTime=quote
    )
    assert [row["day"].day for row in accepted] == [20]
    assert rejected == []


def test_a_missing_session_gives_no_row() -> None:
    accepted, rejected = future((stamp("2025-08-19"), None, None), (stamp("2025-08-20"), 1.0, 1))
    assert [row["day"].day for row in accepted] == [20]
    assert rejected == []


def test_a_close_of_zero_without_volume_is_no_trade_and_no_reject() -> None:
    bars = [(stamp("2025-08-18"), 0.0, 0), (stamp("2025-08-19"), 0, None)]
    body = chart("MBTQ25.CME", [*bars, (stamp("2025-08-20"), 1.0, 1), (stamp("2025-08-21"), 2, 0)])
    accepted, rejected = read(AUGUST, body)
    assert [row["day"].day for row in accepted] == [20, 21]
    assert rejected == []
    assert untraded(body) == 2


SUMMER = Request("futures_price", "MBTQ26.CME 1d 2026-07-01..2026-08-20")
SATURDAY = stamp("2026-08-15")


def test_a_weekend_bar_is_a_last_trade_once_the_day_is_over_in_new_york() -> None:
    # Since 29 May 2026 trading never stops; there is no settlement on a weekend.
    bars = [(stamp("2026-08-14"), 1.0, 1), (SATURDAY, 2.0, 3), (stamp("2026-08-17"), 4.0, 5)]
    body = chart("MBTQ26.CME", bars)
    accepted, rejected = read(SUMMER, body, datetime(2026, 8, 18, 6, tzinfo=UTC))
    assert rejected == []
    assert [(row["day"], row["price_kind"], row["observed_at"]) for row in accepted] == [
        (date(2026, 8, 14), "settlement", datetime(2026, 8, 14, 20, tzinfo=UTC)),  # 15:00 Chicago
        (date(2026, 8, 15), "last_trade", datetime(2026, 8, 15, 21, tzinfo=UTC)),  # 16:00 Chicago
        (date(2026, 8, 17), "settlement", datetime(2026, 8, 17, 20, tzinfo=UTC)),
    ]
    # Midnight in New York, summer time, is 04:00 UTC.
    running = read(SUMMER, body, datetime(2026, 8, 16, 3, 59, tzinfo=UTC))[0]
    assert [row["day"].day for row in running] == [14]
    over = read(SUMMER, body, datetime(2026, 8, 16, 4, tzinfo=UTC))[0]
    assert [row["day"].day for row in over] == [14, 15]


def test_weekend_bars_pass_the_gate_and_those_of_other_futures_do_not() -> None:
    asked = datetime(2026, 8, 16, 6, 15, tzinfo=UTC)
    for symbol, dataset, passes in (
        ("MBTQ26.CME", "futures_price", True),
        ("BTC=F", "futures_price", True),
        ("ZQQ26.CBT", "fed_funds_price", False),  # only crypto trades around the clock
    ):
        request = Request(dataset, f"{symbol} 1d 2026-08-10..2026-08-16")
        ((table, frame),) = parse(request, chart(symbol, [(SATURDAY, 2.0, 3)]), asked).items()
        contract = read_contracts("raw")[table]
        validated = contract.validate(frame, rules(contract, asked))
        assert (validated.accepted.height, validated.rejected.height) == (passes, not passes)


def test_a_continuous_series_may_be_silent_for_two_weeks_and_an_index_may_not() -> None:
    def silent(dataset: str, symbol: str, first: str) -> int:
        request = Request(dataset, f"{symbol} 1d {first}..2025-08-22")
        ((_, frame),) = parse(request, chart(symbol, []), NOW).items()
        return frame.height

    # The 11th is eleven days before NOW, the 1st three weeks.
    assert silent("futures_price", "BTC=F", "2025-08-11") == 0
    with pytest.raises(SourceChangedError, match="bars of 5 finished sessions, found none"):
        silent("futures_price", "BTC=F", "2025-08-01")
    with pytest.raises(SourceChangedError, match="bars of 9 finished sessions, found none"):
        silent("index_bar", "^GSPC", "2025-08-11")


@pytest.mark.parametrize(
    ("bar", "reason"),
    [
        (
            (stamp("2025-08-10"), 1.0, 1),
            "day: '2025-08-10 00:00: no session of CME_CRYPTO' is not a DATE; observed_at: missing",
        ),
        (
            (stamp("2025-08-12", "20:00"), 1.0, 1),
            "day: '2025-08-12 20:00: not the midnight that stands for a session' is not a DATE; "
            "observed_at: missing",
        ),
        ((stamp("2025-08-12"), None, 5), "price_usd: missing"),
        ((stamp("2025-08-12"), "abc", 5), "price_usd: 'abc' is not a DOUBLE"),
        ((stamp("2025-08-12"), 0.0, 5), "breaks (price_usd > 0)"),
    ],
)
def test_an_impossible_bar_costs_itself_alone(bar: tuple[int, Any, Any], reason: str) -> None:
    accepted, rejected = future(bar, (stamp("2025-08-20"), 1.0, 1))
    assert len(accepted) == 1
    assert rejected == [reason]


def test_a_bar_after_the_expiry_is_refused() -> None:
    _, rejected = future(
        (stamp("2025-09-02"), 1.0, 1), requested_at=datetime(2025, 9, 5, tzinfo=UTC)
    )
    assert rejected == ["day: '2025-09-02: the contract expired on 2025-08-29' is not a DATE"]


def test_an_index_closes_with_new_york_and_in_single_precision() -> None:
    bars = [
        (stamp("2025-08-20", "09:30"), 17.65999984741211, 1),
        (stamp("2025-08-21", "09:30"), 6370.17, 1),
    ]
    accepted, _ = read(SPX, chart("^GSPC", bars), datetime(2025, 8, 21, 20, tzinfo=UTC))
    # A double that is no single, such as the second close, is kept as it is.
    assert [(row["symbol"], row["bar_interval"], row["close"]) for row in accepted] == [
        ("^GSPC", "1d", 17.66),
        ("^GSPC", "1d", 6370.17),
    ]
    accepted, _ = read(SPX, chart("^GSPC", bars), datetime(2025, 8, 21, 19, 59, tzinfo=UTC))
    assert [row["session"].day for row in accepted] == [20]


def test_a_quote_beside_the_bar_of_its_session_is_dropped() -> None:
    quote = stamp("2025-08-21", "16:00")
    bars = [(stamp("2025-08-21", "09:30"), 6370.0, 1), (quote, 6371.0, 1)]
    requested_at = datetime(2025, 8, 21, 23, tzinfo=UTC)
    assert [
        row["close"]
        for row in read(SPX, chart("^GSPC", bars, regularMarketTime=quote), requested_at)[0]
    ] == [6370.0]
    # Alone it is the bar: after the close Yahoo stamps the day with its last trade.
    assert [
        row["close"]
        for row in read(SPX, chart("^GSPC", bars[1:], regularMarketTime=quote), requested_at)[0]
    ] == [6371.0]


def test_index_days_before_the_calendar_are_let_pass_and_later_holidays_are_not() -> None:
    request = Request("index_bar", "^GSPC 1d 1927-12-30..2025-08-22")
    bars = [(stamp("1929-10-28", "09:30"), 22.74, 0), (stamp("2025-07-04", "09:30"), 6279.0, 1)]
    accepted, rejected = read(request, chart("^GSPC", bars))
    assert [row["session"] for row in accepted] == [date(1929, 10, 28)]
    assert rejected == ["session: '2025-07-04 09:30: no session of XNYS' is not a DATE"]


def test_a_fund_and_a_rate() -> None:
    fund = Request("etf_bar", "IBIT 1d 2025-08-07..2025-08-08")
    (row,), _ = read(fund, chart("IBIT", [(stamp("2025-08-07", "09:30"), 66.5, 31_000_000)]))
    assert row == {
        "ticker": "IBIT",
        "session": date(2025, 8, 7),
        "close_usd": 66.5,
        "volume_shares": 31_000_000,
    }
    rate = Request("fed_funds_price", "ZQU25.CBT 1d 2025-08-07..2025-08-08")
    (row,), _ = read(rate, chart("ZQU25.CBT", [(stamp("2025-08-07"), 95.77999877929688, 12_345)]))
    assert row == {
        "contract": "ZQU5",
        "session": date(2025, 8, 7),
        "price": 95.78,
        "volume_contracts": 12_345,
    }


# What is no chart


def error_body(description: str) -> bytes:
    return json.dumps(
        {"chart": {"result": None, "error": {"code": "Not Found", "description": description}}}
    ).encode()


def test_yahoos_no_is_an_answer_without_rows() -> None:
    assert parse(AUGUST, error_body("No data found, symbol may be delisted"), NOW) == {}
    assert parse(SPX, error_body("Data doesn't exist for startDate = 1, endDate = 2"), NOW) == {}


def test_an_empty_span_is_no_fault_of_a_contract_and_one_of_an_index() -> None:
    assert read(AUGUST, chart("MBTQ25.CME", [])) == ([], [])
    with pytest.raises(
        SourceChangedError, match="expected bars of 15 finished sessions, found none"
    ):
        parse(SPX, chart("^GSPC", []), NOW)
    # One session may be late.
    assert read(Request("index_bar", "^GSPC 1d 2025-08-21..2025-08-22"), chart("^GSPC", [])) == (
        [],
        [],
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<html><title>Just a moment...</title></html>", "Just a moment"),
        (b"", "nothing"),
        (b'{"chart": {"result": [], "error": null}}', "not enough values to unpack"),
        (
            chart("^GSPC", [(stamp("2025-08-07"), 1.0, 1)]),
            r"expected MBTQ25.CME 1d, found \^GSPC 1d",
        ),
        (
            chart("MBTQ25.CME", [(stamp("2025-08-07"), 1.0, 1)], dataGranularity="1mo"),
            "found MBTQ25.CME 1mo",
        ),
        (
            chart("MBTQ25.CME", [(stamp("2025-08-07") * 1_000_000, 1.0, 1)]),
            "expected stamps in seconds",
        ),
        (
            chart("MBTQ25.CME", [(stamp("2025-08-07"), 1.0, 1)]).replace(b'"close"', b'"last"'),
            "KeyError.*close",
        ),
        (
            chart("MBTQ25.CME", [(stamp("2025-08-07"), 1.0, 1)]).replace(
                b'"volume": [1]', b'"volume": [1, 2]'
            ),
            "ValueError",
        ),
        (
            chart("MBTQ25.CME", [(stamp("2025-08-07"), 1.0, 1)], exchangeTimezoneName="Gotham"),
            "Gotham",
        ),
    ],
)
def test_what_is_no_such_chart_is_refused(body: bytes, found: str) -> None:
    with pytest.raises(SourceChangedError, match=found):
        parse(AUGUST, body, NOW)


@pytest.mark.parametrize(
    "request_",
    [
        Request("futures_price", "MBTQ25.CME 1h 2025-08-01..2025-08-22"),
        Request("flow", AUGUST.what),
    ],
)
def test_a_request_of_another_kind_is_refused(request_: Request) -> None:
    with pytest.raises(SourceChangedError, match=r"symbol 1d day\.\.day"):
        parse(request_, b"{}", NOW)


@pytest.mark.parametrize(
    "name", ["GC=F-2020-01-01-to-2020-01-03", "GC=F-recorded-20261003-transcribed"]
)
def test_a_recorded_future_keeps_its_session(shared: Path, name: str) -> None:
    recorded = json.loads(
        (shared / "cme" / "yahoo" / f"chart-{name}.json").read_text(encoding="utf-8")
    )
    body = json.dumps(recorded["response"]["bodyJson"]).encode()
    (row,), rejected = read(
        Request("futures_price", "GC=F 1d 2020-01-01..2020-01-03"),
        body,
        datetime(2026, 10, 3, tzinfo=UTC),
    )
    assert rejected == []
    assert (row["root"], row["day"], row["price_usd"]) == ("GC", date(2020, 1, 2), 1524.5)
