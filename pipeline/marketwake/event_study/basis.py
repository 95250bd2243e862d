"""The annualised futures basis after an anchor, and its change from the last observation before."""

from datetime import timedelta

import polars as pl

from marketwake.event_study import windows
from marketwake.event_study.design import Design
from marketwake.event_study.windows import SERIES


def basis_windows(observed: pl.DataFrame, design: Design) -> pl.DataFrame:
    """'annualised_basis' on the k-th observation day from each day on, and its change.

    'annualised_basis_change' is against the day before the first. The front month changes its
    contract when it rolls, so a change across a roll compares two contracts; the constant maturity
    does not.

    Args:
        observed: venue, instrument, observed_at, annualised_basis (fraction, null where there is
            none); one row per observation day.

    Returns:
        A measured frame; `at` is the observed_at of the first of the k days, observations those of
        the k with a basis. A value that comes more than `design.basis_patience` later than k days
        is null: the days between are missing.
    """
    ordered = observed.sort(*SERIES, "observed_at").with_columns(
        at=pl.col("observed_at"),
        before=pl.col("annualised_basis").shift().over(SERIES),
        starts_at=pl.col("observed_at").shift().over(SERIES),
    )
    frames = []
    for length in design.sessions:
        ahead = 1 - length
        patience = timedelta(days=length) + design.basis_patience
        level = (
            ordered.with_columns(
                ends_at=pl.col("observed_at").shift(ahead).over(SERIES),
                value=pl.col("annualised_basis").shift(ahead).over(SERIES),
                observations=windows.counted(pl.col("annualised_basis").is_not_null(), length).over(
                    SERIES
                ),
            )
            .with_columns(missing=length - pl.col("observations"))
            .with_columns(
                value=pl.when(pl.col("ends_at") - pl.col("starts_at") <= patience).then("value")
            )
        )
        frames.append(windows.labelled(level, "annualised_basis", "fraction", length, "session"))
        change = level.with_columns(value=pl.col("value") - pl.col("before"))
        frames.append(
            windows.labelled(change, "annualised_basis_change", "fraction", length, "session")
        )
    return pl.concat(frames)


def at_next_observation(
    placed: pl.DataFrame, observed: pl.DataFrame, design: Design
) -> pl.DataFrame:
    """Add `at`, the first observation after the anchor (not one at its instant)."""
    following = observed.select(*SERIES, "observed_at", at="observed_at").sort(
        "observed_at", *SERIES
    )
    return (
        placed.sort("anchor_at", *SERIES)
        .join_asof(
            following,
            left_on="anchor_at",
            right_on="observed_at",
            by=SERIES,
            strategy="forward",
            allow_exact_matches=False,
            tolerance=design.basis_patience,
            check_sortedness=False,
        )
        .drop("observed_at", strict=False)
    )
