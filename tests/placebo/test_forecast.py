import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.placebo.forecast import (
    DAILY,
    DAILY_FLOWS,
    FLOOR,
    HOURLY,
    Har,
    trailing_mean,
)
from tests.support.hours import forecast

TINY = Har((1, 2), {1: (0.5, 0.5), 4: (0.25, 0.75)}, suffices=1)


def test_a_mean_of_what_is_held() -> None:
    values = np.array([2.0, np.nan, 4.0, 6.0, np.nan, np.nan, np.nan])
    # The last three places: 2; 2; (2 + 4)/2; (4 + 6)/2; (4 + 6)/2; 6; none.
    np.testing.assert_array_equal(trailing_mean(values, 3, 1), [2, 2, 3, 5, 5, 6, np.nan])
    np.testing.assert_array_equal(
        trailing_mean(values, 3, 2), [np.nan, np.nan, 3, 5, 5, np.nan, np.nan]
    )
    # Longer than the series.
    assert trailing_mean(values, 100, 1)[-1] == 4


def test_a_forecast_by_hand() -> None:
    # At the last place the mean of one is 16, that of two 10: their roots' product, or 16^.25 *
    # 10^.75; halfway between the logarithms of 1 and 4 the weights are .375 and .625.
    squares = np.array([9.0, 4.0, 16.0])
    assert forecast(squares, TINY, 1)[-1] == pytest.approx((16 * 10) ** 0.5)
    assert forecast(squares, TINY, 4)[-1] == pytest.approx(16**0.25 * 10**0.75)
    assert forecast(squares, TINY, 2)[-1] == pytest.approx(16**0.375 * 10**0.625)
    # Beyond what weights are given for, the nearest hold.
    assert forecast(squares, TINY, 100)[-1] == forecast(squares, TINY, 4)[-1]
    # Nothing moved: the floor.
    assert forecast(np.zeros(3), TINY, 1)[-1] == pytest.approx(FLOOR)


@pytest.mark.parametrize("har", [HOURLY, DAILY, DAILY_FLOWS])
@pytest.mark.parametrize("length", [1, 2, 3, 5, 12, 24, 36, 72, 100, 120, 500])
def test_weights_sum_to_one(har: Har, length: int) -> None:
    weights = har.weights_for(length)
    assert len(weights) == len(har.terms)
    assert sum(weights) == pytest.approx(1)
    assert min(weights) > 0


def test_how_much_has_to_be_held() -> None:
    # Half of 6 and of 24 hours, 84 of 168, 168 of 1,008.
    squares = np.ones(400)
    assert np.flatnonzero(np.isfinite(forecast(squares, HOURLY, 24)))[0] == 168 - 1
    squares[300:304] = np.nan
    # Of the six up to 303, 304 and 305 two are there.
    missing = np.flatnonzero(np.isnan(forecast(squares, HOURLY, 24)[168:])) + 168
    assert missing.tolist() == [303, 304, 305]
    # Of 5, 22 and 66 sessions half, of 250 at least 120; of flows half of 5, 20 and 60.
    assert np.flatnonzero(np.isfinite(forecast(squares[:300], DAILY, 1)))[0] == 120 - 1
    assert np.flatnonzero(np.isfinite(forecast(squares[:300], DAILY_FLOWS, 1)))[0] == 30 - 1


@given(
    st.lists(st.floats(1e-3, 1e3), min_size=8, max_size=40),
    st.floats(1e-3, 1e3),
    st.integers(1, 39),
    st.floats(1e-3, 1e3),
)
def test_its_unit_is_that_of_the_squares_and_it_knows_no_future(
    squares: list[float], unit: float, cut: int, other: float
) -> None:
    har = Har((2, 5), {1: (0.4, 0.6)})
    before = forecast(np.array(squares), har, 1)
    np.testing.assert_allclose(
        forecast(np.array(squares) * unit, har, 1)[3:], before[3:] * unit, rtol=1e-6
    )
    changed = np.array(squares)
    changed[cut:] = other
    np.testing.assert_array_equal(forecast(changed, har, 1)[:cut], before[:cut])
