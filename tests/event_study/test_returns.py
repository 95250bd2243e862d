import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.event_study import returns, windows
from marketwake.event_study.design import Design

Frames = Callable[..., pl.DataFrame]
DESIGN = Design(hours=(1, 2, 3), minimum_estimation_hours=3)
START = datetime(2025, 6, 2, tzinfo=UTC)
PRICES = st.lists(st.none() | st.floats(0.01, 1e6), min_size=2, max_size=40).filter(
    lambda closes: any(close is not None for close in closes)
)


def values(frame: pl.DataFrame, measure: str, length: int) -> list[float | None]:
    return frame.filter(measure=measure, window_length=length).sort("at")["value"].to_list()


def test_a_return_runs_from_the_close_at_the_anchor_to_the_close_at_the_end(hourly: Frames) -> None:
    frame = returns.returns(windows.hourly_grid(hourly([100.0, 110.0, 99.0]), DESIGN), DESIGN)
    # 110/100 - 1, 99/110 - 1; 99/100 - 1 over two hours; ln(0.99).
    assert values(frame, "return", 1)[:2] == pytest.approx([0.10, -0.10])
    assert values(frame, "return", 2)[:2] == [pytest.approx(-0.01), None]
    assert values(frame, "log_return", 2)[0] == pytest.approx(math.log(0.99))


def test_an_abnormal_return_is_the_return_less_the_mean_of_the_estimation_window(
    hourly: Frames,
) -> None:
    # Hourly log returns 0.01, 0.03, 0.02 (mean 0.02) up to 03:00, then 0.10 and -0.01.
    closes = [100 * math.exp(power) for power in (0.0, 0.01, 0.04, 0.06, 0.16, 0.15)]
    grid = windows.hourly_grid(hourly(closes), DESIGN)
    estimations = pl.DataFrame(
        {"estimation_from": [START], "estimation_to": [START + timedelta(hours=3)]},
        schema_overrides=dict(grid.select("at").schema),
    )
    estimations = estimations.cast(pl.Datetime("us", "UTC"))
    means = returns.mean_returns(grid, estimations, DESIGN)
    assert means["mean_return"].to_list() == [pytest.approx(0.02)]
    rows = (
        returns.returns(grid, DESIGN)
        .filter(measure="log_return", at=START + timedelta(hours=3))
        .join(estimations.select("estimation_to"), how="cross")
    )
    # 0.10 - 0.02 over one hour; 0.09 - 2 * 0.02 over two.
    assert returns.abnormal(rows, means).sort("window_length")["value"].to_list() == [
        pytest.approx(0.08),
        pytest.approx(0.05),
        None,
    ]


def test_too_few_hours_give_no_mean_and_so_no_abnormal_return(hourly: Frames) -> None:
    grid = windows.hourly_grid(hourly([100.0, 101.0, 102.0]), DESIGN)
    estimations = pl.DataFrame(
        {"estimation_from": [START], "estimation_to": [START + timedelta(hours=2)]}
    ).cast(pl.Datetime("us", "UTC"))
    assert returns.mean_returns(grid, estimations, DESIGN)["mean_return"].to_list() == [None]


def test_a_relative_return_is_the_log_return_of_the_ratio(hourly: Frames) -> None:
    ratio = hourly([0.03, 0.033]).with_columns(instrument=pl.lit("ETH/BTC"))
    bitcoin = hourly([100.0, 100.0])
    frame = returns.returns(windows.hourly_grid(pl.concat([ratio, bitcoin]), DESIGN), DESIGN)
    # Ether rises by 10 % while bitcoin stands still: ln 1.1 - ln 1.
    relative = returns.relative(frame).filter(window_length=1)
    assert relative.select("instrument", "measure", "value").row(0) == (
        "ETH-BTC",
        "relative_log_return",
        pytest.approx(math.log(1.1)),
    )


@given(closes=PRICES, power=st.integers(-8, 8))
def test_scaling_prices_leaves_returns_unchanged(
    hourly: Frames, closes: list[float | None], power: int
) -> None:
    # A power of two scales without rounding, so the returns are the same to the last bit.
    scaled = [None if close is None else close * 2.0**power for close in closes]
    frames = [
        returns.returns(windows.hourly_grid(hourly(prices), DESIGN), DESIGN)
        for prices in (closes, scaled)
    ]
    assert frames[0].equals(frames[1])


@given(closes=PRICES, weeks=st.integers(-50, 50))
def test_shifting_time_by_weeks_shifts_the_windows_and_no_value(
    hourly: Frames, closes: list[float | None], weeks: int
) -> None:
    shift = timedelta(weeks=weeks)
    here, there = (
        returns.returns(windows.hourly_grid(hourly(closes, start=start), DESIGN), DESIGN)
        for start in (START, START + shift)
    )
    times = pl.col("at", "starts_at", "ends_at")
    assert here.with_columns(times + shift).equals(there)


@given(closes=st.lists(st.floats(0.01, 1e6), min_size=4, max_size=40))
def test_log_returns_of_the_parts_of_a_window_add_up(hourly: Frames, closes: list[float]) -> None:
    frame = returns.returns(windows.hourly_grid(hourly(closes), DESIGN), DESIGN)
    ones, twos, threes = (values(frame, "log_return", length) for length in (1, 2, 3))
    for hour in range(len(closes) - 3):
        first, second, whole = ones[hour], twos[hour + 1], threes[hour]
        assert first is not None
        assert second is not None
        assert whole == pytest.approx(first + second, abs=1e-12)
