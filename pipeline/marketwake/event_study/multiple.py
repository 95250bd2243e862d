"""Several tests at once: p-values adjusted over a stated family."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from marketwake.base.errors import BadInputError

Floats = npt.NDArray[np.float64]


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that bound the chance of any false rejection in the family, whatever the
    dependence (Holm 1979).

    p~(k) = max over j <= k of min(1, (m - j + 1) p(j)), for the k-th smallest of m.

    Returns:
        In the order of the input; reject where it is at most the level.

    Raises:
        BadInputError: a value that is no probability. A test that gave none is no member of the
            family: leave it out.
    """
    ordered, order = _ordered(p_values)
    count = len(ordered)
    return _restored(np.maximum.accumulate(ordered * np.arange(count, 0, -1)), order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that bound the expected share of false rejections among the rejected
    (Benjamini and Hochberg 1995).

    p~(k) = min over j >= k of min(1, m p(j) / j), for the k-th smallest of m. Holds for independent
    or positively dependent tests (Benjamini and Yekutieli 2001).

    Returns:
        In the order of the input; reject where it is at most the level.

    Raises:
        BadInputError: a value that is no probability.
    """
    ordered, order = _ordered(p_values)
    count = len(ordered)
    return _restored(
        np.minimum.accumulate((ordered * (count / np.arange(1, count + 1)))[::-1])[::-1], order
    )


def _ordered(p_values: Sequence[float]) -> tuple[Floats, npt.NDArray[np.intp]]:
    given = np.asarray(p_values, dtype=np.float64)
    wrong = ~((given >= 0) & (given <= 1))
    if wrong.any():
        place = int(np.argmax(wrong))
        raise BadInputError(
            f"p-value {place + 1} of {len(given)} is {given[place]}",
            "Give values from 0 to 1; leave out tests that gave none.",
        )
    order = np.argsort(given, kind="stable")
    return given[order], order


def _restored(adjusted: Floats, order: npt.NDArray[np.intp]) -> list[float]:
    result = np.empty_like(adjusted)
    result[order] = np.minimum(adjusted, 1.0)
    return [float(value) for value in result]
