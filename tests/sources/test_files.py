"""Files that people have: each form is known by its content, gives the figures that its publisher
printed, and is refused where it is something else than it seems.
"""

import gzip
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base import zips
from marketwake.base.errors import SourceChangedError
from marketwake.sources.files import archive, freqtrade
from marketwake.sources.files.flow_days import read_days
from marketwake.sources.files.given import Given
from marketwake.sources.files.inbox import parse
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.gate import rules

ASKED = datetime(2026, 9, 1, 12, tzinfo=UTC)
# Made up, but for the form: two hours of Binance's first day in microseconds, and one of the day
# before in milliseconds.
SPOT = (
    "1735689600000000,93576.00000000,94120.00000000,93400.10000000,94001.20000000,812.51200000,"
    "1735693199999999,76210000.12000000,152431,402.10000000,37700000.50000000,0\n"
    "1735693200000000,94001.20000000,94010.00000000,93900.00000000,93950.00000000,10.00000000,"
    "1735696799999999,939000.00000000,1000,5.00000000,470000.00000000,0\n"
)
BEFORE = (
    "1735686000000,93500.00000000,93600.00000000,93400.00000000,93576.00000000,7.50000000,"
    "1735689599999,701000.00000000,900,3.00000000,280000.00000000,0\n"
)


def frames(what: str, body: bytes | str, asked: datetime = ASKED) -> dict[str, pl.DataFrame]:
    """What comes of a file, all of it accepted, by raw table."""
    sent = body.encode() if isinstance(body, str) else body
    came = {}
    for table, frame in parse(Request("inbox", what), sent, asked).items():
        contract = read_contracts("raw")[table]
        validated = contract.validate(frame, rules(contract, asked))
        assert validated.rejected.is_empty(), validated.rejected.rows()
        came[table] = validated.accepted
    return came


def rejected(what: str, body: bytes | str) -> list[str]:
    """The reasons of the rows that a file loses."""
    sent = body.encode() if isinstance(body, str) else body
    reasons: list[str] = []
    for table, frame in parse(Request("inbox", what), sent, ASKED).items():
        contract = read_contracts("raw")[table]
        reasons += contract.validate(frame, rules(contract, ASKED)).rejected["reason"].to_list()
    return reasons


def bars(what: str, body: bytes | str) -> list[tuple[object, ...]]:
    (frame,) = frames(what, body).values()
    return frame.rows()


def refusal(what: str, body: bytes | str) -> str:
    sent = body.encode() if isinstance(body, str) else body
    with pytest.raises(SourceChangedError) as told:
        parse(Request("inbox", what), sent, ASKED)
    return told.value.what


def zipped(**members: str | bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return file.getvalue()


def hour(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+00:00")


FIRST = ("Binance", "BTC/USDT", "1h", hour("2025-01-01T00:00"),
         93576.0, 94120.0, 93400.1, 94001.2, 812.512)  # fmt: skip
SECOND = ("Binance", "BTC/USDT", "1h", hour("2025-01-01T01:00"),
          94001.2, 94010.0, 93900.0, 93950.0, 10.0)  # fmt: skip


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("BTCUSDT-1h-2025-01.csv", SPOT),
        ("BTCUSDT-1h-2025-01-01.csv", SPOT),
        ("BTCUSDT-1h-2025-01 (1).csv", SPOT.replace("\n", "\r\n")),
        ("BTCUSDT-1h-2025-01.csv", "\ufeff" + SPOT),
        ("BTCUSDT-1h-2025-01.csv", SPOT.replace("\n", ",\r\n")),
        ("BTCUSDT-1h-2025-01.csv", "".join(reversed(SPOT.splitlines(keepends=True)))),
        ("BTCUSDT-1h-2025-01.csv", SPOT + SPOT),
        ("any.zip", zipped(**{"BTCUSDT-1h-2025-01.csv": SPOT})),
        ("all.zip/folder/BTCUSDT-1h-2025-01.csv", SPOT),
    ],
)
def test_binances_archive_says_what_it_is_and_its_name_the_market(
    what: str, body: bytes | str
) -> None:
    assert bars(what, body) == [FIRST, SECOND]


def test_files_joined_over_the_new_year_have_milliseconds_and_microseconds() -> None:
    # The newest bar of a file without a month in its name may not be whole.
    assert [row[3] for row in bars("BTCUSDT-1h.csv", BEFORE + SPOT)] == [
        hour("2024-12-31T23:00"), hour("2025-01-01T00:00"),
    ]  # fmt: skip


HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore\n"
)
IN_2021 = SPOT.replace("17356", "16094")  # 2021-01-01


@pytest.mark.parametrize(
    ("what", "body", "found"),
    [
        ("BTCUSDT-1h-2025-01.csv", HEADER + SPOT, "a perpetual or a future"),
        ("BTCUSDT-1h-2025-01.csv", SPOT.replace("00000,9", "00,9"), "USD-M futures"),
        ("BTCUSD_PERP-1h-2025-01.csv", SPOT, "a perpetual or a future"),
        ("BTCUSDT-1h-2025-01.csv (folder futures)", SPOT, "a perpetual or a future"),
        ("all.zip/data/futures/um/BTCUSDT-1h-2025-01.csv", SPOT, "a perpetual or a future"),
        ("a.zip", zipped(**{"futures/BTCUSDT-1h-2025-01.csv": SPOT}), "a perpetual"),
        ("BTCUSDT-1h.csv", BEFORE + HEADER + SPOT, "a perpetual or a future"),
        ("BTCUSDT-1h-2025-01.csv (venue Kraken)", SPOT, "found Binance and Kraken"),
        ("a.zip (folder futures)", zipped(**{"BTCUSDT-1h-2025-01.csv": SPOT}), "a perpetual"),
        ("BTCUSDT-1h-2025-01.zip", zipped(**{"BTCUSDT-1h-2025-01.csv": HEADER + SPOT}), "a perp"),
        ("BTCUSDT-1h-2025-02.csv", SPOT, "expected bars of 2025-02, as the name says"),
        ("BTCUSDT-5m-2025-01.csv", SPOT, "expected bars of 5m, as the name says, found bars 3600"),
        ("BTCUSDT-1w-2025-01.csv", SPOT, "found bars of 1w"),
        ("bars.csv", SPOT, "expected a name like BTCUSDT-1h-2025-08.csv"),
        ("BTCUSDT-aggTrades-2025-01.csv", "1,2,3\n", "expected a name like BTCUSDT-1h"),
        ("BTCUSDT-1h-2025-01.csv", SPOT.replace("1735", "9735"), "2009 to 2026-09-02, found 9"),
        ("BTCUSDT-1h-2025-01.csv", SPOT.replace(",94120", ",9412").replace(",94010", ",1"),
         "expected open, high, low, close in this order, found 2 of 2 rows"),
    ],
)  # fmt: skip
def test_a_perpetual_is_never_loaded_as_spot(what: str, body: bytes | str, found: str) -> None:
    assert found in refusal(what, body)


