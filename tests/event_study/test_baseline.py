import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.event_study.baseline import placebos, with_baseline

VALUES = st.lists(st.none() | st.floats(-1, 1), max_size=30)


def rows(values: list[float | None], group: str = "a") -> pl.DataFrame:
    return pl.DataFrame(
        {"group": [group] * len(values), "value": values},
        schema={"group": pl.String, "value": pl.Float64},
    )


def test_the_rank_share_counts_the_placebo_values_at_or_above_the_figure() -> None:
    judged = with_baseline(
        rows([3.0, 0.0, 9.0, 2.5, None]), rows([1.0, 2.0, 3.0, 4.0, None]), ["group"]
    )
    # Of 1, 2, 3, 4: two are >= 3, all >= 0, none >= 9, two >= 2.5; the mean is 2.5 and the variance
    # (2.25 + 0.25 + 0.25 + 2.25)/3.
    assert judged["rank_share"].to_list() == [0.5, 1.0, 0.0, 0.5, None]
    assert judged["baseline_count"].to_list() == [4] * 5
    assert judged["baseline_mean"].to_list() == [2.5] * 5
    assert judged["baseline_sd"][0] == pytest.approx((5 / 3) ** 0.5)


def test_without_placebo_values_there_is_a_count_of_none_and_no_rank() -> None:
    judged = with_baseline(rows([1.0]), rows([5.0], group="b"), ["group"])
    assert judged.select("baseline_mean", "baseline_sd", "baseline_count", "rank_share").row(0) == (
        None,
        None,
        0,
        None,
    )


@given(values=VALUES, placebo=VALUES, others=VALUES)
def test_the_rank_share_is_the_counted_share(
    values: list[float | None], placebo: list[float | None], others: list[float | None]
) -> None:
    judged = with_baseline(
        pl.concat([rows(values), rows(values, "b")]),
        pl.concat([rows(others, "b"), rows(placebo)]),
        ["group"],
    )
    for row in judged.to_dicts():
        drawn = [
            value for value in (placebo if row["group"] == "a" else others) if value is not None
        ]
        if row["value"] is None or not drawn:
            assert row["rank_share"] is None
        else:
            assert row["rank_share"] == pytest.approx(
                sum(value >= row["value"] for value in drawn) / len(drawn)
            )
    assert judged["value"].to_list() == values + values


def test_a_placebo_window_lies_wholly_inside_the_estimation_window() -> None:
    hours = pl.DataFrame({"hour": range(6), "value": [0.0, 1.0, None, 3.0, 4.0, 5.0]})
    windows = hours.select("value", starts_at=pl.col("hour"), ends_at=pl.col("hour") + 2)
    estimations = pl.DataFrame({"estimation_from": [1], "estimation_to": [6]})
    # From 1: ends 3; 2 has no value; 3 ends 5; 4 ends 6, at the border; 5 would end 7; 0 starts too
    # early.
    assert placebos(windows, estimations)["value"].sort().to_list() == [1.0, 3.0, 4.0]
