"""Tests of whole series: a planted jump is seen where it was planted, and the tables agree."""

import dataclasses
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from marketwake.base.errors import BadInputError
from marketwake.event_study.design import Design
from marketwake.event_study.inputs import checked_factors
from marketwake.event_study.run import study_anchors
from tests.support.studies import UTC_US, inputs_of, rising_months, spot_series

Frames = Callable[..., pl.DataFrame]
ORDER = datetime(2025, 8, 7, 12, tzinfo=UTC)
DESIGN = Design(hours=(1, 24))


def walk(jump: float = 0.0, coupled: float = 0.8) -> pl.DataFrame:
    """Ten weeks of hourly bars on Coinbase up to a week after the order.

    ETH follows BTC and jumps in the hour after the order.
    """
    opened = pl.datetime_range(
        ORDER - timedelta(days=70), ORDER + timedelta(days=7), "1h", time_zone="UTC", eager=True
    ).cast(UTC_US)
    random = np.random.default_rng(5)
    bitcoin, own = random.normal(0, 0.004, opened.len()), random.normal(0, 0.003, opened.len())
    ether = coupled * bitcoin + own
    ether[(opened == ORDER).to_numpy()] += jump
    volume = random.lognormal(0, 0.3, opened.len())
    series = []
    for name, returns in (("BTC", bitcoin), ("ETH", ether)):
        close = 1000 * np.exp(np.cumsum(returns))
        frame = pl.DataFrame({"opened_at": opened, "close": close, "high": close, "volume": volume})
        series.append(spot_series("Coinbase", name, frame))
    return pl.concat(series)


def test_a_jump_is_found_in_its_hour_and_only_in_the_asset_that_jumped(anchor: Frames) -> None:
    tests = study_anchors(inputs_of(walk(jump=0.05)), anchor("order", ORDER), DESIGN).test
    hour = tests.filter(measure="abnormal_log_return", window_length=1)
    ether = hour.filter(instrument="ETH", model="market_model").row(0, named=True)
    bitcoin = hour.filter(instrument="BTC").row(0, named=True)
    assert ether["value"] == pytest.approx(0.05, abs=0.012)
    assert ether["verdict"] == "unusual"
    assert bitcoin["verdict"] == "not unusual"
    before = tests.filter(
        measure="abnormal_log_return_before",
        instrument="ETH",
        window_length=1,
        model="market_model",
    ).to_dicts()[0]
    assert before["verdict"] == "not unusual"
    # 0.05 is far above what would be found; the noise of an hour is 0.003.
    assert 2 * 0.003 < ether["mde"] < 0.05


def test_the_tests_and_the_responses_are_of_the_same_figures(anchor: Frames) -> None:
    result = study_anchors(inputs_of(walk()), anchor("order", ORDER), DESIGN)
    key = ["venue", "instrument", "measure", "window_length"]
    tested = result.test.filter(measure="abnormal_log_return", model="constant_mean").sort(key)
    told = result.response.filter(
        pl.col("is_nominal"), pl.col("instrument") != "ETH/BTC", measure="abnormal_log_return"
    ).sort(key)
    assert tested["value"].to_list() == pytest.approx(told["value"].to_list())
    relative = result.response.filter(measure="relative_log_return", is_nominal=True).sort(
        "window_length"
    )
    adjusted = result.test.filter(measure="abnormal_log_return", model="market_adjusted").sort(
        "window_length"
    )
    assert adjusted["value"].to_list() == pytest.approx(relative["value"].to_list())
    ratio = result.response.filter(measure="volume_ratio", instrument="BTC", is_nominal=True).sort(
        "window_length"
    )
    volume = result.test.filter(measure="log_volume_ratio", instrument="BTC").sort("window_length")
    # The study's weeks end with its estimation window, those of the test lie whole weeks before:
    # alike but not the same.
    assert volume["value"].to_list() == pytest.approx(
        [math.log(value) for value in ratio["value"]], abs=0.2
    )


def test_the_model_table_holds_the_coefficients(anchor: Frames) -> None:
    models = study_anchors(inputs_of(walk(coupled=0.8)), anchor("order", ORDER), DESIGN).model
    assert set(models["model"]) == {"constant_mean", "market_model", "market_adjusted"}
    market = models.filter(model="market_model").to_dicts()[0]
    # Six weeks of hours; the standard error of beta is 0.003 / (0.004 * sqrt(1008)) = 0.024.
    assert market["observations"] == 1008
    assert market["beta"] == pytest.approx(0.8, abs=0.08)
    assert market["residual_sd"] == pytest.approx(0.003, rel=0.1)
    # 0.8^2 * 0.004^2 over that and 0.003^2.
    assert market["r_squared"] == pytest.approx(0.532, abs=0.06)


