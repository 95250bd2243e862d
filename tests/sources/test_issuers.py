"""The issuers' workbooks. Figures: GBTC's row of 2026-09-16 and iShares' forms as they were seen;
elsewhere round numbers.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest

from marketwake.base.errors import (
    BlockedError,
    SourceChangedError,
    SourceError,
    SourceUnavailableError,
)
from marketwake.base.series import Series, Window
from marketwake.base.settings import Settings
from marketwake.landing.store import Landing
from marketwake.runs import load as batches
from marketwake.sources import registry
from marketwake.sources.http import OURSELVES, get
from marketwake.sources.issuers import sheets
from marketwake.sources.issuers.source import Issuers, parse
from marketwake.sources.issuers.workbook import is_workbook, parse_file
from marketwake.sources.source import Request
from marketwake.sources.windows import WINDOWS_ASKED
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.gate import rules
from tests.support.rows import at
from tests.support.servers import Misbehaviour, Running, serve
from tests.support.servers.issuers import Day, grayscale_workbook, ishares_workbook, xlsx

ASKED = datetime(2026, 9, 17, 6, 15, tzinfo=UTC)
GBTC = [Day(date(2026, 9, 16), 180_000_000, 59.0), Day(date(2026, 9, 15), 180_750_000, 58.8)]
IBIT = [
    Day(date(2026, 9, 16), 1_435_600_000, 43.1),
    Day(date(2026, 9, 15), 1_435_100_000, 42.9),
    Day(date(2024, 1, 10), None, None),
]
HEADINGS = ("Date", "Shares Outstanding", "NAV Per Share", "AUM")
IBIT_TITLE = "iShares Bitcoin Trust ETF"


def rows(frames: dict[str, pl.DataFrame]) -> list[tuple[str | None, ...]]:
    """The rows of the one table, by day."""
    assert set(frames) == {"etf_nav"}
    return frames["etf_nav"].sort("dated_on").rows()


def parsed(ticker: str, body: bytes) -> list[tuple[str | None, ...]]:
    """The rows of an answer to a question for a fund."""
    return rows(parse(Request("etf_nav", ticker), body, ASKED))


def changed(ticker: str, body: bytes) -> str:
    """Why an answer is refused."""
    with pytest.raises(SourceChangedError) as caught:
        parse(Request("etf_nav", ticker), body, ASKED)
    return caught.value.what


def test_grayscales_workbook_gives_shares_nav_and_net_assets() -> None:
    # 180,000,000 at 59 are 10.62 billion; 180,750,000 at 58.80 are 10.6281 billion.
    assert parsed("GBTC", grayscale_workbook("BTC", GBTC)) == [
        ("GBTC", "2026-09-15", "180750000", "58.8", "10628100000.0"),
        ("GBTC", "2026-09-16", "180000000", "59.0", "10620000000.0"),
    ]


def test_a_workbook_that_excel_has_saved_and_dates_as_text_read_the_same() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Daily Performance"
    for row in (
        (None, None, None, None),
        ("AUM", " NAV Per Share ", "Date", "Shares  Outstanding"),
        (10_620_000_000, "$59.00", "9/16/2026", "180,000,000"),
        ("10628100000", 58.8, "2026-09-15", 180_750_000.0),
    ):
        book.active.append(row)
    saved = io.BytesIO()
    book.save(saved)
    assert parsed("GBTC", saved.getvalue()) == [
        ("GBTC", "2026-09-15", "180750000", "58.8", "10628100000"),
        ("GBTC", "2026-09-16", "180000000", "59.00", "10620000000"),
    ]


@pytest.mark.parametrize(
    "printed",
    [
        "46281",
        "46281.6666",
        "2026-09-16 00:00:00",
        "9/16/2026",
        "September 16, 2026",
        "16-Sep-2026",
    ],
)
def test_a_day_may_be_printed_in_several_ways(printed: str) -> None:
    # 46,281 days after 1899-12-30.
    table = [HEADINGS, (printed, *GBTC[0][1:], 10_620_000_000)]
    assert parsed("GBTC", xlsx({"Daily Performance": table}))[0][1] == "2026-09-16"


def test_days_that_are_counted_from_1904_are_refused() -> None:
    book = openpyxl.Workbook()
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - as openpyxl has it
    book.active.title = "Daily Performance"
    book.active.append(("Date", "Shares Outstanding", "NAV Per Share", "AUM"))
    book.active.append((date(2026, 9, 16), 180_000_000, 59.0, 10_620_000_000))
    saved = io.BytesIO()
    book.save(saved)
    assert "expected days counted from 1900, found 1904" in changed("GBTC", saved.getvalue())


def test_ishares_workbook_is_xml_with_a_bare_ampersand_and_dashes_before_the_launch() -> None:
    body = ishares_workbook(IBIT_TITLE, IBIT)
    assert b"S&P" in body
    assert b"type=etf&view" in body
    assert parsed("IBIT", body) == [
        ("IBIT", "2026-09-15", "1435100000", "42.900000", None),
        ("IBIT", "2026-09-16", "1435600000", "43.100000", None),
    ]


def test_a_fund_that_was_renamed_is_still_the_one_that_was_asked_for() -> None:
    renamed = ishares_workbook("iShares\u00ae Bitcoin ETF", IBIT)
    assert parsed("IBIT", renamed) == parsed("IBIT", ishares_workbook(IBIT_TITLE, IBIT))
    assert "expected days of ETHA, found a workbook of IBIT" in changed("ETHA", renamed)


def test_what_is_broken_beside_the_days_does_not_matter() -> None:
    body = ishares_workbook(IBIT_TITLE, IBIT)
    odd = body.replace(b"S&P & others", b"S\xae&P <br> \x07 & others")
    assert odd.count(b"<br>") == 2
    assert parsed("IBIT", odd) == parsed("IBIT", body)
    assert "found a workbook of IBIT" in changed("ETHA", odd)


def test_cells_that_are_left_out_keep_the_others_in_their_columns() -> None:
    # As Excel writes it: no prefix, and the number of the first cell after a gap.
    body = b"""<?xml version="1.0"?>
        <Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
            xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
        <Worksheet ss:Name="Historical"><Table>
        <Row><Cell><Data>As Of</Data></Cell><Cell><Data>NAV per Share</Data></Cell>
            <Cell><Data>Ex-Dividends</Data></Cell><Cell><Data>Shares Outstanding</Data></Cell></Row>
        <Row><Cell><Data>Sep 15, 2026</Data></Cell><Cell><Data>42.9</Data></Cell>
            <Cell ss:Index="4"><Data>1,435,100,000</Data></Cell></Row>
        </Table></Worksheet></Workbook>"""
    assert parsed("IBIT", body) == [("IBIT", "2026-09-15", "1435100000", "42.9", None)]


def test_a_workbook_of_no_day_has_nothing_yet() -> None:
    assert parsed("ETHA", ishares_workbook("iShares Ethereum Trust ETF", [])) == []
    # The same without a sheet of days, but of a day: that is another file.
    body = ishares_workbook(IBIT_TITLE, IBIT).replace(b'"Historical"', b'"Performance"')
    assert changed("IBIT", body) == (
        "issuers: IBIT: expected a sheet Daily Performance or Historical, "
        "found Disclaimers, Distributions, Holdings, Performance"
    )


def test_one_strange_cell_rejects_its_row_alone_and_so_does_a_day_to_come() -> None:
    body = grayscale_workbook(
        "BTC", [*GBTC, *(Day(date(2026, 9, day), 180_000_000, 58.0) for day in (18, 14, 11))]
    )
    frames = parse(Request("etf_nav", "GBTC"), body, ASKED)
    frame = frames["etf_nav"].with_columns(
        nav_usd=pl.when(pl.col("dated_on") == "2026-09-14").then(pl.lit("n/a")).otherwise("nav_usd")
    )
    contract = read_contracts("raw")["etf_nav"]
    validated = contract.validate(frame, rules(contract, ASKED))
    assert validated.accepted["dated_on"].sort().to_list() == [
        date(2026, 9, 11), date(2026, 9, 15), date(2026, 9, 16),
    ]  # fmt: skip
    first, second = sorted(validated.rejected["reason"])
    assert (
        first
        == "dated_on: 2026-09-18 lies after 2026-09-17, the last that can be known at the asking"
    )
    assert "nav_usd" in second


def test_shares_and_nav_in_each_others_columns_are_no_rows() -> None:
    swapped = [Day(day, round(nav or 0), float(shares or 0)) for day, shares, nav in IBIT[:2]]
    frames = parse(Request("etf_nav", "IBIT"), ishares_workbook(IBIT_TITLE, swapped), ASKED)
    assert read_contracts("raw")["etf_nav"].validate(frames["etf_nav"]).accepted.is_empty()


def _with_assets(wrong: int) -> bytes:
    days = [
        (date(2026, 1, 1 + n), 1_000_000, 50.0, 5e7 * (1.5 if n < wrong else 1)) for n in range(25)
    ]
    days += [(date(2026, 2, 1 + n), 1_000_000, 50.0, 5.04e7) for n in range(25)]
    table = [("Date", "Shares Outstanding", "NAV Per Share", "AUM"), *days]
    return xlsx({"Daily Performance": table})


def test_net_assets_are_shares_times_nav_or_the_file_is_refused() -> None:
    # Within a hundredth on 49 of 50 days, which are 98 %.
    assert len(parsed("GBTC", _with_assets(1))) == 50
    assert changed("GBTC", _with_assets(2)) == (
        "issuers: GBTC: expected net assets that are shares x NAV on 98% of the days, "
        "found 2 of 50 that are not, first 2026-01-01: 1000000 x 50.0, 75000000.0"
    )


@pytest.mark.parametrize(
    ("ticker", "body", "found"),
    [
        ("GBTC", grayscale_workbook("ETH", GBTC), "days of GBTC, found a workbook of ETHE or ETH"),
        ("GBTC", ishares_workbook(IBIT_TITLE, IBIT), "days of GBTC, found a workbook of IBIT"),
        # The smaller trust was launched on 2024-07-31.
        (
            "BTC",
            grayscale_workbook("BTC", [*GBTC, Day(date(2023, 1, 3), 692_000_000, 9.0)]),
            "expected days of BTC, found a workbook of GBTC",
        ),
        (
            "ETHA",
            ishares_workbook("iShares Gold Trust", IBIT[:2]),
            "expected days of ETHA, found a workbook of another fund",
        ),
        (
            "GBTC",
            grayscale_workbook("BTC", GBTC, "Price"),
            "the headings date, shares outstanding, nav per share, aum, found Date | Shares",
        ),
        ("GBTC", grayscale_workbook("BTC", GBTC, "AUM"), "expected the headings"),
        (
            "GBTC",
            xlsx({"Daily Performance": [HEADINGS, ("x", *GBTC[0][1:], 10_620_000_000)]}),
            "expected days like 2026-08-05, found x",
        ),
        (
            "GBTC",
            xlsx({"Daily Performance": [(*HEADINGS, "Date")]}),
            "expected every heading once",
        ),
        (
            "GBTC",
            xlsx({"Daily Performance": [HEADINGS]}),
            "days in the sheet Daily Performance, found no row below its headings",
        ),
        (
            "GBTC",
            xlsx({"Sheet1": [("Date",)]}),
            "a sheet Daily Performance or Historical, found Sheet1",
        ),
        ("GBTC", grayscale_workbook("BTC", GBTC)[:-100], "expected an XLSX workbook"),
        (
            "IBIT",
            b"<!DOCTYPE html><html><title>iShares</title></html>",
            "expected a workbook, XLSX or XML of Excel 2003, found <!DOCTYPE html>",
        ),
        (
            "IBIT",
            ishares_workbook(IBIT_TITLE, IBIT).rpartition(b"Sep 15")[0],
            "expected the whole sheet Historical",
        ),
        (
            "IBIT",
            ishares_workbook(IBIT_TITLE, IBIT).replace(b"Sep 15", b"</ss:Row>"),
            "IBIT sheet Historical: expected XML",
        ),
        ("IBIT", b"", "found nothing"),
        ("SPY", b"", "expected one of GBTC, BTC, ETHE, ETH, IBIT, ETHA, found another fund"),
    ],
)
def test_what_is_not_the_funds_workbook_is_refused(ticker: str, body: bytes, found: str) -> None:
    assert found in changed(ticker, body)


def test_a_workbook_that_unpacks_without_end_or_declares_entities_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    body = ishares_workbook(IBIT_TITLE, IBIT).replace(b"?>\n", b"?>\n" + laughs, 1)
    assert "found one that declares entities" in changed("IBIT", body)
    sheet = "xl/worksheets/sheet1.xml"
    for prolog in (laughs, b"", "<!DOCTYPE x>".encode("utf-16")):
        packed = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(grayscale_workbook("BTC", GBTC))) as sound,
            zipfile.ZipFile(packed, "w") as archive,
        ):
            for name in sound.namelist():
                archive.writestr(name, (prolog if name == sheet else b"") + sound.read(name))
        if prolog:
            assert "found one that declares entities" in changed("GBTC", packed.getvalue())
        else:
            assert len(parsed("GBTC", packed.getvalue())) == 2
    packed = io.BytesIO(grayscale_workbook("BTC", GBTC))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\0" * 300_000, zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(sheets, "LARGEST", 200_000)
    assert "a workbook that unpacks to at most 200000 bytes, found 30" in changed(
        "GBTC", packed.getvalue()
    )
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    for ticker, body in (
        ("GBTC", grayscale_workbook("BTC", GBTC)),
        ("IBIT", ishares_workbook(IBIT_TITLE, IBIT)),
    ):
        assert "a sheet of at most 2 rows" in changed(ticker, body)


OLD = [*GBTC, Day(date(2015, 5, 11), 1_000_000, 3.0)]
ETH = [Day(date(2026, 9, 16), 40_000_000, 21.5)]


@pytest.mark.parametrize(
    ("name", "body", "ticker"),
    [
        ("IBIT.xls", ishares_workbook(IBIT_TITLE, IBIT), "IBIT"),
        # The content says more than a name.
        ("download (1).xls", ishares_workbook("iShares Ethereum Trust", ETH), "ETHA"),
        ("iShares-Bitcoin-Trust-ETF_fund.xls", ishares_workbook("", IBIT), "IBIT"),
        ("337614.xls", ishares_workbook("", ETH), "ETHA"),
        ("download.xlsx", grayscale_workbook("BTC", OLD), "GBTC"),
        ("gbtc_history-2026.xlsx", grayscale_workbook("BTC", GBTC), "GBTC"),
        ("Grayscale BTC.xlsx", grayscale_workbook("BTC", GBTC), "BTC"),
        ("52edbb6f-93e8-4b73-85f6-6b347706bc2a.xlsx", grayscale_workbook("ETH", ETH), "ETH"),
        ("ETHE.XLSX", grayscale_workbook("ETH", ETH), "ETHE"),
    ],
)
def test_a_saved_workbook_is_known_by_content_or_name(name: str, body: bytes, ticker: str) -> None:
    assert is_workbook(body)
    assert {row[0] for row in rows(parse_file(name, body))} == {ticker}
    dropped = registry.read("inbox", Request("inbox", name), body, ASKED)
    assert rows(dropped) == rows(parse_file(name, body))


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        (
            "download.xlsx",
            grayscale_workbook("BTC", GBTC),
            "inbox: download.xlsx: expected a ticker in the name, like GBTC.xlsx, "
            "found a workbook of GBTC or BTC",
        ),
        ("ETHE.xlsx", grayscale_workbook("BTC", GBTC), "of ETHE, found a workbook of GBTC or BTC"),
        ("gbtc and btc.xlsx", grayscale_workbook("BTC", GBTC), "one ticker in it, found GBTC, BTC"),
        ("btc.xlsx", grayscale_workbook("BTC", OLD), "days of BTC, found a workbook of GBTC"),
        ("ETHA.xls", ishares_workbook(IBIT_TITLE, IBIT), "days of ETHA, found a workbook of IBIT"),
        (
            "ETHA (1).xls",
            ishares_workbook("iShares Staked Ethereum Trust ETF", ETH),
            "days of ETHA, found a workbook of another fund",
        ),
        (
            "IVV.xls",
            ishares_workbook("iShares Core S&P 500 ETF", IBIT[:2]),
            "found a workbook of another fund",
        ),
    ],
)  # fmt: skip
def test_a_name_that_tells_nothing_or_another_fund_is_refused(
    name: str, body: bytes, found: str
) -> None:
    with pytest.raises(SourceChangedError) as caught:
        parse_file(name, body)
    assert found in caught.value.what


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ticker,dated_on\n",
        b"<html>Just a moment</html>",
        b"PK\x03\x04 and no more",
        xlsx({"Sheet1": [("ticker", "dated_on")]}),
        b'<?xml version="1.0"?><x xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    ],
)
def test_other_files_are_no_such_workbook(body: bytes) -> None:
    assert not is_workbook(body)


# The source


@pytest.fixture
def running() -> Iterator[Running]:
    """The loopback issuers."""
    with serve("issuers", now=datetime(2025, 8, 22, 6, 15, tzinfo=UTC)) as servers:
        yield servers


def _source(running: Running) -> Issuers:
    return Issuers(Settings(addresses=running.addresses, timeout_seconds=10))


def test_a_fund_each_is_asked_for_as_ourselves_at_the_issuers_paths(running: Running) -> None:
    source = _source(running)
    asked = source.requests()
    assert [request.what for request in asked] == ["GBTC", "BTC", "ETHE", "ETH", "IBIT", "ETHA"]
    newest = {
        request.what: rows(parse(request, source.fetch(request), running.now))[-1][1]
        for request in asked
    }
    assert newest == dict.fromkeys(newest, "2025-08-21")
    seen = running.seen("issuers")
    assert seen[0].path == "/product-performance/672e88c7-dac6-4fcd-9069-18eef01a2c73.xlsx"
    assert seen[5].query["portfolioId"] == "337614"
    assert OURSELVES.startswith("marketwake/")
    # Who passes for a browser is refused.
    with pytest.raises(BlockedError):
        get(running.addresses["issuers"] + seen[0].path)


def test_a_store_that_says_it_does_not_exist_is_asked_again_and_a_lost_workbook_is_not(
    running: Running,
) -> None:
    source = _source(running)
    running.misbehave("issuers", Misbehaviour("status", status=404))
    with pytest.raises(SourceUnavailableError, match="the store says that it does not exist"):
        source.fetch(Request("etf_nav", "GBTC"))
    elsewhere = Issuers(Settings(addresses={"issuers": running.addresses["issuers"] + "/moved"}))
    with pytest.raises(SourceError, match="the store has no such workbook") as caught:
        elsewhere.fetch(Request("etf_nav", "GBTC"))
    assert not caught.value.retryable
    assert not isinstance(caught.value, BlockedError)


def test_the_address_that_ishares_left_answers_a_page_as_csv(running: Running) -> None:
    address = running.addresses["issuers"] + "/us/products/333011/1467271812596.ajax?fileType=csv"
    body = get(address, agent=OURSELVES)
    assert "found <!DOCTYPE html>" in changed("IBIT", body)


def test_a_backfill_asks_once_for_each_fund_and_for_no_other(running: Running) -> None:
    source = _source(running)
    series = [Series("etf_nav", "Issuers", ticker, "1d") for ticker in ("IBIT", "GBTC", "IBIT")]
    windows = [Window(one, at("2025-08-05 00:00"), at("2025-08-06 00:00")) for one in series]
    assert source.ask(windows) == [Request("etf_nav", "GBTC"), Request("etf_nav", "IBIT")]
    assert source.reach(series[0]).first is not None
    assert source.reach(Series("etf_nav", "Issuers", "FBTC", "1d")).first is None


def test_a_split_restates_all_days_unheld_and_other_figures_for_them_wait(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path, lambda: ASKED)

    def loaded(days: list[Day]) -> tuple[int, int, int]:
        body = grayscale_workbook("BTC", days)
        receipt = landing.put("issuers", Request("etf_nav", "GBTC"), body, ASKED, "run")
        assert receipt
        load = batches.load(con, receipt, body)
        return load.new, load.restated, load.held

    days = [Day(date(2026, 8, day), 180_000_000, 57.0 + day / 100) for day in range(31, 19, -1)]
    assert loaded(days) == (12, 0, 0)
    # One for three: a third of the shares, each worth three times as much.
    split = [Day(day, (shares or 0) // 3, (nav or 0) * 3) for day, shares, nav in days]
    assert loaded(split) == (0, 12, 0)
    # Twelve days with 3 % more than before are more than ten, and all of the series.
    assert loaded([day._replace(nav=(day.nav or 0) * 1.03) for day in split]) == (0, 0, 12)


def test_an_answer_covers_its_fund_since_the_launch_up_to_its_newest_day() -> None:
    asked = WINDOWS_ASKED["issuers"]
    frames = parse(Request("etf_nav", "GBTC"), grayscale_workbook("BTC", OLD), ASKED)
    (window,) = asked(Request("etf_nav", "GBTC"), ASKED, frames)
    assert window.series == Series("etf_nav", "Issuers", "GBTC", "1d")
    assert (window.first, window.last) == (at("2024-01-11 00:00"), at("2026-09-16 00:00"))
    # One of no day answers nothing; one that did not come was asked for up to the asking.
    empty = parse(Request("etf_nav", "ETHA"), ishares_workbook("", []), ASKED)
    assert asked(Request("etf_nav", "ETHA"), ASKED, empty) == []
    (lost,) = asked(Request("etf_nav", "ETHA"), ASKED, {})
    assert (lost.first, lost.last) == (at("2024-07-23 00:00"), at("2026-09-17 00:00"))
    assert asked(Request("etf_nav", "SPY"), ASKED, {}) == []
