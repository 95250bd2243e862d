import dataclasses
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from marketwake.base.errors import BadInputError
from marketwake.event_study.design import Design
from marketwake.event_study.inputs import Inputs
from marketwake.event_study.run import study, study_anchors, study_event
from marketwake.warehouse.build import run_folder
from tests.support.studies import UTC_US, inputs_of, rising_months, spot_series

Frames = Callable[..., pl.DataFrame]
ORDER = datetime(2025, 8, 7, tzinfo=UTC)
DEFAULT = Design()


def made_up() -> pl.DataFrame:
    opened = pl.datetime_range(
        datetime(2025, 6, 24, tzinfo=UTC),
        datetime(2025, 8, 20, tzinfo=UTC),
        "1h",
        time_zone="UTC",
        eager=True,
    )
    hour = pl.int_range(pl.len()).cast(pl.Float64)
    frame = opened.cast(UTC_US).alias("opened_at").to_frame()
    series = []
    for number, (venue, asset) in enumerate(
        (v, a) for v in ("Binance", "Coinbase") for a in ("BTC", "ETH")
    ):
        close = 3650 * (1 + 0.1 * (hour * (0.01 + number / 1000)).sin() + 0.01 * (hour * 7.3).cos())
        series.append(
            spot_series(
                venue,
                asset,
                frame.with_columns(close=close, high=close * 1.001, volume=2 + (hour / 24).sin()),
            )
        )
    return pl.concat(series)


@pytest.fixture
def anchors(anchor: Frames) -> pl.DataFrame:
    at = ORDER + timedelta(hours=16)
    signing = anchor("signing", at, at - timedelta(hours=4), at + timedelta(hours=4))
    return pl.concat(
        [
            signing,
            anchor("day", ORDER),
            anchor("leak", datetime(2025, 7, 18, tzinfo=UTC), is_candidate=False),
        ]
    )


