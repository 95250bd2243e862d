"""The archive source: which files are requested, spot bars, indices, coins and FedWatch in their
publishers' layouts.
"""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import SourceChangedError, SourceError
from marketwake.sources.files.archive import Archive, parse
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts

Unit = Literal["ms", "us", "ns"]
BTC = Request("spot_bar", "spot/coinbase/BTC_USD-1h.feather")


def feather(opened: list[datetime], unit: Unit = "ms", **columns: list[float]) -> bytes:
    one = [1.0] * len(opened)
    prices = {
        name: pl.Series(columns.get(name, one), dtype=pl.Float64)
        for name in ("open", "high", "low", "close", "volume")
    }
    frame = pl.DataFrame({"date": pl.Series(opened, dtype=pl.Datetime(unit, "UTC")), **prices})
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    return buffer.getvalue()


def hour(h: int) -> datetime:
    return datetime(2025, 8, 7, h, tzinfo=UTC)


def text(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


SHILLER = "Date,SP500,Dividend,Consumer Price Index,Long Interest Rate"


def test_every_file_of_a_known_layout_is_requested_and_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    known = {
        "cme/contracts/MBT_2025-06_2025-09.csv": "futures_price",
        "equity/dow_daily.csv": "index_bar",
        "etf/farside_btc_flows.csv": "farside",
        "fedwatch/FedMeeting_20250917.csv": "fed_probability",
        "spot/binance/ETH_USDT-1h.feather": "spot_bar",
        "spot/breadth/coingecko_top50_daily.csv": "coin_snapshot",
    }
    many = [f"cme/old/{n}.csv" for n in range(7)]
    other = [
        *many,
        "README.md",
        "cme/yahoo/BTC=F_adjclose.csv",
        "equity/nikkei_daily.csv",
        "etf/farside_btc_page_20260723.html",
    ]
    for path in [*known, *other]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(path.encode())
    archive = Archive(tmp_path)
    assert [(request.what, request.dataset) for request in archive.requests()] == list(
        known.items()
    )
    assert archive.fetch(Request("index_bar", "equity/dow_daily.csv")) == b"equity/dow_daily.csv"
    told = [line for line in caplog.messages if "left alone" in line]
    assert told == [
        "archive: left alone, no known layout: README.md",
        "archive: left alone, no known layout: 7 files in cme/old/: "
        "0.csv, 1.csv, 2.csv, 3.csv, 4.csv ...",
        "archive: left alone, no known layout: cme/yahoo/BTC=F_adjclose.csv",
        "archive: left alone, no known layout: equity/nikkei_daily.csv",
        "archive: left alone, no known layout: etf/farside_btc_page_20260723.html",
    ]


@pytest.mark.parametrize("folder", ["", "not/there"])
def test_a_folder_without_such_files_is_said_so(tmp_path: Path, folder: str) -> None:
    with pytest.raises(SourceError, match="holds no file of a known layout"):
        Archive(tmp_path / folder).requests()


def test_a_file_whose_name_cannot_be_stored_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "cme" / "contracts"
    folder.mkdir(parents=True)
    for name in ("mbt.csv", "\udcff.csv"):
        (folder / name).write_text("")
    assert [request.what for request in Archive(tmp_path).requests()] == ["cme/contracts/mbt.csv"]


def test_a_file_that_went_away_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"BTC_USD-1h.feather cannot be read: No such file"):
        Archive(tmp_path).fetch(BTC)


def test_a_path_without_a_layout_is_refused() -> None:
    with pytest.raises(SourceChangedError, match="expected a path of a known layout"):
        parse(Request("spot_bar", "spot/BTC.parquet"), b"")


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_spot_bars_lose_the_newest_which_may_be_unfinished(unit: Unit) -> None:
    body = feather(
        [hour(14), hour(15), hour(16)],
        unit,
        open=[3.0, 4.0, 5.0],
        high=[6.0, 6.0, 6.0],
        close=[4.0, 5.0, 6.0],
        volume=[0.0, 9.5, 1.0],
    )
    bars = parse(BTC, body)["spot_bar"]
    assert bars.schema["opened_at"] == pl.Datetime("us", "UTC")
    assert bars.rows() == [
        ("Coinbase", "BTC/USD", "1h", hour(14), 3.0, 6.0, 1.0, 4.0, 0.0),
        ("Coinbase", "BTC/USD", "1h", hour(15), 4.0, 6.0, 1.0, 5.0, 9.5),
    ]


def test_a_hole_in_spot_bars_stays_a_hole() -> None:
    bars = parse(BTC, feather([hour(1), hour(4), hour(5)]))["spot_bar"]
    assert bars["opened_at"].to_list() == [hour(1), hour(4)]