def test_known_events_are_kept_out_of_the_placebo_dates(anchor: Frames) -> None:
    inputs, order = inputs_of(walk()), anchor("order", ORDER)
    other = anchor("other", datetime(2025, 7, 20, tzinfo=UTC), event="other")
    kind = {"measure": "abnormal_log_return", "instrument": "BTC", "window_length": 24}
    free = study_anchors(inputs, order, DESIGN).test.filter(**kind)["placebo_count"].item()
    kept = study_anchors(inputs, order, DESIGN, other).test.filter(**kind)["placebo_count"].item()
    # Windows of 24 hours that touch the 24 hours after the other event: those that start in the 23
    # hours before it or in them.
    assert free - kept == 24 + 23


def test_later_dates_judge_too_once_the_event_is_over(anchor: Frames) -> None:
    inputs, order = inputs_of(walk()), anchor("order", ORDER)
    kind = {"measure": "abnormal_log_return", "instrument": "BTC", "window_length": 24}
    near, far = (
        study_anchors(inputs, order, design).test.filter(**kind).row(0, named=True)
        for design in (dataclasses.replace(DESIGN, recovery=timedelta(days=1)), DESIGN)
    )
    # The last bar ends 169 hours after the order: windows of 24 hours begin from hour 24 to hour
    # 145; after a week none fits.
    assert near["placebo_count"] - far["placebo_count"] == 122
    assert far["effective_count"] == far["effective_earlier"] == near["effective_earlier"]
    assert far["p_two_sided"] == far["p_earlier"]


def index_of(first: date, last: date) -> pl.DataFrame:
    """The index on every weekday, between 5,000 and 5,012."""
    days = pl.date_range(first, last, eager=True).alias("at")
    return (
        days.filter(days.dt.weekday() < 6)
        .to_frame()
        .select(
            pl.lit("index").alias("venue"),
            pl.lit("^GSPC").alias("instrument"),
            pl.col("at").cast(UTC_US),
            close=5000 + (pl.int_range(pl.len()) * 7 % 13).cast(pl.Float64),
        )
    )


def test_a_series_of_few_weeks_is_ranked_plainly_and_says_so(anchor: Frames) -> None:
    # A standard error needs 192 hours before a date, a forecast 360. Of the 768 hours before the
    # order 24 days are at its hour after the former, 17 after the latter: too few for 5 %.
    for days, is_standardised in ((70, True), (32, False)):
        spot = walk().filter(pl.col("opened_at") >= ORDER - timedelta(days=days))
        row = (
            study_anchors(inputs_of(spot), anchor("order", ORDER), DESIGN)
            .test.filter(instrument="BTC", measure="abnormal_log_return", window_length=1)
            .row(0, named=True)
        )
        assert row["is_standardised"] == is_standardised
        assert row["verdict"] != "not decidable"
        # At its hour of the day alone, for less than half a year is held.
        assert row["placebo_count"] < days


def test_the_five_days_before_are_tested_as_one(anchor: Frames) -> None:
    quiet, loud = walk(), walk()
    # Ether moves by 6 % in an hour of each of the five days before, up and down by turns: no single
    # window sums them up.
    jumps = pl.lit(0.0)
    for day in range(1, 6):
        moved = ORDER - timedelta(hours=24 * day - 6)
        jump = 0.06 * (-1) ** day
        jumps = jumps + pl.when(pl.col("opened_at") >= moved).then(jump).otherwise(0.0)
    is_ether = pl.col("instrument") == "ETH"
    loud = loud.with_columns(
        close=pl.when(is_ether).then(pl.col("close") * jumps.exp()).otherwise("close")
    )
    rows = [
        study_anchors(inputs_of(spot), anchor("order", ORDER), DESIGN)
        .test.filter(measure="run_up", instrument="ETH")
        .row(0, named=True)
        for spot in (quiet, loud)
    ]
    assert rows[1]["value"] > 2 * rows[0]["value"]
    assert rows[1]["p_two_sided"] == rows[1]["p_upper"] < rows[0]["p_two_sided"]
    # It is a size: no interval, and in the family.
    assert rows[1]["ci_low"] is None
    assert rows[1]["is_in_family"]
    assert rows[1]["starts_at"] == ORDER - timedelta(hours=120)


