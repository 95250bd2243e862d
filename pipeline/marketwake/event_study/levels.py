"""Round price levels above the price at the event, and when each was first touched."""

import polars as pl

from marketwake.event_study.design import Design
from marketwake.event_study.windows import SERIES

COLUMNS = [
    "event",
    "venue",
    "instrument",
    "level",
    "first_touched_at",
    "price_before",
    "searched_until",
]


def levels(bars: pl.DataFrame, anchors: pl.DataFrame, design: Design) -> pl.DataFrame:
    """First touch of every round level, per event, venue and asset.

    The search starts at the nominal instant of the event's earliest candidate anchor (of its
    earliest anchor if it has no candidate) and lasts `design.level_horizon`, or to the end of the
    data. The levels are the multiples of the asset's step above the price at the start on every
    venue, up to the first that no venue touched: its first_touched_at is null, as for a venue that
    stayed below the others. A touch inside a missing bar goes unseen.

    Args:
        bars: venue, instrument, opened_at, closed_at, high, close.
        anchors: columns of seed.anchor.

    Returns:
        COLUMNS; price_before is the close of the bar that ends at the start, in quote currency.
    """
    group = ["event", *SERIES]
    searched = _searched(bars, anchors, design)
    at_start = searched.filter(pl.col("closed_at") == pl.col("start")).select(
        *group, price_before="close"
    )
    after = (
        searched.filter(pl.col("opened_at") >= pl.col("start"))
        .join(at_start, on=group)
        .sort(*group, "opened_at")
    )
    until = after.group_by(group).agg(searched_until=pl.col("closed_at").max())
    # The running maximum is sorted, so the first bar at or above a level is an as-of join.
    peak = pl.col("high").cum_max().over(group)
    peaks = (
        after.select(*group, first_touched_at="opened_at", peak=peak)
        .unique([*group, "peak"], keep="first", maintain_order=True)
        .sort("peak", *group)
    )
    touched = (
        _ladder(after)
        .join(until.join(at_start, on=group), on=["event", "instrument"])
        .sort("level", *group)
        .join_asof(
            peaks,
            left_on="level",
            right_on="peak",
            by=group,
            strategy="forward",
            check_sortedness=False,
        )
    )
    return touched.select(COLUMNS).sort(*group, "level")


def _searched(bars: pl.DataFrame, anchors: pl.DataFrame, design: Design) -> pl.DataFrame:
    """The bars of each event's search, with its start and the asset's step."""
    candidates = pl.col("nominal_at").filter("is_candidate").min()
    starts = (
        anchors.group_by("event")
        .agg(start=pl.coalesce(candidates, pl.col("nominal_at").min()).dt.truncate("1h"))
        .sort("event")
    )
    steps = pl.DataFrame(
        design.level_steps, schema={"instrument": pl.String, "step": pl.Float64}, orient="row"
    )
    return (
        bars.join(steps, on="instrument")
        .join(starts, how="cross")
        .filter(
            pl.col("closed_at") >= pl.col("start"),
            pl.col("closed_at") <= pl.col("start") + design.level_horizon,
        )
        .sort("event", *SERIES, "closed_at")
    )


def _ladder(after: pl.DataFrame) -> pl.DataFrame:
    step = pl.col("step").first()
    lowest = (pl.col("price_before").max() / step).floor().cast(pl.Int64) + 1
    highest = (pl.col("high").max() / step).floor().cast(pl.Int64) + 1
    steps = after.group_by("event", "instrument").agg(
        step, lowest=lowest, above=pl.max_horizontal(lowest, highest) + 1
    )
    return (
        steps.with_columns(multiple=pl.int_ranges("lowest", "above"))
        .explode("multiple")
        .select("event", "instrument", level=pl.col("multiple") * pl.col("step"))
    )