@given(st.sets(st.integers(0, 50_000), max_size=20))
def test_spot_bars_are_all_but_the_newest(hours: set[int]) -> None:
    opened = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in sorted(hours)]
    kept = parse(BTC, feather(opened))["spot_bar"]["opened_at"].to_list()
    assert kept == opened[:-1]


@pytest.mark.parametrize(
    "body", [b"", b"<html>challenge</html>", feather([hour(1), hour(2)])[:-40]]
)
def test_no_feather_is_refused(body: bytes) -> None:
    with pytest.raises(
        SourceChangedError, match=r"BTC_USD-1h.feather: expected a Feather \(Arrow IPC\) file"
    ):
        parse(BTC, body)


@pytest.mark.parametrize(
    "change",
    [
        pl.col("date").dt.replace_time_zone(None),
        pl.col("close").cast(pl.String),
        pl.col("volume").alias("vol"),
    ],
)
def test_other_columns_or_types_are_named(change: pl.Expr) -> None:
    frame = pl.read_ipc(io.BytesIO(feather([hour(1)]))).with_columns(change)
    buffer = io.BytesIO()
    (frame.drop("volume") if "vol" in frame.columns else frame).write_ipc(buffer)
    with pytest.raises(
        SourceChangedError, match=r"expected date timestamp\[tz=UTC\], .* found date timestamp"
    ):
        parse(BTC, buffer.getvalue())


def test_an_unknown_venue_folder_is_refused() -> None:
    with pytest.raises(
        SourceChangedError, match=r"expected a venue folder \(binance, bitstamp, .* found mtgox"
    ):
        parse(Request("spot_bar", "spot/mtgox/BTC_USD-1h.feather"), feather([hour(1)]))


def test_dow_has_a_nameless_date_column_and_saturdays() -> None:
    body = text(
        ",High,Low,Open,Close,Volume,Adj Close",
        "1929-10-26,298.97,298.97,298.97,298.97,0,298.97",  # a Saturday
        "1929-10-28,260.64,260.64,260.64,260.64,0,260.64",
        "1929-10-29,230.07,230.07,230.07,230.07,0,230.07",
    )
    bars = parse(Request("index_bar", "equity/dow_daily.csv"), body)["index_bar"]
    assert bars.rows() == [
        ("^DJI", "1d", "1929-10-26", "298.97"),
        ("^DJI", "1d", "1929-10-28", "260.64"),
    ]


def test_yahoos_single_precision_becomes_the_published_number() -> None:
    body = text(
        "date,open,high,low,close,volume",
        "1927-12-30,17.65999984741211,17.65999984741211,17.65999984741211,17.65999984741211,0",
        "2008-09-15,1250.9200439453125,1250.9200439453125,1192.699951171875,1192.699951171875,8279510000",
        "2008-09-16,1188.31005859375,1214.8399658203125,1169.280029296875,1213.5999755859375,9459830000",
    )
    bars = parse(Request("index_bar", "equity/gspc_daily.csv"), body)["index_bar"]
    assert bars.rows() == [
        ("^GSPC", "1d", "1927-12-30", "17.66"),
        ("^GSPC", "1d", "2008-09-15", "1192.7"),
    ]


def test_shiller_is_monthly() -> None:
    # 5.32 percent. Of 2023 the table had, when it was recorded, no dividend yet.
    body = text(
        f"{SHILLER},PE10",
        "1871-01-01,4.44,0.26,12.46,5.32,0.0",
        "2023-07-01,4508.08,0.0,305.69,3.9,30.9",
        "2024-01-01,4804.49,0.0,0.0,0.0,0.0",
        "2024-02-01,5011.96,0.0,0.0,0.0,0.0",
    )
    bars = parse(Request("index_bar", "equity/shiller_monthly.csv"), body)["index_bar"]
    assert bars.rows() == [
        ("SHILLER", "1mo", "1871-01-01", "4.44", "0.26", "12.46", "0.0532"),
        ("SHILLER", "1mo", "2023-07-01", "4508.08", None, "305.69", "0.039"),
        ("SHILLER", "1mo", "2024-01-01", "4804.49", None, None, None),
    ]


def test_a_rate_that_is_none_costs_its_row_alone() -> None:
    body = text(
        SHILLER,
        "1871-01-01,4.44,0.26,12.46,5.32 %",
        "1871-02-01,4.5,0.26,12.84,532",
        "1871-03-01,4.61,0.26,13.03,5.33",
        "1871-04-01,4.74,0.26,12.56,5.33",
    )
    bars = parse(Request("index_bar", "equity/shiller_monthly.csv"), body)["index_bar"]
    validated = read_contracts("raw")["index_bar"].validate(bars)
    assert validated.accepted["session"].to_list() == [date(1871, 3, 1)]
    reasons = validated.rejected["reason"].to_list()
    assert reasons[0] == "long_rate: '5.32 %' is not a DOUBLE"
    assert "long_rate" in reasons[1]


