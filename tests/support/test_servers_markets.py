"""The loopback exchanges' lists of markets: the venues' own forms, what has no bars, what was
recorded, and their faults.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ccxt  # type: ignore[import-untyped]
import httpx
import polars as pl
import pytest

from tests.support.asking import ask
from tests.support.servers import VENUES, Limit, Misbehaviour, Running, serve
from tests.support.test_servers import EXCHANGES, client

NIGHT = datetime(2025, 8, 22, 6, 15, tzinfo=UTC)
LISTS = {
    "coinbase": "/products",
    "kraken": "/0/public/AssetPairs",
    "bitstamp": "/api/v2/markets/",
    "binance": "/api/v3/exchangeInfo",
}
SYMBOL_FIELDS = {"coinbase": "id", "kraken": "wsname", "bitstamp": "name", "binance": "symbol"}
SPOT_ONLY = {"permissions": "SPOT", "symbolStatus": "TRADING", "showPermissionSets": False}
RAW: dict[str, Callable[[ccxt.Exchange], Any]] = {
    "coinbase": lambda exchange: exchange.publicGetProducts(),
    "kraken": lambda exchange: list(exchange.publicGetAssetPairs()["result"].values()),
    "bitstamp": lambda exchange: exchange.publicGetMarkets(),
    "binance": lambda exchange: exchange.publicGetExchangeInfo(SPOT_ONLY)["symbols"],
}
CANDLES = {
    "coinbase": "/products/{}/candles?granularity=86400",
    "kraken": "/0/public/OHLC?pair={}&interval=1440",
    "bitstamp": "/api/v2/ohlc/{}/?step=86400&limit=2",
    "binance": "/api/v3/klines?symbol={}&interval=1d",
}
SERVED = {"coinbase": "BTC-USD", "kraken": "XBTUSD", "bitstamp": "btcusd", "binance": "BTCUSDT"}


def entries(venue: str, body: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - decoded JSON
    if venue == "kraken":
        return list(body["result"].values())
    return list(body["symbols"] if venue == "binance" else body)


def listed(running: Running, venue: str) -> list[dict[str, Any]]:
    return entries(venue, ask(running.addresses[venue] + LISTS[venue]).raise_for_status().json())


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The venues without their limits, which are other tests' subject, so that many markets can be
    asked for at once.
    """
    for venue in EXCHANGES:
        monkeypatch.setattr(VENUES[venue], "limit", Limit(10_000, 10_000))


@pytest.mark.parametrize(
    ("venue", "more"),
    [
        ("coinbase", {"BTC/EUR": True, "REP/USD": False, "BTCAUCTION/USD": True}),
        ("kraken", {"BTC/EUR": True, "DOGE/EUR": True, "DOGE/USD": False}),
        ("bitstamp", {"BTC/EUR": True, "OMG/USD": False, "BTC/USD:USD": True}),
        ("binance", {"BTC/EUR": True, "BTC/USDC": True, "BCC/USDT": False}),
    ],
)
def test_ccxt_loads_the_list_and_tells_what_is_open(venue: str, more: dict[str, bool]) -> None:
    dollar = "USDT" if venue == "binance" else "USD"
    with serve(venue) as running:
        markets = client(running, venue).load_markets()
        assert running.violations == 0
    served = dict.fromkeys([f"BTC/{dollar}", f"ETH/{dollar}", f"SOL/{dollar}", "ETH/BTC"], True)
    assert {symbol: market["active"] for symbol, market in markets.items()} == served | more