def test_of_the_years_without_headers_eight_decimals_or_the_folder_prove_spot() -> None:
    short = BEFORE.replace("17356860", "16094556").replace("000000,", ",")  # 2020-12-31 23:00
    long = BEFORE.replace("17356860", "16094556")
    assert bars("BTCUSDT-1h-2020-12.csv", long)[0][3] == hour("2020-12-31T23:00")
    assert "a file of 2019 to 2024 without eight decimals" in refusal(
        "BTCUSDT-1h-2020-12.csv", short
    )
    assert len(bars("BTCUSDT-1h-2020-12.csv (folder spot)", short)) == 1
    # A program took the header off a perpetual of 2023; one row of it is enough.
    later = BEFORE.replace("17356860", "16988976")  # 2023-11-02 04:00
    told = refusal("BTCUSDT-1h.csv", long + later.replace("000000,", ","))
    assert "a file of 2019 to 2024 without eight decimals" in told


def test_a_zip_that_does_not_match_its_checksum_is_refused_with_both() -> None:
    body = zipped(**{"BTCUSDT-1h-2025-01.csv": SPOT})
    told = refusal(f"BTCUSDT-1h-2025-01.zip (checksum {'a' * 64})", body)
    assert f"expected SHA-256 {'a' * 64}" in told
    assert f"found {sha256(body).hexdigest()}: download both again" in told
    assert "cannot" not in told
    cut = refusal("BTCUSDT-1h-2025-01.zip", body[: len(body) // 2])
    assert "a ZIP that can be read" in cut


def test_one_strange_cell_costs_its_row_and_two_rows_for_one_stamp_cost_each_other() -> None:
    odd = SPOT.replace("94120.00000000", "abc")
    assert rejected("BTCUSDT-1h-2025-01.csv", odd) == ["high: 'abc' is not a DOUBLE"]
    twice = SPOT + SPOT.replace(",10.0000", ",11.0000")
    assert len(rejected("BTCUSDT-1h-2025-01.csv", twice)) == 2


def test_a_row_of_another_width_is_rejected_by_its_name() -> None:
    # A decimal comma shifts what stands behind it; a file may be cut in a row.
    for broken in (SPOT.replace("93900.0", "93900,0"), SPOT[:-60]):
        (reason,) = rejected("BTCUSDT-1h-2025-01.csv", broken)
        assert "cells, not 12)' is not a TIMESTAMP" in reason
        kept = parse(Request("inbox", "BTCUSDT-1h-2025-01.csv"), broken.encode(), ASKED)
        assert kept["spot_bar"].filter(pl.col("open").is_not_null()).height == 1
    assert bars("BTCUSDT-1h-2025-01.csv", SPOT.replace("\n", "\r")) == [FIRST, SECOND]
    (reason,) = rejected("XBTUSD_60.csv", KRAKEN.replace("16935.3,16935.4", "16935,3,16935.4"))
    assert "(8 cells, not 7)" in reason
    (reason,) = rejected("Kraken_BTCUSD_1h.csv", OF_2021[:-3] + "\n")
    assert "(7 cells, not 8)" in reason


def test_an_unfinished_bar_is_left_out() -> None:
    asked = hour("2025-01-01T01:30")
    assert frames("BTCUSDT-1h-2025-01.csv", SPOT, asked)["spot_bar"].rows() == [FIRST]


def candles(unit: str = "ms") -> pl.DataFrame:
    opened = [hour("2025-08-07T00:00") + timedelta(hours=i) for i in range(3)]
    columns = {name: [1.5, 1.5, 1.5] for name in ("open", "high", "low", "close", "volume")}
    dtype = pl.Datetime(unit, "UTC")  # type: ignore[arg-type]
    return pl.DataFrame({"date": pl.Series(opened, dtype=dtype), **columns})


def stored(form: str, unit: str = "ms") -> bytes:
    file = io.BytesIO()
    if form == "feather":
        candles(unit).write_ipc(file, compression="lz4")
    elif form == "parquet":
        candles(unit).write_parquet(file)
    else:
        rows = ",".join(
            f"[{int(at.timestamp() * 1000)},1.5,1.5,1.5,1.5,1.5]" for at in candles()["date"]
        )
        text = f"[{rows}]".encode()
        return gzip.compress(text) if form == "json.gz" else text
    return file.getvalue()


@pytest.mark.parametrize(
    ("what", "form", "unit"),
    [
        ("BTC_USD-1h.feather (venue Kraken)", "feather", "ms"),
        ("Kraken_BTC_USD-1h.feather", "feather", "ns"),
        ("kraken-BTC_USD-1h.parquet", "parquet", "us"),
        ("BTC_USD-1h.json (venue Kraken)", "json", "ms"),
        ("BTC_USD-1h.json.gz (venue kraken)", "json.gz", "ms"),
    ],
)
def test_freqtrades_bars_come_with_the_venue_that_their_folder_or_name_tells(
    what: str, form: str, unit: str
) -> None:
    # Its newest bar may not be whole.
    assert bars(what, stored(form, unit)) == [
        ("Kraken", "BTC/USD", "1h", hour(f"2025-08-07T0{h}:00"), *[1.5] * 5) for h in (0, 1)
    ]


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("BTC_USDT-1h.feather", "--venue Kraken FILE`, or Kraken_BTC_USDT-1h.feather as its name"),
        ("BTC_USDT_USDT-1h-futures.feather (venue Binance)", "a derivative"),
        ("BTC_USDT_USDT-1h.feather (venue Binance)", "a derivative"),
        ("BTC_USDT-1h-mark.feather (venue Binance)", "a derivative"),
        ("BTC_USDT-8h-funding_rate.feather (venue Binance)", "a derivative"),
        ("BTC_USDT-1h.feather (venue Binance, folder futures)", "a derivative"),
        ("BTC_USDT-trades.feather (venue Binance)", "found trades"),
        ("BTC_USDT-1h.feather (venue Bybit)", "found Bybit"),
        ("m.zip/binance/futures/BTC_USDT-1h.feather", "a derivative"),
        ("m.zip/kraken/BTC_USD-1h.feather (venue Binance)", "found Binance and Kraken"),
        ("Bitstamp_ETH_USDT-1h.feather (venue Binance)", "found Binance and Bitstamp"),
        ("BTC_USD-1h.feather (venue Binance and Kraken)", "found Binance and Kraken"),
        ("BTC_USDT-5m.feather (venue Binance)", "expected bars of 5m, as the name says"),
        ("bars.feather (venue Binance)", "expected a name like BTC_USDT-1h.feather"),
    ],
)
def test_freqtrades_derivatives_trades_and_strangers_are_refused(what: str, found: str) -> None:
    assert found in refusal(what, stored("feather"))


