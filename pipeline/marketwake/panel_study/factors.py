"""Frames of factors, as Fama and French publish them: a column of returns for each."""

import numpy as np
import polars as pl

from marketwake.base.errors import BadInputError
from marketwake.base.text import closest
from marketwake.panel_study.design import PanelDesign
from marketwake.panel_study.input import Track, read_tracks, refuse_foreign

RISK_FREE = "risk_free"
WHOLE = 1.0
"""A return of a factor of this size and more is taken for one in percent."""


def factor_names(frame: pl.DataFrame | None) -> tuple[str, ...]:
    """The factors that a frame holds: its columns but `at` and `risk_free`; none without a frame.

    Raises:
        BadInputError: it is no polars frame, has no column `at`, no factor, or no row.
    """
    if frame is None:
        return ()
    refuse_foreign(frame, "factors")
    names = tuple(name for name in frame.columns if name not in ("at", RISK_FREE))
    if "at" not in frame.columns or not names:
        raise BadInputError(
            f"factors: columns {', '.join(frame.columns) or 'none'}",
            "Needed: at (date or instant), a column of returns (fractions) per factor, and, if it "
            "is to be subtracted from the returns of the series, risk_free.",
        )
    if not frame.height:
        raise BadInputError("factors: the frame has no rows", "Give a row per period.")
    return names


def factor_tracks(
    frame: pl.DataFrame | None, tracks: dict[str, Track], design: PanelDesign
) -> tuple[dict[str, Track], Track | None]:
    """The factors of the design by name, from the frame or else the series, and the riskless one.

    Raises:
        BadInputError: a factor is neither; columns or values that cannot be.
    """
    held, riskless = tracks, None
    if frame is not None:
        read = {
            name: read_tracks(
                frame.select("at", series=pl.lit(name), value=pl.col(name)),
                {name},
                design,
                f"factor {name}",
            )[name]
            for name in frame.columns
            if name == RISK_FREE or name in design.factors
        }
        for name, track in read.items():
            _refuse_percent(name, track)
        riskless = read.pop(RISK_FREE, None)
        held = read
    if lost := [name for name in design.factors if name not in held]:
        where = "the series of the prices" if frame is None else "the columns of the frame"
        raise BadInputError(
            f"factors: {', '.join(lost)} not among {where}",
            f"{closest(lost[0], held)}Known: {', '.join(sorted(held)) or 'none'}.",
        )
    return {name: held[name] for name in design.factors}, riskless


def _refuse_percent(name: str, track: Track) -> None:
    large = np.flatnonzero(np.abs(track.returns) >= WHOLE)
    if large.size:
        at = np.datetime64(int(track.stamps[large[0]]), "us").item()
        raise BadInputError(
            f"factor {name}: a return of {100 * track.returns[large[0]]:.0f} % at {at} "
            f"({large.size} of them are of 100 % or more)",
            "Returns are fractions: divide by 100 where they are in percent; leave a value that is "
            "wrong empty.",
        )