def test_the_raw_lists_have_the_venues_own_words() -> None:
    with serve(*EXCHANGES) as running:
        coinbase, kraken, bitstamp, binance = (
            RAW[venue](client(running, venue)) for venue in EXCHANGES
        )
    products = {product["id"]: product for product in coinbase}
    assert list(products) == [
        "BTC-USD",
        "ETH-USD",
        "SOL-USD",
        "ETH-BTC",
        "BTC-EUR",
        "REP-USD",
        "BTCAUCTION-USD",
    ]
    states = {
        name: (product["status"], product["trading_disabled"], product["cancel_only"])
        for name, product in products.items()
    }
    assert (states["BTC-USD"], states["REP-USD"]) == (
        ("online", False, False),
        ("delisted", True, False),
    )
    assert states["BTCAUCTION-USD"] == ("online", False, True)
    assert [(pair["wsname"], pair["status"]) for pair in kraken] == [
        ("XBT/USD", "online"),
        ("ETH/USD", "online"),
        ("SOL/USD", "online"),
        ("ETH/XBT", "online"),
        ("XBT/EUR", "online"),
        ("XDG/EUR", "online"),
        ("XDG/USD", "cancel_only"),
    ]
    assert [(pair["base"], pair["quote"]) for pair in kraken[-3:]] == [
        ("XXBT", "ZEUR"),
        ("XXDG", "ZEUR"),
        ("XXDG", "ZUSD"),
    ]
    assert [
        (market["name"], market["market_symbol"], market["trading"], market["market_type"])
        for market in bitstamp[3:]
    ] == [
        ("ETH/BTC", "ethbtc", "Enabled", "SPOT"),
        ("BTC/EUR", "btceur", "Enabled", "SPOT"),
        ("OMG/USD", "omgusd", "Disabled", "SPOT"),
        ("BTC/USD-PERP", "btcusd-perp", "Enabled", "PERPETUAL"),
    ]
    assert [symbol["symbol"] for symbol in binance] == [
        "BTCUSDT",
        "ETHUSDT",
        "SOLUSDT",
        "ETHBTC",
        "BTCEUR",
        "BTCUSDC",
    ]


def test_binance_filters_by_status_and_permission() -> None:
    with serve("binance") as running:

        def listed_by(query: str) -> Any:  # noqa: ANN401 - decoded JSON
            return ask(f"{running.addresses['binance']}/api/v3/exchangeInfo{query}").json()

        everything = listed_by("")["symbols"]
        assert {symbol["symbol"]: symbol["status"] for symbol in everything}["BCCUSDT"] == "BREAK"
        assert {str(symbol["permissionSets"]) for symbol in everything} == {"[['SPOT']]"}
        assert [
            symbol["symbol"]
            for symbol in listed_by("?symbolStatus=BREAK&showPermissionSets=false")["symbols"]
        ] == ["BCCUSDT"]
        assert listed_by("?showPermissionSets=false")["symbols"][0]["permissionSets"] == []
        assert listed_by("?symbolStatus=HALT")["symbols"] == []
        assert listed_by('?permissions=["MARGIN","SPOT"]')["symbols"] == everything
        assert listed_by("?permissions=MARGIN")["symbols"] == []
        assert listed_by("?symbolStatus=CLOSED") == {"code": -1122, "msg": "Invalid symbolStatus."}
        assert running.violations == 0


