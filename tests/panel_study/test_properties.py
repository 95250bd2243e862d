"""What must hold for any returns."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.panel_study.ranks import average_ranks
from marketwake.panel_study.study import PanelDesign, PanelResult, study_panel

START = date(2020, 1, 1)
WINDOWS = ((0, 0), (1, 2), (0, 2))
MEAN = PanelDesign("constant_mean", None, WINDOWS, 30, 2, 10, all_tests=True)
MARKET = PanelDesign("market_model", "s0", WINDOWS, 30, 2, 10, all_tests=True)
Panels = tuple[pl.DataFrame, pl.DataFrame]
FEWER = settings(max_examples=40)
"""Each example is a study or two, and draws many returns at once."""


@st.composite
def panels(draw: st.DrawFn) -> Panels:
    """Daily closes of two to six series, some missing, and an event or two on each but s0."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, length = draw(st.integers(2, 6)), 60
    levels = 100 * np.exp(np.cumsum(rng.standard_t(4, (length, count)) * 0.02, axis=0))
    if draw(st.booleans()):
        levels[rng.random(levels.shape) < 0.03] = np.nan
    at = [START + timedelta(days=day) for day in range(length)]
    prices = pl.concat(
        pl.DataFrame({"series": f"s{i}", "at": at, "close": levels[:, i]}) for i in range(count)
    )
    asked = [
        (f"e{i}-{j}", f"s{i}", START + timedelta(days=int(rng.integers(30, 57))))
        for i in range(1, count)
        for j in range(2)
    ]
    return prices, pl.DataFrame(asked, ["event", "series", "day"], orient="row")


def same(first: pl.DataFrame, other: pl.DataFrame, *, skip: tuple[str, ...] = ()) -> None:
    """Equal, floats to nine digits."""
    assert first.columns == other.columns
    for name in first.columns:
        if name in skip:
            continue
        left, right = first[name], other[name]
        if left.dtype == pl.Float64:
            assert left.is_null().equals(right.is_null())
            np.testing.assert_allclose(
                left.drop_nulls().to_numpy(), right.drop_nulls().to_numpy(), rtol=1e-6, atol=1e-9
            )
        else:
            assert left.to_list() == right.to_list()


def both(first: PanelResult, other: PanelResult) -> None:
    same(first.outcome, other.outcome, skip=("event_at",))
    same(first.cumulative, other.cumulative)
    same(first.tests, other.tests, skip=("reason",))
    same(first.clustering, other.clustering)


@FEWER
@given(panels(), st.lists(st.floats(0.01, 1000), min_size=6, max_size=6))
def test_the_unit_of_a_price_changes_nothing(panel: Panels, factors: list[float]) -> None:
    prices, asked = panel
    factor = pl.col("series").replace_strict(
        {f"s{i}": value for i, value in enumerate(factors)}, return_dtype=pl.Float64
    )
    for design in (MEAN, MARKET):
        both(
            study_panel(prices, asked, design, force=True),
            study_panel(prices.with_columns(pl.col("close") * factor), asked, design, force=True),
        )