# 12-AM is midnight: hours of 17 October 2019, the newest first, with prices that were printed.
OF_2019 = """https://www.CryptoDataDownload.com
Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USD
2019-10-17 02-AM,BTCUSD,8000,8000,8000,8000,1,8000
2019-10-17 01-AM,BTCUSD,8051,8056.83,8021.1,8048.03,100,804803
2019-10-17 12-AM,BTCUSD,8020,8051,8020,8051,2,16102
"""
OF_2021 = """https://www.CryptoDataDownload.com
Unix Timestamp,Date,Symbol,Open,High,Low,Close,Volume
1546308000000,2019-01-01 02:00:00,BTCUSD,3,3,3,3,3
1546304400,2019-01-01 01:00:00,BTCUSD,3,4,2,3,5
1546300800,2019-01-01 00:00:00,BTCUSD,3,4,2,3,5
"""
OF_2025 = """unix,date,symbol,open,high,low,close,Volume USDT,Volume BTC,tradecount
1746144000000,2025-05-02,BTC/USDT,96500,97000,96000,96800,9680,0.1,5
1746057600000,2025-05-01,BTC/USDT,94200,97400,94100,96500,965000,10,7
"""


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("Bitstamp_BTCUSD_1h.csv", OF_2019, [
            ("Bitstamp", "BTC/USD", "1h", hour("2019-10-17T00:00"), 8020, 8051, 8020, 8051, 2),
            ("Bitstamp", "BTC/USD", "1h", hour("2019-10-17T01:00"),
             8051, 8056.83, 8021.1, 8048.03, 100),
        ]),
        ("Kraken_BTCUSD_2019_1hr.csv", OF_2021, [
            ("Kraken", "BTC/USD", "1h", hour("2019-01-01T00:00"), 3, 4, 2, 3, 5),
            ("Kraken", "BTC/USD", "1h", hour("2019-01-01T01:00"), 3, 4, 2, 3, 5),
        ]),
        ("Bitstamp_BTCUSD_d.csv", "Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USD\n"
            "2019-10-17,BTCUSD,8000,8000,8000,8000,1,8000\n"
            "2019-10-16,BTCUSD,8160,8185,7950,8000,2,16100\n", [
            ("Bitstamp", "BTC/USD", "1d", hour("2019-10-16T00:00"), 8160, 8185, 7950, 8000, 2),
        ]),
        # The columns of the volumes in the other order: that of the price tells.
        ("Binance_BTCUSDT_d.csv", OF_2025, [
            ("Binance", "BTC/USDT", "1d", hour("2025-05-01T00:00"), 94200, 97400, 94100, 96500, 10),
        ]),
    ],
)  # fmt: skip
def test_three_vintages_of_cryptodatadownload(
    name: str, body: str, expected: list[tuple[object, ...]]
) -> None:
    assert bars(name, body) == expected


def test_a_year_that_ends_with_its_file_keeps_its_last_bar() -> None:
    body = OF_2021.replace("1546308000000,2019-01-01 02:00:00", "1546297200,2018-12-31 23:00:00")
    until = "\n".join(line for line in body.splitlines() if "2019-01" not in line)
    assert [row[3] for row in bars("Kraken_BTCUSD_2018_1h.csv", until)] == [
        hour("2018-12-31T23:00")
    ]


def test_the_last_hours_of_a_quarter_may_be_unfinished_but_the_last_one() -> None:
    # 31 December 2018, 21:00 and 22:00: the quarter goes on.
    body = OF_2021.replace("1546308000000,2019-01-01 02", "1546293600,2018-12-31 22").replace(
        "1546304400,2019-01-01 01", "1546290000,2018-12-31 21"
    )
    until = "\n".join(line for line in body.splitlines() if "2019-01" not in line)
    assert [row[3] for row in bars("Kraken_BTCUSD_2018_1h.csv", until)] == [
        hour("2018-12-31T21:00")
    ]


def test_what_unpacks_to_more_than_anybody_has_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zips, "LARGEST", 100)
    told = refusal("a.zip", zipped(**{"BTCUSDT-1h-2025-01.csv": SPOT}))
    assert f"has {len(SPOT)} bytes unpacked, of at most 100" in told
    told = refusal("flows.xlsx", sheet(list[object](ROWS[0])))
    assert "bytes unpacked, of at most 100" in told
    monkeypatch.setattr(freqtrade, "LARGEST_JSON", 100)
    told = refusal("Kraken_BTC_USD-1h.json.gz", stored("json.gz"))
    assert "expected JSON of at most 100 bytes, found more" in told