@pytest.mark.parametrize(
    ("venue", "ids", "words"),
    [
        ("coinbase", ["BTC-EUR", "REP-USD", "BTCAUCTION-USD"], "NotFound"),
        ("kraken", ["XBTEUR", "XXBTZEUR", "XDGUSD"], "EQuery:Unknown asset pair"),
        ("bitstamp", ["btceur", "omgusd", "btcusd-perp"], "Page not found"),
        ("binance", ["BTCEUR", "BTCUSDC", "BCCUSDT"], "Invalid symbol."),
    ],
)
@pytest.mark.usefixtures("unhurried")
def test_what_is_listed_beside_has_no_bars(venue: str, ids: list[str], words: str) -> None:
    with serve(venue) as running:
        assert all(
            words in ask(running.addresses[venue] + CANDLES[venue].format(name)).text
            for name in ids
        )


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("venue", EXCHANGES)
def test_a_day_s_bar_is_made_of_the_sample_s_hours(venue: str) -> None:
    # The 24 lines of `grep <venue>,<symbol>,1h,2025-08-07 warehouse/sample/spot_bar.csv`: the first
    # open, the highest high, the lowest low, the last close, the sum of the volumes.
    coinbase = [115028.83, 117687, 114268.6, 117515.49, 5804.23960803]
    binance = [114992.27, 117621, 114259, 117472.01, 13468.56263]
    # 2025-08-08 06:15: six hours of ether, and a quarter of the seventh. 43448.56639175 +
    # 4763.7591857 / 4 and 160031.8172 + 14818.3957 / 4
    begun = {"binance": 163736.416125}.get(venue, 44639.50618818)
    dollar = "USDT" if venue == "binance" else "USD"
    with serve(venue, now=datetime(2025, 8, 8, 6, 15, tzinfo=UTC)) as running:
        exchange = client(running, venue)
        exchange.enableRateLimit = False
        since = 1754524800_000  # 2025-08-07: date -u -d 2025-08-07 +%s
        (day, _) = exchange.fetch_ohlcv(f"BTC/{dollar}", "1d", since, 2)
        assert day[1:] == pytest.approx(binance if venue == "binance" else coinbase, rel=1e-12)
        (_, running_day) = exchange.fetch_ohlcv(f"ETH/{dollar}", "1d", since, 2)
        assert running_day[0] == since + 86_400_000
        assert running_day[5] == pytest.approx(begun, rel=1e-9)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize(
    ("venue", "folder", "count"),
    [("binance", "binance", 35), *((venue, "coinbase", 4) for venue in EXCHANGES[:3])],
)
def test_every_recorded_market_is_listed_and_has_daily_bars(
    venue: str, folder: str, count: int, shared: Path
) -> None:
    dollar = "USDT" if venue == "binance" else "USD"
    files = {
        path.name.split("_")[0]: path
        for path in (shared / "spot" / folder).glob(f"*_{dollar}-1h.feather")
    }
    assert len(files) == count
    yesterday = NIGHT.replace(hour=0, minute=0) - timedelta(days=1)
    with serve(venue, now=NIGHT, recorded=shared) as running:
        exchange = client(running, venue)
        exchange.enableRateLimit = False
        assert len(exchange.load_markets()) == count + 1 + 3  # ETH/BTC, and three without bars
        for coin, path in files.items():
            hours = (
                pl.read_ipc(path).filter(pl.col("date").dt.date() == yesterday.date()).sort("date")
            )
            assert hours.height == 24
            expected = [
                hours["open"][0],
                hours["high"].max(),
                hours["low"].min(),
                hours["close"][-1],
                hours["volume"].sum(),
            ]
            got = exchange.fetch_ohlcv(
                f"{coin}/{dollar}", "1d", int(yesterday.timestamp()) * 1000, 2
            )
            assert [row[0] // 1000 for row in got] == [
                yesterday.timestamp(),
                yesterday.timestamp() + 86_400,
            ], coin
            assert got[0][1:] == pytest.approx(expected, rel=1e-9), coin
            # Six hours and a quarter of the seventh.
            today = (
                pl.read_ipc(path)
                .filter(pl.col("date").dt.date() == NIGHT.date())
                .sort("date")["volume"]
            )
            assert got[1][5] == pytest.approx(today[:6].sum() + today[6] / 4, rel=1e-6), coin


def _record(folder: Path, *names: str) -> Path:
    """A folder of recorded data with three hours of each market; the last counts as unfinished."""
    hours = [datetime(2025, 8, 21, hour, tzinfo=UTC) for hour in range(3)]
    frame = pl.DataFrame(
        {"date": hours, "open": 1.0, "high": 3.0, "low": 0.5, "close": 2.0, "volume": 10.0}
    )
    (folder / "spot/coinbase").mkdir(parents=True)
    for name in names:
        frame.write_ipc(folder / f"spot/coinbase/{name}-1h.feather")
    return folder


@pytest.mark.usefixtures("unhurried")
def test_kraken_names_coins_in_its_own_way(tmp_path: Path) -> None:
    # Asset pairs as Kraken lists them: dogecoin's asset id is of the old kind, its pairs' ids are
    # not.
    with serve(
        "kraken", recorded=_record(tmp_path, "DOGE_USD", "XRP_USD", "ZEC_USD", "LINK_USD")
    ) as running:
        pairs = ask(running.addresses["kraken"] + LISTS["kraken"]).json()["result"]
        markets = {
            name: (pair["altname"], pair["wsname"], pair["base"], pair["status"])
            for name, pair in pairs.items()
        }
        assert markets == {
            "XDGUSD": ("XDGUSD", "XDG/USD", "XXDG", "online"),
            "LINKUSD": ("LINKUSD", "LINK/USD", "LINK", "online"),
            "XXRPZUSD": ("XRPUSD", "XRP/USD", "XXRP", "online"),
            "XZECZUSD": ("ZECUSD", "ZEC/USD", "XZEC", "online"),
            "XXBTZEUR": ("XBTEUR", "XBT/EUR", "XXBT", "online"),
            "XDGEUR": ("XDGEUR", "XDG/EUR", "XXDG", "online"),
        }
        for asked, answered in (
            ("XDGUSD", "XDGUSD"),
            ("XRPUSD", "XXRPZUSD"),
            ("XXRPZUSD", "XXRPZUSD"),
        ):
            result = ask(running.addresses["kraken"] + CANDLES["kraken"].format(asked)).json()[
                "result"
            ]
            assert (list(result), result[answered][0][6]) == ([answered, "last"], "20.00000000")


