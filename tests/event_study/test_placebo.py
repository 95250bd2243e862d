import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.event_study.design import Design
from marketwake.event_study.grids import NEVER
from marketwake.event_study.placebo import Windows, admissible, effective, independent, rank

DESIGN = Design()
START = np.datetime64("2025-06-02T00:00:00", "us")
HOUR = np.timedelta64(1, "h")


def hours(values: list[float], length: int = 1) -> Windows:
    starts = START + np.arange(len(values)) * HOUR
    return Windows(starts, starts + length * HOUR, np.array(values), np.ones(len(values)))


def test_a_rank_by_hand() -> None:
    # Placebo values -3 to 3 without overlap, mean 0; the figure is 2.5. At least as far: -3 and 3,
    # so p = (2 + 1)/(7 + 1); at least as high: 3, p = 2/8; at least as low: all but 3, p = 7/8.
    # Seven dates give no less than 1/8, which is above 5 %: no verdict.
    windows = hours([-3, -2, -1, 0, 1, 2, 3, 2.5])
    result = rank(windows, 7, np.arange(8) < 7, DESIGN)
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
    # 1)/100: -49, -48, 48 and 49 reach 48. It is reached in four cases of five when the shift lifts
    # the lowest fifth (-29.4, of 98 steps the 19.6th) to it: 48 + 29.4.
    values = [float(value) for value in range(-49, 50)]
    result = rank(hours([*values, 48.0]), 99, np.arange(100) < 99, DESIGN)
    assert result.p_two_sided == pytest.approx(0.05)
    assert result.verdict == "unusual"
    assert result.mde == pytest.approx(48 + 29.4)
    assert rank(hours([*values, 47.0]), 99, np.arange(100) < 99, DESIGN).verdict == "not unusual"


def test_standard_errors_scale_the_figures() -> None:
    windows = hours([1.0, -1.0] * 30 + [4.0])
    errors = np.array([1.0] * 60 + [4.0])
    # In units of its error the figure is 1 like every placebo date: nothing is closer to the mean.
    result = rank(
        Windows(windows.starts, windows.ends, windows.value, errors), 60, np.arange(61) < 60, DESIGN
    )
    assert result.p_two_sided == 1.0
    assert result.mde == pytest.approx(4 * (1 + 1))


def test_overlapping_windows_are_worth_at_most_half_as_many_again() -> None:
    # Two steps: (2 * 4 + 1)/(3 * 4) = 3/4 of the variance, so 10 windows without overlap are worth
    # 40/3.
    assert effective(7, 7) == 7
    assert effective(20, 10) == pytest.approx(40 / 3)
    assert effective(100_000, 10) == pytest.approx(15)
    starts = START + np.arange(10) * HOUR
    assert independent(starts, starts + 3 * HOUR) == 4
    assert independent(starts[:0], starts[:0]) == 0


def test_admissible_dates_are_over_in_time_measured_and_ordinary() -> None:
    windows = hours([1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0, 8.0], length=2)
    taken = ((START + 5 * HOUR, START + 6 * HOUR),)
    # Date 2 is not measured; the windows of 4 and 5 touch the hour that is taken, that of 3 ends as
    # it begins; 6 ends at 8, 7 is the own.
    keep = admissible(windows, 7, (START + 8 * HOUR, NEVER), taken, same_hour=False)
    assert np.flatnonzero(keep).tolist() == [0, 1, 3, 6]
    assert np.flatnonzero(
        admissible(windows, 7, (START + 7 * HOUR, NEVER), taken, same_hour=False)
    ).tolist() == [0, 1, 3]
    days = hours([1.0] * 60)
    assert np.flatnonzero(
        admissible(days, 53, (START + 60 * HOUR, NEVER), (), same_hour=True)
    ).tolist() == [5, 29]


def test_later_dates_judge_once_the_event_is_over() -> None:
    # The own window runs from hour 3 to 6, its event's time from 2 to 5: windows of three hours
    # that end by 2 there are none, and of the later ones those of 5 still overlap the own window.
    windows = hours([float(value) for value in range(12)], length=3)
    assert np.flatnonzero(
        admissible(windows, 3, (START + 2 * HOUR, START + 5 * HOUR), (), same_hour=False)
    ).tolist() == [
        6,
        7,
        8,
        9,
        10,
        11,
    ]
    assert np.flatnonzero(
        admissible(windows, 3, (START + 3 * HOUR, START + 9 * HOUR), (), same_hour=False)
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
    result = rank(hours(values), len(values) - 1, placebo, DESIGN)
    scaled = rank(hours([value * scale for value in values]), len(values) - 1, placebo, DESIGN)
    mixed = values[:-1]
    order.shuffle(mixed)  # type: ignore[attr-defined]
    shuffled = rank(hours([*mixed, values[-1]]), len(values) - 1, placebo, DESIGN)
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
        unusual += rank(windows, 99, np.arange(100) < 99, DESIGN).verdict == "unusual"
    # 100 of 2,000, with a standard deviation of 9.7.
    assert 70 <= unusual <= 130
