"""Lists of markets: objects as the venues' documents and ccxt's print them, cut to what a client
looks at and some that it must not.
"""

import json
from datetime import UTC, date, datetime

import pytest

from marketwake.base.errors import SourceChangedError, SourceUnavailableError, UnreachableError
from marketwake.base.settings import Settings
from marketwake.sources.source import Request
from marketwake.sources.spot import listing
from marketwake.sources.spot.client import Spot, parse
from marketwake.sources.spot.venues import VENUES
from tests.support.servers import Misbehaviour, serve

ASKED_AT = datetime(2025, 8, 22, 23, 59, 59, tzinfo=UTC)

COINBASE = [
    {
        "id": "BTC-USD",
        "base_currency": "BTC",
        "quote_currency": "USD",
        "status": "online",
        "trading_disabled": False,
    },
    {
        "id": "BTC-EUR",
        "base_currency": "BTC",
        "quote_currency": "EUR",
        "status": "online",
        "trading_disabled": False,
    },
    {
        "id": "A-B-USD",
        "base_currency": "A-B",
        "quote_currency": "USD",
        "status": "online",
        "trading_disabled": False,
    },
    {
        "id": "REP-USD",
        "base_currency": "REP",
        "quote_currency": "USD",
        "status": "delisted",
        "trading_disabled": True,
    },
    # An auction, with the currencies of another market (ccxt, fetch_markets of coinbaseexchange).
    {
        "id": "BTCAUCTION-USD",
        "base_currency": "BTC",
        "quote_currency": "USD",
        "status": "online",
        "trading_disabled": False,
    },
]
KRAKEN = {
    "error": [],
    "result": {
        "XXBTZUSD": {
            "altname": "XBTUSD",
            "wsname": "XBT/USD",
            "base": "XXBT",
            "quote": "ZUSD",
            "status": "online",
            "execution_venue": "international",
        },
        # The same pair at Kraken's other house: another market.
        "XBTUSD.B": {
            "altname": "XBTUSD.B",
            "wsname": "XBT/USD",
            "base": "XXBT",
            "quote": "ZUSD",
            "status": "cancel_only",
            "execution_venue": "bitnomial_exchange",
        },
        "XDGUSD": {
            "altname": "XDGUSD",
            "wsname": "XDG/USD",
            "base": "XXDG",
            "quote": "ZUSD",
            "status": "cancel_only",
        },
        # A pair without the name that WebSockets use: "if available", in the documents.
        "ETHUSD.d": {"altname": "ETHUSD.d", "base": "XETH", "quote": "ZUSD", "status": "online"},
        "ADAETH": {
            "altname": "ADAETH",
            "wsname": "ADA/ETH",
            "base": "ADA",
            "quote": "XETH",
            "status": "online",
        },
    },
}
BITSTAMP = [
    {"name": "BTC/USD", "market_symbol": "btcusd", "trading": "Enabled", "market_type": "SPOT"},
    {
        "name": "BTC/USD-PERP",
        "market_symbol": "btcusd-perp",
        "trading": "Enabled",
        "market_type": "PERPETUAL",
    },
    {"name": "OMG/USD", "market_symbol": "omgusd", "trading": "Disabled", "market_type": "SPOT"},
    {"name": "BTC/EUR", "market_symbol": "btceur", "trading": "Enabled", "market_type": "SPOT"},
]
BINANCE = {
    "timezone": "UTC",
    "symbols": [
        {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT"},
        {"symbol": "ETHBTC", "status": "TRADING", "baseAsset": "ETH", "quoteAsset": "BTC"},
        {"symbol": "BCCUSDT", "status": "BREAK", "baseAsset": "BCC", "quoteAsset": "USDT"},
    ],
}


@pytest.mark.parametrize(
    ("venue", "answer", "markets"),
    [
        (
            "Coinbase",
            COINBASE,
            {"BTC/USD": True, "A-B/USD": True, "REP/USD": False, "BTCAUCTION/USD": True},
        ),
        ("Kraken", KRAKEN, {"BTC/USD": True, "DOGE/USD": False}),
        ("Bitstamp", BITSTAMP, {"BTC/USD": True, "OMG/USD": False}),
        ("Binance", BINANCE, {"BTC/USDT": True, "BCC/USDT": False}),
    ],
)
def test_the_dollar_markets_of_a_venue_under_our_names(
    venue: str, answer: object, markets: dict[str, bool]
) -> None:
    frames = parse(listing.request(venue), json.dumps(answer).encode(), ASKED_AT)
    assert set(frames) == {"spot_listing"}
    assert frames["spot_listing"].rows() == [
        (venue, symbol, date(2025, 8, 22), trades) for symbol, trades in markets.items()
    ]


@pytest.mark.parametrize(
    ("venue", "body", "found"),
    [
        (
            "Coinbase",
            b"<html>Just a moment...</html>",
            "expected a list of markets, found <html>Just a moment...",
        ),
        ("Coinbase", b"[]", "expected markets against USD, found 0 others"),
        (
            "Coinbase",
            json.dumps(COINBASE[1:2]).encode(),
            "expected markets against USD, found 1 others",
        ),
        (
            "Coinbase",
            b'[{"ticker": "BTC-USD"}]',
            'expected markets with id, found {"ticker": "BTC-USD"}',
        ),
        ("Coinbase", b"[7]", "expected markets named base/quote, found 7"),
        ("Kraken", b'{"error": ["EService:Unavailable"]}', "expected a list of markets, found"),
        ("Kraken", b'{"error": [], "result": []}', "expected a list of markets, found"),
        (
            "Kraken",
            b'{"error": [], "result": {"A": {"status": "online"}}}',
            "expected markets against USD, found 1 others",
        ),
        (
            "Kraken",
            b'{"error": [], "result": {"A": {"wsname": "XBT", "status": "online"}}}',
            "expected markets named base/quote",
        ),
        (
            "Bitstamp",
            b'[{"name": "BTC/USD", "trading": "Enabled"}]',
            "expected markets with market_type",
        ),
        ("Binance", b'{"symbols": {}}', "expected a list of markets"),
        ("Binance", b"", "expected a list of markets, found nothing"),
    ],
)
def test_another_layout_is_refused_and_says_what_was_found(
    venue: str, body: bytes, found: str
) -> None:
    with pytest.raises(SourceChangedError) as caught:
        parse(listing.request(venue), body, ASKED_AT)
    assert f"spot-{venue.lower()}: {venue} markets: {found}" in caught.value.what


@pytest.mark.parametrize("what", ["Nowhere markets", "Coinbase", "Coinbase markets of today"])
def test_a_request_of_another_version_of_the_program_is_refused(what: str) -> None:
    with pytest.raises(SourceChangedError, match="expected the markets of a venue"):
        parse(Request("spot_listing", what), b"[]", ASKED_AT)


@pytest.mark.parametrize("venue", VENUES)
def test_the_client_brings_the_list_in_one_request(venue: str) -> None:
    request = listing.request(venue)
    with serve(venue.lower()) as running:
        source = Spot(venue, Settings(addresses=dict(running.addresses)), lambda: running.now, {})
        frame = parse(request, source.fetch(request), running.now)["spot_listing"]
    assert len(running.requests) == 1
    trading = set(frame.filter(frame["is_trading"])["symbol"])
    dollar = "USDT" if venue == "Binance" else "USD"
    assert {f"{coin}/{dollar}" for coin in ("BTC", "ETH", "SOL")} <= trading


def test_a_list_that_does_not_come_is_an_error_that_names_it() -> None:
    with serve("kraken") as running:
        running.misbehave("kraken", Misbehaviour("reset", times=9, match="AssetPairs"))
        source = Spot(
            "Kraken", Settings(addresses=dict(running.addresses)), lambda: running.now, {}
        )
        with pytest.raises(SourceUnavailableError, match="Kraken markets: ") as caught:
            source.fetch(listing.request("Kraken"))
    assert not isinstance(caught.value, UnreachableError)
