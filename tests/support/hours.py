"""Hours in a row."""

import numpy as np
from numpy.typing import NDArray

from marketwake.placebo.forecast import Floats, Har, log_har, log_terms


def hours_from(first: np.datetime64, many: int) -> NDArray[np.datetime64]:
    """Ends of `many` hours, the first given."""
    return np.asarray(first + np.arange(many) * np.timedelta64(1, "h"))


def forecast(squares: Floats, har: Har, length: int) -> Floats:
    """The variance of a period as it is forecast from squares at the end of every place."""
    return log_har(log_terms(squares, har), har, length)
