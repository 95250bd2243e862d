from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from marketwake.event_study import flows, windows
from marketwake.event_study.design import Design

Frames = Callable[..., pl.DataFrame]
DAYS = [5, 6, 7, 8, 11, 12]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 8, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def sessions() -> pl.DataFrame:
    # New York trades from 13:30 to 20:00 UTC in August.
    rows = {
        "session": [date(2025, 8, day) for day in DAYS],
        "opens_at": [at(day, 13, 30) for day in DAYS],
        "closes_at": [at(day, 20) for day in DAYS],
    }
    return pl.DataFrame(rows).cast(
        {"opens_at": pl.Datetime("us", "UTC"), "closes_at": pl.Datetime("us", "UTC")}
    )


def ether(flow_by_day: dict[int, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "asset": "ETH",
            "session": [date(2025, 8, day) for day in flow_by_day],
            "net_flow_usd": list(flow_by_day.values()),
        }
    )


def response(
    anchors: pl.DataFrame, flow: pl.DataFrame, sessions: pl.DataFrame
) -> dict[int, tuple[Any, int, int]]:
    grid = flows.session_grid(flow, sessions)
    placed = windows.place(windows.instants(anchors), grid, "opens_at")
    placed = flows.at_day_zero(placed, sessions)
    rows = windows.at_anchors(placed, flows.net_flows(grid, Design()))
    return {
        row["window_length"]: (row["value"], row["observations"], row["missing"])
        for row in rows.to_dicts()
    }


def test_the_published_flows_of_the_order_and_the_day_after_sum_to_683_million(
    anchor: Frames, sessions: pl.DataFrame
) -> None:
    # Farside, ether funds, US$ million: 222.3 on 2025-08-07 and 461.0 on 2025-08-08.
    flow = ether({6: 35.1e6, 7: 222.3e6, 8: 461.0e6})
    got = response(anchor("signing", at(7, 16)), flow, sessions)
    assert got[2] == (pytest.approx(683.3e6), 2, 0)
    assert got[5] == (None, 2, 3)


def test_day_zero_is_the_first_session_that_closes_after_the_anchor(
    anchor: Frames, sessions: pl.DataFrame
) -> None:
    flow = ether({day: day * 1e6 for day in DAYS})
    # At midnight and during the session it is that of the 7th, from its close on the next; after
    # Friday's close Monday's.
    for anchor_at, day in [
        (at(7, 0), 7),
        (at(7, 19, 59), 7),
        (at(7, 20), 8),
        (at(8, 23), 11),
        (at(10, 12), 11),
    ]:
        assert response(anchor("a", anchor_at), flow, sessions)[1] == (day * 1e6, 1, 0)


def test_a_session_without_a_report_leaves_the_window_incomplete(
    anchor: Frames, sessions: pl.DataFrame
) -> None:
    got = response(
        anchor("day", at(6, 0)), ether({5: 1e6, 6: 2e6, 8: 4e6, 11: 5e6, 12: 6e6}), sessions
    )
    assert got == {1: (2e6, 1, 0), 2: (None, 1, 1), 5: (None, 4, 1)}


def test_after_the_end_of_the_calendar_all_is_missing(
    anchor: Frames, sessions: pl.DataFrame
) -> None:
    assert response(anchor("late", at(12, 21)), ether({5: 1e6}), sessions) == {
        1: (None, 0, 1),
        2: (None, 0, 2),
        5: (None, 0, 5),
    }
