"""Farside's table: expected values are the published figures, in US$ million, times 1,000,000."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import SourceChangedError
from marketwake.sources.files.archive import Archive, parse
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts

BTC = Request("farside", "etf/farside_btc_flows.csv")
ETH = Request("farside", "etf/farside_eth_flows.csv")


def read(
    request: Request, *lines: str
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    frames = parse(request, ("\n".join(lines) + "\n").encode())
    flows, totals = (
        read_contracts("raw")[table].validate(frames[table])
        for table in ("etf_flow", "etf_flow_total")
    )
    assert flows.rejected.is_empty()
    assert totals.rejected.is_empty()
    return flows.accepted.sort("session", "ticker").rows(), totals.accepted.sort("session").rows()


def test_a_session_gives_a_row_per_fund_that_reported_and_a_total() -> None:
    # The first session, as published: IBIT 111.7, GBTC -95.1; MSBT did not exist.
    flows, totals = read(BTC, "Date,IBIT,MSBT,GBTC,Total", "11 Jan 2024,111.7,,-95.1,655.3")
    session = date(2024, 1, 11)
    assert flows == [
        ("BTC", "GBTC", session, -95_100_000.0),
        ("BTC", "IBIT", session, 111_700_000.0),
    ]
    assert totals == [("BTC", session, 655_300_000.0)]


def test_zero_is_reported_and_a_dash_is_not() -> None:
    flows, totals = read(BTC, "Date,EZBC,BTCO,Total", "12 Jan 2024,0.0,-,0.0")
    assert flows == [("BTC", "EZBC", date(2024, 1, 12), 0.0)]
    assert totals == [("BTC", date(2024, 1, 12), 0.0)]


def test_a_holiday_and_the_running_day_give_nothing() -> None:
    assert read(BTC, "Date,IBIT,GBTC,Total", "15 Jan 2024,,,0.0", "23 Jul 2026,-,-,0.0") == ([], [])


def test_seed_and_foot_are_no_sessions() -> None:
    lines = [
        "Seed,10.6,15.1,10360.0",
        "23 Jul 2024,266.5,15.1,106.6",
        "Total,1,1,1",
        "Average,1,1,1",
        "Maximum,1,1,1",
        "Minimum,1,1,1",
    ]
    flows, totals = read(ETH, "Date,ETHA,ETH,Total", *lines)
    assert [row[1:] for row in flows] == [
        ("ETH", date(2024, 7, 23), 15_100_000.0),
        ("ETHA", date(2024, 7, 23), 266_500_000.0),
    ]
    assert totals == [("ETH", date(2024, 7, 23), 106_600_000.0)]


def test_a_former_ticker_becomes_the_present_one() -> None:
    flows, _ = read(ETH, "Date,CETH,Total", "23 Jul 2024,7.5,7.5")
    assert flows == [("ETH", "TETH", date(2024, 7, 23), 7_500_000.0)]


def test_columns_are_read_by_name() -> None:
    assert read(BTC, "Total,GBTC,Date,IBIT", "655.3,-95.1,11 Jan 2024,111.7") == read(
        BTC, "Date,IBIT,GBTC,Total", "11 Jan 2024,111.7,-95.1,655.3"
    )


def test_parentheses_are_negative_and_commas_group() -> None:
    flows, totals = read(BTC, "Date,IBIT,Total", '25 Feb 2025,(164.4),"(1,113.7)"')
    assert flows[0][-1] == -164_400_000.0
    assert totals[0][-1] == -1_113_700_000.0


def test_an_impossible_cell_costs_its_row_alone() -> None:
    body = b"Date,IBIT,FBTC,Total\n31 Feb 2025,1.0,1.0,2.0\n28 Feb 2025,abc,1.0,1.0\n"
    frames = parse(BTC, body)
    flows = read_contracts("raw")["etf_flow"].validate(frames["etf_flow"])
    assert flows.accepted.rows() == [("BTC", "FBTC", date(2025, 2, 28), 1_000_000.0)]
    assert sorted(flows.rejected["reason"]) == [
        "net_flow_usd: 'abc US$ million' is not a DOUBLE",
        *["session: '31 Feb 2025' is not a DATE"] * 2,
    ]
    assert (
        read_contracts("raw")["etf_flow_total"].validate(frames["etf_flow_total"]).accepted.height
        == 1
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Date,IBIT,FBTC\n", "expected the columns Date, Total, found Date, IBIT, FBTC"),
        ("Date,Total\n", "expected Date, a named column per fund, Total, found Date, Total"),
        (
            "Date,,Total\n11 Jan 2024,1,1\n",
            "expected Date, a named column per fund, Total, found Date, , Total",
        ),
        ("Date,IBIT,Total\n11 Jan 2024,1\n", "line 2: expected 3 cells, found 2"),
    ],
)
def test_another_layout_is_refused(text: str, message: str) -> None:
    with pytest.raises(SourceChangedError, match=message):
        parse(BTC, text.encode())


@given(st.integers(-99_999, 99_999))
def test_a_decimal_of_a_million_is_exact_in_dollars(tenths: int) -> None:
    sign, whole, tenth = "-" if tenths < 0 else "", *divmod(abs(tenths), 10)
    flows, _ = read(BTC, "Date,IBIT,Total", f"11 Jan 2024,{sign}{whole}.{tenth},0.0")
    assert flows[0][-1] == tenths * 100_000


@pytest.mark.parametrize(("request_", "sessions"), [(BTC, 655), (ETH, 523)])
def test_the_funds_sum_to_the_printed_total_in_every_session(
    shared: Path, request_: Request, sessions: int
) -> None:
    # 671 and 533 dated rows, of which 16 and 10 are holidays.
    frames = parse(request_, Archive(shared).fetch(request_))
    number = pl.col("net_flow_usd").cast(pl.Int64)
    sums = frames["etf_flow"].group_by("session").agg(number.sum().alias("funds"))
    joined = sums.join(
        frames["etf_flow_total"].with_columns(number),
        on="session",
        how="full",
        coalesce=True,
        maintain_order="left_right",
    )
    assert joined.height == sessions
    assert joined.filter((pl.col("funds") - pl.col("net_flow_usd")).abs() > 100_000).is_empty()
    assert joined.null_count().sum_horizontal().item() == 0


def test_two_sessions_of_ether_after_the_order(shared: Path) -> None:
    # Farside: 222.3 on 2025-08-07 and 461.0 on 2025-08-08, 683.3 together.
    totals = parse(ETH, Archive(shared).fetch(ETH))["etf_flow_total"]
    assert totals.filter(pl.col("session").is_in(["2025-08-07", "2025-08-08"]))[
        "net_flow_usd"
    ].to_list() == ["222300000", "461000000"]
