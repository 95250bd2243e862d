"""The stationary bootstrap: sums of the estimation window's residuals in other orders."""

from collections.abc import Sequence

import numpy as np

from marketwake.event_study.design import Design
from marketwake.event_study.expected import Floats


def cumulated(residuals: Floats, lengths: Sequence[int], design: Design) -> Floats:
    """Resampled cumulated abnormal returns: a row per resample, a column per length.

    The bootstrap is that of Politis and Romano (1994). Blocks of random length keep volatility
    clustering and autocorrelation. Each sum carries an estimation error of its own: the mean of the
    part of the resample that is not summed is taken off.
    """
    # Slow to import, and only here needed.
    from arch.bootstrap import StationaryBootstrap

    ends = np.asarray(lengths) - 1

    def sums(sample: Floats) -> Floats:
        total = np.cumsum(sample)
        count = ends + 1
        return np.asarray(total[ends] - count * (total[-1] - total[ends]) / (sample.size - count))

    drawn = StationaryBootstrap(design.bootstrap_block, residuals, seed=design.seed)
    return np.asarray(drawn.apply(sums, reps=design.bootstrap_samples), dtype=np.float64)


def p_value(figure: float, drawn: Floats) -> float:
    """Two-sided: (r + 1) / (B + 1), r of B resampled sums being at least as far from zero."""
    return (float((np.abs(drawn) >= abs(figure)).sum()) + 1) / (drawn.size + 1)