def test_an_impossible_cell_costs_its_row_alone() -> None:
    body = text(
        "date,close",
        "2025-02-27,5861.57",
        "2025-02-31,5900",
        "2025-03-03,abc",
        "2025-03-04,-1",
        "2025-03-05,5842.63",
        "2025-03-06,5738.52",
    )
    bars = parse(Request("index_bar", "equity/gspc_daily.csv"), body)["index_bar"]
    validated = read_contracts("raw")["index_bar"].validate(bars)
    assert validated.accepted["session"].to_list() == [date(2025, 2, 27), date(2025, 3, 5)]
    reasons = validated.rejected["reason"].to_list()
    assert reasons[:2] == ["session: '2025-02-31' is not a DATE", "close: 'abc' is not a DOUBLE"]
    assert reasons[2].startswith("breaks")


COINS = "id,symbol,name,date,current_price,market_cap,total_volume,last_pipeline_run_utc"


def test_a_coins_date_is_midnight_utc_and_no_market_value_is_null() -> None:
    body = text(
        COINS,
        "bitcoin,btc,Bitcoin,2025-08-07,115022.095768309,2288.5,1e3,x",
        "usdt0,usdt0,USDT0,2025-02-01,1.0,0.0,,x",
    )
    coins = parse(Request("coin_snapshot", "spot/breadth/coingecko_top50_daily.csv"), body)[
        "coin_snapshot"
    ]
    accepted = read_contracts("raw")["coin_snapshot"].validate(coins).accepted
    assert accepted.rows() == [
        (
            "CoinGecko",
            "bitcoin",
            "BTC",
            datetime(2025, 8, 7, tzinfo=UTC),
            115022.095768309,
            2288.5,
            1000.0,
        ),
        ("CoinGecko", "usdt0", "USDT0", datetime(2025, 2, 1, tzinfo=UTC), 1.0, None, None),
    ]


def test_fedwatch_blank_is_not_quoted_and_zero_is() -> None:
    body = text(
        "Date,(375-400),(400-425),(425-450)", "2025/8/12,0.000000,0.943,0.057", "2025/8/13,,0.9,0.1"
    )
    quotes = parse(Request("fed_probability", "fedwatch/FedMeeting_20250917.csv"), body)[
        "fed_probability"
    ]
    accepted = (
        read_contracts("raw")["fed_probability"]
        .validate(quotes)
        .accepted.sort("quoted_on", "lower_bps")
    )
    meeting = date(2025, 9, 17)
    assert accepted.rows() == [
        (meeting, date(2025, 8, 12), 375, 400, 0.0),
        (meeting, date(2025, 8, 12), 400, 425, 0.943),
        (meeting, date(2025, 8, 12), 425, 450, 0.057),
        (meeting, date(2025, 8, 13), 400, 425, 0.9),
        (meeting, date(2025, 8, 13), 425, 450, 0.1),
    ]


@pytest.mark.parametrize(
    ("header", "found"),
    [("Date,EASE,HOLD", "found the columns EASE, HOLD"), ("Date", "found only Date")],
)
def test_fedwatch_with_other_columns_is_refused(header: str, found: str) -> None:
    with pytest.raises(SourceChangedError, match=found):
        parse(Request("fed_probability", "fedwatch/FedMeeting_20250917.csv"), text(header))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            text("id,symbol,date,current_price,market_cap"),
            "expected the columns id, .*total_volume, found id, symbol",
        ),
        (text("<!DOCTYPE html>", "<title>Just a moment...</title>"), "found <!DOCTYPE html>"),
        (text(COINS, "a,b"), r"line 2: expected 8 cells, found 2"),
        (text(COINS.replace("name", "symbol")), "found id, symbol, symbol"),
        (b"", "found an empty file"),
        (COINS.encode() + b"\n\xff", "expected CSV in UTF-8"),
    ],
)
def test_a_csv_of_another_layout_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(SourceChangedError, match=message):
        parse(Request("coin_snapshot", "spot/breadth/panel.csv"), body)


def test_byte_order_mark_padding_and_windows_lines_are_let_pass() -> None:
    body = b"\xef\xbb\xbfdate,close\r\n2025-08-07, 6340 \r\n2025-08-08,6389.45\r\n\r\n"
    bars = parse(Request("index_bar", "equity/gspc_daily.csv"), body)["index_bar"]
    assert bars.rows() == [("^GSPC", "1d", "2025-08-07", "6340.0")]