def test_days_that_are_hours_are_none_in_the_archive_either() -> None:
    path = "spot/coinbase/ETH_USD-1d.feather"
    with pytest.raises(SourceChangedError, match="bars of 1d, as the name says, found bars 3600 s"):
        archive.parse(Request("spot_bar", path), stored("feather"))
    file = io.BytesIO()
    opened = pl.datetime_range(
        hour("2025-01-01T00:00"), hour("2025-02-01T00:00"), "1d", time_unit="ms", eager=True
    )
    columns = {name: [1.5] * 32 for name in ("open", "high", "low", "close", "volume")}
    pl.DataFrame({"date": opened, **columns}).write_ipc(file)
    with pytest.raises(SourceChangedError, match="bars of 1h, as the name says, found bars 86400"):
        archive.parse(Request("spot_bar", path.replace("1d", "1h")), file.getvalue())


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("gemini_BTCUSD_2019_1h.csv", OF_2021, "one of the venues Binance, Bitstamp"),
        ("OKX_BTCUSD_1h.csv (venue Kraken)", OF_2021, "found Kraken and OKX"),
        ("BinanceUS_BTCUSD_1h.csv (venue Binance)", OF_2021, "found Binance and BinanceUS"),
        ("Kraken_BTCUSD_1h.csv (venue Bitstamp)", OF_2021, "found Bitstamp and Kraken"),
        ("BTCUSD_1h.csv", OF_2021, "expected a name like Binance_BTCUSDT_1h.csv"),
        ("Bitstamp_BTCUSD.csv", OF_2021, "expected a name like Binance_BTCUSDT_1h.csv or _d"),
        ("Bitstamp_ETHUSD_1h.csv", OF_2021, "expected bars of ETH/USD, as the name says"),
        ("BTCUSDT_Binance_futures_UM_hour.csv", OF_2025, "never loaded as spot"),
        ("Bitstamp_BTCUSD_1h.csv", OF_2019.replace(",1,8000\n", ",1,1\n").replace("804803", "3"),
            "expected two volumes that differ by the price"),
        ("Bitstamp_BTCUSD_1h.csv", OF_2021.replace("Volume", "Volume USD"), "a volume in BTC"),
    ],
)  # fmt: skip
def test_what_cryptodatadownloads_files_leave_open_is_refused(
    name: str, body: str, found: str
) -> None:
    assert found in refusal(name, body)


KRAKEN = """1673078400,16943.7,16948.5,16931.1,16935.3,48.06700932,798
1673082000,16935.3,16935.4,16920.0,16921.0,5.5,60
1673096400,16921.0,16922.0,16921.0,16922.0,0.1,3
1673100000,16922.0,16923.0,16922.0,16923.0,0.2,4
"""


def test_krakens_dump_has_no_row_where_nobody_traded() -> None:
    expected = [
        ("Kraken", "BTC/USD", "1h", hour("2023-01-07T08:00"),
         16943.7, 16948.5, 16931.1, 16935.3, 48.06700932),
        ("Kraken", "BTC/USD", "1h", hour("2023-01-07T09:00"),
         16935.3, 16935.4, 16920.0, 16921.0, 5.5),
        ("Kraken", "BTC/USD", "1h", hour("2023-01-07T13:00"),
         16921.0, 16922.0, 16921.0, 16922.0, 0.1),
    ]  # fmt: skip
    assert bars("XBTUSD_60.csv", KRAKEN) == expected
    assert bars("BTCUSD_60.csv", KRAKEN) == expected
    assert bars("Kraken_OHLCVT_2026Q2.zip/master_q4/XBTUSD_60.csv", KRAKEN) == expected
    # Its last row can be cut short.
    last = ("Kraken", "BTC/USD", "1h", hour("2023-01-07T14:00"), 16922.0, 16923.0, 16922.0, 16923.0)
    assert bars("XBTUSD_60.csv", KRAKEN + "1673103600,169") == [*expected, (*last, 0.2)]
    # No two hours with trades that follow each other.
    sparse = "".join(KRAKEN.splitlines(keepends=True)[i] for i in (0, 2))
    assert bars("XBTUSD_60.csv", sparse) == expected[:1]
    assert [row[1] for row in bars("XDGUSD_60.csv", KRAKEN)] == ["DOGE/USD"] * 3
    assert [row[1] for row in bars("DOGUSD_60.csv", KRAKEN)] == ["DOG/USD"] * 3


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        (
            "XBTUSD_15.csv",
            KRAKEN,
            "expected bars of 15m, as the name says, found bars 3600 s apart",
        ),
        ("XBTUSD_7.csv", KRAKEN, "expected a name like XBTUSD_60.csv"),
        ("bars.csv", KRAKEN, "expected a name like XBTUSD_60.csv"),
        ("XBTUSD_60.csv", KRAKEN.replace("\n", ",9\n"), "eight columns"),
    ],
)
def test_a_dump_of_kraken_says_its_market_and_minutes(name: str, body: str, found: str) -> None:
    assert found in refusal(name, body)


