"""Two-sided p-values of the normal distribution and of Student's t."""

import math
from functools import cache

_SMALLEST = 1e-300


def two_sided(statistic: float, degrees: float | None) -> float:
    """P(|X| >= |statistic|) for a standard normal X, or Student's t with `degrees` of freedom.

    It is 0 for an infinite statistic. For t it is the regularised incomplete beta function
    I_x(degrees / 2, 1/2) at x = degrees / (degrees + t^2) (Abramowitz and Stegun 26.5.27), which
    keeps its relative precision in the tail.
    """
    if degrees is None:
        return math.erfc(abs(statistic) / math.sqrt(2))
    if math.isinf(statistic):
        return 0.0
    square = statistic**2
    # Where the fraction would converge slowly its mirror image I_(1-x)(b, a) = 1 - I_x(a, b)
    # converges fast.
    if square * (degrees / 2 + 1) > degrees * 1.5:
        return _incomplete_beta(degrees / (degrees + square), degrees / 2, 0.5)
    return 1 - _incomplete_beta(square / (degrees + square), 0.5, degrees / 2)


@cache
def quantile(level: float, degrees: float | None) -> float:
    """The size that |X| exceeds with probability `level`, to the last digits, by bisection."""
    low, high = 0.0, 1.0
    while two_sided(high, degrees) > level:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if two_sided(middle, degrees) > level else (low, middle)
    return high


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b) by its continued fraction (Abramowitz and Stegun 26.5.8), by Lentz's method."""
    if x <= 0:
        return 0.0
    gammas = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(gammas + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / _away_from_nought(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 1000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_nought(1 + term * d)
            c = _away_from_nought(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return min(1.0, front * value)


def _away_from_nought(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST
