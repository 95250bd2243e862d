import polars as pl
import pytest

from marketwake.event_study import story
from marketwake.event_study.design import Design
from marketwake.event_study.inference import TESTED


def inference_of(*rows: dict[str, object]) -> pl.DataFrame:
    common = {
        "event": "e",
        "venue": "Coinbase",
        "window_unit": "hour",
        "window_length": 24,
        "unit": "fraction",
        "p_resolution": 0.02,
    }
    frame = pl.DataFrame([common | row for row in rows], schema=TESTED)
    return frame.with_columns(is_in_family=pl.lit(value=True), holm=pl.col("p_two_sided") * 2)


ROW = {
    "anchor": "day",
    "instrument": "BTC",
    "measure": "abnormal_log_return",
    "model": "constant_mean",
    "verdict": "not unusual",
}


def test_a_line_names_the_anchor_at_which_a_move_is_rare() -> None:
    frame = inference_of(
        ROW | {"value": 0.0203, "p_two_sided": 0.3, "mde": 0.05},
        ROW
        | {
            "anchor": "report",
            "value": -0.0004,
            "p_two_sided": 0.04,
            "mde": 0.06,
            "verdict": "unusual",
        },
        ROW | {"anchor": "signing", "value": None, "p_two_sided": None, "verdict": "not decidable"},
    )
    (line,) = story.lines(frame, "Coinbase", 24, "constant_mean")
    assert line.label == "BTC abnormal return"
    assert line.values == {"day": "+2.0 %", "report": "0.0 %", "signing": "-"}
    assert (line.p, line.resolution, line.detectable, line.unusual) == (
        "0.04",
        "0.02",
        "+6.0 %",
        "yes: report",
    )


def test_too_few_placebo_dates_are_no_verdict() -> None:
    (line,) = story.lines(
        inference_of(ROW | {"value": 0.02, "p_two_sided": 0.2, "verdict": "not decidable"}),
        "Coinbase",
        24,
        "constant_mean",
    )
    assert (line.detectable, line.unusual) == ("-", "?")
    assert story.lines(inference_of(ROW | {"value": 0.02}), "Binance", 24, "constant_mean") == []


def test_the_least_change_of_a_share_is_in_points() -> None:
    row = {
        "measure": "share_of_coins_up",
        "unit": "share",
        "window_unit": "day",
        "window_length": 1,
    }
    (line,) = story.lines(
        inference_of(ROW | row | {"value": 0.926, "p_two_sided": 0.2, "mde": 0.31}),
        "Coinbase",
        24,
        "constant_mean",
    )
    assert (line.values, line.detectable) == ({"day": "92.6 %"}, "+31.0 pts")


def test_an_index_return_is_told_with_how_many_windows_share_no_month() -> None:
    common = ROW | {
        "measure": "log_index_return",
        "window_unit": "month",
        "value": 0.5,
        "p_two_sided": 0.3,
    }
    frame = inference_of(
        common
        | {
            "instrument": "^DJI",
            "window_length": 120,
            "placebo_count": 1372,
            "independent_count": 12,
            "p_resolution": 1 / 19,
        },
        common
        | {
            "instrument": "SHILLER",
            "window_length": 120,
            "placebo_count": 1744,
            "independent_count": 15,
            "p_resolution": 1 / 23.5,
        },
        common
        | {
            "instrument": "SHILLER",
            "window_length": 1,
            "placebo_count": 1863,
            "independent_count": 1863,
            "p_resolution": 0.001,
        },
    )
    told = story.precedent_caveat(frame)
    assert told is not None
    # Of 1,744 start months fifteen windows of ten years fit into 145 years; 1/19 is 0.053.
    assert (
        "of the windows of 120 months only 15 of 1,744 (SHILLER), 12 of 1,372 (^DJI) share no "
        "month, so that p is at least 0.053"
    ) in told
    assert story.precedent_caveat(inference_of(ROW | {"value": 0.02})) is None


def test_the_family_is_told_with_what_chance_would_give() -> None:
    rows = [
        ROW | {"value": 0.01, "p_two_sided": p, "window_length": 24, "anchor": name}
        for p, name in ((0.01, "a"), (0.5, "b"))
    ]
    frame = inference_of(*rows).with_columns(
        starts_at=pl.Series(["2025-01-01", "2025-01-02"]).str.to_datetime(time_zone="UTC")
    )
    assert story.surprises(frame, Design()) == (
        "2 tests in the family, 1 with p up to 0.05 (0.1 by chance); after Holm 1, smallest 0.02."
    )


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.4055, "log", "+50.0 %"),
        (5.0, "log", "x148"),
        (-238.2e6, "usd", "-238 M"),
        (1.234, "ratio", "+1.23"),
        (0.926, "share", "92.6 %"),
        (-0.00001, "fraction", "0.0 %"),
    ],
)
def test_values_as_people_read_them(value: float, unit: str, text: str) -> None:
    assert story.shown(value, unit) == text
