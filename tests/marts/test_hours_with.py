"""Hours beside figures of days: none stands there before it was known."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketwake.cli.sql.query import asking
from marketwake.warehouse.build import run_folder
from tests.conftest import Insert
from tests.support.rows import at, bar, flow, future

Con = duckdb.DuckDBPyConnection
FLOWS = "hours_with_flows('ETH', 'Coinbase')"
BASIS = "hours_with_basis('MET', 0, 'Coinbase')"


@pytest.fixture(scope="module")
def sample(sample_root: Path) -> Iterator[Con]:
    with asking(sample_root) as con:
        yield con


@pytest.mark.parametrize(
    ("hours", "figures"),
    [
        (
            f"hours_with_flows('{asset}', '{venue}')",
            f"(from mart.etf_flow_daily where asset = '{asset}')",
        )
        for asset in ("BTC", "ETH")
        for venue in ("Binance", "Coinbase")
    ]
    + [
        (
            f"hours_with_basis('{root}', {tenor}, 'Coinbase')",
            f"(from basis('{root}', {tenor}) where venue = 'Coinbase')",
        )
        for root in ("MBT", "MET")
        for tenor in (0, 30, 60, 90)
    ],
)
def test_every_hour_of_the_sample_has_the_newest_figure_that_was_known_by_its_end(
    sample: Con, hours: str, figures: str
) -> None:
    """The sample has one series of the basis for each root."""
    rows = sample.execute(
        f"select hour.available_at, max(figure.available_at) from {hours} as hour "
        f"left join {figures} as figure on figure.available_at <= hour.closed_at "
        "group by hour.closed_at, hour.available_at"
    ).fetchall()
    assert len(rows) > 1000
    assert sum(shown is not None for shown, _ in rows) > 1000
    assert [row for row in rows if row[0] != row[1]] == []


@pytest.mark.parametrize(
    ("closed_at", "session", "million"),
    [
        # Farside: 35.1 on 6 August, 222.3 on the 7th, 461.0 on the 8th (a Friday), 1,018.8 on the
        # 11th; each is public at 05:00 UTC of the day after (29 hours from the day's beginning).
        ("2025-08-08 04:00", date(2025, 8, 6), 35.1),
        ("2025-08-08 05:00", date(2025, 8, 7), 222.3),
        ("2025-08-08 22:00", date(2025, 8, 7), 222.3),
        ("2025-08-09 05:00", date(2025, 8, 8), 461.0),
        ("2025-08-12 04:00", date(2025, 8, 8), 461.0),
        ("2025-08-12 05:00", date(2025, 8, 11), 1018.8),
    ],
)
def test_the_flow_of_an_hour_is_the_newest_that_was_published(
    sample: Con, closed_at: str, session: date, million: float
) -> None:
    query = f"select session, net_flow_usd / 1e6 from {FLOWS} where closed_at = ?"
    ((found, flowed),) = sample.execute(query, [at(closed_at)]).fetchall()
    assert (found, flowed) == (session, pytest.approx(million))


def test_before_the_first_figure_there_is_none(con: Con, insert: Insert) -> None:
    insert(con, "spot_bar", [bar(at(f"2025-08-08 0{hour}:00"), 1.0 + hour) for hour in range(6)])
    insert(con, "etf_flow", [flow("2025-08-07", "ETHA", 2.0)])
    run_folder(con, "marts")
    rows = con.execute(f"select hour(closed_at), net_flow_usd from {FLOWS}").fetchall()
    assert rows == [(1, None), (2, None), (3, None), (4, None), (5, 2e6), (6, 2e6)]


def _basis(con: Con, price_kind: str) -> list[tuple[Any, ...]]:
    return con.execute(
        f"select hour(closed_at), day, annualised_basis is not null from {BASIS} "
        "where price_kind = ? order by closed_at",
        [price_kind],
    ).fetchall()


def test_a_settlement_waits_two_hours_and_a_trade_is_known_at_once(
    con: Con, insert: Insert
) -> None:
    insert(con, "spot_bar", [bar(at(f"2025-08-07 {hour}:00"), 3900.0) for hour in range(18, 23)])
    insert(
        con,
        "futures_price",
        [
            future("METQ5", "2025-08-07 20:00", 3950.0, kind)
            for kind in ("last_trade", "settlement")
        ],
    )
    run_folder(con, "marts")
    known = (date(2025, 8, 7), True)
    nothing = (None, False)
    assert _basis(con, "last_trade") == [
        (19, *nothing), (20, *known), (21, *known), (22, *known), (23, *known)
    ]  # fmt: skip
    assert _basis(con, "settlement") == [
        (19, *nothing), (20, *nothing), (21, *nothing), (22, *known), (23, *known)
    ]  # fmt: skip
