import numpy as np
import pytest

from marketwake.placebo.cycle import WEEK
from marketwake.placebo.forecast import Floats
from marketwake.placebo.run_up import LEAST_WEEKS, RunUp, promised_volatility
from marketwake.placebo.volatility import hourly_volatility, led
from tests.support.hours import hours_from

MONDAY = np.datetime64("2025-01-06T01:00:00", "us")
MANY = 40 * WEEK


def busy(seed: int = 1, size: int = MANY) -> Floats:
    """A series about 1 whose logarithm remembers a day or so."""
    random, level, values = np.random.default_rng(seed), 0.0, []
    for shock in random.normal(0, 0.2, size):
        level = 0.96 * level + shock
        values.append(level)
    return np.exp(np.array(values) + random.normal(0, 0.3, size))


def log_sum(run_up: Floats, length: int) -> Floats:
    """Log of the mean of the `length` values after every place."""
    total = np.concatenate([[0.0], np.cumsum(run_up)])
    value = np.full(run_up.size, np.nan)
    value[:-length] = np.log((total[length + 1 :] - total[1:-length]) / length)
    return value


def test_what_follows_a_rule_is_promised_exactly() -> None:
    # The value is 0.2 + 0.5 * log of the mean of the last six: least squares find just that, and
    # nothing is left over.
    run_up, at = busy(), hours_from(MONDAY, MANY)
    total = np.concatenate([[0.0], np.cumsum(run_up)])
    value = np.full(MANY, np.nan)
    value[5:] = 0.2 + 0.5 * np.log((total[6:] - total[:-6]) / 6)
    expected, size = RunUp(run_up, at).promised(value, 24)
    known = np.isfinite(expected)
    assert known.sum() > 25 * WEEK
    np.testing.assert_allclose(expected[known], value[known], atol=1e-8)
    assert np.nanmax(size) < 1e-7


def test_least_squares_as_numpy_has_them() -> None:
    # On the Monday after 30 weeks, known are the windows that are over by then. Until 1,008 hours
    # are held their mean is that of those there are, from 168 on; what comes before is left out.
    run_up, at, length = busy(), hours_from(MONDAY, MANY), 24
    value = log_sum(run_up, length)
    value[:167] = np.nan
    own, total = 30 * WEEK - 1, np.concatenate([[0.0], np.cumsum(run_up)])

    def regressors(place: int) -> list[float]:
        held = [min(term, place + 1) for term in (6, 24, 168, 1008)]
        return [1.0, *(np.log((total[place + 1] - total[place + 1 - n]) / n) for n in held)]

    over = range(167, own - length + 1)
    coefficients, *_ = np.linalg.lstsq(
        np.array([regressors(place) for place in over]), value[over.start : over.stop], rcond=None
    )
    expected, _ = RunUp(run_up, at).promised(value, length)
    assert expected[own] == pytest.approx(coefficients @ regressors(own), abs=1e-9)
    # An hour earlier the week before still holds.
    assert expected[own - 1] != pytest.approx(coefficients @ regressors(own - 1), abs=1e-9)


def test_a_later_value_moves_no_forecast() -> None:
    run_up, at, length, lead = busy(2), hours_from(MONDAY, MANY), 48, 5
    before = RunUp(run_up, at).promised(log_sum(run_up, length), length, lead)
    cut = 25 * WEEK + 31
    changed = run_up.copy()
    changed[cut:] *= np.random.default_rng(3).lognormal(0, 2, MANY - cut)
    after = RunUp(changed, at).promised(log_sum(changed, length), length, lead)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old[: cut + lead], new[: cut + lead])
        assert (old[cut + lead :] != new[cut + lead :]).any()
    ratio, slow = RunUp(run_up, at).busyness(lead)
    later_ratio, later_slow = RunUp(changed, at).busyness(lead)
    np.testing.assert_array_equal(ratio[: cut + lead], later_ratio[: cut + lead])
    np.testing.assert_array_equal(slow[: cut + lead], later_slow[: cut + lead])


