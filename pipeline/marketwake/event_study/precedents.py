"""Returns of equity indices over months and years after an event, and from every other month."""

from typing import Literal

import polars as pl

from marketwake.event_study import windows
from marketwake.event_study.design import Design
from marketwake.event_study.windows import SERIES

VENUE = "index"


def monthly_returns(monthly: pl.DataFrame, design: Design) -> pl.DataFrame:
    """'index_return' from every month: the close n months later over that of the month, less one.

    Shiller's close is the mean of the month's days, so the start holds days on both sides of an
    event within it.

    Args:
        monthly: venue, instrument, at (first of the month, 00:00 UTC), close.

    Returns:
        A measured frame; observations are the months after the first that have a close, and the
        value is null unless all n have one.
    """
    grid = months(monthly).join(monthly, on=[*SERIES, "at"], how="left").sort(*SERIES, "at")
    present = pl.col("close").is_not_null()
    frames = []
    for length in design.months:
        ahead = (
            grid.with_columns(
                starts_at=pl.col("at"),
                ends_at=pl.col("at").dt.offset_by(f"{length}mo"),
                value=(pl.col("close").shift(-length) / pl.col("close") - 1).over(SERIES),
                observations=windows.counted(present, length).shift(-1).over(SERIES).fill_null(0),
            )
            .with_columns(missing=length - pl.col("observations"))
            .with_columns(value=pl.when(pl.col("missing") == 0).then("value"))
        )
        frames.append(windows.labelled(ahead, "index_return", "fraction", length, "month"))
    return pl.concat(frames)


def months(closes: pl.DataFrame) -> pl.DataFrame:
    """The first (`at`) of every month from the first to the last close of a series."""
    first, last = pl.col("at").min().dt.truncate("1mo"), pl.col("at").max().dt.truncate("1mo")
    spans = closes.group_by(SERIES).agg(first=first, last=last).sort(SERIES)
    return spans.select(*SERIES, at=pl.datetime_ranges("first", "last", "1mo")).explode("at")


def daily_returns(daily: pl.DataFrame, starts: pl.DataFrame, design: Design) -> pl.DataFrame:
    """'index_return' over n months from the given days, on daily closes.

    From the close of the first session on or after the day to that of the last session on or before
    the day n months later, each at most `design.index_patience` away. A session must follow that
    soon after the end too: a series that stops earlier does not fill the window.

    Args:
        daily: venue, instrument, at (session at 00:00 UTC), close.
        starts: venue, instrument, at (day at 00:00 UTC).

    Returns:
        A measured frame; observations are the months after the first that hold a session, and the
        value is null unless all n do.
    """
    month = pl.col("at").dt.truncate("1mo")
    ends_of_months = (
        daily.sort(*SERIES, "at")
        .group_by(*SERIES, month, maintain_order=True)
        .agg(pl.col("close").last())
    )
    counts = monthly_returns(ends_of_months, design).select(
        *SERIES, "window_length", "observations", "missing", month="at"
    )
    closes = daily.sort("at", *SERIES)
    days = starts.select(*SERIES, "at").unique().sort("at", *SERIES)
    first = _close(days, closes, "at", "forward", design).rename({"close": "first_close"})
    frames = []
    for length in design.months:
        until = first.with_columns(
            starts_at=pl.col("at"), ends_at=pl.col("at").dt.offset_by(f"{length}mo")
        )
        followed = _close(until, closes, "ends_at", "forward", design).rename(
            {"close": "next_close"}
        )
        reached = (
            _close(followed, closes, "ends_at", "backward", design)
            .with_columns(month=month, window_length=pl.lit(length, pl.Int64))
            .join(counts, on=[*SERIES, "month", "window_length"], how="left")
            .with_columns(pl.col("observations").fill_null(0), pl.col("missing").fill_null(length))
            .with_columns(
                value=pl.when(pl.col("missing") == 0, pl.col("next_close").is_not_null()).then(
                    pl.col("close") / pl.col("first_close") - 1
                )
            )
        )
        frames.append(windows.labelled(reached, "index_return", "fraction", length, "month"))
    return pl.concat(frames).sort(*SERIES, "window_length", "at")


def _close(
    days: pl.DataFrame,
    closes: pl.DataFrame,
    on: str,
    strategy: Literal["forward", "backward"],
    design: Design,
) -> pl.DataFrame:
    joined = days.sort(on, *SERIES).join_asof(
        closes.select(*SERIES, "close", session="at"),
        left_on=on,
        right_on="session",
        by=SERIES,
        strategy=strategy,
        tolerance=design.index_patience,
        check_sortedness=False,
    )
    return joined.drop("session", strict=False)
