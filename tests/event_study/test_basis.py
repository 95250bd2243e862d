from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from marketwake.event_study import basis, windows
from marketwake.event_study.design import Design

Frames = Callable[..., pl.DataFrame]


def midnight(day: int) -> datetime:
    return datetime(2025, 8, day, tzinfo=UTC)


def observed(rate_by_day: dict[int, float | None]) -> pl.DataFrame:
    """Last trades of UTC days: that of the 6th is observed on the 7th at 00:00."""
    rows = {
        "observed_at": [midnight(day) for day in rate_by_day],
        "annualised_basis": list(rate_by_day.values()),
    }
    frame = pl.DataFrame(
        rows, schema={"observed_at": pl.Datetime("us", "UTC"), "annualised_basis": pl.Float64}
    )
    return frame.select(
        pl.lit("Coinbase").alias("venue"),
        pl.lit("MET").alias("instrument"),
        "observed_at",
        "annualised_basis",
    )


def response(
    anchors: pl.DataFrame, frame: pl.DataFrame
) -> dict[tuple[str, int], tuple[Any, int, int]]:
    placed = windows.place(windows.instants(anchors), frame, "observed_at")
    placed = basis.at_next_observation(placed, frame, Design())
    rows = windows.at_anchors(placed, basis.basis_windows(frame, Design()))
    return {
        (row["measure"], row["window_length"]): (row["value"], row["observations"], row["missing"])
        for row in rows.to_dicts()
    }


RATES: dict[int, float | None] = {6: 0.06, 7: 0.07, 8: 0.10, 9: 0.12, 11: 0.09, 12: 0.11, 13: 0.08}


@pytest.mark.parametrize("hour", [0, 16])
def test_the_first_observation_after_the_anchor_is_set_against_the_last_before(
    anchor: Frames, hour: int
) -> None:
    # That of 2025-08-07 00:00 is the last before, for the anchor at that very instant too.
    got = response(anchor("order", midnight(7) + timedelta(hours=hour)), observed(RATES))
    assert got["annualised_basis", 1] == (0.10, 1, 0)
    assert got["annualised_basis", 2] == (0.12, 2, 0)
    assert got["annualised_basis", 5] == (0.08, 5, 0)
    assert got["annualised_basis_change", 1] == (pytest.approx(0.10 - 0.07), 1, 0)
    assert got["annualised_basis_change", 5] == (pytest.approx(0.08 - 0.07), 5, 0)


def test_a_day_without_basis_is_missing_and_its_value_null(anchor: Frames) -> None:
    got = response(anchor("order", midnight(7)), observed(RATES | {9: None}))
    assert got["annualised_basis", 1] == (0.10, 1, 0)
    assert got["annualised_basis", 2] == (None, 1, 1)
    # The fifth day has a basis of its own; the second, within the window, has none and is counted.
    assert got["annualised_basis", 5] == (0.08, 4, 1)


def test_a_change_needs_an_observation_before(anchor: Frames) -> None:
    got = response(anchor("order", midnight(7)), observed(RATES | {7: None}))
    assert got["annualised_basis", 1] == (0.10, 1, 0)
    assert got["annualised_basis_change", 1] == (None, 1, 0)


def test_silence_longer_than_a_long_weekend_is_no_observation(anchor: Frames) -> None:
    assert response(anchor("order", midnight(7)), observed({6: 0.06, 7: 0.07, 18: 0.2}))[
        "annualised_basis", 1
    ] == (None, 0, 1)
