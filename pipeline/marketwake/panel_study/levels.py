"""Prices and given returns of series that are numbers, but cannot be what they are called."""

import numpy as np

from marketwake.base.errors import BadInputError
from marketwake.panel_study.design import PanelDesign
from marketwake.panel_study.input import Flags, Track

HALF = 0.5
"""Median size of the returns of a series from which on they are taken for percents."""


def refuse_levels(tracks: dict[str, Track], design: PanelDesign) -> None:
    """Check every series.

    Raises:
        BadInputError: the ratio of two prices overflows; the median size of given returns is `HALF`
            or more; a given simple return is -1 or less.
    """
    for name, track in tracks.items():
        if track.closes is None:
            _refuse_returns(name, track, design)
            continue
        lowest, highest = np.fmin.reduce(track.closes), np.fmax.reduce(track.closes)
        with np.errstate(over="ignore"):
            overflows = np.isinf(highest / lowest)
        if overflows:
            tiny = _first(name, track, track.closes == lowest)
            raise BadInputError(
                f"prices: {tiny}: a price of {float(lowest)} is "
                f"too small to divide by, beside one of {highest:g}",
                "Correct it, or leave the price empty where it is missing.",
            )


def _refuse_returns(name: str, track: Track, design: PanelDesign) -> None:
    sizes = np.abs(track.returns[~np.isnan(track.returns)])
    if len(sizes) and (median := float(np.median(sizes))) >= HALF:
        raise BadInputError(
            f"prices: the returns of {name} have a median size of {median:g}",
            "Returns are fractions: divide by 100 where they are in percent.",
        )
    lost = track.returns <= -1
    if design.kind == "simple" and lost.any():
        raise BadInputError(
            f"prices: {_first(name, track, lost)}: a simple return of {track.returns[lost][0]:g} "
            f"({lost.sum()} of them are -1 or less)",
            "Nothing loses all and then moves: correct it, leave it empty where it is wrong, or "
            "set kind to 'log' where returns are logarithmic.",
        )


def _first(name: str, track: Track, rows: Flags) -> str:
    return f"{name} at {np.datetime64(int(track.stamps[rows][0]), 'us').item()}"
