"""The recorded figures, written in the forms in which people have them: what comes in is what the
archive's own files give, to the digit.
"""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest

from marketwake.sources.farside.source import read_page
from marketwake.sources.files import archive
from marketwake.sources.files.inbox import parse
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.gate import rules

ASKED = datetime(2026, 9, 1, 12, tzinfo=UTC)
MONTH = (datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC))


def accepted(raw: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    kept = {}
    for table, frame in raw.items():
        contract = read_contracts("raw")[table]
        validated = contract.validate(frame, rules(contract, ASKED))
        assert validated.rejected.is_empty(), validated.rejected.head(3).rows()
        kept[table] = validated.accepted.sort(contract.key)
    return kept


def given(name: str, body: bytes) -> dict[str, pl.DataFrame]:
    return accepted(parse(Request("inbox", name), body, ASKED))


def loaded(folder: Path, path: str, dataset: str) -> dict[str, pl.DataFrame]:
    return accepted(archive.parse(Request(dataset, path), (folder / path).read_bytes()))


@pytest.fixture
def july(shared: Path) -> pl.DataFrame:
    """Hourly bars of bitcoin on Binance, July 2025."""
    bars = loaded(shared, "spot/binance/BTC_USDT-1h.feather", "spot_bar")["spot_bar"]
    month = bars.filter(pl.col("opened_at") >= MONTH[0], pl.col("opened_at") < MONTH[1])
    assert month.height == 31 * 24
    return month


def lines(bars: pl.DataFrame, form: str, per_second: int) -> list[str]:
    return [
        form.format(t=int(at.timestamp()) * per_second, o=o, h=h, l=low, c=c, v=v, q=v * c, at=at)
        for at, o, h, low, c, v in bars.select(
            "opened_at", "open", "high", "low", "close", "volume_base"
        ).iter_rows()
    ]


def test_bars_in_every_form_are_the_recorded_ones(july: pl.DataFrame) -> None:
    binance = "{t},{o:.8f},{h:.8f},{l:.8f},{c:.8f},{v:.8f},{t},{q:.8f},9,1.00000000,1.00000000,0"
    text = "\n".join(lines(july, binance, 1_000_000)).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("BTCUSDT-1h-2025-07.csv", text)
    assert given("BTCUSDT-1h-2025-07.csv", text)["spot_bar"].equals(july)
    assert given("BTCUSDT-1h-2025-07.zip", file.getvalue())["spot_bar"].equals(july)
    # The newest first, its first line an address; July ends no quarter: the last bar is left out.
    form = "{t},{at:%Y-%m-%d %H:%M:%S},BTCUSDT,{o!r},{h!r},{l!r},{c!r},{v!r},{q!r},9"
    header = "Unix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT,tradecount"
    rows = reversed(lines(july, form, 1000))
    cdd = "\n".join(["https://www.CryptoDataDownload.com", header, *rows]).encode()
    assert given("Binance_BTCUSDT_1h.csv", cdd)["spot_bar"].equals(july[:-1])
    stored = july.select(
        date="opened_at", open="open", high="high", low="low", close="close", volume="volume_base"
    )
    parquet, feather = io.BytesIO(), io.BytesIO()
    stored.write_parquet(parquet)
    stored.write_ipc(feather, compression="lz4")
    for name, kept in (
        ("binance_BTC_USDT-1h.parquet", parquet),
        ("BTC_USDT-1h.feather (venue Binance)", feather),
    ):
        assert given(name, kept.getvalue())["spot_bar"].equals(july[:-1])
    dump = "\n".join(lines(july, "{t},{o!r},{h!r},{l!r},{c!r},{v!r},9", 1)).encode()
    on_kraken = july[:-1].with_columns(venue=pl.lit("Kraken"))
    assert given("XBTUSDT_60.csv", dump)["spot_bar"].equals(on_kraken)


def test_flows_in_every_form_are_the_recorded_ones(shared: Path) -> None:
    path = "etf/farside_btc_flows.csv"
    truth = loaded(shared, path, "farside")
    rows = [line.split(",") for line in (shared / path).read_text().splitlines()]
    copied = "\n".join("\t".join(row) for row in rows)
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([float(cell) if _is_number(cell) else cell or None for cell in row])
    file = io.BytesIO()
    book.save(file)
    for name, body in (("copied.txt", copied.encode()), ("flows.xlsx", file.getvalue())):
        came = given(name, body)
        assert came["etf_flow"].equals(truth["etf_flow"])
        assert came["etf_flow_total"].equals(truth["etf_flow_total"])
    came = given("etf_flows_wide.csv", _wide(rows).encode())
    assert came["etf_flow"].equals(truth["etf_flow"])
    assert came["etf_flow_total"].equals(truth["etf_flow_total"])


def _is_number(cell: str) -> bool:
    return cell.replace(".", "").replace("-", "").isdigit()


def _wide(rows: list[list[str]]) -> str:
    """As other programs keep it: ISO dates, US dollars, lower case, every day filled with zeros."""
    header, *sessions = rows
    by_day = {datetime.strptime(row[0], "%d %b %Y").date(): row[1:] for row in sessions}  # noqa: DTZ007
    day, lines_of = min(by_day), [",".join(header).lower()]
    while day <= max(by_day):
        cells = by_day.get(day, ["0.0"] * (len(header) - 1))
        dollars = (f"{round(float(cell) * 1e6)}.0" if cell else "" for cell in cells)
        lines_of.append(",".join([date.isoformat(day), *dollars]))
        day += timedelta(days=1)
    return "\n".join(lines_of)


def test_a_saved_page_of_any_name_is_farsides(shared: Path) -> None:
    body = (shared / "etf" / "farside_btc_page_20260723.html").read_bytes()
    truth = accepted(read_page("inbox", "page", "BTC", body, ASKED))
    came = given("Bitcoin ETF Flow (US$m) Farside Investors (1).html", body)
    assert came["etf_flow"].equals(truth["etf_flow"])
    assert came["etf_flow"].height > 100


def test_odds_and_an_index_are_the_recorded_ones(shared: Path) -> None:
    path = "fedwatch/FedMeeting_20250917.csv"
    body = (shared / path).read_bytes()
    truth = loaded(shared, path, "fed_probability")["fed_probability"]
    assert given("FedMeeting_20250917 (1).csv", body)["fed_probability"].equals(truth)
    path = "equity/gspc_daily.csv"
    closes = loaded(shared, path, "index_bar")["index_bar"]
    table = pl.read_csv(shared / path, infer_schema=False).select(
        "date", "close", "high", "low", "open", "volume"
    )
    rows = "\n".join(",".join(row) for row in table.iter_rows())
    yfinance = f"Price,Close,High,Low,Open,Volume\nTicker{',^GSPC' * 5}\nDate,,,,,\n{rows}\n"
    assert given("any.csv", yfinance.encode())["index_bar"].equals(closes)
