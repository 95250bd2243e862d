import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.event_study import measures
from marketwake.event_study.design import Design
from tests.support.hours import hours_from

DESIGN = Design(hours=(1, 2), minimum_hour_of_week=2)
WEEK = 168


def volume_ratio(
    volume: np.ndarray[tuple[int], np.dtype[np.float64]], length: int, lag: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    at = hours_from(np.datetime64("2025-06-02T01:00:00", "us"), volume.size)
    return measures.Volumes(volume, at, DESIGN).ratio(lag, length)


def noise(size: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(0, 0.01, size)


def test_volatility_after_over_before_by_hand() -> None:
    returns = np.array([np.nan, 0.01, -0.01, 0.02, 0.02, np.nan])
    # At place 2: (0.02^2 + 0.02^2) after, (0.01^2 + 0.01^2) before, the root of 4 is 2.
    ratio = measures.log_volatility_ratio(returns, 2)
    assert ratio[2] == pytest.approx(math.log(2))
    assert np.isnan(ratio[[0, 1, 3, 4, 5]]).all()


def test_volume_is_compared_with_the_same_hours_of_the_weeks_before() -> None:
    # Hour by hour the volume is 1, but 10 in the first hour of every week; in the fourth week
    # everything trades at three times that.
    volume = np.tile(np.where(np.arange(WEEK) == 0, 10.0, 1.0), 4) * np.repeat(
        [1.0, 1.0, 1.0, 3.0], WEEK
    )
    ratio = volume_ratio(volume, 2, 24)
    assert ratio[3 * WEEK - 1] == pytest.approx(math.log(3))
    assert ratio[2 * WEEK + 5] == pytest.approx(0.0)
    # In the second week there is one earlier week, and two are needed.
    assert np.isnan(ratio[WEEK + 5])


def test_the_gap_keeps_recent_weeks_out_of_the_expected_volume() -> None:
    volume = np.repeat([1.0, 1.0, 8.0, 8.0], WEEK)
    # With a lag of 24 hours the week before counts: mean of 8 and 1 and 1; with 200 hours it does
    # not.
    at = 3 * WEEK + 3
    near, far = (volume_ratio(volume, 1, lag)[at] for lag in (24, 200))
    assert near == pytest.approx(math.log(8 / (10 / 3)))
    assert far == pytest.approx(math.log(8))


@given(slope=st.floats(-3, 3), seed=st.integers(0, 100))
def test_beta_recovers_a_line(slope: float, seed: int) -> None:
    market = noise(40, seed)
    assert measures.beta(0.001 + slope * market, market, 24)[5] == pytest.approx(slope, abs=1e-9)


def test_who_moves_first() -> None:
    market = noise(60, 1)
    early = np.append(market[1:], 0.0)
    # `early` shows every return of the market an hour before it: its correlation with the market's
    # next is 1.
    assert measures.lead(early, market, 48)[5] > 0.7
    assert measures.lead(market, early, 48)[5] < -0.7
    assert measures.lead(early, market, 48)[5] == pytest.approx(
        -measures.lead(market, early, 48)[5]
    )
