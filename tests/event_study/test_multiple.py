from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError
from marketwake.event_study.multiple import benjamini_hochberg, holm

# Benjamini and Hochberg (1995), section 4.1: the 15 hypotheses on thrombolysis after a heart attack
# (Neuhaus et al. 1992).
THROMBOLYSIS = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]
P_VALUES = st.lists(st.floats(0, 1), max_size=30)
Adjust = Callable[[list[float]], list[float]]
both = pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])


def test_the_published_example_rejects_four_by_false_discoveries_and_three_by_any() -> None:
    # The paper: controlling the rate at 0.05 rejects the four smallest; the familywise procedure
    # the three smallest.
    assert [value <= 0.05 for value in benjamini_hochberg(THROMBOLYSIS)] == [True] * 4 + [
        False
    ] * 11
    assert [value <= 0.05 for value in holm(THROMBOLYSIS)] == [True] * 3 + [False] * 12


def test_the_adjusted_values_of_the_published_example() -> None:
    # 15/j p: 0.0001*15; 0.0004*7.5; 0.0019*5; 0.0095*3.75; 0.0201*3; the sixth, 0.0278*2.5 =
    # 0.0695, is above the seventh, 0.0298*15/7.
    expected = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.447 / 7, 0.447 / 7, 0.0645, 0.0765]
    assert benjamini_hochberg(THROMBOLYSIS)[:9] == pytest.approx(expected, rel=1e-12)
    # (16 - j) p: 0.0001*15; 0.0004*14; 0.0019*13; 0.0095*12; 0.0201*11; 0.0278*10; the seventh,
    # 0.0298*9 = 0.2682, is below; ...
    assert holm(THROMBOLYSIS)[:10] == pytest.approx(
        [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213, 1.0], rel=1e-12
    )


@both
@given(p_values=P_VALUES)
def test_adjusting_lowers_no_value_keeps_the_order_and_stays_a_probability(
    adjust: Adjust, p_values: list[float]
) -> None:
    adjusted = adjust(p_values)
    assert len(adjusted) == len(p_values)
    assert all(before <= after <= 1 for before, after in zip(p_values, adjusted, strict=True))
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert [after for _, after in pairs] == sorted(adjusted)


@both
@given(
    p_values=P_VALUES.flatmap(
        lambda given: st.permutations(given).map(lambda other: (given, other))
    )
)
def test_the_order_of_the_family_changes_nothing(
    adjust: Adjust, p_values: tuple[list[float], list[float]]
) -> None:
    one, other = p_values
    assert sorted(adjust(one)) == sorted(adjust(other))


@given(P_VALUES)
def test_false_discoveries_are_the_milder_rule(p_values: list[float]) -> None:
    assert all(
        mild <= strict * (1 + 1e-12)
        for mild, strict in zip(benjamini_hochberg(p_values), holm(p_values), strict=True)
    )


@both
def test_what_is_no_probability_is_named(adjust: Adjust) -> None:
    with pytest.raises(BadInputError, match="p-value 2 of 3 is nan"):
        adjust([0.1, float("nan"), 0.2])
    with pytest.raises(BadInputError, match=r"p-value 1 of 1 is 1\.5"):
        adjust([1.5])
