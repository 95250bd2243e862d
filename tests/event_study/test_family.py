import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.event_study.family import benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(1e-6, 1), min_size=1, max_size=30)


def test_adjusted_p_values_by_hand() -> None:
    p = np.array([0.04, 0.01, 0.03, 0.005])
    # Sorted 0.005, 0.01, 0.03, 0.04. Holm: times 4, 3, 2, 1 = 0.02, 0.03, 0.06, 0.04, made monotone
    # 0.02, 0.03, 0.06, 0.06.
    assert holm(p).tolist() == pytest.approx([0.06, 0.03, 0.06, 0.02])
    # Benjamini and Hochberg: times 4/1, 4/2, 4/3, 4/4 = 0.02, 0.02, 0.04, 0.04.
    assert benjamini_hochberg(p).tolist() == pytest.approx([0.04, 0.02, 0.04, 0.02])


@given(p_values=P_VALUES, order=st.randoms())
def test_adjusting_never_lowers_a_p_value_and_knows_no_order(
    p_values: list[float], order: st.DrawFn
) -> None:
    p = np.array(p_values)
    places = list(range(p.size))
    order.shuffle(places)  # type: ignore[attr-defined]
    for adjust in (holm, benjamini_hochberg):
        adjusted = adjust(p)
        assert (adjusted >= p - 1e-15).all()
        assert (adjusted <= 1).all()
        assert np.allclose(adjust(p[places]), adjusted[places])
    assert (benjamini_hochberg(p) <= holm(p) + 1e-15).all()