def of_each(inputs: Inputs, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Inputs:
    frames = {field.name: getattr(inputs, field.name) for field in dataclasses.fields(inputs)}
    return dataclasses.replace(
        inputs, **{name: change(frame) for name, frame in frames.items() if frame is not None}
    )


def test_the_same_rows_in_another_order_give_the_same_bits(anchors: pl.DataFrame) -> None:
    inputs = inputs_of(made_up())
    first = study_anchors(inputs, anchors, DEFAULT)
    shuffled = of_each(inputs, lambda frame: frame.sample(fraction=1, shuffle=True, seed=7))
    second = study_anchors(shuffled, anchors.reverse(), DEFAULT)
    assert first.response.height > 1000
    assert first.response.equals(second.response)
    assert first.level.equals(second.level)
    assert first.test.height > 500
    assert first.test.equals(second.test)
    assert first.model.equals(second.model)
    assert first.estimation.equals(second.estimation)


def test_values_are_null_exactly_where_the_window_is_incomplete_and_keys_are_unique(
    anchors: pl.DataFrame,
) -> None:
    holed = made_up().filter(pl.col("opened_at") != datetime(2025, 8, 8, 3, tzinfo=UTC))
    response = study_anchors(inputs_of(holed), anchors, DEFAULT).response
    assert response.filter(pl.col("is_complete") != pl.col("value").is_not_null()).is_empty()
    assert response.filter(pl.col("missing") > 0, pl.col("is_complete")).is_empty()
    assert (
        response.filter(anchor="signing", measure="return", window_length=12)["missing"].sum() > 0
    )
    key = ["event", "anchor", "anchor_at", "venue", "instrument", "measure", "window_length"]
    assert response.select(key).is_duplicated().sum() == 0


def test_an_anchor_within_an_hour_has_the_windows_of_the_close_before_it(anchor: Frames) -> None:
    def figures(hour: int, minute: int = 0, second: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
        at = ORDER + timedelta(hours=hour, minutes=minute, seconds=second)
        result = study_anchors(inputs_of(made_up()), anchor("confirmed", at, precision="second"))
        response = result.response.filter(window_unit="hour", measure="return")
        assert response["anchor_at"].unique().to_list() == [at]
        tests = result.test.filter(pl.col("value").is_not_null(), window_unit="hour")
        shown = ("venue", "instrument", "measure", "model", "window_length", "value")
        return response.select("venue", "instrument", "window_length", "value"), tests.select(shown)

    responses, tests = figures(19, 44, 39)
    at_close, tests_at_close = figures(19)
    # Two markets and their ratio on two venues.
    assert responses.height == 6 * len(DEFAULT.hours)
    assert responses.equals(at_close)
    assert tests.height > 100
    # Both have the estimation window that ends on the hour of the day before.
    assert tests.equals(tests_at_close)


def test_baselines_hold_every_window_of_the_estimation_period(anchors: pl.DataFrame) -> None:
    response = study_anchors(inputs_of(made_up()), anchors, DEFAULT).response.filter(
        anchor="day", measure="return", venue="Coinbase", instrument="BTC"
    )
    # Six weeks are 1,008 hours: 1,008 windows of one hour, 1,008 - 120 + 1 of 120 hours.
    counts = dict(response.select("window_length", "baseline_count").rows())
    assert (counts[1], counts[24], counts[120]) == (1008, 985, 889)


def test_an_index_is_judged_by_its_own_months_unless_too_few_are_held(anchor: Frames) -> None:
    start = datetime(1950, 1, 1, tzinfo=UTC)
    # From month m a year later is (m + 12)/m, so that the 24 windows of a year rank from the first
    # on.
    inputs = dataclasses.replace(inputs_of(made_up().clear()), monthly=rising_months())
    year = anchor("year", start, start, datetime(1950, 12, 31, tzinfo=UTC), precision="year")
    columns = ("anchor_at", "value", "baseline_count", "rank_share")
    judged = (
        study_anchors(inputs, year, Design(months=(12,), minimum_index_starts=24))
        .response.select(columns)
        .rows()
    )
    assert len(judged) == 12
    assert judged[0] == (start, 12.0, 24, pytest.approx(1 / 24))
    assert judged[2] == (
        datetime(1950, 3, 1, tzinfo=UTC),
        pytest.approx(15 / 3 - 1),
        24,
        pytest.approx(3 / 24),
    )
    unjudged = (
        study_anchors(inputs, year, Design(months=(12,), minimum_index_starts=25))
        .response.select(columns)
        .rows()
    )
    assert unjudged[0] == (start, 12.0, 0, None)


def test_an_empty_warehouse_gives_empty_results(anchors: pl.DataFrame) -> None:
    inputs = inputs_of(made_up())
    empty = of_each(inputs, pl.DataFrame.clear)
    result = study_anchors(empty, anchors, DEFAULT)
    assert result.response.is_empty()
    assert result.level.is_empty()
    assert result.test.is_empty()
    assert result.model.is_empty()
    assert result.response.schema == study_anchors(inputs, anchors, DEFAULT).response.schema


def test_recorded_prices_around_the_order(shared: Path, anchors: pl.DataFrame) -> None:
    series = []
    for asset in ("BTC", "ETH"):
        table = pl.read_ipc(shared / "spot" / "coinbase" / f"{asset}_USD-1h.feather").with_columns(
            opened_at=pl.col("date").cast(UTC_US)
        )
        series.append(
            spot_series(
                "Coinbase",
                asset,
                table.filter(
                    pl.col("opened_at").is_between(
                        datetime(2025, 6, 24, tzinfo=UTC), datetime(2025, 8, 23, tzinfo=UTC)
                    )
                ),
            )
        )
    result = study_anchors(inputs_of(pl.concat(series)), anchors, DEFAULT)
    nominal = result.response.filter(
        is_nominal=True, instrument="BTC", measure="return", window_length=24
    )
    got = dict(nominal.select("anchor", "value").rows())
    # Coinbase BTC/USD, closes of the hours that end at 2025-08-07 00:00 and 08-08 00:00, and at
    # 08-07 16:00 and 08-08 16:00 UTC.
    assert got["day"] == pytest.approx(117515.49 / 115028.83 - 1, rel=1e-12)
    assert got["signing"] == pytest.approx(116212.94 / 116732.65 - 1, rel=1e-12)
    touched = dict(result.level.select("level", "first_touched_at").rows())
    assert touched[4000.0] == datetime(2025, 8, 8, 13, tzinfo=UTC)
    assert touched[122000.0] == datetime(2025, 8, 11, 3, tzinfo=UTC)


def fill(con: duckdb.DuckDBPyConnection, insert: Callable[..., None]) -> None:
    rows = [
        {
            "venue": "Coinbase",
            "symbol": f"{asset}/USD",
            "bar_interval": "1h",
            "opened_at": opened_at,
            "open": price,
            "high": price,
            "low": price,
            "close": price,
            "volume_base": 1.0,
        }
        for asset, base in (("BTC", 115_000.0), ("ETH", 3_600.0))
        for hour in range(-40 * 24, 10 * 24)
        for opened_at, price in [(ORDER + timedelta(hours=hour), base * math.exp(hour / 10_000))]
    ]
    insert(con, "spot_bar", rows)
    run_folder(con, "marts")


def test_the_tables_and_the_macro_tell_the_same(
    con: duckdb.DuckDBPyConnection, insert: Callable[..., None]
) -> None:
    fill(con, insert)
    study(con)
    study(con)
    # Prices grow by 1/10,000 an hour: 24 hours are exp(0.0024) - 1 wherever the clock stood, and as
    # usual.
    rows = con.execute(
        "select anchor, value, low, high, is_candidate from event_response('eo-401k')"
        " where measure = 'return' and instrument = 'BTC' and window_length = 24 order by anchor"
    ).fetchall()
    assert [(row[0], row[4]) for row in rows] == [
        ("confirmed", True),
        ("day", True),
        ("leak", False),
        ("publication", False),
        ("report", True),
        ("report_late", False),
        ("signing", True),
        ("text", False),
    ]
    for _, value, low, high, _ in rows:
        assert (value, low, high) == (
            pytest.approx(math.expm1(0.0024)),
            pytest.approx(value),
            pytest.approx(value),
        )
        assert low <= value <= high
    # 115,000 grows past 116,000 in ln(116/115) * 10,000 = 86.6 hours: in the bar that opens 87
    # hours after the order.
    touched = con.execute(
        "select first_touched_at from mart.event_level where event = 'eo-401k' and level = 116000"
    ).fetchall()
    assert touched == [(ORDER + timedelta(hours=87),)]


def test_any_instant_can_be_studied_without_writing(
    con: duckdb.DuckDBPyConnection, insert: Callable[..., None]
) -> None:
    fill(con, insert)
    result = study_event(
        con, "a name of one's own", datetime.fromisoformat("2025-08-01T14:30+02:00")
    )
    assert result.response["anchor_at"].unique().to_list() == [
        datetime(2025, 8, 1, 12, 30, tzinfo=UTC)
    ]
    assert result.estimation["estimation_to"].to_list() == [
        datetime(2025, 7, 31, 12, 30, tzinfo=UTC)
    ]
    value = result.response.filter(instrument="ETH", measure="return", window_length=4)[
        "value"
    ].item()
    assert value == pytest.approx(math.expm1(0.0004))
    known = study_event(con, "eo-401k", design=Design(hours=(24,))).response
    assert {"leak", "confirmed", "signing"} < set(known["anchor"])
    assert con.execute("select count(*) from mart.event_response").fetchall() == [(0,)]


def test_wrong_names_and_instants_are_explained(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(BadInputError, match=r"there is no event 'eo-404'(.|\n)*eo-401k"):
        study_event(con, "eo-404")
    with pytest.raises(BadInputError, match="no time zone"):
        study_event(con, "eo-401k", datetime(2025, 8, 7))  # noqa: DTZ001


def test_the_design_is_told_in_words() -> None:
    told = Design().described()
    assert (
        told["estimation window"] == "42 days, until 24 hours before its earliest candidate instant"
    )
    assert told["windows"].startswith("1, 4, 12, 24, 48, 72, 120 hours; 1, 2, 5 sessions")
