from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from marketwake.event_study import volume, windows
from marketwake.event_study.design import Design

Frames = Callable[..., pl.DataFrame]
DESIGN = Design(hours=(1, 2, 24))
WEEK = 168
START = datetime(2025, 6, 2, tzinfo=UTC)


def ratios(bars: pl.DataFrame, at: datetime, weeks: int) -> dict[int, float | None]:
    grid = windows.hourly_grid(bars, DESIGN)
    estimations = pl.DataFrame(
        {"estimation_from": [START], "estimation_to": [START + timedelta(weeks=weeks)]}
    ).cast(pl.Datetime("us", "UTC"))
    rows = (
        volume.volumes(grid, DESIGN)
        .filter(at=at)
        .join(estimations.select("estimation_to"), how="cross")
    )
    judged = volume.volume_ratios(rows, volume.expected_volumes(grid, estimations, DESIGN))
    return dict(judged.select("window_length", "value").rows())


def test_volume_is_measured_against_the_same_hours_of_the_week(hourly: Frames) -> None:
    # Three weeks in which Monday's first hour trades 2, 4 and 6 (mean 4), its second always 10, all
    # other hours 1; then 8, 30, 1, 1, ...
    weeks = [hour for first in (2.0, 4.0, 6.0) for hour in (first, 10.0, *([1.0] * (WEEK - 2)))]
    volumes = [0.0, *weeks, 8.0, 30.0, *([1.0] * 22)]
    got = ratios(hourly([100.0] * len(volumes), volumes), START + timedelta(weeks=3), 3)
    # 8/4; (8 + 30)/(4 + 10); (8 + 30 + 22)/(4 + 10 + 22).
    assert got == {1: pytest.approx(2.0), 2: pytest.approx(38 / 14), 24: pytest.approx(60 / 36)}


def test_a_window_over_the_turn_of_the_week_takes_the_hours_of_both(hourly: Frames) -> None:
    # The week's last hour (Sunday 23:00 to 24:00) usually trades 5, its first 3, the others 1.
    week = [3.0, *([1.0] * (WEEK - 2)), 5.0]
    volumes = [0.0, *(week * 4), *week]
    got = ratios(hourly([100.0] * len(volumes), volumes), START + timedelta(weeks=4, hours=-1), 3)
    assert got[2] == pytest.approx((5 + 3) / (5 + 3))
    assert got[24] == pytest.approx(1.0)


def test_fewer_than_three_volumes_in_an_hour_of_the_week_give_no_expectation(
    hourly: Frames,
) -> None:
    closes: list[float | None] = [100.0] * (1 + 3 * WEEK + 24)
    closes[1] = None
    got = ratios(hourly(closes), START + timedelta(weeks=3), 3)
    assert got == {1: None, 2: None, 24: None}
    # A window that leaves that hour of the week out is not touched.
    assert ratios(hourly(closes), START + timedelta(weeks=3, hours=1), 3)[2] == pytest.approx(1.0)


def test_a_series_without_volumes_has_no_rows(hourly: Frames) -> None:
    ratio = hourly([0.03, 0.04]).with_columns(volume_base=pl.lit(None, pl.Float64))
    assert volume.volumes(windows.hourly_grid(ratio, DESIGN), DESIGN).is_empty()