def test_a_lead_is_the_forecast_of_a_longer_way() -> None:
    # Values two hours on, known two hours before their place, are those known at that place.
    run_up, at = busy(4), hours_from(MONDAY, MANY)
    value = log_sum(run_up, 24)
    shifted = led(value, 2)
    expected, _ = RunUp(run_up, at).promised(shifted, 24, 2)
    again, _ = RunUp(run_up, at).promised(value, 26, 0)
    known = np.isfinite(expected) & np.isfinite(led(again, 2))
    assert known.sum() > 20 * WEEK
    np.testing.assert_allclose(expected[known], led(again, 2)[known], atol=1e-9)


def test_the_size_is_that_of_the_errors() -> None:
    # Errors of independent normal values of spread 0.7 that no run-up explains.
    random, at = np.random.default_rng(5), hours_from(MONDAY, MANY)
    value = random.normal(0, 0.7, MANY)
    _, size = RunUp(busy(6), at).promised(value, 1)
    assert float(np.nanmean(size)) == pytest.approx(0.7, rel=0.05)


def test_with_too_little_nothing_is_promised() -> None:
    run_up, at = busy(), hours_from(MONDAY, MANY)
    expected, size = RunUp(run_up, at).promised(log_sum(run_up, 24), 24)
    # The terms need 168 hours; the last window of the first 8 weeks of them is over 24 hours on, in
    # the tenth week, and counts from the Monday after.
    first = int(np.flatnonzero(np.isfinite(expected))[0])
    assert first == (LEAST_WEEKS + 2) * WEEK - 1
    assert np.flatnonzero(np.isfinite(size))[0] == first + 84 - 1 + 24
    silent = run_up.copy()
    silent[-6:] = 0
    expected, _ = RunUp(silent, at).promised(log_sum(silent, 24), 24)
    assert np.isnan(expected[-1])
    assert np.isfinite(expected[-2])
    nothing = np.full(MANY, np.nan)
    assert np.isnan(RunUp(nothing, at).promised(nothing, 24)[0]).all()
    short = RunUp(run_up[:50], at[:50]).promised(log_sum(run_up[:50], 24), 24)
    assert np.isnan(short).all()


def test_a_run_up_that_never_moves_promises_the_mean() -> None:
    value = np.tile([1.0, 2.0, 3.0, 2.0], MANY // 4)
    expected, _ = RunUp(np.ones(MANY), hours_from(MONDAY, MANY)).promised(value, 1)
    assert expected[-1] == pytest.approx(2.0, abs=0.001)


def test_how_busy_it_was() -> None:
    run_up = np.ones(2 * WEEK)
    run_up[-24:] = 5.0
    ratio, slow = RunUp(run_up, hours_from(MONDAY, 2 * WEEK)).busyness()
    # 24 hours of five and 312 of one: 432 / 336.
    assert slow[-1] == pytest.approx(432 / 336)
    assert ratio[-1] == pytest.approx(5 / (432 / 336))
    assert np.isnan(ratio[WEEK - 2])


def test_as_volatile_a_window_as_the_one_before_is_promised_by_steady_returns() -> None:
    returns = np.tile([0.01, -0.01], MANY // 2)
    usual = hourly_volatility(returns**2, returns, hours_from(MONDAY, MANY), has_cycle=False)
    expected = promised_volatility(usual, returns, 24)
    assert expected[-1] == pytest.approx(0.0, abs=1e-9)
    # Four times the variance in the last 24 of 1,008 hours: the forecast of the next 24 lies below
    # what was, by .25 of the distance of the week and .30 of that of the six weeks:
    # log(RV168 / 4) = log((144 + 96) / 168 / 4), RV6 = RV24 = 4, RV1008 = (984 + 96) / 1008.
    lively = returns.copy()
    lively[-24:] *= 2
    usual = hourly_volatility(lively**2, lively, hours_from(MONDAY, MANY), has_cycle=False)
    by_hand = 0.5 * (0.25 * np.log(240 / 168 / 4) + 0.30 * np.log(1080 / 1008 / 4))
    assert promised_volatility(usual, lively, 24)[-1] == pytest.approx(by_hand)