GSPC = "\n".join(
    [
        "Date,Open,High,Low,Close,Adj Close,Volume",
        "2025-07-31,6427.02,6427.02,6327.64,6339.390137,6339.390137,5000",
        "2025-08-01,6287.28,6287.28,6212.69,6238.009765625,6238.009766,5000",
        "2025-08-02,null,null,null,null,null,null",
        "2025-08-04,6271.71,6330.69,6271.71,6329.939941,6329.939941,5000",
    ]
)
# S&P 500, published closes: 6,339.39 on 31 July 2025 and 6,238.01 on 1 August.
CLOSES = [
    ("^GSPC", "1d", date(2025, 7, 31), 6339.39, None, None, None),
    ("^GSPC", "1d", date(2025, 8, 1), 6238.01, None, None, None),
]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("^GSPC.csv", GSPC),
        ("^GSPC.csv", "\n\r\n" + GSPC),
        ("%5EGSPC (2).csv", GSPC),
        ("gspc_2025.csv", GSPC.replace(",", "\t")),
        ("^GSPC.csv", "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
            "2025-07-31 00:00:00-04:00,1,1,1,6339.39013671875,5,0.0,0.0\n"
            "2025-08-01 00:00:00-04:00,1,1,1,6238.009765625,5,0.0,0.0\n"
            "2025-08-04 00:00:00-04:00,1,1,1,6329.9,5,0.0,0.0\n"),
        ("any.csv", "Price,Close,High,Low,Open,Volume\n"
            "Ticker,^GSPC,^GSPC,^GSPC,^GSPC,^GSPC\nDate,,,,,\n"
            "2025-07-31,6339.39013671875,1,1,1,5\n2025-08-01,6238.009765625,1,1,1,5\n"
            "2025-08-04,6329.9,1,1,1,5\n"),
        ("any.csv", "Date,Close,High,Low,Open,Volume\n,^GSPC,^GSPC,^GSPC,^GSPC,^GSPC\n"
            "2025-07-31,6339.39013671875,1,1,1,5\n2025-08-01,6238.009765625,1,1,1,5\n"
            "2025-08-04,6329.9,1,1,1,5\n"),
        # Copied from the page.
        ("^GSPC.txt", "Date\tOpen\tHigh\tLow\tClose Close price adjusted for splits.\tAdj Close\t"
            "Volume\nAug 4, 2025\t1\t1\t1\t6,329.94\t1\t5\nAug 1, 2025\t1\t1\t1\t6,238.01\t1\t5\n"
            "Aug 1, 2025\tDividend\t\t\t\t\t\nJul 31, 2025\t1\t1\t1\t6,339.39\t1\t5\n"),
        # A composite beside it is left out.
        ("any.csv", "Ticker,^GSPC,^GSPC,BTC-USD\nPrice,Open,Close,Close\nDate,,,\n"
            "2025-07-31,1,6339.39013671875,115758\n2025-08-01,1,6238.009765625,113320\n"
            "2025-08-02,,,112526\n2025-08-04,1,6329.9,115071\n"),
    ],
)  # fmt: skip
def test_an_index_as_yahoo_and_yfinance_write_it(name: str, body: str) -> None:
    assert bars(name, body) == CLOSES


def test_a_decimal_comma_and_a_day_without_a_session_cost_their_rows() -> None:
    # 4906,19 is no 490,619; 1 March 2024 was a Friday.
    body = (
        "Date\tOpen\tHigh\tLow\tClose\tAdj Close\n2024-02-29\t1\t1\t1\t4906,19\t1\n"
        "2024-03-01\t1\t1\t1\t5,137.08\t1\n2024-03-02\t1\t1\t1\t5140\t1\n"
        "2024-03-04\t1\t1\t1\t5130.95\t1\n2024-03-05\t1\t1\t1\t5078.65\t1\n"
    )
    assert rejected("^GSPC.csv", body) == [
        "close: '4906,19' is not a DOUBLE", "session: '2024-03-02 (no session)' is not a DATE",
    ]  # fmt: skip


def test_a_trust_before_it_was_a_listed_fund_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="marketwake")
    body = "Date,Open,High,Low,Close,Adj Close,Volume\n" + "".join(
        f"{day},1,1,1,60.5,60.5,7\n" for day in ("2024-01-10", "2024-01-11", "2024-01-12")
    )
    assert bars("GBTC.csv", body) == [("GBTC", date(2024, 1, 11), 60.5, 7)]
    assert "1 session before GBTC was a listed fund left out" in caplog.text


def test_a_fund_as_yahoo_writes_it() -> None:
    body = GSPC.replace("6339.390137,", "65.0,", 1).replace("6238.009765625", "64.5")
    assert bars("IBIT.csv", body) == [
        ("IBIT", date(2025, 7, 31), 65.0, 5000),
        ("IBIT", date(2025, 8, 1), 64.5, 5000),
    ]


PLAIN = "Date,Open,High,Low,Close,Volume\n2025-08-01,1,1,1,1,1\n2025-08-04,1,1,1,1,1\n"


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("BTC-USD.csv", GSPC, "BTC-USD: a composite price of many venues"),
        ("BTC-USD_2014-2024.csv", GSPC, "BTC-USD: a composite price of many venues"),
        ("BTC=F.csv", GSPC, "a future; dated contracts go into futures_price-"),
        ("AAPL.csv", GSPC, "found 'AAPL'"),
        ("BTC.csv", PLAIN.replace("08-01", "08-02"), "2025-08-02: a price of something else"),
        ("ETH.csv", PLAIN.replace("2025-08-01", "2024-07-22").replace("2025-08-04", "2024-07-23"),
            "2024-07-22: a price of someth"),
        ("BTC.csv", PLAIN.replace(",1,1\n", ",114004.5,1\n"), "114,004.50 as a rule: a price"),
        ("BTC_USD_hist.csv", GSPC, "BTC-USD: a composite price of many venues"),
        ("ETH USD.csv", GSPC, "ETH-USD: a composite price of many venues"),
        ("^GSPC_1wk.csv", GSPC, "bars of weeks or months, as the name says"),
        ("^GSPC.csv", PLAIN + "2025-08-11,1,1,1,1,1\n2025-08-18,1,1,1,1,1\n", "5 sessions apart"),
        ("^GSPC.csv", PLAIN.replace("08-04", "09-01").replace("08-01", "07-01"), "43 sessions ap"),
        ("btcusd_d.csv", PLAIN, "bars of nobody knows whom"),
        ("any.csv", "Price,Close\nTicker,BTC-USD\nDate,\n2025-08-01,1\n", "a composite price"),
        ("any.csv", "Price,Close\nTicker,^GSPC\nDatetime,\n2025-08-01 09:30:00,1\n",
            "bars within the day"),
        ("^GSPC.csv", GSPC.replace("2025-0", "0"), "expected sessions like 2025-08-01"),
        ("IBIT.csv", "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
            "2025-08-01,1,1,1,1,1,0.5,0\n2025-08-04,1,1,1,1,1,0,0\n", "adjusted for them"),
    ],
)  # fmt: skip
def test_a_composite_price_is_never_loaded(name: str, body: str, found: str) -> None:
    assert found in refusal(name, body)


MEETING = "Date,(400-425),(425-450),(975-1.000)\n2025/8/7,0.918621,0.081379,\n"
ODDS = [
    (date(2025, 9, 17), date(2025, 8, 7), 400, 425, 0.918621),
    (date(2025, 9, 17), date(2025, 8, 7), 425, 450, 0.081379),
]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("FedMeeting_20250917.csv", MEETING),
        ("FedMeeting_20250917 (1).csv", MEETING),
        ("fedmeeting_20250917.csv", MEETING.replace("2025/8/7", "8/7/2025")),
    ],
)
def test_odds_of_one_meeting(name: str, body: str) -> None:
    assert bars(name, body) == ODDS


