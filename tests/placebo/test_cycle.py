import numpy as np
import pytest

from marketwake.placebo.cycle import PRIOR, WEEK, cycle
from tests.support.hours import hours_from

MONDAY = np.datetime64("2025-01-06T01:00:00", "us")
"""End of the first hour of a Monday."""
MANY = 30 * WEEK
AT = hours_from(MONDAY, MANY)


def test_the_mean_of_a_week_is_one_and_without_history_there_is_no_cycle() -> None:
    made = cycle(np.random.default_rng(1).chisquare(1, MANY), AT)
    np.testing.assert_allclose(made.profile.mean(axis=1), 1)
    np.testing.assert_array_equal(made.profile[0], 1)
    assert made.profile.shape == (30 * 7, WEEK)
    # The first bar of a day belongs to it, the hour of the week from Monday on.
    assert (made.day[0], made.hour[0]) == (0, 0)
    assert (made.day[23], made.hour[23]) == (0, 23)
    assert (made.day[24], made.hour[24]) == (1, 24)
    assert made.hour[WEEK] == 0


def test_weekdays_share_their_hours_and_days_of_the_weekend_have_their_own() -> None:
    made = cycle(np.random.default_rng(2).chisquare(1, MANY), AT).profile[-1]
    for day in range(1, 5):
        np.testing.assert_array_equal(made[:24], made[24 * day : 24 * (day + 1)])
    assert len(set(made.tolist())) == 72


def test_a_lively_hour_by_hand() -> None:
    # Every square is 1 but that of 14:00 on Saturdays, 5. On the second Sunday its cell has two of
    # them: that of the first Saturday, with 134 hours of 1 before it, counts 5; that of the second
    # 5 / (172/168), since its 168 hours before hold one 5. They are a day and eight days old.
    squares = np.ones(2 * WEEK)
    squares[[5 * 24 + 14, WEEK + 5 * 24 + 14]] = 5.0
    made = cycle(squares, AT[: 2 * WEEK])
    decay = 0.5 ** (1 / 182)
    first, second = decay**8, decay
    lively = (PRIOR + first * 5 + second * 5 * 168 / 172) / (PRIOR + first + second)
    last = made.profile[13]
    # Against another hour of Saturdays, usual but for the 172 on the second.
    quiet = last[5 * 24 + 3]
    by_hand = (PRIOR + first + second * 168 / 172) / (PRIOR + first + second)
    assert last[5 * 24 + 14] / quiet == pytest.approx(lively / by_hand)


def test_a_single_jump_counts_as_twenty_five_usual_hours() -> None:
    squares = np.ones(2 * WEEK)
    squares[130] = 1e6
    capped = squares.copy()
    capped[130] = 25.0
    jump, cap = (cycle(each, AT[: 2 * WEEK]).profile for each in (squares, capped))
    hour = 130 % WEEK
    calm = 129 % WEEK
    assert jump[6, hour] / jump[6, calm] == pytest.approx(cap[6, hour] / cap[6, calm])


def test_ahead_sums_the_hours_of_the_window() -> None:
    made = cycle(np.random.default_rng(3).chisquare(1, MANY), AT)
    for place in (0, 100, 167, 4000, MANY - 1):
        for length in (1, 5, 24, 168, 400):
            hours = (made.hour[place] + 1 + np.arange(length)) % WEEK
            assert made.ahead(length)[place] == pytest.approx(
                made.profile[made.day[place], hours].sum()
            )
    np.testing.assert_allclose(made.ahead(2 * WEEK), 2 * WEEK)
    np.testing.assert_array_equal(made.own, made.profile[made.day, made.hour])


def test_a_cycle_finds_what_was_put_in() -> None:
    # Hours from 13 to 16 on weekdays four times as lively. With 20 weeks of five weekdays a cell
    # has 100 and 20 of the prior.
    hour = np.arange(MANY) % WEEK
    factor = np.where((hour < 120) & (hour % 24 >= 13) & (hour % 24 < 17), 4.0, 1.0)
    squares = factor * np.random.default_rng(4).exponential(1, MANY)
    made = cycle(squares, AT).profile[-1]
    lively = made[:120][factor[:120] == 4].mean()
    assert 2.5 < lively / made[:120][factor[:120] == 1].mean() < 4.5


def test_no_forecast_knows_the_future_and_the_unit_cancels() -> None:
    squares = np.random.default_rng(5).chisquare(1, MANY)
    squares[::37] = np.nan
    made = cycle(squares, AT)
    changed = squares.copy()
    cut = 20 * WEEK + 13
    changed[cut:] = 50.0
    later = cycle(changed, AT)
    np.testing.assert_array_equal(made.ahead(24)[:cut], later.ahead(24)[:cut])
    assert (made.own != later.own).any()
    np.testing.assert_allclose(cycle(squares * 1e-8, AT).own, made.own)
