"""The inbox: what is accepted, what is refused with which reason, and where the files end up."""

import io
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base.errors import SourceChangedError, SourceError
from marketwake.base.settings import Settings
from marketwake.landing.store import Landing
from marketwake.runs import fetch as fetching
from marketwake.runs.run import Run
from marketwake.sources.files.inbox import Inbox, parse, settle
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse

ASKED = datetime(2025, 9, 1, tzinfo=UTC)
FLOWS = ["asset", "ticker", "session", "net_flow_usd"]
# Farside, 7 August 2025: 156.6 for IBIT.
CSV = b"asset,ticker,session,net_flow_usd\nBTC,IBIT,2025-08-07,156600000\n"
IBIT = ("BTC", "IBIT", date(2025, 8, 7), 156_600_000.0)


def accepted(name: str, body: bytes, asked: datetime = ASKED) -> list[tuple[object, ...]]:
    ((table, frame),) = parse(Request("any", name), body, asked).items()
    validated = read_contracts("raw")[table].validate(frame)
    assert validated.rejected.is_empty(), validated.rejected.rows()
    return validated.accepted.rows()


def workbook(*rows: Sequence[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("notes").append(["not read"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def hiding(what: str) -> bytes:
    """A workbook of two sheets, the second with the flow of 7 August, that hides something."""
    book = openpyxl.Workbook()
    book.active.append(["asset", "ticker", "session", "net_flow_usd"])
    book.active.append(["BTC", "IBIT", date(2025, 8, 6), 999])
    shown = book.create_sheet("flows")
    shown.append(["asset", "ticker", "session", "net_flow_usd"])
    shown.append(["BTC", "IBIT", date(2025, 8, 7), 156_600_000])
    book.active.sheet_state = "hidden"
    if what == "row":
        shown.row_dimensions[2].hidden = True
    if what == "column":
        shown.column_dimensions["D"].hidden = True
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_first_sheet_that_is_shown_counts() -> None:
    assert accepted("etf_flow.xlsx", hiding("sheet")) == [IBIT]


@pytest.mark.parametrize(("what", "name"), [("row", "row 2"), ("column", "column D")])
def test_a_sheet_that_hides_figures_is_refused(what: str, name: str) -> None:
    with pytest.raises(SourceChangedError, match=f"all shown, found {name} hidden"):
        parse(Request("any", "etf_flow.xlsx"), hiding(what), ASKED)


@pytest.mark.parametrize(("cell", "shares"), [("100.0", 100), ("100.", 100), ("+7", 7)])
def test_a_whole_number_may_be_written_with_a_point(cell: str, shares: int) -> None:
    body = f"ticker,session,close_usd,volume_shares\nIBIT,2025-08-08,65.1,{cell}\n".encode()
    assert accepted("etf_bar-pandas.csv", body) == [("IBIT", date(2025, 8, 8), 65.1, shares)]


def test_columns_that_may_be_null_may_be_left_out() -> None:
    # The Dow's close of 3 September 1929, 381.17, and Shiller's dividend of January 1871, 0.26.
    columns = ["symbol", "bar_interval", "session", "close"]
    dow = ["^DJI", "1d", "1929-09-03", "381.17"]
    shiller = ["SHILLER", "1mo", "1871-01-01", "4.44", "0.26"]
    body = "\n".join(",".join(line) for line in (columns, dow)).encode()
    assert accepted("index_bar.csv", body) == accepted("index_bar.xlsx", workbook(columns, dow))
    assert accepted("index_bar.csv", body) == [
        ("^DJI", "1d", date(1929, 9, 3), 381.17, None, None, None)
    ]
    assert accepted("index_bar.xlsx", workbook([*columns, "dividend"], shiller)) == [
        ("SHILLER", "1mo", date(1871, 1, 1), 4.44, 0.26, None, None)
    ]
    with pytest.raises(SourceChangedError, match="found symbol, bar_interval, session, dividend"):
        accepted("index_bar.xlsx", workbook([*columns[:3], "dividend"], shiller))


@pytest.mark.parametrize(
    "name", ["etf_flow.csv", "etf_flow-from Anna, August.csv", "ETF_FLOW-1.CSV"]
)
def test_a_csv_file_feeds_the_table_that_its_name_begins_with(name: str) -> None:
    assert accepted(name, CSV) == [IBIT]


def test_a_byte_order_mark_padding_and_a_blank_last_line_do_no_harm() -> None:
    assert accepted(
        "etf_flow.csv",
        b"\xef\xbb\xbfsession,asset,ticker,net_flow_usd\r\n2025-08-07, BTC ,IBIT,156600000\r\n\r\n",
    ) == [IBIT]


def test_a_workbook_says_the_same_as_a_csv_file() -> None:
    midnight = datetime(2025, 8, 7)  # noqa: DTZ001
    body = workbook(
        FLOWS,
        ["BTC", " IBIT", midnight, 156_600_000.0],
        [None, None, None, None],
        ["BTC", "IBIT", "2025-08-08", 36e7],
    )
    assert accepted("etf_flow.xlsx", body) == [
        IBIT,
        ("BTC", "IBIT", date(2025, 8, 8), 360_000_000.0),
    ]


def test_instants_and_whole_numbers_of_a_workbook() -> None:
    # MBT August 2025 on 7 August: any figures do; 21:00 UTC is Chicago's 16:00 in summer.
    header = [
        "vendor",
        "root",
        "contract",
        "price_kind",
        "day",
        "observed_at",
        "price_usd",
        "volume_contracts",
        "open_interest_contracts",
    ]
    row = [
        "CME",
        "MBT",
        "MBTQ5",
        "last_trade",
        date(2025, 8, 7),
        datetime(2025, 8, 7, 21),  # noqa: DTZ001
        117_500.25,
        4321.0,
        None,
    ]
    instant = datetime(2025, 8, 7, 21, tzinfo=UTC)
    assert accepted("futures_price.xlsx", workbook([*header, None], row)) == [
        (*row[:5], instant, 117_500.25, 4321, None)
    ]


def test_a_cell_that_is_no_day_costs_its_row_alone() -> None:
    body = workbook(
        FLOWS,
        ["BTC", "IBIT", datetime(2025, 8, 7, 12), 1],  # noqa: DTZ001
        ["BTC", "IBIT", True, 1],
        ["BTC", "FBTC", date(2025, 8, 7), 1],
    )
    validated = read_contracts("raw")["etf_flow"].validate(
        parse(Request("etf_flow", "etf_flow.xlsx"), body, ASKED)["etf_flow"]
    )
    assert [row[1] for row in validated.accepted.rows()] == ["FBTC"]
    assert validated.rejected["reason"].to_list() == [
        "session: '2025-08-07T12:00:00.000000Z' is not a DATE",
        "session: 'true' is not a DATE",
    ]


@pytest.mark.parametrize(
    "name", ["farside_btc_flows.csv", "farside_btc.csv", "Farside_BTC-2026.csv"]
)
def test_farsides_table_is_accepted_as_csv(name: str) -> None:
    frames = parse(Request("farside", name), b"Date,IBIT,Total\n07 Aug 2025,156.6,156.6\n", ASKED)
    assert {table: frame.rows() for table, frame in frames.items()} == {
        "etf_flow": [("BTC", "IBIT", "2025-08-07", "156600000")],
        "etf_flow_total": [("BTC", "2025-08-07", "156600000")],
    }


def test_fedwatchs_download_is_accepted_under_cmes_name() -> None:
    # CME's columns and dates; the figures of 7 August 2025 are published: 0.918621 for a cut.
    body = b"Date,(400-425),(425-450),(450-475)\n2025/8/7,0.918621,0.081379,\n"
    assert accepted("FedMeeting_20250917.csv", body) == [
        (date(2025, 9, 17), date(2025, 8, 7), 400, 425, 0.918621),
        (date(2025, 9, 17), date(2025, 8, 7), 425, 450, 0.081379),
    ]


def test_farsides_page_is_accepted_as_the_browser_saves_it() -> None:
    cells = [["Date", "ETHA", "Total"], ["07 Aug 2025", "103.5", "103.5"]]
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
    frames = parse(
        Request("farside", "farside_eth_page.html"),
        f'<table class="etf">{rows}</table>'.encode(),
        ASKED,
    )
    assert frames["etf_flow"].rows() == [("ETH", "ETHA", "2025-08-07", "103500000")]


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        (
            "etf_flow.pdf",
            CSV,
            r"etf_flow.pdf: expected a file named <table>\[-anything\].csv or .xlsx "
            "with a table of coin_",
        ),
        ("etf_flow2025.csv", CSV, "expected a file named .* found another name or type"),
        (
            "spots.csv",
            CSV,
            r"or farside_<btc\|eth>\[_anything\].csv or .html, .* found another name or type",
        ),
        ("farside_sol_flows.csv", CSV, "found another name or type"),
        (
            "FedMeeting_20250917 (1).csv",
            CSV,
            r"inbox: FedMeeting_20250917.csv: expected the columns Date, found asset, ticker",
        ),
        (
            "FedMeeting_20250917.csv",
            CSV,
            "inbox: FedMeeting_20250917.csv: expected the columns Date, found asset, ticker",
        ),
        (
            "FedMeeting_20250917.csv",
            b"Date,425\n2025/8/7,1\n",
            r"expected Date, then target ranges .* found the columns 425",
        ),
        (
            "etf_flow.csv",
            b"",
            "expected the columns asset, ticker, session, net_flow_usd, found an empty file",
        ),
        (
            "etf_flow.csv",
            CSV.replace(b"ticker", b"fund"),
            "expected the columns .* found asset, fund, session, net_flow_usd",
        ),
        ("etf_flow.csv", CSV.replace(b",", b";"), "found asset;ticker;session;net_flow_usd"),
        ("etf_flow.csv", CSV + b"BTC,FBTC\n", "etf_flow.csv line 3: expected 4 cells, found 2"),
        ("etf_flow.csv", CSV + b"\xff", "expected CSV in UTF-8"),
        ("etf_flow.xlsx", CSV, "etf_flow.xlsx: expected an XLSX workbook, found BadZipFile"),
        ("etf_flow.xlsx", workbook(), "found an empty sheet"),
        (
            "etf_flow.xlsx",
            workbook(["asset", 5]),
            "expected the columns asset, ticker, session, net_flow_usd, found asset, 5",
        ),
        (
            "etf_flow.xlsx",
            workbook(FLOWS, ["BTC", "IBIT", "2025-08-07", 1, "?"]),
            "etf_flow.xlsx row 2: expected 4 cells, found more",
        ),
        (
            "etf_flow.xlsx",
            workbook(FLOWS, [], ["BTC", "#N/A", "2025-08-07", 1]),
            "row 3: expected ticker as VARCHAR, found #N/A",
        ),
        (
            "etf_flow.xlsx",
            workbook(FLOWS, ["BTC", date(2025, 6, 25), "2025-08-07", 1]),
            "expected ticker as VARCHAR, found 2025-06-25",
        ),
        (
            "etf_flow.xlsx",
            workbook(FLOWS, ["BTC", time(1, 30), "2025-08-07", 1]),
            "row 2: expected ticker as VARCHAR, found 01:30:00",
        ),
        (
            "farside_btc_a.csv",
            b"Date,ETHA,Total\n",
            "inbox: farside_btc_a.csv: expected funds that hold BTC, found ETHA",
        ),
        (
            "farside_btc_a.csv",
            b"Date,IBIT\n",
            "inbox: farside_btc_a.csv: expected the columns Date, Total, found Date, IBIT",
        ),
        (
            "farside_btc_a.csv",
            b"Date,IBIT,Total\n01 Oct 2025,1.0,1.0\n",
            "expected sessions until 2025-09-01",
        ),
        (
            "farside_btc_a.html",
            b"<html>Just a moment...</html>",
            'inbox: farside_btc_a.html: expected a page with one <table class="etf">',
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    name: str, body: bytes, message: str
) -> None:
    with pytest.raises(SourceChangedError, match=message):
        parse(Request("any", name), body, ASKED)


@settings(deadline=None)
@given(st.binary())
def test_no_bytes_do_worse_than_be_refused(body: bytes) -> None:
    for name in ("spot_bar.csv", "spot_bar.xlsx", "farside_eth_x.csv", "FedMeeting_20250917.csv"):
        with pytest.raises(SourceChangedError):
            parse(Request("any", name), body, ASKED)


FIGURES = st.floats(-9e10, 9e10, allow_nan=False) | st.integers(-(10**10), 10**10)
INSTANTS = st.datetimes(datetime(2024, 1, 11), datetime(2025, 8, 31))  # noqa: DTZ001


@settings(deadline=None)
@given(
    st.dictionaries(
        INSTANTS.map(lambda instant: instant.replace(microsecond=0)),
        FIGURES,
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_into_a_workbook_is_what_is_read(prices: dict[datetime, float]) -> None:
    header = [
        "vendor",
        "coin",
        "symbol",
        "snapshot_at",
        "price_usd",
        "market_cap_usd",
        "volume_24h_usd",
    ]
    rows: list[list[object]] = [
        ["x", "bitcoin", "BTC", at, abs(figure) + 1, None, None] for at, figure in prices.items()
    ]
    read = accepted("coin_snapshot.xlsx", workbook(header, *rows))
    # XLSX keeps 17 significant digits of a figure and a millisecond of an instant.
    assert [row[3] for row in read] == [at.replace(tzinfo=UTC) for at in prices]
    assert [row[4] for row in read] == [
        pytest.approx(abs(figure) + 1, rel=1e-15) for figure in prices.values()
    ]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "inbox").mkdir()
    yield tmp_path
    # Nothing is left half-moved.
    assert not [
        path
        for path in (tmp_path / "inbox").iterdir()
        if path.is_file() and not path.name.startswith((".", "~$"))
    ]


def night(root: Path, name: str = "run", *, supersede: bool = False) -> fetching.Fetched:
    run = Run(Warehouse(root), "nightly", "live", Settings())
    run.id = name
    with run.hold(0):
        run.started_at = run.clock()
        fetched = run.fetch(Inbox(root, supersede=supersede))
        run.load([fetched])
    return fetched


def moved(root: Path, folder: str) -> list[str]:
    """Names without their stamp, as in `20250901T000000.000000Z-etf_flow.csv`."""
    return sorted(path.name.split("Z-", 1)[1] for path in (root / "inbox" / folder).glob("*"))


def flows(root: Path) -> list[tuple[object, ...]]:
    with Warehouse(root).writer() as con:
        return con.execute(
            """
            select asset, ticker, session, net_flow_usd from raw.etf_flow
            where superseded_at is null order by all
            """
        ).fetchall()


def test_no_folder_and_an_empty_folder_are_no_failure(tmp_path: Path) -> None:
    assert Inbox(tmp_path).requests() == []
    settle(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "inbox").mkdir()
    assert Inbox(tmp_path).requests() == []


def test_what_is_loaded_and_what_is_refused_is_moved_and_its_bytes_are_landed(root: Path) -> None:
    (root / "inbox" / "etf_flow-1.csv").write_bytes(CSV)
    (root / "inbox" / "prices.pdf").write_bytes(b"%PDF")
    fetched = night(root)
    assert (fetched.landed, fetched.failures) == (2, ())
    settle(root)
    assert flows(root) == [IBIT]
    assert moved(root, "loaded") == ["etf_flow-1.csv"]
    assert moved(root, "refused") == ["prices.pdf", "prices.pdf.reason.txt"]
    reason = next((root / "inbox" / "refused").glob("*.txt")).read_text(encoding="utf-8")
    assert "prices.pdf: expected a file named" in reason
    assert "Nothing of it was loaded. Mend the file and drop it into" in reason
    landing = Landing(root)
    assert [
        (receipt.dataset, receipt.what, landing.read(receipt)) for receipt in landing.receipts()
    ] == [
        ("etf_flow", "etf_flow-1.csv", CSV),
        ("inbox", "prices.pdf", b"%PDF"),
    ]


def test_fedwatchs_download_is_loaded_with_its_provenance(root: Path) -> None:
    (root / "inbox" / "FedMeeting_20250917.csv").write_bytes(
        b"Date,(400-425),(425-450)\n2025/8/7,0.918621,0.081379\n"
    )
    night(root)
    settle(root)
    assert moved(root, "loaded") == ["FedMeeting_20250917.csv"]
    (receipt,) = Landing(root).receipts()
    assert (receipt.source, receipt.dataset) == ("inbox", "fed_probability")
    with Warehouse(root).writer() as con:
        assert con.execute(
            "select probability, payload_sha256 from raw.fed_probability order by all"
        ).fetchall() == [
            (0.081379, receipt.payload_sha256),
            (0.918621, receipt.payload_sha256),
        ]


def test_rejected_rows_are_listed_beside_the_file(root: Path) -> None:
    (root / "inbox" / "etf_flow.csv").write_bytes(CSV + b"BTC,FBTC,2025-02-31,1\n")
    night(root)
    settle(root)
    assert moved(root, "loaded") == ["etf_flow.csv", "etf_flow.csv.rejected.txt"]
    # They are told of once: whoever dropped the file has the list.
    assert night(root, "next").asked == 0
    listed = next((root / "inbox" / "loaded").glob("*.txt")).read_text(encoding="utf-8")
    assert listed.startswith("raw.etf_flow row 2: session: '2025-02-31' is not a DATE: {")
    assert flows(root) == [IBIT]


def test_what_a_file_holds_steers_no_terminal(root: Path) -> None:
    steering = "60\x1b]0;owned\x07\x1b[2J"
    (root / "inbox" / "etf_flow.csv").write_bytes(CSV + f"BTC,FBTC,{steering},1\n".encode())
    (root / "inbox" / "etf_bar-\x1b[2J.csv").write_bytes(f"ticker,{steering}\n".encode())
    night(root)
    settle(root)
    (rejected,) = (root / "inbox" / "loaded").glob("*.rejected.txt")
    (reason,) = (root / "inbox" / "refused").glob("*.reason.txt")
    for text in (rejected.read_text(encoding="utf-8"), reason.read_text(encoding="utf-8")):
        assert "60\N{REPLACEMENT CHARACTER}]0;owned\N{REPLACEMENT CHARACTER}" in text
        assert not set("\x1b\x07") & set(text)


def test_a_file_stays_until_its_load_is_there_and_is_moved_by_a_later_run(root: Path) -> None:
    (root / "inbox" / "etf_flow.csv").write_bytes(CSV)
    landing = Landing(root)
    fetching.fetch(landing, Inbox(root), "killed")
    settle(root)
    assert [path.name for path in (root / "inbox").iterdir()] == ["etf_flow.csv"]
    # The next run finds the same bytes landed, and loads what the killed one left behind.
    assert night(root, "next").unchanged == 1
    settle(root)
    settle(root)
    assert moved(root, "loaded") == ["etf_flow.csv"]


def test_a_file_that_changed_after_it_was_read_stays_for_the_next_run(root: Path) -> None:
    path = root / "inbox" / "etf_flow.csv"
    path.write_bytes(CSV)
    night(root)
    path.write_bytes(CSV.replace(b"156600000", b"156700000"))
    settle(root)
    assert path.exists()
    night(root, "next", supersede=True)
    settle(root)
    assert flows(root)[0][-1] == 156_700_000.0


def test_the_same_file_dropped_again_goes_where_it_went(root: Path) -> None:
    for _ in range(2):
        (root / "inbox" / "etf_flow.csv").write_bytes(CSV)
        (root / "inbox" / "spots.csv").write_bytes(CSV)
        night(root)
        settle(root)
    assert moved(root, "loaded") == ["etf_flow.csv"] * 2
    assert moved(root, "refused") == [
        "spots.csv",
        "spots.csv",
        "spots.csv.reason.txt",
        "spots.csv.reason.txt",
    ]
    assert len(Landing(root).receipts()) == 2


def test_unfinished_copies_lock_files_and_folders_are_left_alone(root: Path) -> None:
    for name in (".etf_flow.csv", "~$etf_flow.xlsx"):
        (root / "inbox" / name).write_bytes(b"half")
    (root / "inbox" / "etf_flow.csv").mkdir()
    assert Inbox(root).requests() == []


def test_what_is_no_file_is_refused_unread_and_moved_itself(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(CSV)
    names = ["etf_flow-dead.csv", "etf_flow-folder.csv", "etf_flow-link.csv", "etf_flow-pipe.csv"]
    for name, target in zip(names, (tmp_path / "nowhere", tmp_path, secret), strict=False):
        (root / "inbox" / name).symlink_to(target)
    # Who opened it would wait for ever.
    os.mkfifo(root / "inbox" / names[-1])
    (root / "inbox" / "etf_flow.csv").write_bytes(CSV.replace(b"156600000", b"156700000"))
    fetched = night(root)
    assert [request.what for request, _ in fetched.failures] == names
    assert {error.fix for _, error in fetched.failures} == {"Drop the file itself into the inbox."}
    settle(root)
    assert flows(root) == [(*IBIT[:3], 156_700_000.0)]
    landing = Landing(root)
    assert CSV not in map(landing.read, landing.receipts())
    assert moved(root, "refused") == sorted([*names, *(f"{name}.reason.txt" for name in names)])
    (link,) = (root / "inbox" / "refused").glob("*-link.csv")
    assert (link.readlink(), secret.read_bytes()) == (secret, CSV)
    assert night(root, "next").asked == 0


def test_a_folder_of_the_inbox_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "roomy").mkdir()
    (root / "inbox" / "loaded").symlink_to(tmp_path / "roomy")
    (root / "inbox" / "etf_flow.csv").write_bytes(CSV)
    assert night(root).failures == ()
    settle(root)
    assert len(list((tmp_path / "roomy").iterdir())) == 1


def test_a_name_that_is_no_utf_8_can_be_stored_and_read(root: Path) -> None:
    # A file from an old Windows machine: 0xE4 is an umlaut in its code page.
    Path(str(root / "inbox") + "/etf_flow-Mai\udce4.csv").write_bytes(CSV)
    night(root)
    settle(root)
    assert flows(root) == [IBIT]


def test_a_file_that_is_gone_is_one_failed_fetch(root: Path) -> None:
    with pytest.raises(SourceError, match=r"etf_flow.csv is gone"):
        Inbox(root).fetch(Request("etf_flow", "etf_flow.csv"))


def test_a_file_that_cannot_be_moved_is_named_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "etf_flow.csv").write_bytes(CSV)
    (tmp_path / "inbox" / "loaded").write_bytes(b"a file where the folder should be")
    night(tmp_path)
    settle(tmp_path)
    assert "etf_flow.csv is dealt with but cannot be moved: [Errno 17] File exists" in caplog.text
    assert flows(tmp_path) == [IBIT]


def test_a_restated_figure_opens_a_version(root: Path) -> None:
    for figure in (b"156600000", b"156700000"):
        (root / "inbox" / "etf_flow.csv").write_bytes(CSV.replace(b"156600000", figure))
        night(root, figure.decode(), supersede=True)
        settle(root)
    with Warehouse(root).writer() as con:
        versions = con.sql(
            "select net_flow_usd, superseded_at is null as is_current "
            "from raw.etf_flow order by all"
        ).pl()
    assert versions.equals(
        pl.DataFrame({"net_flow_usd": [156_600_000.0, 156_700_000.0], "is_current": [False, True]})
    )