def test_separators_in_ranges_and_a_meeting_that_is_not_priced() -> None:
    body = MEETING.replace("0.081379,", "0.081378,0.000001")
    assert bars("FedMeeting_20250917.csv", body)[-1] == (
        date(2025, 9, 17), date(2025, 8, 7), 975, 1000, 0.000001,
    )  # fmt: skip
    assert bars("FedMeeting_20271208.csv", "Date") == []
    lapped = MEETING.replace("(425-450)", "(400-450)")
    assert "two that overlap at 400" in refusal("FedMeeting_20250917.csv", lapped)
    assert "the meeting in the name" in refusal("download.csv", MEETING)


HISTORY = (
    ",History for 17 Sep 2025 Fed meeting,,History for 29 Oct 2025 Fed meeting,,"
    "History for 28 Oct 2026 Fed meetingHistory for 9 Dec 2026 Fed meeting\n"
    "Date,(0-25),(400-425),(0-25),(375-400)\n"
    "2025/8/7,0.0,0.918621,,0.55\n"
)


def test_all_meetings_are_blocks_that_begin_anew() -> None:
    assert bars("FedMeetingHistory_20250821.csv", HISTORY) == [
        (date(2025, 9, 17), date(2025, 8, 7), 0, 25, 0.0),
        (date(2025, 9, 17), date(2025, 8, 7), 400, 425, 0.918621),
        (date(2025, 10, 29), date(2025, 8, 7), 375, 400, 0.55),
    ]
    lost = HISTORY.replace("History for 29 Oct 2025 Fed meeting", "")
    assert "over column 4" in refusal("FedMeetingHistory_20250821.csv", lost)
    assert len(bars("FedMeetingHistory_20250821.csv", HISTORY.replace(",0.55", ",0.55,,"))) == 3
    wide = HISTORY.replace(",0.55", ",0.55,1")
    assert "expected 5 cells in line 3" in refusal("FedMeetingHistory_20250821.csv", wide)


# Farside, 6 to 8 August 2025; the foot is no session.
ROWS = [
    ["Date", "IBIT", "FBTC", "BITB", "Total"],
    ["06 Aug 2025", "41.9", "0.0", "21.1", "91.6"],
    ["07 Aug 2025", "156.6", "43.5", "-", "277.4"],
    ["08 Aug 2025", "359.98", "(30.0)", "\u2013", "403.9"],
    ["Total", "57,000", "1", "1", "1"],
    ["Average", "1", "1", "1", "1"],
]
FLOWS = [
    ("BTC", "BITB", date(2025, 8, 6), 21_100_000),
    ("BTC", "FBTC", date(2025, 8, 6), 0),
    ("BTC", "FBTC", date(2025, 8, 7), 43_500_000),
    ("BTC", "FBTC", date(2025, 8, 8), -30_000_000),
    ("BTC", "IBIT", date(2025, 8, 6), 41_900_000),
    ("BTC", "IBIT", date(2025, 8, 7), 156_600_000),
    ("BTC", "IBIT", date(2025, 8, 8), 359_980_000),
]
TOTALS = [
    ("BTC", date(2025, 8, 6), 91_600_000),
    ("BTC", date(2025, 8, 7), 277_400_000),
    ("BTC", date(2025, 8, 8), 403_900_000),
]


def joined(separator: str, rows: list[list[str]] = ROWS) -> str:
    return "\n".join(separator.join(row) for row in rows)


def sheet(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_numbers(row: list[str]) -> list[object]:
    day = datetime.strptime(row[0], "%d %b %Y")  # noqa: DTZ007 - of a sheet
    cells = {"-": None, "\u2013": None, "(30.0)": -30.0}
    return [day, *(cells[cell] if cell in cells else float(cell) for cell in row[1:])]


def saved(rows: list[list[str]] = ROWS) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<!DOCTYPE html><html><body><table class="etf">{body}</table></body></html>'


def in_one_file() -> bytes:
    message = EmailMessage()
    message.set_content(saved(), subtype="html", cte="quoted-printable")
    message.make_related()
    return message.as_bytes()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("copied.txt", joined("\t")),
        # A spreadsheet writes the days its own way.
        ("flows.csv", joined(",").replace(" Aug 2025", "-Aug-25").replace('57,000', '57000')),
        ("flows.csv", "Bitcoin ETF Flow (US$m)\n\n" + joined(";")),
        ("unicode.txt", joined("\t").encode("utf-16")),
        ("farside_btc_copied.csv", joined("\t")),
        # Two rows of header, the total over the issuers, as a browser copies them.
        ("copied.tsv", "\tBlackrock\tFidelity\tBitwise\tTotal\n\tIBIT\tFBTC\tBITB\t\n"
            "Fee\t0.25%\t0.25%\t0.20%\t\n" + joined("\t", ROWS[1:])),
        # The blank cell over the dates lost in copying.
        ("copied.txt", "Blackrock\tFidelity\tBitwise\tTotal\nIBIT\tFBTC\tBITB\t\n"
            + joined("\t", ROWS[1:])),
        ("flows.xlsx", sheet(list[object](ROWS[0]), *map(as_numbers, ROWS[1:4]))),
        ("Bitcoin ETF Flow \u2013 Farside Investors.htm", saved()),
        ("page", saved()),
        ("commented.html", saved().replace("<td>", "<td><!-- cell -->")),
        ("Farside.mhtml", in_one_file()),
    ],
)  # fmt: skip
def test_flows_as_a_browser_and_a_spreadsheet_give_them(name: str, body: str | bytes) -> None:
    came = frames(name, body)
    assert sorted(came["etf_flow"].rows()) == FLOWS
    assert sorted(came["etf_flow_total"].rows()) == TOTALS


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["13-Jul-26", "6 July 2026"], ["2026-07-13", "2026-07-06"]),
        (["07/13/2026", "07/06/2026"], ["2026-07-13", "2026-07-06"]),
        (["13.07.26", "06/07/2026"], ["2026-07-13", "2026-07-06"]),
        (["Jul 6, 2006", "31-Feb-26", "Total"], ["2006-07-06", "31-Feb-26", "Total"]),
        (["07/06/2026", "07/07/2026"], None),
        (["07/13/2026", "13/07/2026"], None),
    ],
)
def test_days_of_flows_are_read_where_day_and_month_can_be_told(
    cells: list[str], days: list[str] | None
) -> None:
    file = Given("flows.csv", b"", ASKED)
    if days is None:
        with pytest.raises(SourceChangedError, match="days that can be told from months"):
            read_days(file, cells)
    else:
        assert read_days(file, cells) == days


