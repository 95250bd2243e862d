import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.event_study.design import MODELS, Model
from marketwake.event_study.expected import Estimation, Fit, abnormal, fit, residuals, window_sum
from marketwake.placebo.forecast import Floats

WHERE = Estimation(lag=1, length=4, minimum=3)
RETURNS = st.lists(st.floats(-0.1, 0.1), min_size=12, max_size=40)


def judged(
    returns: Floats, factors: Floats | None, length: int, fitted: Fit
) -> tuple[Floats, Floats]:
    """Value and error of the windows of every place."""
    rows = [] if factors is None else list(np.atleast_2d(factors))
    of_factors = np.array([window_sum(each, length) for each in rows]) if rows else None
    return abnormal(window_sum(returns, length), of_factors, length, fitted)


def values(size: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(0, 0.01, size)


def test_a_constant_mean_and_its_forecast_error_by_hand() -> None:
    returns = np.array([np.nan, 0.01, 0.03, 0.02, 0.04, 0.5, 0.10, -0.01])
    # At place 5 the estimation window is places 1 to 4 (lag 1): mean 0.025, squares 0.0005,
    # variance 0.0005 / 3. Of two hours ahead: 0.10 - 0.01 - 2 * 0.025 = 0.04; variance * (2 + 2^2 /
    # 4) = 0.0005.
    value, error = judged(returns, None, 2, fit(returns, None, "constant_mean", WHERE))
    assert value[5] == pytest.approx(0.04)
    assert error[5] == pytest.approx(math.sqrt(0.0005))
    assert np.isnan(value[6])


def test_too_few_returns_give_no_expectation() -> None:
    returns = np.array([0.01, 0.03, np.nan, 0.02, 0.04, 0.01])
    # At place 2 the window holds places -2 to 1, two returns; at place 4 it holds 0 to 3, three.
    value, _ = judged(returns, None, 1, fit(returns, None, "constant_mean", WHERE))
    assert np.isnan(value[2])
    assert value[4] == pytest.approx(0.01 - 0.02)


def test_the_market_model_is_least_squares_and_its_error_the_full_covariance() -> None:
    # Checked against the matrices themselves: variance * 1'(I + X* (X'X)^-1 X*')1.
    market, noise = values(300, 1), values(300, 2)
    returns = 0.0005 + 1.4 * market + noise
    where = Estimation(lag=24, length=168, minimum=100)
    value, error = judged(returns, market, 5, fit(returns, market, "market_model", where))
    place = 250
    inside, ahead = slice(place - 24 - 167, place - 24 + 1), slice(place + 1, place + 6)
    x, ones = np.column_stack([np.ones(168), market[inside]]), np.ones(5)
    coefficients = np.linalg.lstsq(x, returns[inside], rcond=None)[0]
    new = np.column_stack([ones, market[ahead]])
    left = returns[inside] - x @ coefficients
    covariance = (left @ left) / (168 - 2) * (np.eye(5) + new @ np.linalg.inv(x.T @ x) @ new.T)
    assert value[place] == pytest.approx((returns[ahead] - new @ coefficients).sum())
    assert error[place] == pytest.approx(math.sqrt(ones @ covariance @ ones))


def test_two_factors_are_least_squares_and_their_error_the_full_covariance() -> None:
    # Against the matrices themselves, as with one.
    first, second, noise = values(300, 1), values(300, 7), values(300, 2)
    returns = 0.0005 + 1.4 * first - 0.3 * second + noise
    factors = np.array([first, second + 0.5 * first])
    where = Estimation(lag=24, length=168, minimum=100)
    fitted = fit(returns, factors, "factor_model", where)
    value, error = judged(returns, factors, 5, fitted)
    place = 250
    inside, ahead = slice(place - 24 - 167, place - 24 + 1), slice(place + 1, place + 6)
    x, ones = np.column_stack([np.ones(168), factors[:, inside].T]), np.ones(5)
    coefficients = np.linalg.lstsq(x, returns[inside], rcond=None)[0]
    new = np.column_stack([ones, factors[:, ahead].T])
    left = returns[inside] - x @ coefficients
    covariance = (left @ left) / (168 - 3) * (np.eye(5) + new @ np.linalg.inv(x.T @ x) @ new.T)
    assert fitted.beta[:, place] == pytest.approx(coefficients[1:])
    assert value[place] == pytest.approx((returns[ahead] - new @ coefficients).sum())
    assert error[place] == pytest.approx(math.sqrt(ones @ covariance @ ones))
    assert residuals(returns, factors, fitted)[place] == pytest.approx(
        returns[place] - coefficients @ [1.0, *factors[:, place]]
    )


def test_factors_that_say_the_same_explain_nothing() -> None:
    returns, market = values(60, 1), values(60, 2)
    factors = np.array([market, 3 * market])
    where = Estimation(lag=1, length=20, minimum=10)
    value, error = judged(returns, factors, 2, fit(returns, factors, "factor_model", where))
    assert np.isnan(value).all()
    assert np.isnan(error).all()


def test_market_adjusted_returns_have_no_estimation_error() -> None:
    market, returns = values(40, 3), values(40, 4)
    where = Estimation(lag=1, length=20, minimum=10)
    value, error = judged(returns, market, 3, fit(returns, market, "market_adjusted", where))
    difference = returns - market
    assert value[30] == pytest.approx(difference[31:34].sum())
    # Brown and Warner's (1985) deviation is about the mean, which is not taken off the value.
    assert error[30] == pytest.approx(math.sqrt(3 * difference[10:30].var(ddof=1)))


def test_what_does_not_move_has_no_standard_error() -> None:
    still = np.full(40, 0.01)
    for model in MODELS:
        market = None if model == "constant_mean" else still
        assert np.isnan(judged(still, market, 2, fit(still, market, model, WHERE))[1]).all()


@given(returns=RETURNS, power=st.integers(-3, 3))
def test_larger_moves_are_as_many_standard_errors(returns: list[float], power: int) -> None:
    # Squaring prices doubles log returns: value and error double, and their ratio stays.
    plain = np.array(returns)
    first, other = (
        judged(moved, None, 3, fit(moved, None, "constant_mean", WHERE))
        for moved in (plain, plain * 2.0**power)
    )
    assert np.allclose(first[0] * 2.0**power, other[0], equal_nan=True, atol=1e-12)
    assert np.allclose(first[1] * 2.0**power, other[1], equal_nan=True, atol=1e-12)


@given(drift=st.floats(-0.01, 0.01), seed=st.integers(0, 1000))
@pytest.mark.parametrize("model", ["constant_mean", "market_model"])
def test_a_drift_of_estimation_and_event_alike_is_expected(
    model: Model, drift: float, seed: int
) -> None:
    returns, market = values(80, seed), values(80, seed + 5000)
    factors = market if model == "market_model" else None
    where = Estimation(lag=2, length=40, minimum=20)
    first, other = (
        judged(moved, factors, 4, fit(moved, factors, model, where))
        for moved in (returns, returns + drift)
    )
    assert np.allclose(first[0], other[0], equal_nan=True, atol=1e-9)
    assert np.allclose(first[1], other[1], equal_nan=True, atol=1e-7)


@given(seed=st.integers(0, 1000))
def test_abnormal_returns_of_the_parts_of_a_window_add_up(seed: int) -> None:
    returns, market = values(80, seed), values(80, seed + 5000)
    where = Estimation(lag=2, length=40, minimum=20)
    fitted = fit(returns, market, "market_model", where)
    five, two = (judged(returns, market, length, fitted)[0] for length in (5, 2))
    # The other three hours, by the coefficients of the same place.
    rest = window_sum(returns, 5) - window_sum(returns, 2) - 3 * fitted.alpha
    rest -= fitted.beta[0] * (window_sum(market, 5) - window_sum(market, 2))
    assert np.allclose(five, two + rest, equal_nan=True, atol=1e-12)


@given(returns=RETURNS, before=st.integers(1, 30))
def test_shifting_time_shifts_every_place(returns: list[float], before: int) -> None:
    moved = np.array(returns)
    later = np.concatenate([np.full(before, np.nan), moved])
    for first, other in zip(
        judged(moved, None, 2, fit(moved, None, "constant_mean", WHERE)),
        judged(later, None, 2, fit(later, None, "constant_mean", WHERE)),
        strict=True,
    ):
        assert np.allclose(first, other[before:], equal_nan=True, atol=1e-12)
