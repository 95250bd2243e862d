"""What a panel study takes and refuses, what it chooses by itself, and what it prints."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from marketwake.base.errors import BadInputError
from marketwake.panel_study.input import change
from marketwake.panel_study.study import PanelDesign, study_panel
from tests.support.panels import MONDAY, closes, code, days, events, hours, prices, small

DAY = MONDAY + timedelta(days=9)
GOOD = prices("A", days(14), closes(14))


@pytest.mark.parametrize(
    ("frame", "asked", "message"),
    [
        (
            GOOD.rename({"close": "price"}),
            events(("one", "A", DAY)),
            "prices: no column value among series, at, price",
        ),
        (GOOD, events(("one", "A", DAY)).drop("day"), "events: no column day among event, series"),
        (GOOD, events(("one", "A", DAY)).clear(), "there are no events"),
        (
            GOOD.with_columns(pl.col("close").cast(pl.String)),
            events(("one", "A", DAY)),
            "prices: column 'close' is String, not a number",
        ),
        (
            GOOD.with_columns(pl.col("at").cast(pl.String)),
            events(("one", "A", DAY)),
            "prices: column 'at' is String",
        ),
        (
            GOOD.with_columns(-pl.col("close")),
            events(("one", "A", DAY)),
            r"not positive and finite \(14 of them; the first: series A, at 2024",
        ),
        (
            pl.concat([GOOD, GOOD.head(1)]),
            events(("one", "A", DAY)),
            r"two rows have the same stamp \(1 of them",
        ),
        (
            prices("A", hours(14), closes(14)),
            events(("one", "A", DAY)),
            r"two rows have the same stamp \(13 of them",
        ),
        (
            GOOD,
            events(("one", "A", DAY)).with_columns(series=pl.lit(None, pl.String)),
            "events: a row has no event, series or day",
        ),
    ],
)
def test_input_that_cannot_be_is_refused_by_name(
    frame: pl.DataFrame, asked: pl.DataFrame, message: str
) -> None:
    with pytest.raises(BadInputError, match=message):
        study_panel(frame, asked, small())


def test_a_model_that_needs_a_benchmark_says_so() -> None:
    with pytest.raises(BadInputError, match="market_model needs a benchmark"):
        study_panel(GOOD, events(("one", "A", DAY)), small(model="market_model"))


def test_bars_off_their_grid_are_refused() -> None:
    frame = prices("A", [*hours(13), datetime(2024, 1, 1, 13, 30, tzinfo=UTC)], closes(14))
    with pytest.raises(BadInputError, match="A at 2024-01-01T13:30"):
        study_panel(frame, events(("one", "A", DAY)), small(stamp="open", every=timedelta(hours=1)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "capm"}, "there is no model 'capm'"),
        ({"windows": ()}, "no event window"),
        ({"windows": ((1, 0),)}, "window 1:0 ends before it begins"),
        ({"windows": ((0, 0), (0, 0))}, "a window is given twice"),
        ({"gap": -1}, "gap is negative"),
        ({"seed": -1}, "seed is negative"),
        ({"patience": timedelta(-1)}, "patience is negative"),
        ({"estimation": 6.0}, r"estimation 6\.0 is not a whole number"),
        ({"estimation": "6"}, "estimation '6' is not a whole number"),
        ({"gap": True}, "gap True is not a whole number"),
        ({"lag": None}, "lag None is not a whole number"),
        ({"seed": 1.5}, r"seed 1\.5 is not a whole number"),
        ({"patience": 14}, "patience 14 is not a timedelta"),
        ({"every": "1h"}, "every '1h' is not a timedelta"),
        ({"every": timedelta.max}, "every is beyond 1,000,000 days"),
        ({"patience": timedelta.max}, "patience is beyond 1,000,000 days"),
        ({"estimation": 10**6 + 1}, "estimation 1000001 is beyond 1,000,000 periods"),
        ({"gap": 10**30}, "is beyond 1,000,000 periods"),
        ({"lag": -(10**6) - 1}, "lag -1000001 is beyond"),
        ({"windows": ((-(10**6) - 1, 0),)}, "window -1000001:0 is beyond"),
        ({"windows": ((0, 10**6 + 1),)}, "window 0:1000001 is beyond"),
        ({"windows": 1}, "windows 1 are no pairs"),
        ({"factors": ("A", 1)}, "are no tuple of names"),
        ({"windows": (-1, 1)}, r"windows \(-1, 1\) are no pairs of whole periods"),
        ({"windows": ([0, 0],)}, "no pairs of whole periods"),
        ({"windows": ((0, 0.5),)}, "no pairs of whole periods"),
        ({"minimum_estimation": 4}, "^minimum_estimation is 4, less than 5"),
        ({"estimation": 4, "minimum_estimation": 100}, "^estimation is 4, less than 5 periods\n"),
        ({"stamp": "open"}, "length of a bar is not given"),
    ],
)
def test_a_design_that_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        small(**changes)


def test_a_design_of_another_type_is_refused() -> None:
    with pytest.raises(BadInputError, match="the design is a dict, not a PanelDesign"):
        study_panel(GOOD, events(("one", "A", DAY)), {"gap": 0})  # type: ignore[arg-type]


def test_bars_too_short_for_the_time_they_cover_are_refused() -> None:
    # From the 1st to the 14th of January there are 13 days of 86,400,000 ms, both ends counted.
    design = small(stamp="open", every=timedelta(milliseconds=1))
    with pytest.raises(BadInputError, match="there are 1,123,200,001 bars of 0:00:00"):
        study_panel(GOOD, events(("one", "A", DAY)), design)


@pytest.mark.parametrize("kind", ["log", "simple"])
@pytest.mark.parametrize("place", [0, 5, 13])
def test_a_price_too_small_to_divide_by_is_refused(kind: str, place: int) -> None:
    levels = closes(14)
    levels[place] = 1e-320
    message = rf"A at {days(14)[place]} .*a price of 1e-320 is too small to divide by"
    with pytest.raises(BadInputError, match=message):
        study_panel(prices("A", days(14), levels), events(("one", "A", DAY)), small(kind=kind))


def returns(*values: float | None) -> pl.DataFrame:
    return prices("A", days(len(values)), values).rename({"close": "value"})


def test_given_returns_that_lose_more_than_all_or_are_percents_are_refused() -> None:
    asked = events(("one", "A", DAY))
    usual = [0.01, -0.02] * 6
    with pytest.raises(BadInputError, match=r"A at 2024-01-13 .*return of -1\.2 \(2 of them"):
        study_panel(returns(*usual, -1.2, -1.0), asked, small())
    assert code(study_panel(returns(*usual, -1.2, -1.0), asked, small(kind="log"))) == ["ok"]
    with pytest.raises(BadInputError, match=r"returns of A have a median size of 0\.6"):
        study_panel(returns(*[0.6, None, -0.6] * 4), asked, small())
    # Seven of fifteen are large: the median is not.
    assert code(study_panel(returns(*[0.6, 0.4] * 7, 0.4), asked, small())) == ["ok"]


def test_a_benchmark_is_used_where_no_model_is_named() -> None:
    frame = pl.concat([GOOD, prices("M", days(14), closes(16)[2:])])
    asked = events(("one", "A", DAY))
    for design, benchmarked, model in (
        (small(), asked, "constant_mean"),
        (small(benchmark="M"), asked, "market_model"),
        (small(), asked.with_columns(benchmark=pl.lit("M")), "market_model"),
        (small(), asked.with_columns(benchmark=pl.lit(None, pl.String)), "constant_mean"),
        (small(model="constant_mean", benchmark="M"), asked, "constant_mean"),
    ):
        result = study_panel(frame, benchmarked, design)
        assert result.design.model == model
        assert (result.panel.market is None) == (model == "constant_mean")


def test_a_short_estimation_window_is_asked_for_in_full() -> None:
    # The default is 100 returns of 250. Of six, all six: with a missing one the event is left out.
    asked = events(("one", "A", DAY))
    design = PanelDesign(windows=((0, 0),), estimation=6, gap=0)
    assert design.minimum_estimation == 6
    assert code(study_panel(GOOD, asked, design)) == ["ok"]
    holed = GOOD.with_columns(close=pl.when(pl.int_range(14) == 5).then(None).otherwise("close"))
    assert code(study_panel(holed, asked, design)) == ["too_few_estimation"]


def test_a_result_prints_every_test_and_why_one_is_not_valid() -> None:
    shown = str(
        study_panel(
            GOOD,
            events(("one", "A", DAY), ("two", "Z", DAY)),
            small(windows=((0, 0), (1, 2)), all_tests=True),
        )
    )
    assert "expected return: constant mean" in shown
    assert "events: 1 ok, 1 unknown_series" in shown
    assert [shown.count(f" {test} ") for test in ("patell", "bmp", "grank_z")] == [2, 2, 2]
    assert shown.count("one event: no cross-section to judge by") == 2


def test_a_frame_of_another_library_is_refused_by_name() -> None:
    asked = events(("one", "A", DAY))
    with pytest.raises(BadInputError, match=r"prices: a pandas.*DataFrame, not a polars DataFrame"):
        study_panel(GOOD.to_pandas(), asked)  # type: ignore[arg-type]
    with pytest.raises(BadInputError, match=r"events: a polars.*LazyFrame, not a polars DataFrame"):
        study_panel(GOOD, asked.lazy())  # type: ignore[arg-type]


def test_a_design_describes_itself() -> None:
    design = PanelDesign("market_model", "S&P 500", ((-1, 1), (0, 0)), estimation=250, gap=10)
    assert design.described()["estimation window"] == "-261:-12, at least 100 returns"
    assert design.described()["expected return"] == "market model on S&P 500"
    assert design.described()["event windows"] == "-1:1, 0:0"


def test_instants_of_another_zone_than_the_sessions_are_refused() -> None:
    at = datetime(2024, 1, 10, 3, tzinfo=UTC)  # 22:00 of the 9th in New York
    asked = events(("one", "A", at)).with_columns(
        pl.col("day").dt.convert_time_zone("America/New_York")
    )
    stamped = pl.col("at").cast(pl.Datetime("us"))
    for frame, there in (
        (GOOD, "the prices are dates, of no time zone"),
        (GOOD.with_columns(stamped), "sessions of UTC"),
        (GOOD.with_columns(stamped.dt.replace_time_zone("UTC")), "sessions of UTC"),
    ):
        with pytest.raises(BadInputError, match=there):
            study_panel(frame, asked, small())
    local = GOOD.with_columns(stamped.dt.replace_time_zone("America/New_York"))
    assert study_panel(local, asked, small()).outcome["event_at"][0].day == 9
    # An instant is one in any zone where prices are instants, too.
    closed = study_panel(GOOD, asked, small(stamp="close"))
    assert closed.outcome["event_at"][0] == datetime(2024, 1, 11, tzinfo=UTC)


def test_a_return_over_a_hole_of_years_is_missing_and_one_over_a_holiday_is_not() -> None:
    # Three days, a holiday of eleven days, three days, and after 37 years three more.
    first = [date(2007, 1, 2) + timedelta(days=day) for day in (0, 1, 2, 13, 14, 15)]
    later = [date(2044, 1, 4) + timedelta(days=day) for day in range(3)]
    stamps = np.array([np.datetime64(day, "us").astype(np.int64) for day in first + later])
    closes = np.array([100.0, 101, 102, 103, 104, 105, 900, 901, 902])
    missing = np.isnan(change(stamps, closes, "simple"))
    assert missing.tolist() == [True, *[False] * 5, True, False, False]
    # Monthly prices are none of them cut.
    months = np.array(
        [np.datetime64(f"2024-{month:02}-01", "us").astype(np.int64) for month in range(1, 13)]
    )
    assert np.isnan(change(months, np.arange(1.0, 13.0), "log")).sum() == 1
