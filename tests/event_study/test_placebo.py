from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.event_study.design import Design
from marketwake.event_study.grids import NEVER
from marketwake.event_study.placebo import Condition, Dates, Flags, Windows, admissible, judged
from marketwake.placebo.rank import effective

DESIGN = Design()
START = np.datetime64("2025-06-02T00:00:00", "us")
HOUR = np.timedelta64(1, "h")
NONE = (np.array([], "datetime64[us]"), np.array([], "datetime64[us]"))


def hours(values: list[float], length: int = 1) -> Windows:
    starts = START + np.arange(len(values)) * HOUR
    return Windows(starts, starts + length * HOUR, length, np.array(values), np.ones(len(values)))


def rank(windows: Windows, own: int, placebo: Flags, earlier: int | None = None) -> SimpleNamespace:
    """The columns of a figure, those before `earlier`, else all of them, over before it."""
    dates = Dates(placebo, placebo.size if earlier is None else earlier)
    return SimpleNamespace(**judged(windows, own, dates, DESIGN))


def test_a_rank_by_hand() -> None:
    # Placebo values -3 to 3 without overlap, mean 0; the figure is 2.5. At least as far: -3 and 3,
    # so p = (2 + 1)/(7 + 1); at least as high: 3, p = 2/8; at least as low: all but 3, p = 7/8.
    # Seven dates give no less than 1/8, which is above 5 %: no verdict.
    windows = hours([-3, -2, -1, 0, 1, 2, 3, 2.5])
    result = rank(windows, 7, np.arange(8) < 7)
    assert [
        result.p_two_sided,
        result.p_upper,
        result.p_lower,
        result.p_resolution,
    ] == pytest.approx([3 / 8, 2 / 8, 7 / 8, 1 / 8])
    assert (result.placebo_count, result.independent_count) == (7, 7)
    assert (result.verdict, result.mde) == ("not decidable", None)


def test_the_least_effect_that_would_be_found() -> None:
    # 99 placebo values -49 to 49: p <= 5 % takes a distance that at most 4 of them reach, (4 +
    # 1)/100: those beyond 47 are reached by -49, -48, 48 and 49 alone. It is reached in four cases
    # of five when the shift lifts the lowest fifth (-29.4, of 98 steps the 19.6th) there.
    values = [float(value) for value in range(-49, 50)]
    result = rank(hours([*values, 48.0]), 99, np.arange(100) < 99)
    assert result.p_two_sided == pytest.approx(0.05)
    assert result.verdict == "unusual"
    assert result.mde == pytest.approx(47 + 29.4)
    assert rank(hours([*values, 47.0]), 99, np.arange(100) < 99).verdict == "not unusual"


def test_standard_errors_scale_the_figures() -> None:
    windows = hours([1.0, -1.0] * 30 + [4.0])
    errors = np.array([1.0] * 60 + [4.0])
    # In units of its error the figure is 1 like every placebo date: nothing is closer to the mean.
    scaled = replace(windows, error=errors)
    result = rank(scaled, 60, np.arange(61) < 60)
    assert result.p_two_sided == 1.0
    assert result.mde == pytest.approx(4 * (1 + 1))


def test_overlapping_windows_are_worth_at_most_half_as_many_again() -> None:
    # Two steps: (2 * 4 + 1)/(3 * 4) = 3/4 of the variance, so 10 windows without overlap are worth
    # 40/3.
    assert effective(7, 7) == 7
    assert effective(20, 10) == pytest.approx(40 / 3)
    assert effective(100_000, 10) == pytest.approx(15)


def test_admissible_dates_are_over_in_time_measured_and_ordinary() -> None:
    windows = hours([1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0, 8.0], length=2)
    taken = (np.array([START + 5 * HOUR]), np.array([START + 6 * HOUR]))
    # Date 2 is not measured; the windows of 4 and 5 touch the hour that is taken, that of 3 ends as
    # it begins; 6 ends at 8, 7 is the own.
    keep = admissible(windows, 7, (START + 8 * HOUR, NEVER), taken, same_hour=False).every
    assert np.flatnonzero(keep).tolist() == [0, 1, 3, 6]
    assert np.flatnonzero(
        admissible(windows, 7, (START + 7 * HOUR, NEVER), taken, same_hour=False).every
    ).tolist() == [0, 1, 3]
    days = hours([1.0] * 60)
    assert np.flatnonzero(
        admissible(days, 53, (START + 60 * HOUR, NEVER), NONE, same_hour=True).every
    ).tolist() == [5, 29]


def test_later_dates_judge_once_the_event_is_over() -> None:
    # The own window runs from hour 3 to 6, its event's time from 2 to 5: windows of three hours
    # that end by 2 there are none, and of the later ones those of 5 still overlap the own window.
    windows = hours([float(value) for value in range(12)], length=3)
    assert np.flatnonzero(
        admissible(windows, 3, (START + 2 * HOUR, START + 5 * HOUR), NONE, same_hour=False).every
    ).tolist() == [
        6,
        7,
        8,
        9,
        10,
        11,
    ]
    assert np.flatnonzero(
        admissible(windows, 3, (START + 3 * HOUR, START + 9 * HOUR), NONE, same_hour=False).every
    ).tolist() == [0, 9, 10, 11]


