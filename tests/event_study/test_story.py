from collections.abc import Mapping

import polars as pl
import pytest

from marketwake.event_study import story
from marketwake.event_study.design import Design
from marketwake.event_study.inference import TESTED

TOLD = {"schemes_agree": pl.Boolean(), "measured_size": pl.Float64()}


def inference_of(*rows: Mapping[str, object]) -> pl.DataFrame:
    common = {
        "event": "e",
        "venue": "Coinbase",
        "window_unit": "hour",
        "window_length": 24,
        "unit": "fraction",
        "p_resolution": 0.02,
    }
    frame = pl.DataFrame([{**common, **row} for row in rows], schema=TESTED | TOLD)
    frame = frame.with_columns(
        effect=pl.col("value")
        - pl.col("expected").fill_null(0.0)
        - pl.col("placebo_mean").fill_null(0.0)
    )
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
            "p_earlier": 0.06,
            "p_plain": 0.021,
            "ci_low": -0.0712,
            "ci_high": -0.0003,
            "mde": 0.06,
            "condition_fifth": 4,
            "verdict": "unusual",
            "verdict_earlier": "not unusual",
            "schemes_agree": False,
        },
        ROW | {"anchor": "signing", "value": None, "p_two_sided": None, "verdict": "not decidable"},
    )
    (line,) = story.lines(frame, "Coinbase", 24, "constant_mean")
    assert line.label == "BTC return"
    assert line.values == {"day": "+2.0 %", "report": "0.0 %", "signing": "-"}
    assert (line.p, line.resolution, line.detectable, line.unusual) == (
        "0.04",
        "0.02",
        "+6.0 %",
        "yes: report",
    )
    assert (line.anchor, line.effect, line.interval) == ("report", "0.0 %", "-7.1 to 0.0 %")
    assert (line.p_earlier, line.p_plain, line.calm) == ("0.06", "0.021", "4/5")
    assert line.is_disputed


@pytest.mark.parametrize(
    ("low", "high", "unit", "told"),
    [
        (-0.036, 0.0244, "fraction", "-3.6 to +2.4 %"),
        # A log of -1.743 is 17.5 % of what is usual, one of 0.4523 is 157.2 %.
        (-1.743, 0.4523, "log", "-82.5 to +57.2 %"),
        # e^5 is 148.4: from a hundred times on in times, and each end says its own unit.
        (-1.0, 5.0, "log", "-63.2 % to x148"),
        (-1.998e9, 2.182e9, "usd", "-1,998 to +2,182 M"),
        (-0.25, 0.926, "share", "-25.0 to +92.6 pts"),
        (-0.4, 0.12, "correlation", "-0.40 to +0.12"),
        (None, None, "fraction", "-"),
    ],
)
def test_an_interval_names_its_unit_once(
    low: float | None, high: float | None, unit: str, told: str
) -> None:
    assert story.interval(low, high, unit) == told


def test_what_the_run_up_promised_is_taken_off_the_effect() -> None:
    row = {"measure": "log_volume_ratio", "model": "none", "unit": "log", "p_two_sided": 0.5}
    # The volume is e^1.2 = 3.32 times the usual one, of which e^0.7 was promised: e^0.5 = 1.65.
    (line,) = story.lines(
        inference_of(ROW | row | {"value": 1.2, "expected": 0.7}), "Coinbase", 24, "constant_mean"
    )
    assert (line.values, line.effect) == ({"day": "+232 %"}, "+64.9 %")
    frame = inference_of(ROW | row | {"value": 1.2, "expected": 0.7})
    # e^0.7 = 2.01.
    assert story.conditions(frame, "Coinbase", 24, "constant_mean") == [
        "Volume against usual: BTC +232 % after day, promised +101 %."
    ]


def test_the_time_before_is_told() -> None:
    calm = ROW | {"value": 0.01, "condition_ratio": 0.934, "condition_fifth": 1, "level_fifth": 2}
    told = story.conditions(inference_of(calm), "Coinbase", 24, "constant_mean")
    assert told == [
        "Before day: BTC 0.93 times the variance of six weeks, in the 1st fifth of dates from calm "
        "to storm (these six weeks: 2nd).",
    ]
    assert (
        story.conditions(inference_of(ROW | {"value": 0.01}), "Coinbase", 24, "market_model") == []
    )


def test_how_often_such_a_test_errs_is_told_of_the_rows_that_are_shown() -> None:
    row: dict[str, object] = {**ROW, "value": 0.01, "p_two_sided": 0.2}
    loud, usual = (
        story.lines(inference_of({**row, "measured_size": size}), "Coinbase", 24, "constant_mean")
        for size in (0.0714, None)
    )
    assert story.errors(loud) == (
        "In such times such tests call 3 to 7 % of ordinary dates unusual, but BTC return 7.1 %."
    )
    assert story.errors(usual) == (
        "In such times such tests call 3 to 7 % of ordinary dates unusual, where that was measured."
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
        inference_of(
            ROW | row | {"value": 0.926, "placebo_mean": 0.59, "p_two_sided": 0.2, "mde": 0.31}
        ),
        "Coinbase",
        24,
        "constant_mean",
    )
    assert (line.values, line.detectable) == ({"day": "92.6 %"}, "+31.0 pts")
    assert line.effect == "+33.6 pts"


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
        "of the windows of 120 months only 15 of 1,744 for SHILLER, 12 of 1,372 for ^DJI share no "
        "month, so that p is at least 0.053"
    ) in told
    of_one = story.precedent_caveat(frame.filter(window_length=1))
    assert of_one is not None
    assert "of the windows of 1 month only 1863 of 1,863 for SHILLER" in of_one
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
        "2 tests in the family (returns by the constant mean alone), 1 with p up to 0.05 (0.1 by "
        "chance); after Holm 1, smallest 0.02."
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
