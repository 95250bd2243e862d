import polars as pl

from marketwake.base.seeds import seed_rows
from marketwake.event_study.measured_size import with_measured_size


def cell(fifth: int, *, is_standardised: bool = True, is_sized: bool = True) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "measure": ["abnormal_log_return"],
            "window_unit": ["hour"],
            "window_length": [24],
            "condition_fifth": [fifth],
            "is_standardised": [is_standardised],
            "is_sized": [is_sized],
        }
    )


def test_a_size_that_leaves_three_to_seven_per_cent_is_told_where_it_was_measured() -> None:
    (measured,) = (
        float(row["size"])
        for row in seed_rows("measured_size")
        if (row["measure"], row["window_length"], row["condition_fifth"])
        == ("abnormal_log_return", "24", "1")
        and row["window_unit"] == "hour"
    )
    assert not 0.03 <= measured <= 0.07
    told = with_measured_size(cell(1))
    assert told["measured_size"].item() == measured
    assert "is_sized" not in told.columns
    # The third fifth is ordinary; without a cycle of the week, or plainly, it was not measured.
    for other in (cell(3), cell(1, is_sized=False), cell(1, is_standardised=False)):
        assert with_measured_size(other)["measured_size"].item() is None


def test_every_fifth_of_a_window_was_measured() -> None:
    cells = seed_rows("measured_size")
    windows = {(row["measure"], row["window_unit"], row["window_length"]) for row in cells}
    assert len(cells) == 5 * len(windows)
    assert {row["condition_fifth"] for row in cells} == set("12345")
