"""Hours in a row."""

import numpy as np
from numpy.typing import NDArray


def hours_from(first: np.datetime64, many: int) -> NDArray[np.datetime64]:
    """Ends of `many` hours, the first given."""
    return np.asarray(first + np.arange(many) * np.timedelta64(1, "h"))
