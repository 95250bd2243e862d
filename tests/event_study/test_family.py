import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.event_study.family import benjamini_hochberg, holm

# Benjamini and Hochberg (1995), section 4.1: the 15 hypotheses on thrombolysis after a heart attack
# (Neuhaus et al. 1992).
THROMBOLYSIS = np.array(
    [
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
)
P_VALUES = st.lists(st.floats(0, 1), max_size=30)


def test_adjusted_p_values_by_hand() -> None:
    p = np.array([0.04, 0.01, 0.03, 0.005])
    # Sorted 0.005, 0.01, 0.03, 0.04. Holm: times 4, 3, 2, 1 = 0.02, 0.03, 0.06, 0.04, made monotone
    # 0.02, 0.03, 0.06, 0.06.
    assert holm(p).tolist() == pytest.approx([0.06, 0.03, 0.06, 0.02])
    # Benjamini and Hochberg: times 4/1, 4/2, 4/3, 4/4 = 0.02, 0.02, 0.04, 0.04.
    assert benjamini_hochberg(p).tolist() == pytest.approx([0.04, 0.02, 0.04, 0.02])


def test_the_published_example_rejects_four_by_false_discoveries_and_three_by_any() -> None:
    # The paper: controlling the rate at 0.05 rejects the four smallest; the familywise procedure
    # the three smallest.
    assert (benjamini_hochberg(THROMBOLYSIS) <= 0.05).tolist() == [True] * 4 + [False] * 11
    assert (holm(THROMBOLYSIS) <= 0.05).tolist() == [True] * 3 + [False] * 12


def test_the_adjusted_values_of_the_published_example() -> None:
    # 15/j p: 0.0001*15; 0.0004*7.5; 0.0019*5; 0.0095*3.75; 0.0201*3; the sixth, 0.0278*2.5 =
    # 0.0695, is above the seventh, 0.0298*15/7.
    expected = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.447 / 7, 0.447 / 7, 0.0645, 0.0765]
    assert benjamini_hochberg(THROMBOLYSIS)[:9].tolist() == pytest.approx(expected, rel=1e-12)
    # (16 - j) p: 0.0001*15; 0.0004*14; 0.0019*13; 0.0095*12; 0.0201*11; 0.0278*10; the seventh,
    # 0.0298*9 = 0.2682, is below; ...
    expected = [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213, 1.0]
    assert holm(THROMBOLYSIS)[:10].tolist() == pytest.approx(expected, rel=1e-12)


@given(P_VALUES.flatmap(lambda p: st.tuples(st.just(p), st.permutations(range(len(p))))))
def test_adjusting_never_lowers_a_p_value_and_knows_no_order(
    drawn: tuple[list[float], list[int]],
) -> None:
    p, places = np.array(drawn[0]), np.array(drawn[1], np.int64)
    for adjust in (holm, benjamini_hochberg):
        adjusted = adjust(p)
        assert (adjusted >= p - 1e-15).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
        assert np.array_equal(adjust(p[places]), adjusted[places])
    assert (benjamini_hochberg(p) <= holm(p) + 1e-15).all()
