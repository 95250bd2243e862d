"""How broad a move was: the share of coins that rose and the change of their value, by days."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import chain

import numpy as np
import polars as pl

from marketwake.event_study import grids
from marketwake.event_study.design import Design
from marketwake.event_study.grids import Grid
from marketwake.event_study.statistics import Statistic, unscaled

PANEL = "altcoin"
"""Class of the coins that are counted: not bitcoin, ether, stablecoins, wrapped or staked coins."""


def statistics(
    coins: pl.DataFrame, design: Design
) -> list[tuple[Grid, list[Callable[[int], Statistic]]]]:
    """'share_of_coins_up' and 'log_market_value_change' by vendor, for the place of an anchor.

    They are over every window of `design.days`. The window starts at the last snapshot not after
    the anchor. Only coins with a snapshot at both ends are counted, for the value only those with a
    market value at both; the panel is fixed after the fact, so it holds survivors.

    Args:
        coins: vendor, coin, class, snapshot_at (00:00 UTC), price_usd, market_cap_usd.
    """
    by_vendor = []
    for (vendor,), panel in (
        coins.filter(pl.col("class") == PANEL)
        .sort("vendor", "snapshot_at")
        .group_by("vendor", maintain_order=True)
    ):
        first, last = panel["snapshot_at"][0], panel["snapshot_at"][-1]
        days = pl.datetime_range(
            first, last + timedelta(days=max(design.days)), "1d", eager=True
        ).alias("snapshot_at")
        at = grids.instants(days)
        grid = Grid(str(vendor), "altcoins", at, np.full(at.size, np.nan), np.timedelta64(1, "D"))
        made = [_over(grid, panel, days, length) for length in design.days]
        by_vendor.append((grid, list(chain.from_iterable(made))))
    return by_vendor


def _over(
    grid: Grid, panel: pl.DataFrame, days: pl.Series, length: int
) -> list[Callable[[int], Statistic]]:
    later = panel.select(
        "coin",
        (pl.col("snapshot_at") - timedelta(days=length)).alias("snapshot_at"),
        "price_usd",
        "market_cap_usd",
    )
    pairs = panel.join(later, on=["coin", "snapshot_at"])
    both = pl.col("market_cap_usd").is_not_null() & pl.col("market_cap_usd_right").is_not_null()
    daily = pairs.group_by("snapshot_at").agg(
        share_of_coins_up=(pl.col("price_usd_right") > pl.col("price_usd")).mean(),
        log_market_value_change=(
            pl.col("market_cap_usd_right").filter(both).sort_by("coin").sum()
            / pl.col("market_cap_usd").filter(both).sort_by("coin").sum()
        ).log(),
    )
    laid = days.to_frame().join(daily, on="snapshot_at", how="left").sort("snapshot_at")
    return [
        partial(
            Statistic,
            name,
            unit,
            "none",
            None,
            length,
            unscaled(grid, length, grids.floats(laid[name])),
        )
        for name, unit in (("share_of_coins_up", "share"), ("log_market_value_change", "log"))
    ]
