"""Flows of single funds by their issuers' shares and NAV. A row is dated with the session whose
close its NAV is of, and has the shares after the session before.
"""

from typing import Any

import duckdb
import pytest

from marketwake.checks.run import run_checks
from tests.conftest import Insert
from tests.support.rows import at, flow, marts, nav

Con = duckdb.DuckDBPyConnection
Row = dict[str, Any]


def _flows(con: Con, insert: Insert, *rows: Row, farside: tuple[Row, ...] = ()) -> list[Row]:
    insert(con, "etf_nav", list(rows))
    if farside:
        insert(con, "etf_flow", list(farside))
    return marts(con, "select * from mart.etf_flow_issuer order by ticker, session")


def test_the_shares_of_the_next_row_are_those_after_the_session(con: Con, insert: Insert) -> None:
    # Grayscale's row of 2026-09-16 has 750,000 shares less than that of the day before: at 58.80,
    # -44.1 million on the 15th, as Farside has it.
    before, last = _flows(
        con,
        insert,
        nav("2026-09-15", "GBTC", 180_750_000, 58.80),
        nav("2026-09-16", "GBTC", 180_000_000, 59.00),
        farside=(flow("2026-09-15", "GBTC", -44.1, "BTC"),),
    )[-2:]
    assert (before["session"].isoformat(), before["step"]) == ("2026-09-15", "flow")
    assert before["net_flow_usd"] == pytest.approx(-44.1e6)
    assert before["farside_usd"] == -44.1e6
    assert before["difference_usd"] == pytest.approx(0, abs=1)
    assert (before["asset"], before["issuer"]) == ("BTC", "Grayscale")
    # The row of the 16th appears on the 17th at 06:00 UTC at the latest.
    assert before["available_at"] == at("2026-09-17 06:00")
    assert (last["step"], last["net_flow_usd"], last["difference_usd"]) == (
        "not yet published",
        None,
        None,
    )
    assert last["available_at"] is last["shares_after"] is None


def test_what_lies_between_rows_further_apart_is_given_to_no_session(
    con: Con, insert: Insert
) -> None:
    # 2025-08-12 is missing. Friday the 8th is followed by Monday the 11th: no session between.
    rows = _flows(
        con,
        insert,
        nav("2025-08-08", "IBIT", 1_000_000, 60.0),
        nav("2025-08-11", "IBIT", 1_010_000, 61.0),
        nav("2025-08-13", "IBIT", 1_050_000, 62.0),
        nav("2025-08-14", "IBIT", 1_040_000, 63.0),
        farside=(flow("2025-08-11", "IBIT", 2.0, "BTC"), flow("2025-08-12", "IBIT", 0.4, "BTC")),
    )
    told = {f"{row['session']}": (row["step"], row["net_flow_usd"]) for row in rows[-5:]}
    assert told == {
        "2025-08-08": ("flow", 600_000.0),
        "2025-08-11": ("the next session has no row", None),
        "2025-08-12": ("no row of the session", None),
        "2025-08-13": ("flow", -620_000.0),
        "2025-08-14": ("not yet published", None),
    }
    assert {row["difference_usd"] for row in rows} == {None}
    # From the launch on, 2024-01-11, every session is told of.
    assert f"{rows[0]['session']}" == "2024-01-11"
    assert {row["step"] for row in rows[:-5]} == {"no row of the session"}


def test_days_before_the_launch_make_no_flow_and_the_first_creations_no_split(
    con: Con, insert: Insert
) -> None:
    # 4,000 seed shares, then 100 times as many at the same price: 400,000 - 4,000 at 26.00.
    rows = _flows(
        con,
        insert,
        nav("2024-01-09", "IBIT", 4_000, 26.1),
        nav("2024-01-10", "IBIT", 4_000, 26.2),
        nav("2024-01-11", "IBIT", 4_000, 26.0),
        nav("2024-01-12", "IBIT", 400_000, 25.0),
    )
    assert [(f"{row['session']}", row["net_flow_usd"]) for row in rows] == [
        ("2024-01-11", 396_000 * 26.0),
        ("2024-01-12", None),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        # ETHA, one for three on 2026-10-06. Shares and NAV break in the same row ...
        [("2026-10-05", 300.0, 10.0), ("2026-10-06", 100.0, 31.0), ("2026-10-07", 101.0, 30.0)],
        # ... or the shares, which are those after the session before, a row later.
        [("2026-10-05", 300.0, 10.0), ("2026-10-06", 300.0, 30.0), ("2026-10-07", 101.0, 30.5)],
        # The other way round, two for one.
        [("2026-10-05", 100.0, 30.0), ("2026-10-06", 200.0, 15.2), ("2026-10-07", 201.0, 15.0)],
    ],
)
def test_a_split_is_no_flow(con: Con, insert: Insert, rows: list[tuple[str, float, float]]) -> None:
    told = _flows(
        con,
        insert,
        *(nav(day, "ETHA", shares * 1e6, price) for day, shares, price in rows),
        farside=tuple(flow(day, "ETHA", 12.0) for day, *_ in rows),
    )[-3:]
    (split,) = (row for row in told if row["step"] == "split")
    assert (split["net_flow_usd"], split["farside_usd"]) == (0, 12e6)
    assert split["difference_usd"] is None
    # The other finished step is of a million shares or of none, before or after.
    (other,) = (row for row in told if row["step"] == "flow")
    assert abs(other["net_flow_usd"]) <= 31e6


def test_shares_that_grow_by_half_with_an_unmoved_price_are_a_flow(
    con: Con, insert: Insert
) -> None:
    # 600,000 new shares at 20.00; the price falls by 15 % the day after, as ether does at times.
    rows = _flows(
        con,
        insert,
        nav("2025-08-07", "ETHA", 1_000_000, 20.0),
        nav("2025-08-08", "ETHA", 1_600_000, 17.0),
    )
    assert (rows[-2]["step"], rows[-2]["net_flow_usd"]) == ("flow", 12e6)


def test_the_check_names_what_is_more_than_five_million_apart(con: Con, insert: Insert) -> None:
    _flows(
        con,
        insert,
        nav("2025-08-07", "ETHE", 1_000_000, 30.0),
        nav("2025-08-08", "ETHE", 1_200_000, 31.0),
        nav("2025-08-11", "ETHE", 1_000_000, 32.0),
        nav("2025-08-12", "ETHE", 1_000_000, 33.0),
        # 200,000 at 30 are 6 million, -200,000 at 31 are -6.2 million: 4.9 and 5.1 apart.
        farside=(
            flow("2025-08-07", "ETHE", 10.9),
            flow("2025-08-08", "ETHE", -1.1),
            flow("2025-08-11", "ETHE", 0.0),
        ),
    )
    (found,) = run_checks(con, {"issuer_flow_agreement"})
    assert (found.severity, found.name) == ("warn", "ETH ETHE 2025-08-08")
    assert found.detail == (
        "issuer -6.2 M USD, Farside -1.1 M USD (1200000 shares before, 1000000 after, NAV 31)"
    )


def test_nothing_of_it_reaches_the_totals(con: Con, insert: Insert) -> None:
    insert(
        con,
        "etf_nav",
        [nav("2025-08-07", "ETHE", 1_000_000, 30.0), nav("2025-08-08", "ETHE", 1_200_000, 31.0)],
    )
    insert(con, "etf_flow", [flow("2025-08-07", "FETH", 3.5)])
    (daily,) = marts(con, "select net_flow_usd, funds_reporting from mart.etf_flow_daily")
    assert daily == {"net_flow_usd": 3.5e6, "funds_reporting": 1}