def test_wide_tables_of_programs_in_dollars_with_filled_weekends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="marketwake")
    body = (
        "date,ibit,fbtc,bitb,total,btc_price\n"
        "2025-08-07,156600000.0,43500000.0,nan,277400000.0,117500\n"
        "2025-08-08,359980000.0,-30000000,,403900000,116500\n"
        "2025-08-09,0.0,0.0,0.0,0.0,116000\n"
        "2025-08-10,0.0,0.0,0.0,0.0,118000\n"
    )
    came = frames("etf_flows.csv", body)
    assert sorted(came["etf_flow"].rows()) == [row for row in FLOWS if row[2] > date(2025, 8, 6)]
    assert sorted(came["etf_flow_total"].rows()) == TOTALS[1:]
    assert "2 rows of zeros on days without a session left out" in caplog.text


def test_funds_of_both_assets_side_by_side_have_no_total() -> None:
    rows = [
        ["Date", "IBIT", "FBTC", "BITB", "ETHA", "FETH", "ETHW", "Total"],
        ["07 Aug 2025", "156.6", "43.5", "", "103.5", "1.0", "-2.0", "300"],
    ]
    came = frames("both.csv", joined(",", rows))
    assert {row[:2] for row in came["etf_flow"].rows()} == {
        ("BTC", "IBIT"), ("BTC", "FBTC"), ("ETH", "ETHA"), ("ETH", "FETH"), ("ETH", "ETHW"),
    }  # fmt: skip
    assert came["etf_flow_total"].is_empty()


def test_of_a_table_of_flows_a_strange_cell_costs_its_row_and_a_figure_to_come_the_file() -> None:
    odd = joined("\t").replace("156.6", "156,6")
    assert rejected("copied.txt", odd) == ["net_flow_usd: '156,6 US$ million' is not a DOUBLE"]
    assert rejected("copied.txt", joined("\t").replace("07 Aug", "31 Feb"))
    assert "expected sessions until 2026-09-01" in refusal(
        "copied.txt", joined("\t").replace("07 Aug 2025", "07 Oct 2026")
    )
    priced = joined("\t").replace("BITB", "BTC").replace("21.1", "117500")
    assert "117500 of BTC" in refusal("copied.txt", priced)
    assert "every fund once" in refusal("copied.txt", joined("\t").replace("FBTC", "FBTC\tFBTC"))
    assert "rows whose first cell is a date" in refusal("copied.txt", joined("\t", ROWS[:1]))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Ticker,FBTC,GBTC,IBIT\nDate,,,\n2025-08-07,101.2,92.1,66.6\n", "yfinance's download()"),
        ("Date,IBIT,FBTC,BITB\n2025-08-07,66.6,101.2,63.5\n2025-08-08,66.2,100.9,63.2\n",
            "only figures above zero, like 66.6 of IBIT: prices"),
        # What funds hold, with zeros before the third was there.
        ("Date,IBIT,FBTC,BITB\n2025-08-06,840,210,0\n2025-08-07,845,211,40\n2025-08-08,850,212,40\n"
            "2025-08-11,849,215,41\n", "only figures above zero"),
        # Thousands of dollars.
        ("Date,IBIT,FBTC,BITB\n2025-08-07,156600,43500,0\n2025-08-08,359980,-30000,0\n",
            "rows of 265,040 as a rule, which is neither"),
    ],
)  # fmt: skip
def test_prices_assets_and_other_units_are_no_flows(body: str, found: str) -> None:
    assert found in refusal("wide.csv", body)


def test_one_damaged_cell_never_tells_the_unit() -> None:
    damaged = joined("\t").replace("91.6", "131000.0")
    assert rejected("copied.txt", damaged) == [
        "net_flow_usd: '131000.0 (out of the scale of the other rows) US$ million' is not a DOUBLE"
    ]
    flows = parse(Request("inbox", "copied.txt"), damaged.encode(), ASKED)["etf_flow"]
    assert flows.filter(ticker="IBIT", session="2025-08-06")["net_flow_usd"].item() == "41900000"
    # What a program leaves of sums that are nothing tells no unit.
    rests = "".join(f"2025-08-{day:02},-1.5e-08,0,0\n" for day in (11, 12, 13))
    body = f"date,IBIT,FBTC,BITB\n2025-08-07,156600000.0,-43500000,0\n{rests}"
    first = frames("wide.csv", body)["etf_flow"].filter(ticker="IBIT").sort("session")
    assert first["net_flow_usd"].to_list() == [156_600_000, 0, 0, 0]
    # 10300000,5 is neither 10.3 nor 103 million.
    dollars = 'date,IBIT,FBTC,BITB\n2025-08-07,156600000.0,"10300000,5",0\n'
    assert rejected("wide.csv", dollars) == [
        "net_flow_usd: '10300000,5 US$ million' is not a DOUBLE"
    ]


def test_a_column_is_a_fund_where_the_totals_say_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="marketwake")
    body = "Date,IBIT,FBTC,BITB,NEWF,NAV{0}\n2025-08-07,1.0,-3.0,0.0,5.0,116500{1}\n"
    came = frames("wide.csv", body.format(",Total", ",3.0"))["etf_flow"]
    assert came["ticker"].sort().to_list() == ["BITB", "FBTC", "IBIT", "NEWF"]
    assert "wide.csv: left out, no known funds: NAV" in caplog.text
    assert "NEWF" not in frames("wide.csv", body.format("", ""))["etf_flow"]["ticker"].to_list()


