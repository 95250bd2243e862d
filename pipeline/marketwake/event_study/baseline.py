"""What is usual: a measure at all other admissible instants, and a figure's rank among them."""

import numpy as np
import polars as pl


def placebos(windows: pl.DataFrame, estimations: pl.DataFrame) -> pl.DataFrame:
    """The measured windows with a value inside an estimation window, for each; adds estimation_to.

    They overlap, so the count is of instants and not of independent draws.
    """
    known = windows.filter(pl.col("value").is_not_null())
    instant = estimations.schema["estimation_to"]
    none = known.clear().with_columns(estimation_to=pl.lit(None, instant))
    # A filter for each of the few estimation windows: an inequality join was the slowest step of
    # the whole study.
    inside = [
        known.filter(pl.col("starts_at") >= start, pl.col("ends_at") <= end).with_columns(
            estimation_to=pl.lit(end, instant)
        )
        for start, end in estimations.select("estimation_from", "estimation_to").iter_rows()
    ]
    return pl.concat([none, *inside])


def with_baseline(rows: pl.DataFrame, placebo: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Add baseline_mean, baseline_sd (n - 1), baseline_count and rank_share.

    rank_share is the share of the placebo values of a group that are >= value. All but the count
    are null without placebo values (the standard deviation also with one); rank_share also without
    a value. The result has the order of `rows`, and depends on no order of the input.
    """
    drawn = (
        placebo.select(*by, "value")
        .drop_nulls("value")
        .group_by(by, maintain_order=True)
        .agg(pl.col("value").sort())
        .with_row_index("__group")
    )
    baseline = (
        drawn.select("__group", "value")
        .explode("value")
        .group_by("__group", maintain_order=True)
        .agg(
            baseline_mean=pl.col("value").mean(),
            baseline_sd=pl.col("value").std(),
            baseline_count=pl.len().cast(pl.Int64),
        )
    )
    judged = (
        rows.with_row_index("__row")
        .join(drawn.drop("value"), on=by, how="left", nulls_equal=True)
        .join(baseline, on="__group", how="left")
    )
    count = pl.col("baseline_count")
    return (
        judged.join(_below(judged, drawn), on="__row", how="left")
        .sort("__row")
        .with_columns(count.fill_null(0), rank_share=(count - pl.col("__below")) / count)
        .drop("__row", "__below", "__group")
    )


def _below(judged: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """How many placebo values lie below the value of each row of a group that has any."""
    figures = (
        judged.drop_nulls(["__group", "value"])
        .group_by("__group", maintain_order=True)
        .agg("__row", "value")
    )
    groups = zip(figures["value"], drawn["value"].gather(figures["__group"]), strict=True)
    below = [np.searchsorted(values.to_numpy(), figure.to_numpy()) for figure, values in groups]
    return figures.explode("__row", "value").select(
        "__row", __below=pl.Series(np.concatenate([np.zeros(0, np.int64), *below]))
    )