# Rounded, because figures that differ by less than 1e-12 count as equal, in whatever unit.
@given(
    values=st.lists(st.floats(-5, 5).map(lambda value: round(value, 9)), min_size=2, max_size=60),
    scale=st.sampled_from([0.25, 2.0, 8.0]),
    order=st.randoms(),
)
def test_a_rank_knows_no_unit_and_no_order_and_is_a_probability(
    values: list[float], scale: float, order: st.DrawFn
) -> None:
    placebo = np.arange(len(values)) < len(values) - 1
    result = rank(hours(values), len(values) - 1, placebo)
    scaled = rank(hours([value * scale for value in values]), len(values) - 1, placebo)
    mixed = values[:-1]
    order.shuffle(mixed)  # type: ignore[attr-defined]
    shuffled = rank(hours([*mixed, values[-1]]), len(values) - 1, placebo)
    assert result.p_two_sided == pytest.approx(scaled.p_two_sided)
    assert result.p_two_sided == pytest.approx(shuffled.p_two_sided, abs=1 / len(values))
    assert result.p_upper == shuffled.p_upper
    for p in (result.p_two_sided, result.p_upper, result.p_lower):
        assert p is not None
        assert result.p_resolution is not None
        assert result.p_resolution - 1e-12 <= p <= 1


def test_a_normal_date_is_found_unusual_one_time_in_twenty() -> None:
    random = np.random.default_rng(7)
    unusual = 0
    for _ in range(2000):
        windows = hours(random.normal(size=100).tolist())
        unusual += rank(windows, 99, np.arange(100) < 99).verdict == "unusual"
    # 100 of 2,000, with a standard deviation of 9.7.
    assert 70 <= unusual <= 130


def test_a_figure_is_judged_by_its_forecast_and_beside_it_plainly() -> None:
    # Sixty dates of 1 and -1 by turns, each forecast at 1; the figure of 3 was forecast at 3, so
    # it is as usual; plainly, against errors of one, nothing is as far: p = 1/61.
    values = np.array([1.0, -1.0] * 30 + [3.0])
    scale = np.array([1.0] * 60 + [3.0])
    plain = hours(values.tolist())
    windows = replace(plain, scale=scale)
    result = rank(windows, 60, np.arange(61) < 60)
    assert (result.p_two_sided, result.p_plain) == (1.0, pytest.approx(1 / 61))
    assert (result.is_standardised, result.verdict) == (True, "not unusual")
    # One standard deviation is that of sixty values of 1 and -1 (n - 1), times the forecast.
    assert result.one_sd == pytest.approx(3 * np.sqrt(60 / 59))
    # At 5 % two of sixty dates may be as far: (0.05 * 61 - 1) / 60. All are at distance 1.
    assert [result.ci_low, result.ci_high] == pytest.approx([0, 6], abs=1e-9)


def test_what_the_run_up_promised_is_taken_off() -> None:
    plain = hours([0.0] * 30 + [0.5])
    random = np.random.default_rng(3)
    value = random.normal(size=31)
    windows = replace(plain, value=value + 7, expected=np.full(31, 7.0), scale=np.ones(31))
    bare = replace(plain, value=value)
    placebo = np.arange(31) < 30
    told, other = rank(windows, 30, placebo), rank(bare, 30, placebo)
    assert told.expected == 7
    assert told.p_two_sided == pytest.approx(other.p_two_sided)
    assert told.ci_low == pytest.approx(other.ci_low)


def test_earlier_dates_judge_beside_all_of_them() -> None:
    # Forty dates: twenty of size 1 before, twenty of size 9 after; the figure is 5.
    value = np.array([1.0, -1.0] * 10 + [5.0] + [9.0, -9.0] * 10)
    windows = hours(value.tolist())
    every = np.arange(41) != 20
    result = rank(windows, 20, every, 20)
    assert result.p_two_sided == pytest.approx((20 + 1) / (40 + 1))
    assert result.p_earlier == pytest.approx(1 / 21)
    assert (result.verdict, result.verdict_earlier) == ("not unusual", "unusual")


def test_the_condition_is_the_fifth_among_the_dates() -> None:
    plain = hours([float(value) for value in range(101)])
    ratio, level = np.arange(101) / 100, np.full(101, 2.0)
    ratio[100], level[100] = 0.45, 3.0
    windows = replace(plain, scale=np.ones(101), condition=Condition(ratio, level))
    result = rank(windows, 100, np.arange(101) < 100)
    # 45 of the hundred dates were calmer: the third fifth; none had a higher level: the fifth.
    assert (result.condition_ratio, result.condition_fifth, result.level_fifth) == (0.45, 3, 5)
