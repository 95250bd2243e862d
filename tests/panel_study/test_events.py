"""Which period is the event's, what its windows hold, what becomes of events that lack data."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from marketwake.panel_study.study import PanelDesign, study_panel
from tests.support.panels import MONDAY, Level, closes, code, days, events, hours, prices, small


def test_an_event_on_a_closed_day_reacts_in_the_first_session_after_it_of_each_series() -> None:
    # Day 10 is closed in A, days 10 and 11 in B; C trades.
    frame = pl.concat(
        prices(name, days(14, without=gone), closes(14 - len(gone)))
        for name, gone in (("A", [10]), ("B", [10, 11]), ("C", []))
    )
    result = study_panel(
        frame, events(*(("one", name, MONDAY + timedelta(days=10)) for name in "ABC")), small()
    )
    assert [at.day for at in result.outcome["event_at"]] == [12, 13, 11]  # 1 January is day 0
    assert code(result) == ["ok"] * 3
    strict = study_panel(
        frame,
        events(*(("one", name, MONDAY + timedelta(days=10)) for name in "ABC")),
        small(patience=timedelta(0)),
    )
    assert code(strict) == ["no_event_day", "no_event_day", "ok"]


def test_the_date_of_a_session_is_that_of_its_own_time_zone() -> None:
    # Midnight in Tokyo is 15:00 UTC of the day before, and in New York 05:00 of the same day. Day 9
    # is a Wednesday anywhere.
    asked = events(("one", "A", MONDAY + timedelta(days=9)))
    for zone in ("Asia/Tokyo", "America/New_York", "UTC"):
        midnight = pl.col("at").cast(pl.Datetime("ms")).dt.replace_time_zone(zone)
        frame = prices(
            "A", days(14), [100.0 * 1.02**day if day != 4 else 110.0 for day in range(14)]
        ).with_columns(midnight)
        frame = frame.with_columns(
            close=pl.when(pl.int_range(14) >= 9).then(pl.col("close") * 2).otherwise("close")
        )
        row = study_panel(frame, asked, small()).abnormal.row(0, named=True)
        assert (row["at"], row["return"]) == (
            datetime(2024, 1, 10, tzinfo=UTC),
            pytest.approx(2 * 1.02 - 1, rel=1e-9),
        ), zone


def test_the_abnormal_return_by_hand() -> None:
    # Estimation: the six returns of days 1 to 6, which are WOBBLE: mean 0. The event's return is
    # 0.11.
    levels = closes(7)
    levels.append(levels[-1] * 1.11)
    result = study_panel(
        prices("A", days(8), levels), events(("one", "A", MONDAY + timedelta(days=7))), small()
    )
    row = result.abnormal.row(0, named=True)
    assert (row["period"], row["at"]) == (0, datetime(2024, 1, 8, tzinfo=UTC))
    assert row["return"] == pytest.approx(0.11, rel=1e-12)
    assert row["abnormal"] == pytest.approx(0.11, rel=1e-12)
    # Squares of WOBBLE: 2 (0.0001 + 0.0004 + 0.000225) = 0.00145, over 5 degrees of freedom; the
    # forecast's error 1 + 1/6.
    assert result.cumulative["sd"][0] == pytest.approx((0.00145 / 5 * 7 / 6) ** 0.5, rel=1e-10)


def test_a_snapshot_at_midnight_closes_the_day_before() -> None:
    stamps = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(12)]
    for day, expected in (
        (date(2024, 1, 10), 11),
        (datetime(2024, 1, 10, 23, 59, tzinfo=UTC), 11),
        (datetime(2024, 1, 9, 23, 59, tzinfo=UTC), 10),
    ):
        result = study_panel(
            prices("BTC", stamps, closes(12)), events(("one", "BTC", day)), small(stamp="close")
        )
        assert result.outcome["event_at"][0] == datetime(2024, 1, expected, tzinfo=UTC)


def test_an_event_within_a_bar_shows_in_that_bar_and_at_its_start_too() -> None:
    design = small(stamp="open", every=timedelta(hours=1))
    for minute, expected in ((0, 9), (30, 9), (59, 9), (60, 10)):
        at = datetime(2024, 1, 1, 9, tzinfo=UTC) + timedelta(minutes=minute)
        result = study_panel(
            prices("BTC", hours(12), closes(12)), events(("one", "BTC", at)), design
        )
        assert result.outcome["event_at"][0].hour == expected


def test_a_missing_bar_is_a_missing_return_where_markets_never_close_and_else_a_closure() -> None:
    frame = prices("BTC", hours(16, without=[12]), closes(15))
    asked = events(("one", "BTC", datetime(2024, 1, 1, 11, 30, tzinfo=UTC)))
    around = small(stamp="open", every=timedelta(hours=1), windows=((0, 0), (0, 2)))
    # The bar of 12:00 is not there, so neither its return nor that of 13:00 is known; that of 11:00
    # is.
    held = study_panel(frame, asked, around)
    assert held.outcome.select("code", "complete_windows").rows() == [("missing_in_window", 1)]
    assert held.abnormal["return"].is_null().to_list() == [False, True, True]
    assert held.cumulative["window"].to_list() == ["0:0"]
    closed = study_panel(frame, asked, small(stamp="close", windows=((0, 0), (0, 2))))
    assert code(closed) == ["ok"]


def test_a_lag_moves_the_event_by_whole_periods() -> None:
    frame, asked = (
        prices("A", days(14, without=[9]), closes(13)),
        events(("one", "A", MONDAY + timedelta(days=8))),
    )
    assert study_panel(frame, asked, small(lag=1)).outcome["event_at"][0] == datetime(
        2024, 1, 11, tzinfo=UTC
    )


def test_every_event_has_an_outcome_and_none_is_dropped() -> None:
    still = [100.0] * 14
    holed: list[Level] = [None if day == 9 else level for day, level in enumerate(closes(14))]
    frame = pl.concat(
        [
            prices("A", days(14), closes(14)),
            prices("peg", days(14), still),
            prices("holed", days(14), holed),
            prices("ended", days(9), closes(9)),
        ]
    )
    day = MONDAY + timedelta(days=9)
    asked = events(
        ("fine", "A", day),
        ("again", "A", day),
        ("early", "A", MONDAY - timedelta(days=1)),
        ("young", "A", MONDAY + timedelta(days=3)),
        ("peg", "peg", day),
        ("hole", "holed", day),
        ("late", "ended", day),
        ("typo", "Z", day),
    )
    result = study_panel(frame, asked, small())
    assert dict(zip(result.outcome["event"], result.outcome["code"], strict=True)) == {
        "fine": "ok",
        "again": "duplicate",
        "early": "not_listed",
        "young": "too_few_estimation",
        "peg": "no_variance",
        "hole": "missing_in_window",
        "late": "no_event_day",
        "typo": "unknown_series",
    }
    assert result.outcome["estimation_count"].to_list() == [6, 0, 0, 2, 6, 6, 0, 0]
    assert result.outcome["event"].to_list() == asked["event"].to_list()
    assert result.cumulative["event"].to_list() == ["fine"]


def test_an_event_without_its_benchmark_and_a_benchmark_against_itself() -> None:
    frame = pl.concat([prices("A", days(14), closes(14)), prices("M", days(14), closes(20)[6:])])
    day = MONDAY + timedelta(days=9)
    asked = events(("one", "A", day), ("two", "M", day)).with_columns(
        benchmark=pl.Series(["lost", "M"])
    )
    assert code(study_panel(frame, asked, small(model="market_model"))) == [
        "unknown_benchmark",
        "no_variance",
    ]
    assert code(study_panel(frame, asked, small(model="market_adjusted"))) == [
        "unknown_benchmark",
        "no_variance",
    ]


def test_a_day_on_which_one_of_series_and_benchmark_is_closed_joins_the_next_for_both() -> None:
    # The series is closed on day 8, the benchmark on day 10: they share days 7, 9 and 11. The event
    # of day 10 shows on day 11.
    frame = pl.concat(
        [
            prices(
                "A", days(14, without=[8]), [100.0 * 1.02**day for day in range(14) if day != 8]
            ),
            prices(
                "M", days(14, without=[10]), [100.0 * 1.01**day for day in range(14) if day != 10]
            ),
        ]
    )
    asked = events(("one", "A", MONDAY + timedelta(days=10)))
    adjusted = small(
        model="market_adjusted",
        benchmark="M",
        windows=((-1, -1), (0, 0), (1, 1)),
        estimation=5,
        minimum_estimation=5,
    )
    # One close in the estimation window is moved: without any variance there is no test.
    frame = frame.with_columns(
        close=pl.when((pl.col("series") == "A") & (pl.col("at") == MONDAY + timedelta(days=4)))
        .then(110.0)
        .otherwise("close")
    )
    abnormal = study_panel(frame, asked, adjusted).abnormal
    assert [at.day for at in abnormal["at"]] == [10, 12, 13]  # 1 January is day 0
    assert abnormal["return"].to_list() == pytest.approx([1.02**2 - 1, 1.02**2 - 1, 0.02], rel=1e-9)
    assert abnormal["expected"].to_list() == pytest.approx(
        [1.01**2 - 1, 1.01**2 - 1, 0.01], rel=1e-9
    )


def test_a_coin_on_an_index_is_measured_from_one_session_of_the_index_to_the_next() -> None:
    # The coin trades every day, the index Monday to Friday; the event of Saturday, day 12, shows
    # from Friday's close to Monday's.
    coin = [100.0 + (day * 7) % 5 for day in range(22)]
    weekdays = [day for day in range(22) if day % 7 < 5]
    frame = pl.concat(
        [
            prices("coin", days(22), coin),
            prices("index", [days(22)[day] for day in weekdays], closes(len(weekdays))),
        ]
    )
    asked = events(("one", "coin", MONDAY + timedelta(days=12)))
    row = study_panel(frame, asked, small(model="market_adjusted", benchmark="index")).abnormal.row(
        0, named=True
    )
    assert row["at"] == datetime(2024, 1, 15, tzinfo=UTC)
    assert row["return"] == pytest.approx(coin[14] / coin[11] - 1, rel=1e-9)
    assert row["expected"] == pytest.approx(
        -0.01, rel=1e-9
    )  # the index's tenth return: the fourth of WOBBLE


def test_a_missing_price_of_the_benchmark_is_no_closure() -> None:
    # A null close of day 10: the returns of days 10 and 11 are missing. So is a bar that lacks on a
    # grid, and a return that lacks.
    holed = [None if day == 10 else level for day, level in enumerate(closes(16)[2:])]
    asked = events(("one", "A", MONDAY + timedelta(days=9)))
    around = {
        "model": "market_model",
        "benchmark": "M",
        "windows": ((0, 0), (1, 1), (2, 2), (3, 3)),
    }
    null = pl.concat([prices("A", days(14), closes(14)), prices("M", days(14), holed)])
    gone = null.filter(pl.col("close").is_not_null())
    returns = gone.with_columns(value=pl.col("close").pct_change().over("series")).drop("close")
    for frame, more, missing in (
        (null, {}, [False, True, True, False]),
        (gone, {"every": timedelta(days=1)}, [False, True, True, False]),
        (returns, {}, [False, True, False, False]),
    ):
        result = study_panel(frame, asked, small(**around, **more))
        assert result.abnormal["abnormal"].is_null().to_list() == missing
        assert code(result) == ["missing_in_window"]


def test_a_series_and_a_benchmark_that_never_trade_on_the_same_day() -> None:
    frame = pl.concat(
        [prices("A", days(28)[::2], closes(14)), prices("M", days(28)[1::2], closes(14))]
    )
    asked = events(("one", "A", MONDAY + timedelta(days=20)), ("two", "A", MONDAY))
    assert (
        code(study_panel(frame, asked, small(model="market_model", benchmark="M")))
        == ["no_event_day"] * 2
    )


def test_no_event_left_is_a_result_too() -> None:
    result = study_panel(
        prices("A", days(14), closes(14)), events(("typo", "Z", MONDAY)), small(), force=True
    )
    assert result.abnormal.is_empty()
    assert result.cumulative.is_empty()
    assert result.tests["valid"].to_list() == [False] * result.tests.height
    assert result.tests["reason"][0] == "no event has all returns of this window"
    assert result.tests["statistic"].null_count() == result.tests.height


def test_stamps_before_1970_are_stamps_like_others() -> None:
    old = [date(1929, 10, 1) + timedelta(days=day) for day in range(14)]
    frame = pl.concat([prices("A", old, closes(14)), prices("B", old, closes(20)[6:])])
    asked = events(("crash", "A", old[9]), ("crash", "B", old[9]), ("again", "A", old[9]))
    result = study_panel(frame, asked, small())
    assert code(result) == ["ok", "ok", "duplicate"]
    assert result.abnormal["at"].to_list() == [datetime(1929, 10, 10, tzinfo=UTC)] * 2
    assert result.clustering["correlation"][0] == pytest.approx(1.0)  # the same six returns


def test_the_bundled_snapshots_hold_46_coins_beside_bitcoin_around_the_order() -> None:
    # The sample's README: 47 of CoinGecko's coins existed. The day of 7 August 2025 closes in the
    # snapshot stamped the 8th.
    sample = Path(__file__).parents[2] / "warehouse" / "sample" / "coin_snapshot.csv"
    coins = pl.read_csv(sample, try_parse_dates=True).select(
        series="coin", at="snapshot_at", close="price_usd"
    )
    asked = (
        coins.select("series")
        .unique()
        .filter(pl.col("series") != "bitcoin")
        .with_columns(event=pl.lit("order"), day=date(2025, 8, 7))
    )
    design = PanelDesign("market_model", "bitcoin", ((0, 0),), estimation=25, gap=0, stamp="close")
    result = study_panel(coins, asked, design)
    assert result.outcome["code"].value_counts().rows() == [("ok", 46)]
    assert set(result.outcome["event_at"]) == {datetime(2025, 8, 8, tzinfo=UTC)}
    assert "patell" not in set(result.tests.filter("valid")["test"])
    assert "kolari_pynnonen" in set(result.tests.filter("valid")["test"])
