"""Spot answers, by hand in each venue's own format: what becomes of them, and what is refused."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from marketwake.base.errors import SourceChangedError
from marketwake.sources.source import Request
from marketwake.sources.spot.bars import parse
from marketwake.warehouse.contracts import read_contracts

# 2025-08-07 13:00 UTC is 1754571600.
OPENED = 1754571600
HOUR = 3600
AT = datetime(2025, 8, 7, 13, tzinfo=UTC)
LATER = AT + timedelta(days=1)
VENUES = ("Coinbase", "Kraken", "Bitstamp", "Binance")
CONTRACT = read_contracts("raw")["spot_bar"]


def request(venue: str, interval: str = "1h") -> Request:
    symbol = "BTC/USDT" if venue == "Binance" else "BTC/USD"
    return Request("spot_bar", f"{venue} {symbol} {interval} 2025-08-07T13:00Z..2025-08-07T14:00Z")


def row(venue: str, opened: int = OPENED, close: str = "104.5") -> str:
    """A bar that opened at 101, was traded between 99 and 107, and turned over 12.5 coins."""
    return {
        "Coinbase": f"[{opened},99,107.0,101,{close},12.5]",
        "Kraken": f'[{opened},"101","107.0","99","{close}","103.3","12.5",40]',
        "Bitstamp": f'{{"high":"107.0","timestamp":"{opened}","volume":"12.5","low":"99",'
        f'"close":"{close}","open":"101"}}',
        "Binance": f'[{opened * 1000},"101","107.0","99","{close}","12.5",'
        f'{(opened + HOUR) * 1000 - 1},"1300.0",40,"6.0","620.0","0"]',
    }[venue]


def body(venue: str, *rows: str) -> bytes:
    bars = ",".join(rows)
    return {
        "Coinbase": f"[{bars}]",
        "Kraken": f'{{"error":[],"result":{{"XXBTZUSD":[{bars}],"last":{OPENED}}}}}',
        "Bitstamp": f'{{"data":{{"pair":"BTC/USD","ohlc":[{bars}]}}}}',
        "Binance": f"[{bars}]",
    }[venue].encode()


def bars(venue: str, *rows: str, at: datetime = LATER, interval: str = "1h") -> pl.DataFrame:
    (frame,) = parse(request(venue, interval), body(venue, *rows), at).values()
    return CONTRACT.validate(frame).accepted


@pytest.mark.parametrize("venue", VENUES)
def test_each_figure_finds_its_column(venue: str) -> None:
    assert bars(venue, row(venue)).rows(named=True) == [
        {
            "venue": venue,
            "symbol": "BTC/USDT" if venue == "Binance" else "BTC/USD",
            "bar_interval": "1h",
            "opened_at": AT,
            "open": 101.0,
            "high": 107.0,
            "low": 99.0,
            "close": 104.5,
            "volume_base": 12.5,
        }
    ]


@pytest.mark.parametrize("venue", VENUES)
def test_a_bar_is_finished_when_its_hour_is_over(venue: str) -> None:
    two = (row(venue), row(venue, OPENED + HOUR))
    assert bars(venue, *two, at=AT + timedelta(hours=2))["opened_at"].to_list() == [
        AT,
        AT + timedelta(hours=1),
    ]
    assert bars(venue, *two, at=AT + timedelta(hours=2, microseconds=-1))[
        "opened_at"
    ].to_list() == [AT]
    assert bars(venue, *two, at=AT + timedelta(minutes=59)).is_empty()


@pytest.mark.parametrize("venue", VENUES)
def test_no_bars_is_an_answer(venue: str) -> None:
    assert set(parse(request(venue), body(venue), LATER)["spot_bar"].columns) == {
        column.name for column in CONTRACT.columns
    }
    assert bars(venue).is_empty()


@pytest.mark.parametrize("venue", VENUES)
def test_order_and_repeats_do_not_matter(venue: str) -> None:
    first, second = row(venue), row(venue, OPENED + HOUR)
    assert bars(venue, second, first, second).sort("opened_at").equals(bars(venue, first, second))


@pytest.mark.parametrize("venue", VENUES)
def test_two_closes_for_one_hour_are_both_rejected(venue: str) -> None:
    frame = parse(
        request(venue),
        body(venue, row(venue), row(venue, close="105"), row(venue, OPENED + HOUR)),
        LATER,
    )["spot_bar"]
    validated = CONTRACT.validate(frame)
    assert validated.accepted["opened_at"].to_list() == [AT + timedelta(hours=1)]
    assert validated.rejected.height == 2


@pytest.mark.parametrize(
    ("close", "reason"),
    [
        ("abc", "'abc' is not a DOUBLE"),
        ("0", "breaks"),
        ("200", "breaks"),
        ("", "close: missing"),
        ("nan", "close"),
    ],
)
def test_an_impossible_price_costs_its_own_row_only(close: str, reason: str) -> None:
    answer = body("Kraken", row("Kraken", close=close), row("Kraken", OPENED + HOUR))
    validated = CONTRACT.validate(parse(request("Kraken"), answer, LATER)["spot_bar"])
    assert validated.accepted["opened_at"].to_list() == [AT + timedelta(hours=1)]
    assert reason in validated.rejected["reason"][0]


def test_a_missing_price_and_one_that_json_cannot_write_are_rejected() -> None:
    answer = f"[[{OPENED},99,107,101,null,12.5],[{OPENED + HOUR},99,107,101,NaN,12.5]]".encode()
    validated = CONTRACT.validate(parse(request("Coinbase"), answer, LATER)["spot_bar"])
    assert validated.accepted.is_empty()
    assert all("close" in reason for reason in validated.rejected["reason"])


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "opened",
    [
        OPENED * 1_000_000,  # microseconds: the year 57574 and later
        OPENED * 1000,
        OPENED // 1000 // HOUR * HOUR,  # 1970
        OPENED + 1,
        OPENED + 1800,
        OPENED + 2 * 24 * HOUR,  # tomorrow
        -HOUR,
    ],
)
def test_a_stamp_that_is_no_open_of_such_a_bar_refuses_the_page(venue: str, opened: int) -> None:
    with pytest.raises(
        SourceChangedError,
        match=r"expected opens of 1h bars, from 2009 to 2025-08-08T13:00Z.*found '-?\d+'",
    ):
        parse(request(venue), body(venue, row(venue), row(venue, opened)), LATER)


def test_a_clock_behind_the_venues_does_not_refuse_the_page() -> None:
    assert bars(
        "Kraken",
        row("Kraken"),
        row("Kraken", OPENED + HOUR),
        at=AT + timedelta(hours=1, seconds=-1),
    ).is_empty()


@pytest.mark.parametrize(
    "stamp", ["null", '"13:00"', "1754571600.5", "1e9", "true", "[]", "9" * 5000]
)
def test_a_stamp_must_be_a_whole_number(stamp: str) -> None:
    with pytest.raises(SourceChangedError):
        parse(request("Coinbase"), f"[[{stamp},99,107,101,104,12.5]]".encode(), LATER)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html><title>Just a moment...</title></html>",
        b"[[1754571600,",
        b"{}",
        b'{"message":"NotFound"}',
        b"null",
        b"7",
        b'"bars"',
        b"\xff\xfe",
        b"[" * 100_000,
        b"[7]",
        b"[[]]",
        b'[{"time":1754571600}]',
        b'{"data":{"pair":"BTC/USD"}}',
        b'{"data":{"pair":"BTC/USD","ohlc":{}}}',
        b'{"data":{"pair":"BTC/USD","ohlc":[{"timestamp":"1754571600","open":"1","high":"1","low":"1","last":"1","volume":"1"}]}}',
        b'{"data":{"pair":"ETH/USD","ohlc":[]}}',
        b'{"error":["EGeneral:Permission denied"]}',
        b'{"error":["EService:Unavailable"],"result":{"XXBTZUSD":[],"last":0}}',
        b'{"error":[],"result":{"last":0}}',
        b'{"error":[],"result":{"XXBTZUSD":[],"XETHZUSD":[],"last":0}}',
        b'{"error":[],"result":{"XXBTZUSD":"none","last":0}}',
        b'{"error":[],"result":[]}',
    ],
)
def test_what_is_no_page_of_bars_is_refused_and_shown(venue: str, answer: bytes) -> None:
    with pytest.raises(SourceChangedError) as caught:
        parse(request(venue), answer, LATER)
    assert caught.value.what.startswith(f"spot-{venue.lower()}: {venue} BTC/USD")
    assert len(caught.value.what) < 400


@pytest.mark.parametrize("venue", VENUES)
def test_a_column_more_or_less_refuses_the_page(venue: str) -> None:
    bar = json.loads(row(venue))
    wrong = (
        [{**bar, "low": [99]}, {"low": bar["low"]}]
        if isinstance(bar, dict)
        else [[*bar, 0], bar[:-1]]
    )
    for cells in wrong:
        with pytest.raises(SourceChangedError, match="a bar of"):
            parse(request(venue), body(venue, row(venue), json.dumps(cells)), LATER)


def test_a_figure_that_is_a_list_refuses_the_page() -> None:
    with pytest.raises(SourceChangedError, match="a bar of 6 figures"):
        parse(request("Coinbase"), f"[[{OPENED},99,107,[101],104,12.5]]".encode(), LATER)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        # 13:00:01 and 13:00:02 are no opens of an hour's bar.
        ((OPENED + 1, OPENED + 2, None), f"'{OPENED + 1}'"),
        ((OPENED, OPENED + 1, None), f"'{OPENED + 1}'"),
        ((OPENED, None, OPENED + 1), '["none"]'),
    ],
)
def test_of_several_odd_bars_the_first_is_shown(rows: tuple[int | None, ...], found: str) -> None:
    given = ('["none"]' if opened is None else row("Coinbase", opened) for opened in rows)
    with pytest.raises(SourceChangedError) as caught:
        bars("Coinbase", *given)
    assert caught.value.what.endswith(found)


@pytest.mark.parametrize(
    "what",
    [
        "Coinbase BTC/USD 1h",
        "Nowhere BTC/USD 1h 2025-08-07T13:00Z..2025-08-07T14:00Z",
        "Coinbase BTCUSD 1h 2025-08-07T13:00Z..2025-08-07T14:00Z",
        "Coinbase BTC/USD 7m 2025-08-07T13:00Z..2025-08-07T14:00Z",
        "Coinbase BTC/USD 1h yesterday..today",
    ],
)
def test_a_request_that_names_no_page_is_refused(what: str) -> None:
    with pytest.raises(SourceChangedError):
        parse(Request("spot_bar", what), b"[]", LATER)


@pytest.mark.parametrize(
    ("interval", "seconds"), [("1m", 60), ("5m", 300), ("15m", 900), ("4h", 14400), ("1d", 86400)]
)
def test_other_intervals_have_their_own_grid(interval: str, seconds: int) -> None:
    opened = OPENED // seconds * seconds
    finished = datetime.fromtimestamp(opened + seconds, UTC)
    assert bars("Kraken", row("Kraken", opened), at=finished, interval=interval).height == 1
    assert bars(
        "Kraken", row("Kraken", opened), at=finished - timedelta(seconds=1), interval=interval
    ).is_empty()
    with pytest.raises(SourceChangedError):
        bars("Kraken", row("Kraken", opened + seconds // 2), at=finished, interval=interval)