def test_dates_of_flows_in_any_wording_and_rows_that_have_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="marketwake")
    wordings = ("6 august 2025", "Aug. 6, 2025", "August 6, 2025", "2025/8/6", "06-aug-2025")
    for words in wordings:
        assert (
            len(frames("copied.txt", joined("\t").replace("06 Aug 2025", words))["etf_flow"]) == 7
        )
    odd = joined("\t").replace("06 Aug 2025", "O6 Avg 2025")
    assert rejected("copied.txt", odd) == ["session: 'O6 Avg 2025' is not a DATE"] * 4
    frames("copied.txt", joined("\t").replace("06 Aug 2025", "Wednesday"))
    assert "copied.txt: row 2 left out, no date: 'Wednesday'" in caplog.text


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer"),
        ("Get your apikey: https://stooq.com", "an API key"),
        ("Just a moment...", "a text that asks to wait"),
        ('<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code></Error>', "a store of files"),
        ('{"error":[],"result":{"XXBTZUSD":[]}}', "an answer of Kraken's API"),
        ('{"error":["EQuery:Unknown asset pair"]}', "an error that an API answered"),
        ("1735689600,1,1,1,1,1\n1735693200,1,1,1,1,1\n", "six columns without a header"),
        ("SNo,Name,Symbol,Date,High,Low,Open,Close,Volume,Marketcap\n", "CoinMarketCap's comp"),
        ("PK\x05\x06" + 18 * "\0", "an empty ZIP"),
        ('{"message": "Forbidden"}', "an error that an API answered"),
        ("<!DOCTYPE html><title>Just a moment...</title>", "a web page"),
        (f"{'a' * 64}  BTCUSDT-1h-2025-01.zip\n", "a checksum"),
        ('[[1735689600000,"1","1","1","1","1",1735693199999,"1",1,"1","1","0"]]', "Binance's API"),
        ("Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price\n", "Kaggle"),
        ("Timestamp,Open,High,Low,Close,Volume\n1325412060.0,4.58,4.58,4.58,4.58,0.0\n", "Kaggle"),
        ("time,low,high,open,close,volume\n1,1,1,1,1,1\n", "a dump of Coinbase's API"),
        ("start,low,high,open,close,volume\n1,1,1,1,1,1\n", "a dump of Coinbase's API"),
        ("time,open,high,low,close,Volume\n1,1,1,1,1,1\n", "TradingView's export"),
        ("ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume\n", "Databento"),
        ("BizDt,Sym,ID,StrkPx,SecTyp\n", "CME's settlements"),
        ("Time,Open,High,Low,Latest,Change,%Change,Volume\n1,1,1,1,1,1,1,1\n"
            '"Downloaded from Barchart.com as of 05-05-2026 07:59am CDT"', "Barchart"),
        ("snapped_at,price,market_cap,total_volume\n", "CoinGecko's export, a composite"),
        ("\ufefftimeOpen;timeClose;timeHigh;timeLow;name;open\n", "CoinMarketCap's export, a comp"),
        ('"Date","Price","Open","High","Low","Vol.","Change %"\n', "Investing.com's export"),
        ("time,AdrActCnt,PriceUSD\n2010-07-18,1,0.08\n", "Coin Metrics' export, a composite"),
        ("<TICKER>,<PER>,<DATE>,<TIME>\n", "Stooq's export"),
        ("Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n", "Stooq's export"),
        ("date,totalNetInflow,totalValueTraded\n", "SoSoValue"),
        ("\x89HDF", "another name or type"),
        (" \n", "an empty file"),
    ],
)  # fmt: skip
def test_what_is_not_loaded_is_named_with_the_way_in(body: str, found: str) -> None:
    told = refusal("download.csv", body)
    assert found in told
    assert "\n" not in told


def test_the_way_in_names_table_and_columns() -> None:
    told = refusal("BITSTAMP_BTCUSD, 60.csv", "time,open,high,low,close\n1,1,1,1,1\n")
    assert (
        "its figures as spot_bar-<anything>.csv with the columns venue, symbol, bar_interval, "
        "opened_at, open, high, low, close, volume_base"
    ) in told


FORMS: list[tuple[str, str | bytes]] = [
    ("BTCUSDT-1h-2025-01.csv", SPOT),
    ("any.zip", zipped(**{"BTCUSDT-1h-2025-01.csv": SPOT})),
    *((f"Kraken_BTC_USD-1h.{form}", stored(form)) for form in ("feather", "parquet", "json.gz")),
    ("Bitstamp_BTCUSD_1h.csv", OF_2019),
    ("Binance_BTCUSDT_d.csv", OF_2025),
    ("XBTUSD_60.csv", KRAKEN),
    ("^GSPC.csv", GSPC),
    ("any.csv", "Price,Close\nTicker,^GSPC\nDate,\n2025-08-01,1\n2025-08-04,2\n"),
    ("FedMeeting_20250917.csv", MEETING),
    ("FedMeetingHistory_20250821.csv", HISTORY),
    ("copied.txt", joined("\t")),
    ("flows.xlsx", sheet(list[object](ROWS[0]), *map(as_numbers, ROWS[1:4]))),
    ("page", saved()),
    ("Farside.mhtml", in_one_file()),
]
PIECES = [b",", b"\n", b'"', b"\t", b"-", b"nan", b"(", b";", b"\x00", b"9" * 21, b"\r\n", b"Date"]


@settings(deadline=None, max_examples=100)
@given(
    form=st.sampled_from(FORMS),
    cuts=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(PIECES) | st.binary()),
        min_size=1,
        max_size=3,
    ),
)
def test_a_damaged_file_of_any_form_is_read_or_refused(
    form: tuple[str, str | bytes], cuts: list[tuple[float, int, bytes]]
) -> None:
    name, sound = form
    body = sound.encode() if isinstance(sound, str) else sound
    for place, lost, put in cuts:
        at = int(place * len(body))
        body = body[:at] + put + body[at + lost :]
    try:
        came = parse(Request("inbox", name), body, ASKED)
    except SourceChangedError:
        return
    for table, frame in came.items():
        contract = read_contracts("raw")[table]
        contract.validate(frame, rules(contract, ASKED))