def test_files_are_read_once_and_when_their_bars_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    read_ipc = pl.read_ipc

    def counted(path: Path) -> pl.DataFrame:
        read.append(path.name)
        return read_ipc(path)

    monkeypatch.setattr(pl, "read_ipc", counted)
    with serve("coinbase", recorded=_record(tmp_path, "BTC_USD", "ADA_USD")) as running:
        assert len(listed(running, "coinbase")) == 2 + 3
        assert read == []
        for _ in range(2):
            page = ask(running.addresses["coinbase"] + CANDLES["coinbase"].format("ADA-USD")).json()
            assert page == [
                [1755734400, 0.5, 3.0, 1.0, 2.0, 20.0]
            ]  # 2025-08-21: date -u -d 2025-08-21 +%s
        assert read == ["ADA_USD-1h.feather"]


def _misbehaving(running: Running, venue: str, kind: str) -> httpx.Response:
    """The answer to the list, of which alone a misbehaviour was ordered."""
    # With its end, because the list's address begins the address of Coinbase's candles.
    running.misbehave(venue, Misbehaviour(kind, status=451, match=f"{LISTS[venue]}$"))
    assert ask(running.addresses[venue] + CANDLES[venue].format(SERVED[venue])).is_success
    assert running.requests[-1].fault is None
    return ask(running.addresses[venue] + LISTS[venue], timeout=0.3 if kind == "hang" else 30)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("kind", ["hang", "reset"])
@pytest.mark.parametrize("venue", EXCHANGES)
def test_a_list_hangs_and_breaks_off(venue: str, kind: str) -> None:
    with serve(venue, now=NIGHT) as running:
        with pytest.raises(
            httpx.ReadTimeout if kind == "hang" else (httpx.ReadError, httpx.RemoteProtocolError)
        ):
            _misbehaving(running, venue, kind)
        assert running.requests[-1].fault == kind
        assert len(listed(running, venue)) == 7


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("venue", EXCHANGES)
def test_a_list_is_refused_cut_short_and_replaced_by_a_page(venue: str) -> None:
    with serve(venue, now=NIGHT) as running:
        assert _misbehaving(running, venue, "status").status_code == 451
        cut = _misbehaving(running, venue, "truncated")
        assert 0 < len(cut.content) == int(cut.headers["Content-Length"])
        with pytest.raises(json.JSONDecodeError):
            cut.json()
        assert "502 Bad Gateway" in _misbehaving(running, venue, "html").text
        assert "Just a moment..." in _misbehaving(running, venue, "challenge").text
        assert len(listed(running, venue)) == 7


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("venue", EXCHANGES)
def test_a_list_names_its_symbols_otherwise(venue: str) -> None:
    field = SYMBOL_FIELDS[venue]
    with serve(venue, now=NIGHT) as running:
        right = listed(running, venue)
        running.misbehave(venue, Misbehaviour("renamed_column", match=LISTS[venue]))
        bent = listed(running, venue)
        assert [entry["ticker"] for entry in bent] == [entry[field] for entry in right]
        assert all(field not in entry for entry in bent)
        assert listed(running, venue) == right


@pytest.mark.parametrize("venue", EXCHANGES)
def test_faults_of_bars_wait_for_bars(venue: str) -> None:
    with serve(venue, now=NIGHT) as running:
        running.misbehave(venue, Misbehaviour("duplicate"))
        assert len(listed(running, venue)) == 7
        ask(running.addresses[venue] + CANDLES[venue].format(SERVED[venue]))
        assert [seen.fault for seen in running.requests] == [None, "duplicate"]
