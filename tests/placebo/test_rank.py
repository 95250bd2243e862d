import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.placebo.rank import effective, independent, p_upper, p_value, ranked

LEVEL, POWER = 0.05, 0.8
FIGURES = st.one_of(st.integers(-4, 4).map(float), st.floats(-1e3, 1e3))


def test_a_rank_by_hand() -> None:
    # Placebo dates -3 to 3, the figure 2.5: as far -3 and 3, as high 3, as low all but 3.
    result = ranked(2.5, np.arange(-3.0, 4.0), 7, LEVEL, POWER)
    assert (result.p_two_sided, result.p_upper, result.p_lower) == (3 / 8, 2 / 8, 7 / 8)
    assert (result.resolution, result.mean) == (1 / 8, 0)
    # (9 + 4 + 1) * 2 / 6.
    assert result.sd == pytest.approx((28 / 6) ** 0.5)
    # Seven dates give no p-value at or below 5 %.
    assert (result.reach, result.detectable) == (None, None)


def test_dates_that_are_worth_fewer_say_less() -> None:
    # 2 of 7 are as far; worth 3.5 of them: (3.5 * 2/7 + 1) / 4.5.
    assert p_value(2.5, np.arange(-3.0, 4.0), 3.5) == pytest.approx(2 / 4.5)
    assert p_upper(2.5, np.arange(-3.0, 4.0), 3.5) == pytest.approx(1.5 / 4.5)


def test_what_stands_just_at_the_level_is_at_it() -> None:
    # Of 19, 59, 99, ... dates two more each time are as far as makes p just 1/20; for some of them
    # 0.05 comes out of floating-point numbers a little larger.
    for pairs in range(500):
        many = 19 + 40 * pairs
        placebo = np.arange(float(many)) - (many - 1) / 2
        figure = (many - 1) / 2 - pairs + 0.5
        result = ranked(figure, placebo, many, LEVEL, POWER)
        assert result.p_two_sided == LEVEL
        assert result.reach is not None
        assert result.reach < figure


def test_the_interval_and_the_least_effect_by_hand() -> None:
    # -49 to 49: with 99 dates p is 5 % when four of them are as far, so at 48. What is at most 47
    # away is not unusual. Found in four cases of five is what lifts the lowest fifth, -29.4, by as
    # much as 47 and that.
    result = ranked(48.0, np.arange(-49.0, 50.0), 99, LEVEL, POWER)
    assert result.p_two_sided == pytest.approx(0.05)
    assert result.reach == pytest.approx(47)
    assert result.detectable == pytest.approx(47 + 29.4)


@given(
    st.lists(FIGURES, min_size=1, max_size=150),
    FIGURES,
    st.floats(0.1, 1.0),
    st.sampled_from([0.01, 0.05, 0.1, 0.2]),
)
def test_nought_is_outside_the_interval_just_where_p_is_at_the_level(
    placebo: list[float], figure: float, share: float, level: float
) -> None:
    worth = max(1.0, share * len(placebo))
    result = ranked(figure, np.array(placebo), worth, level, POWER)
    if result.reach is None:
        assert result.p_two_sided > level
        assert result.resolution > level
        return
    effect = figure - result.mean
    is_outside = effect - result.reach > 0 or effect + result.reach < 0
    assert is_outside == (result.p_two_sided <= level)


@given(st.lists(FIGURES, min_size=2, max_size=60), FIGURES, st.sampled_from([1e-3, 0.5, 4.0]))
def test_a_rank_has_no_unit_and_no_sign_of_its_own(
    placebo: list[float], figure: float, unit: float
) -> None:
    values, worth = np.array(placebo), float(len(placebo))
    result = ranked(figure, values, worth, LEVEL, POWER)
    turned = ranked(-figure, -values, worth, LEVEL, POWER)
    assert turned.p_upper == result.p_lower
    assert turned.p_lower == result.p_upper
    assert turned.p_two_sided == pytest.approx(result.p_two_sided)
    for p in (result.p_two_sided, result.p_upper, result.p_lower):
        assert result.resolution - 1e-12 <= p <= 1
    # Powers of two and a thousandth: ties stay ties but for rounding, which the slack takes up.
    if unit != 1e-3:
        again = ranked(figure * unit, values * unit, worth, LEVEL, POWER)
        assert again.p_two_sided == pytest.approx(result.p_two_sided)


def test_what_overlapping_windows_are_worth() -> None:
    # Laid out at every step, sums of k steps are worth 3 k^2 / (2 k^2 + 1): none the less for k =
    # 1, 12/9 for two, half as many again for many.
    assert effective(10, 10) == 10
    assert effective(20, 10) == pytest.approx(40 / 3)
    assert effective(10_000, 10) == pytest.approx(15)
    starts = np.arange(10)
    # Those of three hours from the hours 0, 3, 6 and 9; the first two among the first six dates.
    assert independent(starts, 3) == (4, 4)
    assert independent(starts, 3, 6) == (4, 2)
    assert independent(starts, 1, 6) == (10, 6)
    # After a hole it begins anew.
    kept = np.delete(starts, [3, 4])
    assert independent(kept, 3) == (3, 3)
    assert independent(starts[:0], 3) == (0, 0)