def test_an_uncertain_anchor_is_forecast_at_its_earliest_instant(anchor: Frames) -> None:
    # Ether jumps in the hours between the earliest and the nominal instant: a forecast that looked
    # at them would take the move after them for ordinary.
    jumped = walk().with_columns(
        close=pl.when(
            pl.col("instrument") == "ETH", pl.col("opened_at") == ORDER - timedelta(hours=3)
        )
        .then(pl.col("close") * 1.2)
        .otherwise("close")
    )
    kind = {"measure": "abnormal_log_return", "instrument": "ETH", "window_length": 24}
    early = ORDER - timedelta(hours=6)
    deviations = [
        study_anchors(inputs_of(spot), row, DESIGN)
        .test.filter(model="constant_mean", **kind)["one_sd"]
        .item()
        for spot, row in (
            (walk(), anchor("order", ORDER, early)),
            (jumped, anchor("order", ORDER, early)),
            (jumped, anchor("order", ORDER)),
        )
    ]
    assert deviations[1] == pytest.approx(deviations[0], rel=0.02)
    assert deviations[2] > 1.5 * deviations[1]


def test_both_schemes_stand_beside_each_other_and_say_where_they_differ(anchor: Frames) -> None:
    tests = study_anchors(inputs_of(walk()), anchor("order", ORDER), DESIGN).test
    decided = tests.filter(pl.col("schemes_agree").is_not_null())
    assert decided.height > 10
    assert decided["schemes_agree"].to_list() == [
        row["verdict"] == row["verdict_earlier"] for row in decided.to_dicts()
    ]
    unknown = tests.filter(pl.col("schemes_agree").is_null())
    assert all(
        "not decidable" in (row["verdict"], row["verdict_earlier"]) for row in unknown.to_dicts()
    )


def test_an_interval_leaves_out_nought_exactly_where_a_figure_is_rare(anchor: Frames) -> None:
    tests = study_anchors(inputs_of(walk(jump=0.03)), anchor("order", ORDER), DESIGN).test
    told = tests.drop_nulls(["ci_low", "p_two_sided"])
    assert told.filter(verdict="unusual").height > 0
    for row in told.to_dicts():
        assert (row["ci_low"] <= 0 <= row["ci_high"]) == (row["verdict"] != "unusual")


def test_returns_by_session_use_the_index(anchor: Frames) -> None:
    daily = index_of(date(2025, 6, 2), date(2025, 8, 14))
    inputs = dataclasses.replace(inputs_of(walk()), daily=daily)
    tests = study_anchors(inputs, anchor("order", ORDER), DESIGN).test
    sessions = tests.filter(
        measure="abnormal_log_return", window_unit="session", instrument="BTC", window_length=1
    )
    assert set(sessions["model"]) == {"constant_mean", "market_model", "market_adjusted"}
    assert sessions.filter(model="market_model")["market"].item() == "^GSPC"
    # Day 0 is the session of 7 August: the window starts at the close of the 6th, at 20:00 UTC.
    assert sessions["starts_at"].unique().to_list() == [datetime(2025, 8, 6, 20, tzinfo=UTC)]
    ether = tests.filter(
        measure="abnormal_log_return", window_unit="session", instrument="ETH", window_length=1
    )
    assert ether.filter(model="factor_model")["market"].item() == "^GSPC and BTC"


