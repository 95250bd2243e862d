from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from marketwake.event_study.design import Design
from marketwake.event_study.precedents import daily_returns, monthly_returns, months

DESIGN = Design(months=(1, 3))
UTC_US = pl.Datetime("us", "UTC")


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def closes(by_day: dict[date, float]) -> pl.DataFrame:
    rows = {
        "venue": "index",
        "instrument": "INDEX",
        "at": [midnight(day) for day in by_day],
        "close": list(by_day.values()),
    }
    return pl.DataFrame(
        rows,
        schema={"venue": pl.String, "instrument": pl.String, "at": UTC_US, "close": pl.Float64},
    )


def daily(by_day: dict[date, float], start: date, length: int) -> tuple[Any, int, int]:
    frame = closes(by_day)
    starts = pl.DataFrame(
        {"venue": "index", "instrument": "INDEX", "at": [midnight(start)]},
        schema=frame.drop("close").schema,
    )
    row = daily_returns(frame, starts, DESIGN).filter(window_length=length).row(0, named=True)
    return row["value"], row["observations"], row["missing"]


def test_monthly_returns_and_what_is_missing_at_a_hole_and_at_the_end() -> None:
    # February is missing.
    frame = monthly_returns(
        closes(
            {
                date(1950, 1, 1): 10.0,
                date(1950, 3, 1): 12.0,
                date(1950, 4, 1): 15.0,
                date(1950, 5, 1): 9.0,
                date(1950, 6, 1): 18.0,
            }
        ),
        DESIGN,
    )
    three = (
        frame.filter(window_length=3).sort("at").select("value", "observations", "missing").rows()
    )
    # From January: March and April are there, February not. From March: 18/12 - 1. From April two
    # months are left, and so on.
    assert three == [
        (None, 2, 1),
        (None, 3, 0),
        (pytest.approx(0.5), 3, 0),
        (None, 2, 1),
        (None, 1, 2),
        (None, 0, 3),
    ]
    month = frame.filter(window_length=1).sort("at")["value"].to_list()
    assert month == [None, None, pytest.approx(0.25), pytest.approx(-0.4), pytest.approx(1.0), None]


def test_daily_returns_run_from_the_next_session_to_the_last_within_the_months() -> None:
    by_day = {
        date(1935, 8, 13): 7.0,
        date(1935, 8, 15): 8.0,
        date(1935, 9, 13): 10.0,
        date(1935, 9, 16): 11.0,
    }
    # The 14th has no session: from 8 on the 15th to 10 on 13 September, the last on or before 14
    # September.
    assert daily(by_day, date(1935, 8, 14), 1) == (pytest.approx(0.25), 1, 0)


def test_a_daily_series_that_stops_before_the_end_of_the_window_does_not_fill_it() -> None:
    by_day = {date(1935, 8, 15): 8.0, date(1935, 9, 13): 10.0}
    assert daily(by_day, date(1935, 8, 14), 1) == (None, 1, 0)
    assert daily(by_day, date(1935, 8, 14), 3) == (None, 1, 2)


def test_a_start_without_a_session_near_it_has_no_return() -> None:
    sessions = {
        date(1933, 1, 3) + timedelta(days=day): 10.0 for day in range(120) if not 20 <= day < 40
    }
    # 1933-01-23 to 02-11 are missing: 20 days are more than a closure.
    assert daily(sessions, date(1933, 1, 23), 1) == (None, 1, 0)
    assert daily(sessions, date(1933, 2, 1), 1) == (pytest.approx(0.0), 1, 0)


def test_real_closes_from_the_signing_of_erisa_on_a_holiday(shared: Path) -> None:
    table = pl.read_csv(shared / "equity" / "dow_daily.csv", infer_schema_length=None).select(
        pl.first().alias("day"), close="Close"
    )
    span = table.filter(pl.col("day").is_between(pl.lit("1974-01-01"), pl.lit("1976-12-31")))
    by_day = {date.fromisoformat(day): close for day, close in span.rows()}
    # Labor Day: from 663.33 on Tuesday 1974-09-03 to 603.02 on Monday 1974-12-02, a fall of 9.09 %.
    assert daily(by_day, date(1974, 9, 2), 3)[0] == pytest.approx(603.02 / 663.33 - 1)


def test_months_run_from_the_first_to_the_last_close() -> None:
    got = months(closes({date(1929, 12, 30): 1.0, date(1930, 2, 3): 2.0}))["at"].to_list()
    assert got == [
        midnight(date(1929, 12, 1)),
        midnight(date(1930, 1, 1)),
        midnight(date(1930, 2, 1)),
    ]
