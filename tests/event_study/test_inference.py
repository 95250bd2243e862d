"""Tests of whole series: a planted jump is seen where it was planted, and the tables agree."""

import dataclasses
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from marketwake.event_study.design import Design
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


def test_later_dates_judge_too_unless_the_earlier_ones_are_asked_for_alone(anchor: Frames) -> None:
    inputs, order = inputs_of(walk()), anchor("order", ORDER)
    kind = {"measure": "abnormal_log_return", "instrument": "BTC", "window_length": 24}
    day = timedelta(days=1)
    designs = [
        dataclasses.replace(DESIGN, placebo="earlier", recovery=day),
        dataclasses.replace(DESIGN, recovery=day),
        DESIGN,
    ]
    counts = [
        study_anchors(inputs, order, design).test.filter(**kind)["placebo_count"][0]
        for design in designs
    ]
    # The last bar ends 169 hours after the order: windows of 24 hours begin from hour 24 to hour
    # 145; after a week none fits.
    assert [count - counts[0] for count in counts] == [0, 122, 0]


def test_returns_by_session_use_the_index(anchor: Frames) -> None:
    days = pl.date_range(date(2025, 6, 2), date(2025, 8, 14), eager=True).alias("at")
    weekdays = days.filter(days.dt.weekday() < 6)
    daily = weekdays.to_frame().select(
        pl.lit("index").alias("venue"),
        pl.lit("^GSPC").alias("instrument"),
        pl.col("at").cast(UTC_US),
        close=5000 + (pl.int_range(pl.len()) * 7 % 13).cast(pl.Float64),
    )
    inputs = dataclasses.replace(inputs_of(walk()), daily=daily)
    tests = study_anchors(inputs, anchor("order", ORDER), DESIGN).test
    sessions = tests.filter(
        measure="abnormal_log_return", window_unit="session", instrument="BTC", window_length=1
    )
    assert set(sessions["model"]) == {"constant_mean", "market_model", "market_adjusted"}
    assert sessions.filter(model="market_model")["market"].item() == "^GSPC"
    # Day 0 is the session of 7 August: the window starts at the close of the 6th, at 20:00 UTC.
    assert sessions["starts_at"].unique().to_list() == [datetime(2025, 8, 6, 20, tzinfo=UTC)]


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
