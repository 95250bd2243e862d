"""What is usual: a measure at all other admissible instants, and a figure's rank among them."""

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
    # Groups are numbered first: sorting by one number is several times faster than by the names.
    names = (
        pl.concat([rows.select(by), placebo.select(by)]).unique().sort(by).with_row_index("__group")
    )
    numbered = rows.with_row_index("__row").join(names, on=by, how="left", nulls_equal=True)
    drawn = (
        placebo.select(*by, "value")
        .join(names, on=by, nulls_equal=True)
        .select("__group", "value", __row=pl.lit(None, pl.UInt32))
    )
    # Among equals the figure comes before the placebo values, so that they count as reached.
    ordered = (
        pl.concat([numbered.select(drawn.columns), drawn])
        .filter(pl.col("value").is_not_null())
        .sort("__group", "value", "__row", nulls_last=True)
    )
    baseline = (
        ordered.filter(pl.col("__row").is_null())
        .group_by("__group", maintain_order=True)
        .agg(
            baseline_mean=pl.col("value").mean(),
            baseline_sd=pl.col("value").std(),
            baseline_count=pl.len().cast(pl.Int64),
        )
    )
    below = pl.col("__row").is_null().cast(pl.Int64).cum_sum().over("__group")
    ranked = ordered.select("__row", below=below).filter(pl.col("__row").is_not_null())
    count = pl.col("baseline_count")
    return (
        numbered.join(baseline, on="__group", how="left")
        .join(ranked, on="__row", how="left")
        .sort("__row")
        .with_columns(count.fill_null(0), rank_share=(count - pl.col("below")) / count)
        .drop("__row", "below", "__group")
    )