def test_factors_of_a_readers_own_explain_returns_by_session(anchor: Frames) -> None:
    # Ether's return by session is twice the first factor less half the second, to the digit, but in
    # the order's session, where 5 % more come.
    days = pl.date_range(date(2025, 6, 2), date(2025, 8, 14), eager=True)
    sessions = days.filter(days.dt.weekday() < 6)
    random = np.random.default_rng(11)
    first, second = random.normal(0, 0.01, (2, sessions.len()))
    moved = 2 * first - 0.5 * second
    moved[(sessions == date(2025, 8, 7)).to_numpy()] += 0.05
    closes = pl.DataFrame({"session": sessions, "target": 1000 * np.exp(np.cumsum(moved))})
    at_close = (pl.col("session").cast(UTC_US) + timedelta(hours=20)).alias("closed_at")
    spot = walk().join(
        closes.select(at_close, "target", instrument=pl.lit("ETH")),
        on=["closed_at", "instrument"],
        how="left",
    )
    spot = spot.with_columns(close=pl.coalesce("target", "close")).drop("target")
    inputs = dataclasses.replace(
        inputs_of(spot),
        factors=pl.DataFrame({"session": sessions, "one": first, "two": second}),
    )
    design = dataclasses.replace(DESIGN, estimation_sessions=40)
    row = (
        study_anchors(inputs, anchor("order", ORDER), design)
        .test.filter(model="factor_model", instrument="ETH", window_length=1)
        .row(0, named=True)
    )
    assert row["market"] == "one and two"
    assert row["value"] == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ({"session": ["2025-08-07"], "one": [0.1]}, "factors have the columns session, one"),
        ({"session": [date(2025, 8, 7)]}, "factors have the columns session"),
        ({"session": [date(2025, 8, 7)], "one": ["a"]}, "factor one is String, not a number"),
        ({"session": [date(2025, 8, 7)] * 2, "one": [0.1, 0.2]}, "a session twice"),
        ({"session": [date(2025, 8, 7)], "one": [1.2]}, "one of 100 % or more"),
        ({"session": [date(2025, 8, 7)], "one": [math.nan]}, "factors have no return"),
    ],
)
def test_factors_that_are_none_are_refused(frame: dict[str, list[object]], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        checked_factors(pl.DataFrame(frame))


def test_coins_are_counted_from_the_last_snapshot_before_the_anchor(anchor: Frames) -> None:
    at = pl.datetime_range(
        datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 12, tzinfo=UTC), "1d", eager=True
    ).cast(UTC_US)
    coins = [
        pl.DataFrame(
            {
                "vendor": "v",
                "coin": coin,
                "class": "altcoin",
                "snapshot_at": at,
                "price_usd": price,
                "market_cap_usd": price * 10,
            }
        )
        for coin, price in (
            ("up", 1.0 + pl.int_range(at.len(), eager=True)),
            ("down", 100.0 - pl.int_range(at.len(), eager=True)),
        )
    ]
    inputs = dataclasses.replace(inputs_of(walk()), coins=pl.concat(coins))
    tests = study_anchors(inputs, anchor("order", ORDER), DESIGN).test.filter(
        window_unit="day", window_length=1
    )
    rose = tests.filter(measure="share_of_coins_up").to_dicts()[0]
    # One of two coins rises every day; 7 August is day 37 (0 is 1 July): values 38 and 63 become 39
    # and 62, in all the same.
    assert (rose["value"], rose["starts_at"]) == (0.5, datetime(2025, 8, 7, tzinfo=UTC))
    assert tests.filter(measure="log_market_value_change")["value"].item() == pytest.approx(0.0)


def test_an_index_is_tested_among_all_its_months(anchor: Frames) -> None:
    start = datetime(1950, 1, 1, tzinfo=UTC)
    inputs = dataclasses.replace(inputs_of(walk().clear()), monthly=rising_months())
    tests = study_anchors(
        inputs,
        anchor("month", start, precision="day"),
        Design(months=(12,), minimum_index_starts=24),
    ).test
    row = tests.to_dicts()[0]
    # Months 1 to 36: a year on, 13/1; of the other 23 starts none has as much, and two windows of
    # twelve months fit between them.
    assert row["value"] == pytest.approx(math.log(13))
    assert (row["placebo_count"], row["independent_count"], row["window_unit"]) == (23, 2, "month")
    assert row["p_upper"] == pytest.approx(row["p_resolution"])


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"significance": 2.0}, "significance is 2.0"),
        ({"power": 1.0}, "power is 1.0"),
        ({"model": "x"}, "there is no model 'x'"),
        ({"hours": ()}, "no window of hours"),
        ({"hours": (0,)}, r"hours are \(0,\)"),
        ({"hours": (24, 24)}, r"hours are \(24, 24\)"),
        ({"hours": (24.5,)}, r"hours are \(24.5,\)"),
        ({"hours": [24]}, r"hours are \[24\]"),
        ({"sessions": (-1,)}, r"sessions are \(-1,\)"),
        ({"gap": timedelta(hours=-200)}, "gap is -9 days"),
        ({"estimation": timedelta(0)}, "estimation is 0:00:00"),
        ({"recovery": 7}, "recovery is 7"),
    ],
)
def test_choices_that_cannot_be_are_refused(choice: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        Design(**choice)


def test_a_longer_window_beside_it_changes_no_other(anchor: Frames) -> None:
    few, many = (
        study_anchors(
            inputs_of(walk()), anchor("order", ORDER), dataclasses.replace(DESIGN, hours=hours)
        ).test.filter(window_length=24, window_unit="hour")
        for hours in ((24,), (24, 96))
    )
    assert few.drop("design_hash", "holm", "bh").equals(many.drop("design_hash", "holm", "bh"))
