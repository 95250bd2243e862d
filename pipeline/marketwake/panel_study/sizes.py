"""How often the generalised rank tests reject where nothing happened: measured, not derived."""

import numpy as np

CORRELATIONS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6)
GRANK = {
    2: (26.4, 26.6, 26.9, 26.6, 25.7, 6.1),
    3: (15.8, 16.4, 17.2, 17.4, 18.8, 16.5),
    4: (12.0, 12.1, 13.3, 13.9, 14.5, 14.8),
    5: (9.6, 10.8, 11.4, 11.5, 12.6, 13.2),
    6: (8.6, 9.4, 10.3, 10.5, 11.1, 12.3),
    8: (7.6, 8.5, 8.9, 9.6, 10.1, 11.0),
    10: (6.7, 7.5, 8.2, 8.7, 9.2, 10.3),
    15: (5.8, 6.8, 7.1, 7.4, 8.7, 9.1),
    20: (5.8, 6.2, 7.1, 7.3, 7.6, 8.7),
    30: (5.8, 5.7, 6.1, 7.1, 7.1, 9.2),
    50: (5.7, 5.3, 5.8, 6.8, 7.0, 8.7),
    100: (4.9, 5.1, 5.9, 6.3, 7.1, 7.2),
}
"""Percent of draws that `ranks.grank_t` rejects at a nominal 5 %, by events and their correlation.

Normal returns of one day's events, a constant mean over 100 estimation returns; 20,000 draws to ten
events, 8,000 to 30, 4,000 beyond: standard errors of 0.2 to 0.5 points. With 250 estimation returns
it is the same within two of them. `grank_z` has the first column: it is for independent events.
Two events of a correlation of 0.6 or more have no resolution, which `Statistic.limit` sees.
"""


def grank_size(events: int, correlation: float) -> float:
    """Share of rejections at a nominal 5 %, between the measured ones by log events.

    Beyond them that of the nearest.
    """
    known = np.log(list(GRANK))
    by_correlation = [
        float(np.interp(np.log(events), known, column))
        for column in zip(*GRANK.values(), strict=True)
    ]
    return float(np.interp(correlation, CORRELATIONS, by_correlation)) / 100
