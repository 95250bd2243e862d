"""Farside's pages: quirks on pages by hand, and the recorded page against the recorded table."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base.errors import SourceChangedError
from marketwake.sources.farside.source import parse
from marketwake.sources.farside.table import read_csv
from marketwake.sources.files import archive
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.gate import rules
from tests.support.sessions import xnys_sessions

BTC = Request("farside", "/btc/")
ETH_HISTORY = Request("farside", "/ethereum-etf-flow-all-data/")
ASKED = datetime(2026, 7, 23, 20, 0, tzinfo=UTC)
Rows = list[tuple[object, ...]]

LOGOS = [
    "\u00a0\u00a0",
    '<img src="/b.jpg" alt="Blackrock">',
    '<img src="/g.jpg" alt="Grayscale">',
    "\u00a0\u00a0Total",
]
TICKERS = ["", "\u00a0\u00a0IBIT", "\u00a0GBTC", ""]
FEES = ["Fee", "0.25%", "1.50%", ""]
ASSET_HEAD = [LOGOS, TICKERS, FEES]
# The footer of the recorded page, cut to two funds.
FOOT = [
    ["Total", "60,809", "(27,416)", "51,904"],
    ["Average", "96.1", "(43.3)", "82.0"],
    ["Maximum", "1,119.9", "102.5", "1,373.8"],
]


SESSIONS = [
    session.day
    for session in xnys_sessions()
    if date(2024, 1, 11) <= session.day <= date(2026, 7, 23)
]


def red(figure: str) -> str:
    return f'<span class="redFont">{figure}</span>'


def page(rows: Sequence[Sequence[str]], head: Sequence[Sequence[str]] = ASSET_HEAD) -> bytes:
    def lines(kind: str, table: Sequence[Sequence[str]]) -> str:
        cell = f'<{kind}><div align="right"><span class="tabletext">{{}}</span></div></{kind}>'
        return "\n".join(f"<tr>{''.join(map(cell.format, row))}</tr>" for row in table)

    text = (
        f'<table class="etf">\n<thead>{lines("th", head)}</thead>\n'
        f"<tbody>\n{lines('td', rows)}\n</tbody>\n</table>"
    )
    return f"<html><head><title>Bitcoin ETF Flow</title></head><body>{text}</body></html>".encode()


def rows_of(request: Request, body: bytes, asked: datetime = ASKED) -> tuple[Rows, Rows]:
    frames = parse(request, body, asked)
    flows, totals = (
        read_contracts("raw")[table].validate(frames[table])
        for table in ("etf_flow", "etf_flow_total")
    )
    assert flows.rejected.is_empty()
    assert totals.rejected.is_empty()
    return flows.accepted.sort("session", "ticker").rows(), totals.accepted.sort("session").rows()


def test_an_asset_page_with_three_header_rows() -> None:
    # Recorded page, 6 July 2026: IBIT 209.4, GBTC (44.5), total 265.7.
    flows, totals = rows_of(BTC, page([["06 Jul 2026", "209.4", red("(44.5)"), "265.7"], *FOOT]))
    day = date(2026, 7, 6)
    assert flows == [("BTC", "GBTC", day, -44_500_000.0), ("BTC", "IBIT", day, 209_400_000.0)]
    assert totals == [("BTC", day, 265_700_000.0)]


def test_a_history_page_with_one_header_row_a_stray_row_and_starred_seeds() -> None:
    # Farside's first session of ether: ETHA 266.5, ETHE (484.1), CETH (TETH since 2025) 7.5, total
    # 106.6 of all funds.
    head = [["Date", "ETHA", "CETH", "ETHE", "Total"]]
    rows = [
        [],
        ["", "", "", "", ""],
        ["Seed", "10.6", "2.3", "9,199.3*", "10,360"],
        ["23 Jul 2024", "266.5", "7.5", red("(484.1)"), "106.6"],
    ]
    flows, totals = rows_of(ETH_HISTORY, page(rows, head))
    day = date(2024, 7, 23)
    assert flows == [
        ("ETH", "ETHA", day, 266_500_000.0),
        ("ETH", "ETHE", day, -484_100_000.0),
        ("ETH", "TETH", day, 7_500_000.0),
    ]
    assert totals == [("ETH", day, 106_600_000.0)]


def test_issuers_may_be_named_in_words_and_fees_stand_below_the_head() -> None:
    head = [["", "Blackrock", "Grayscale", "Total"], TICKERS]
    rows = [["Fee", "0.25%", "1.50%", ""], ["06 Jul 2026", "209.4", "(44.5)", "265.7"]]
    assert rows_of(BTC, page(rows, head)) == rows_of(BTC, page(rows[1:]))


def test_the_running_day_is_no_data_and_its_first_figures_are() -> None:
    assert rows_of(BTC, page([["23 Jul 2026", "-", "-", "0.0"]])) == ([], [])
    flows, totals = rows_of(BTC, page([["23 Jul 2026", "12.5", "-", "12.5"]]))
    assert flows == [("BTC", "IBIT", date(2026, 7, 23), 12_500_000.0)]
    assert totals == [("BTC", date(2026, 7, 23), 12_500_000.0)]


def test_a_reported_zero_is_kept_and_thousands_are_read() -> None:
    flows, totals = rows_of(BTC, page([["25 Feb 2025", "0.0", red("(1,113.7)"), red("(1,113.7)")]]))
    assert [row[-1] for row in flows] == [-1_113_700_000.0, 0.0]
    assert totals[0][-1] == -1_113_700_000.0


def test_a_new_fund_is_handed_on_and_a_vanished_one_is_not_missed() -> None:
    head = [["Date", "IBIT", "NEWB", "Total"]]
    flows, _ = rows_of(BTC, page([["06 Jul 2026", "1.0", "2.0", "3.0"]], head))
    assert [row[1] for row in flows] == ["IBIT", "NEWB"]


def test_funds_that_miss_their_total_are_handed_on_for_the_check() -> None:
    flows, totals = rows_of(BTC, page([["06 Jul 2026", "1.0", "2.0", "9.9"]]))
    assert [row[-1] for row in flows] + [row[-1] for row in totals] == [
        2_000_000.0,
        1_000_000.0,
        9_900_000.0,
    ]


def test_a_session_listed_twice_counts_once() -> None:
    row = ["06 Jul 2026", "209.4", "(44.5)", "265.7"]
    assert rows_of(BTC, page([row, row])) == rows_of(BTC, page([row]))


DAY = ["06 Jul 2026", "209.4", "(44.5)", "265.7"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", 'expected a page with one <table class="etf">, found Document is empty'),
        (
            b"<html><head><title>Just a moment...</title></head><body></body></html>",
            "found 0 of them on the page 'Just a moment...'",
        ),
        (b"error code: 1020", "found 0 of them on the page 'error code: 1020'"),
        (page([DAY]) + page([DAY]), "found 2 of them on the page 'Bitcoin ETF Flow'"),
        (
            page([DAY])[: page([DAY]).index(b"</table>")],
            r"one <table class=\"etf\">, complete, found \d+ bytes that end before </table>",
        ),
        (page([]), "expected header rows, then rows dated like 06 Jul 2026, found  |  |  | Total"),
        (
            page([DAY], []),
            "expected header rows, then rows dated like 06 Jul 2026, found 06 Jul 2026",
        ),
        (page([DAY], [LOGOS, FEES]), "expected one row of BTC funds among rows of one width"),
        (
            page([DAY], [LOGOS, TICKERS, TICKERS]),
            "expected one row of BTC funds among rows of one width",
        ),
        (
            page([DAY], [LOGOS, TICKERS[:3], FEES]),
            "expected one row of BTC funds among rows of one width",
        ),
        (
            page([DAY], [["Date", "ETHA", "ETHE", "Total"]]),
            "expected one row of BTC funds .* found Date | ETHA | ETHE | Total",
        ),
        (
            page([DAY], [["Date", "IBIT", "GBTC", "Net"]]),
            "expected a ticker, Date or Total, found Net",
        ),
        (
            page([DAY], [["Day", "IBIT", "GBTC", "Total"]]),
            "expected a ticker, Date or Total, found Day",
        ),
        (
            page([DAY], [["Date", "IBIT", "Grayscale", "Total"]]),
            "expected a ticker, Date or Total, found Grayscale",
        ),
        (
            page([DAY], [["", "Total", "", ""], ["", "IBIT", "GBTC", ""]]),
            "expected a ticker, Date or Total, found IBIT | Total",
        ),
        (
            page([DAY], [["Date", "IBIT", "IBIT", "Total"]]),
            "expected one Date, one Total, and every fund once",
        ),
        (
            page([DAY], [["Date", "IBIT", "GBTC", ""]]),
            "expected one Date, one Total, and every fund once, found Date | IBIT | GBTC | Date",
        ),
        (
            page([DAY], [*ASSET_HEAD, ["", "1.0", "2.0", ""]]),
            "expected no figures above the first day, found  | 1.0 | 2.0",
        ),
        (
            page([["6/7/2026", "1.0", "2.0", "3.0"], DAY]),
            "expected a ticker, Date or Total, found 6/7/2026",
        ),
        (page([DAY, DAY[:3]]), "row '06 Jul 2026': expected 4 cells, found 3"),
        (
            page([DAY, ["", "1.0", "2.0", "3.0"]]),
            "expected a day like 06 Jul 2026 or one of Seed, Total, .*, found ''",
        ),
        (page([DAY, ["31 Jun 2026", "1.0", "2.0", "3.0"]]), "found '31 Jun 2026'"),
        (page([DAY, ["Median", "1.0", "2.0", "3.0"]]), "found 'Median'"),
        (
            page([["06 Jul 2026", "209.4", "n/a", "209.4"]]),
            r"06 Jul 2026 GBTC: expected a figure like .*, found 'n/a'",
        ),
        (
            page([["06 Jul 2026", "209,4", "-", "209.4"]]),
            "06 Jul 2026 IBIT: expected a figure like .*, found '209,4'",
        ),
        (
            page([["06 Jul 2026", "209.4", "-", "(209.4"]]),
            r"06 Jul 2026 Total: expected a figure like .*, found '\(209.4'",
        ),
        (
            page([["24 Jul 2026", "209.4", "-", "209.4"]]),
            "sessions until 2026-07-23, the day of asking, found figures for 2026-07-24",
        ),
    ],
)
def test_what_is_not_the_table_is_refused_with_what_was_expected_and_found(
    body: bytes, message: str
) -> None:
    with pytest.raises(SourceChangedError, match=message.replace("|", r"\|")):
        parse(BTC, body, ASKED)


def test_an_unknown_page_is_refused() -> None:
    with pytest.raises(
        SourceChangedError,
        match=r"expected one of /bitcoin-etf-flow-all-data/, .*, found another page",
    ):
        parse(Request("farside", "/sol/"), page([DAY]), ASKED)


TENTHS = st.none() | st.integers(-99_999, 99_999)


def printed(tenths: int | None) -> str:
    if tenths is None:
        return "-"
    text = f"{abs(tenths) // 10:,}.{abs(tenths) % 10}"
    return red(f"({text})") if tenths < 0 else text


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(SESSIONS),
        st.lists(TENTHS, min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    ),
    st.permutations(range(4)),
)
def test_what_is_printed_is_what_is_read_in_any_order_of_columns(
    days: dict[date, list[int | None]], order: list[int]
) -> None:
    rows = [[f"{day:%d %b %Y}", *map(printed, figures)] for day, figures in sorted(days.items())]
    body = page(
        [[row[i] for i in order] for row in rows], [[row[i] for i in order] for row in ASSET_HEAD]
    )
    flows, totals = rows_of(BTC, body)
    reported = {
        day: figures for day, figures in sorted(days.items()) if figures[:2] != [None, None]
    }
    assert flows == [
        ("BTC", ticker, day, tenths * 100_000)
        for day, (ibit, gbtc, _) in reported.items()
        for ticker, tenths in (("GBTC", gbtc), ("IBIT", ibit))
        if tenths is not None
    ]
    assert totals == [
        ("BTC", day, total * 100_000)
        for day, (_, _, total) in reported.items()
        if total is not None
    ]


@pytest.mark.parametrize(
    ("cell", "usd"),
    [
        ("287.4<sup>1</sup>", 287_400_000.0),
        ("287<sup>1</sup>", 287_000_000.0),
        ('287.4<span style="Display: none">9</span>', 287_400_000.0),
        ('287.4<span style="visibility:hidden">9</span>', 287_400_000.0),
        ("287.4<i hidden>9</i>", 287_400_000.0),
        ("\u2212287.4", -287_400_000.0),
        ("\u2013287.4", -287_400_000.0),
        ("+287.4", 287_400_000.0),
        ("(1,287.4)", -1_287_400_000.0),
        ("\u2014", None),
        ("\u2013", None),
        ("", None),
        *(
            (dash, None)
            for dash in ("\u2010", "\u2011", "\u2012", "\u2015", "\u2212", "--", "\u2e3a")
        ),
        *(
            (f"{sign}287.4", -287_400_000.0)
            for sign in "\u2010\u2011\u2012\u2014\ufe63\uff0d\u2796"
        ),
        ("\uff0b287.4", 287_400_000.0),
        ("\uff08287.4\uff09", -287_400_000.0),
    ],
)
def test_a_cell_is_read_as_a_person_sees_it_or_is_none(cell: str, usd: float | None) -> None:
    flows, _ = rows_of(BTC, page([["06 Jul 2026", cell, "1.0", "288.4"]]))
    expected = [("BTC", "GBTC", date(2026, 7, 6), 1_000_000.0)]
    if usd is not None:
        expected.append(("BTC", "IBIT", date(2026, 7, 6), usd))
    assert flows == expected
    if "<" not in cell:
        csv = f'Date,IBIT,GBTC,Total\n06 Jul 2026,"{cell}",1.0,288.4\n'.encode()
        frame = read_csv("inbox", "farside_btc.csv", "BTC", csv)["etf_flow"]
        of_csv = read_contracts("raw")["etf_flow"].validate(frame).accepted
        assert (
            sorted(of_csv.select("asset", "ticker", "session", "net_flow_usd").rows()) == expected
        )


@pytest.mark.parametrize("cell", ["287,4", "1.287,4", "1e3", "0x1F", "28 7", "2874*", "1,28,7.4"])
def test_a_figure_in_another_grammar_refuses_the_page_and_is_a_reject_of_the_csv(cell: str) -> None:
    with pytest.raises(SourceChangedError, match=r"06 Jul 2026 IBIT: expected a figure like 9\.7"):
        parse(BTC, page([["06 Jul 2026", cell, "1.0", "288.4"]]), ASKED)
    csv = f'Date,IBIT,GBTC,Total\n06 Jul 2026,"{cell}",1.0,288.4\n'.encode()
    frame = read_csv("inbox", "farside_btc.csv", "BTC", csv)["etf_flow"]
    validated = read_contracts("raw")["etf_flow"].validate(frame)
    assert validated.rejected["reason"].to_list() == [
        f"net_flow_usd: '{cell} US$ million' is not a DOUBLE"
    ]
    assert validated.accepted["ticker"].to_list() == ["GBTC"]


def test_a_footnote_of_a_heading_is_no_part_of_a_ticker() -> None:
    head = [LOGOS, ["", "IBIT<sup>2</sup>", "GBTC", ""], FEES]
    flows, _ = rows_of(BTC, page([["06 Jul 2026", "1.0", "-", "1.0"]], head))
    assert flows == [("BTC", "IBIT", date(2026, 7, 6), 1_000_000.0)]


def test_a_holiday_of_zeros_is_no_row_and_one_of_figures_is_refused_by_the_gate() -> None:
    # 3 July 2026: Independence Day, observed.
    zeros = page([["02 Jul 2026", "0.0", "0.0", "0.0"], ["03 Jul 2026", "0.0", "-", "0.0"]])
    flows, totals = rows_of(BTC, zeros)
    assert {day for _, _, day, _ in flows} == {day for _, day, _ in totals} == {date(2026, 7, 2)}
    figures = parse(BTC, page([["03 Jul 2026", "5.0", "-", "5.0"]]), ASKED)["etf_flow"]
    contract = read_contracts("raw")["etf_flow"]
    assert contract.validate(figures, rules(contract, ASKED)).rejected["reason"].to_list() == [
        "session: 2026-07-03 is no session of the New York Stock Exchange"
    ]


def test_a_day_out_of_its_order_refuses_the_page() -> None:
    # A year mistyped: 02 Jul 2025 for 02 Jul 2026.
    days = [[f"{day} Jul {year}", "1.0", "-", "1.0"] for day, year in ((1, 2026), (2, 2025))]
    with pytest.raises(SourceChangedError, match="days in order, found 02 Jul 2025 after a later"):
        parse(BTC, page([["0" + day, *cells] for day, *cells in days]), ASKED)


@given(st.data())
def test_a_page_that_breaks_off_anywhere_in_the_table_is_refused(data: st.DataObject) -> None:
    body = page([DAY, *FOOT])
    with pytest.raises(SourceChangedError):
        parse(BTC, body[: data.draw(st.integers(0, body.index(b"</table>")))], ASKED)


@given(st.binary())
def test_no_bytes_do_worse_than_be_refused(body: bytes) -> None:
    with pytest.raises(SourceChangedError):
        parse(BTC, body, ASKED)


def test_the_recorded_page_parses_to_the_figures_of_the_recorded_table(shared: Path) -> None:
    frames = parse(BTC, (shared / "etf" / "farside_btc_page_20260723.html").read_bytes(), ASKED)
    recorded = Request("farside", "etf/farside_btc_flows.csv")
    published = archive.parse(recorded, archive.Archive(shared).fetch(recorded))
    # 13 sessions of 12 funds from 6 to 22 July; the 23rd was running.
    assert {table: frame.height for table, frame in frames.items()} == {
        "etf_flow": 13 * 12,
        "etf_flow_total": 13,
    }
    for table, frame in frames.items():
        assert (frame["session"].min(), frame["session"].max()) == ("2026-07-06", "2026-07-22")
        same_days = published[table].filter(
            pl.col("session").is_in(frame["session"].unique().to_list())
        )
        assert frame.sort(pl.all()).equals(same_days.sort(pl.all()))