@FEWER
@given(panels(), st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(panel: Panels, seed: int) -> None:
    prices, asked = panel
    result = study_panel(prices, asked, MARKET, force=True)
    mixed = study_panel(
        prices.sample(fraction=1, shuffle=True, seed=seed),
        asked.sample(fraction=1, shuffle=True, seed=seed),
        MARKET,
        force=True,
    )
    # Of two events in the same period the first counts, so which of them is the duplicate depends
    # on their order.
    if "duplicate" not in set(result.outcome["code"]):
        same(result.outcome.sort("event"), mixed.outcome.sort("event"))
        same(result.cumulative.sort("window", "event"), mixed.cumulative.sort("window", "event"))
    same(result.tests, mixed.tests, skip=("reason",))


@FEWER
@given(panels(), st.integers(-5000, 5000))
def test_another_calendar_changes_nothing(panel: Panels, shift: int) -> None:
    prices, asked = panel
    moved = study_panel(
        prices.with_columns(pl.col("at") + timedelta(days=shift)),
        asked.with_columns(pl.col("day") + timedelta(days=shift)),
        MEAN,
        force=True,
    )
    both(study_panel(prices, asked, MEAN, force=True), moved)


@FEWER
@given(panels(), st.floats(-0.05, 0.05))
def test_a_drift_in_all_periods_leaves_abnormal_returns_of_a_constant_mean(
    panel: Panels, drift: float
) -> None:
    prices, asked = panel
    age = (pl.col("at") - START).dt.total_days()
    drifted = prices.with_columns(pl.col("close") * (drift * age).exp())
    first, other = (study_panel(frame, asked, MEAN, force=True) for frame in (prices, drifted))
    both(first, other)
    same(first.abnormal, other.abnormal, skip=("return", "expected"))


@FEWER
@given(panels(), st.floats(-2, 2))
def test_a_multiple_of_the_market_leaves_abnormal_returns_of_the_market_model(
    panel: Panels, slope: float
) -> None:
    prices, asked = panel
    wide = prices.pivot(on="series", index="at", values="close")
    others = [name for name in wide.columns if name not in ("at", "s0")]
    # A price times the market's to a power: the log return gains the multiple of the market's, and
    # is missing wherever that is.
    tilted = wide.with_columns(pl.col(others) * pl.col("s0") ** slope).unpivot(
        index="at", variable_name="series", value_name="close"
    )
    first, other = (study_panel(frame, asked, MARKET, force=True) for frame in (prices, tilted))
    same(first.cumulative, other.cumulative)


@FEWER
@given(panels())
def test_a_window_is_the_sum_of_its_parts(panel: Panels) -> None:
    prices, asked = panel
    for design in (MEAN, MARKET):
        car = study_panel(prices, asked, design).cumulative.pivot(
            on="window", index=["event", "series"], values="car"
        )
        if "0:2" in car.columns:
            whole = car.drop_nulls("0:2")
            np.testing.assert_allclose(
                whole["0:0"] + whole["1:2"], whole["0:2"], rtol=1e-9, atol=1e-15
            )


@FEWER
@given(panels())
def test_every_event_has_an_outcome_every_test_a_row_and_no_figure_without_a_right_to_it(
    panel: Panels,
) -> None:
    prices, asked = panel
    forced, plain = (study_panel(prices, asked, MEAN, force=force) for force in (True, False))
    assert forced.outcome.select("event", "series").equals(asked.select("event", "series"))
    assert forced.tests.height == 13 * len(WINDOWS)
    values = forced.tests["p_value"].drop_nulls()
    assert ((values >= 0) & (values <= 1)).all()
    assert plain.tests.filter(~pl.col("valid"))["statistic"].is_null().all()
    assert plain.tests.filter("valid")["statistic"].null_count() == 0
    assert plain.tests["reason"].is_null().equals(plain.tests["valid"].alias("reason"))
    usable = plain.outcome.filter(pl.col("code").is_in(["ok", "missing_in_window"]))
    assert plain.cumulative.height == usable["complete_windows"].sum()
    assert plain.abnormal.height == 3 * usable.height


@FEWER
@given(panels())
def test_without_missing_returns_both_rank_tests_are_one(panel: Panels) -> None:
    prices, asked = panel
    filled = prices.with_columns(
        pl.col("close").fill_nan(None).forward_fill().over("series").fill_null(100.0)
    )
    result = study_panel(filled, asked, MEAN)
    complete = result.outcome.filter(pl.col("code") == "ok", pl.col("estimation_count") == 30)
    asked = asked.join(complete, on=["event", "series"], how="semi")
    if asked.height > 1:
        tests = study_panel(filled, asked, MEAN, force=True).tests
        first, other = (
            tests.filter(test=name)["statistic"].to_numpy()
            for name in ("corrado", "corrado_zivney")
        )
        np.testing.assert_allclose(first, other, rtol=1e-9, atol=1e-12)


@FEWER
@given(panels())
def test_dates_and_instants_at_their_midnight_are_the_same_sessions(panel: Panels) -> None:
    prices, asked = panel
    stamped = prices.with_columns(pl.col("at").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"))
    timed = asked.with_columns(day=pl.col("day").cast(pl.Datetime("us")) + timedelta(hours=13))
    first, other = (
        study_panel(prices, asked, MEAN, force=True),
        study_panel(stamped, timed, MEAN, force=True),
    )
    assert first.outcome.equals(other.outcome)
    assert first.tests.equals(other.tests)


@given(
    st.lists(
        st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0, float("nan")]), min_size=7, max_size=7),
        min_size=1,
        max_size=5,
    )
)
def test_ranks_are_one_plus_the_smaller_ones_plus_half_of_the_other_equals(
    rows: list[list[float]],
) -> None:
    for values, ranks in zip(rows, average_ranks(np.array(rows)), strict=True):
        for value, rank in zip(values, ranks, strict=True):
            if np.isnan(value):
                assert np.isnan(rank)
            else:
                smaller = sum(other < value for other in values)
                assert rank == 1 + smaller + (values.count(value) - 1) / 2
