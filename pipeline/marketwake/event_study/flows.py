"""Net flows of the funds over sessions of the New York Stock Exchange."""

import polars as pl

from marketwake.event_study import windows
from marketwake.event_study.design import Design
from marketwake.event_study.windows import SERIES

VENUE = "US spot ETFs"


def session_grid(flows: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Every session from an asset's first flow on, with its net flow; null where none reported.

    Args:
        flows: asset, session, net_flow_usd.
        sessions: session, opens_at, closes_at.
    """
    first = flows.group_by(pl.lit(VENUE).alias("venue"), pl.col("asset").alias("instrument")).agg(
        pl.col("session").min().alias("first")
    )
    return (
        first.join(sessions, how="cross")
        .filter(pl.col("session") >= pl.col("first"))
        .join(flows, left_on=["instrument", "session"], right_on=["asset", "session"], how="left")
        .select(*SERIES, "session", "opens_at", "closes_at", "net_flow_usd")
        .sort(*SERIES, "session")
    )


def net_flows(grid: pl.DataFrame, design: Design) -> pl.DataFrame:
    """'net_flow_usd' over n sessions from each on, a measured frame; null unless all reported."""
    frames = []
    for length in design.sessions:
        ahead = 1 - length
        summed = grid.with_columns(
            at=pl.col("opens_at"),
            starts_at=pl.col("opens_at"),
            ends_at=pl.col("closes_at").shift(ahead).over(SERIES),
            value=pl.col("net_flow_usd")
            .rolling_sum(length, min_samples=length)
            .shift(ahead)
            .over(SERIES),
            observations=windows.counted(pl.col("net_flow_usd").is_not_null(), length).over(SERIES),
        ).with_columns(missing=length - pl.col("observations"))
        frames.append(windows.labelled(summed, "net_flow_usd", "usd", length, "session"))
    return pl.concat(frames)


def at_day_zero(placed: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Add `at`, the opening of day 0.

    That is the first session that closes after the anchor: its flow can have answered it.
    """
    opening = sessions.select("closes_at", at="opens_at").sort("closes_at")
    return placed.sort("anchor_at", *SERIES).join_asof(
        opening,
        left_on="anchor_at",
        right_on="closes_at",
        strategy="forward",
        allow_exact_matches=False,
        coalesce=True,
    )
