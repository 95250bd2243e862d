import numpy as np
import pytest

from marketwake.placebo.cycle import WEEK, cycle
from marketwake.placebo.forecast import HOURLY, Har
from marketwake.placebo.volatility import Volatility, hourly_volatility, led
from tests.support.hours import forecast, hours_from

AT = hours_from(np.datetime64("2025-01-06T01:00:00", "us"), 30 * WEEK)
RETURNS = np.random.default_rng(7).standard_t(5, AT.size) * 0.01
RETURNS[1000:2000] *= 3


def test_a_size_by_hand() -> None:
    # Two terms of one and two periods: sqrt(4 * sqrt(9 * 6.5)) for the sum of four.
    usual = Volatility(np.array([1.0, 4.0, 9.0]), Har((1, 2), {1: (0.5, 0.5)}, 1), 1, 3)
    assert usual.sigma(4)[-1] == pytest.approx((4 * (9 * 6.5) ** 0.5) ** 0.5)
    # Known a place before: 4 and 2.5.
    assert usual.sigma(4, 1)[-1] == pytest.approx((4 * (4 * 2.5) ** 0.5) ** 0.5)
    # The last alone over the mean of three, of which one suffices.
    assert usual.ratio()[-1] == pytest.approx(9 / (14 / 3))
    assert usual.level()[-1] == pytest.approx(14 / 3)
    assert usual.ratio(1)[-1] == pytest.approx(4 / 2.5)


def test_hours_are_forecast_without_their_cycle_and_put_back_into_it() -> None:
    squares = RETURNS**2
    made = cycle(squares, AT)
    usual = hourly_volatility(squares, RETURNS, AT, has_cycle=True)
    # 24 hours, known three hours before the place: the factors of its window as they were then.
    place, lead, length = 4500, 3, 24
    of_hour = forecast(squares / made.own, HOURLY, length)[place - lead]
    hours = (made.hour[place] + 1 + np.arange(length)) % WEEK
    factors = made.profile[made.day[place - lead], hours].sum()
    assert usual.sigma(length, lead)[place] == pytest.approx((of_hour * factors) ** 0.5)
    assert usual.sigma(length)[place] == pytest.approx(
        (forecast(squares / made.own, HOURLY, length)[place] * made.ahead(length)[place]) ** 0.5
    )


def test_without_a_cycle_every_hour_is_alike() -> None:
    usual = hourly_volatility(RETURNS**2, RETURNS, AT, has_cycle=False)
    np.testing.assert_allclose(
        usual.sigma(24)[200:], np.sqrt(24 * forecast(RETURNS**2, HOURLY, 24))[200:]
    )


def test_a_series_that_stands_still_has_no_usual_size() -> None:
    # 34 of 168 hours are a little more than a fifth, 33 are less.
    for nil, is_judged in ((33, True), (34, False)):
        returns = RETURNS.copy()
        returns[3000 : 3000 + 4 * nil : 4] = 0.0
        usual = hourly_volatility(returns**2, returns, AT, has_cycle=False)
        assert np.isfinite(usual.squares[3000 : 3000 + 4 * nil]).all() == is_judged
    peg = RETURNS.copy()
    peg[3000:] = 0.0
    usual = hourly_volatility(peg**2, peg, AT, has_cycle=False)
    assert np.isnan(usual.sigma(24)[3100:]).all()


@pytest.mark.parametrize("lead", [0, 7])
def test_no_forecast_knows_the_future_and_its_unit_is_that_of_the_returns(lead: int) -> None:
    usual = hourly_volatility(RETURNS**2, RETURNS, AT, has_cycle=True)
    changed = RETURNS.copy()
    cut = 4000
    changed[cut:] = np.random.default_rng(8).normal(0, 1, AT.size - cut)
    other = hourly_volatility(changed**2, changed, AT, has_cycle=True)
    for length in (1, 24, 120):
        mine, theirs = usual.sigma(length, lead), other.sigma(length, lead)
        np.testing.assert_array_equal(mine[: cut + lead], theirs[: cut + lead])
        assert (mine[cut + lead :] != theirs[cut + lead :]).all()
    np.testing.assert_array_equal(usual.ratio(lead)[: cut + lead], other.ratio(lead)[: cut + lead])
    np.testing.assert_array_equal(usual.level(lead)[: cut + lead], other.level(lead)[: cut + lead])
    scaled = hourly_volatility((RETURNS / 2) ** 2, RETURNS / 2, AT, has_cycle=True)
    np.testing.assert_allclose(scaled.sigma(24)[WEEK:], usual.sigma(24)[WEEK:] / 2)
    np.testing.assert_allclose(scaled.ratio()[WEEK:], usual.ratio()[WEEK:])


def test_led() -> None:
    np.testing.assert_array_equal(led(np.array([1.0, 2.0, 3.0]), 2), [np.nan, np.nan, 1])
    assert np.isnan(led(np.array([1.0, 2.0]), 5)).all()
