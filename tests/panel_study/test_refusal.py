"""Which tests hold when events move together, and how often they reject where nothing happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from marketwake.panel_study.clustering import Clustering
from marketwake.panel_study.judge import DEFAULT
from marketwake.panel_study.p_values import quantile, two_sided
from marketwake.panel_study.refusal import size, why_refused
from marketwake.panel_study.study import PanelDesign, PanelResult, study_panel

START = datetime(2020, 1, 1, tzinfo=UTC)
DESIGN = PanelDesign(
    windows=((0, 0), (0, 4)),
    estimation=60,
    gap=0,
    minimum_estimation=60,
    stamp="close",
    all_tests=True,
)
INDEPENDENT = {
    "cross_sectional_t",
    "bmp",
    "forecast_error_z",
    "patell",
    "generalised_sign",
    "grank_z",
}
BY_PERIOD = {"brown_warner", "corrado", "corrado_zivney", "grank_t"}
CORRECTED = {"patell_adjusted", "kolari_pynnonen"}


def run(
    returns: npt.NDArray[np.float64], days: list[int], design: PanelDesign = DESIGN
) -> PanelResult:
    """A series per column; event i hits series i just before the day days[i]."""
    at = [START + timedelta(days=day) for day in range(len(returns))]
    names = [f"s{i}" for i in range(returns.shape[1]) for _ in at]
    frame = pl.DataFrame({"series": names, "at": at * returns.shape[1], "value": returns.T.ravel()})
    asked = pl.DataFrame(
        {
            "event": [f"e{i}" for i in range(len(days))],
            "series": [f"s{i % returns.shape[1]}" for i in range(len(days))],
        }
    ).with_columns(day=pl.Series([START + timedelta(days=day - 1) for day in days]))
    return study_panel(frame, asked, design, force=True)


def correlated(
    rng: np.random.Generator, periods: int, series: int, correlation: float
) -> npt.NDArray[np.float64]:
    common = rng.standard_normal((periods, 1))
    return np.asarray(
        0.02
        * (
            correlation**0.5 * common
            + (1 - correlation) ** 0.5 * rng.standard_normal((periods, series))
        )
    )


def pearson(first: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    away, there = first - first.mean(), other - other.mean()
    return float((away * there).sum() / ((away**2).sum() * (there**2).sum()) ** 0.5)


def refused(result: PanelResult, window: str) -> set[str]:
    """Of the classical tests."""
    classical = result.tests.filter(pl.col("test") != "permutation")
    return set(classical.filter(pl.col("window") == window, ~pl.col("valid"))["test"])


def test_events_of_one_day_that_move_together_refuse_the_tests_that_take_them_for_independent() -> (
    None
):
    result = run(correlated(np.random.default_rng(1), 70, 15, 0.3), [62] * 15)
    assert refused(result, "0:0") == refused(result, "0:4") == INDEPENDENT
    reason = result.tests.filter(test="patell")["reason"][0]
    assert reason.startswith(
        f"average correlation {result.clustering['correlation'][0]:.3f} of residuals of 15 events: "
        "a nominal 5 % would"
    )
    forced = result.tests.filter(pl.col("test") != "permutation")
    assert forced["statistic"].null_count() == 0


def test_events_far_apart_refuse_nothing_however_the_series_move_together() -> None:
    result = run(correlated(np.random.default_rng(2), 400, 6, 0.9), [70, 130, 190, 250, 310, 370])
    # But of six events the spread of standardised returns is too uncertain for generalised ranks.
    assert refused(result, "0:0") == refused(result, "0:4") == {"grank_t", "grank_z"}
    assert result.clustering["correlation"].to_list() == [0, 0]


def test_windows_that_overlap_in_part_refuse_the_tests_by_relative_period_too() -> None:
    # A day apart each: of five days of a window neighbours share four, but no two events have their
    # first day in common.
    result = run(correlated(np.random.default_rng(3), 90, 12, 0.6), list(range(65, 77)))
    assert refused(result, "0:0") == set()  # of 12 events GRANK rejects 6.4 %
    assert refused(result, "0:4") == INDEPENDENT | BY_PERIOD


def test_the_average_correlation_weighs_a_pair_by_the_days_that_its_windows_share() -> None:
    returns = correlated(np.random.default_rng(4), 90, 2, 0.5)
    whole, shifted = run(returns, [66, 66]), run(returns, [66, 69])
    # The same day: Pearson's correlation of the 60 estimation residuals. Three days later: of the
    # five days two are shared, estimated from the 57 days that both estimation windows hold.
    assert whole.clustering["correlation"].to_list() == pytest.approx(
        [pearson(returns[6:66, 0], returns[6:66, 1])] * 2, rel=1e-12
    )
    assert shifted.clustering["correlation"].to_list() == pytest.approx(
        [0, 0.4 * pearson(returns[9:66, 0], returns[9:66, 1])], rel=1e-12
    )


def test_exchanges_that_close_at_different_hours_share_their_day() -> None:
    rng = np.random.default_rng(8)
    returns = correlated(rng, 70, 2, 0.8)
    at = [START + timedelta(days=day) for day in range(70)]
    frame = pl.concat(
        pl.DataFrame(
            {
                "series": f"s{i}",
                "at": [stamp + timedelta(hours=hour) for stamp in at],
                "value": returns[:, i],
            }
        )
        for i, hour in enumerate((6, 21))
    )
    asked = pl.DataFrame(
        {"event": "one", "series": ["s0", "s1"], "day": START + timedelta(days=62)}
    )
    correlations = study_panel(frame, asked, DESIGN).clustering["correlation"]
    assert correlations.to_list() == pytest.approx(
        [pearson(returns[2:62, 0], returns[2:62, 1])] * 2, rel=1e-12
    )


def test_events_on_one_series_that_overlap_are_the_same_returns() -> None:
    result = run(correlated(np.random.default_rng(5), 90, 1, 0.0), [66, 68])
    assert result.clustering["correlation"].to_list() == pytest.approx([0, 3 / 5], rel=1e-12)


def test_events_of_many_blocks_have_the_same_correlation_as_all_pairs_by_hand() -> None:
    rng = np.random.default_rng(6)
    returns = correlated(rng, 120, 300, 0.1)
    days = [int(day) for day in rng.integers(65, 72, 300)]
    average = run(returns, days).clustering["correlation"][1]
    total = 0.0
    for i in range(300):
        for j in range(i):
            shared = max(0, 5 - abs(days[i] - days[j])) / 5
            low, high = max(days[i], days[j]) - 60, min(days[i], days[j])
            total += shared * pearson(returns[low:high, i], returns[low:high, j]) if shared else 0
    assert average == pytest.approx(total / (300 * 299 / 2), rel=1e-9)


def test_one_event_is_refused_everything_and_forced_has_what_needs_no_cross_section() -> None:
    result = run(correlated(np.random.default_rng(7), 90, 1, 0.0), [70])
    classical = result.tests.filter(pl.col("test") != "permutation")
    assert set(classical["reason"]) == {
        "one event: no cross-section to judge by; the permutation test ranks its date"
    }
    assert not classical["valid"].any()
    without = classical.filter(pl.col("statistic").is_null())
    assert set(without["test"]) == {
        "cross_sectional_t",
        "bmp",
        "kolari_pynnonen",
        "grank_t",
        "grank_z",
    }
    # With one event J1 is C / S, which is the standardised return itself.
    standardised = result.cumulative.select("window", statistic="scar").sort("window")
    assert (
        result.tests.filter(test="forecast_error_z")
        .select("window", "statistic")
        .sort("window")
        .equals(standardised)
    )
    assert classical["mean_car"].null_count() == 0


def test_a_refused_test_has_no_figure_unless_it_is_forced() -> None:
    returns = correlated(np.random.default_rng(1), 70, 15, 0.3)
    at = [START + timedelta(days=day) for day in range(70)]
    frame = pl.concat(
        pl.DataFrame({"series": f"s{i}", "at": at, "value": returns[:, i]}) for i in range(15)
    )
    asked = pl.DataFrame(
        {"event": "one", "series": [f"s{i}" for i in range(15)], "day": START + timedelta(days=61)}
    )
    plain, forced = (
        study_panel(frame, asked, DESIGN, force=force).tests.filter(pl.col("test") != "permutation")
        for force in (False, True)
    )
    assert plain.filter(~pl.col("valid"))["p_value"].null_count() == 12
    assert forced["p_value"].null_count() == 0
    assert plain.filter("valid").equals(forced.filter("valid"))


def test_the_size_of_a_test_by_the_variance_it_overlooks() -> None:
    # 1.96 / sqrt(4) = 0.98; P(|N| > 0.98) = 0.3271 by the normal table. Without any the level
    # stands.
    assert size(4.0) == pytest.approx(0.3271, abs=5e-5)
    assert size(1.0) == pytest.approx(0.05, rel=1e-12)
    # 7.5 %: z = 1.7805 and (1.95996 / 1.7805)^2 = 1.2118.
    assert why_refused("patell", Clustering(11, 0.0211, 0.0)) is None
    assert why_refused("patell", Clustering(11, 0.0213, 0.0)) is not None


def rejections(correlation: float, days: list[int], runs: int) -> dict[tuple[str, str], float]:
    rng = np.random.default_rng(20250807)
    tests = [run(correlated(rng, 80, 20, correlation), days).tests for _ in range(runs)]
    classical = pl.concat(tests).filter(pl.col("test") != "permutation")
    share = classical.group_by("window", "test").agg((pl.col("p_value") < 0.05).mean())
    return {(window, test): value for window, test, value in share.rows()}


def test_without_any_event_tests_reject_one_time_in_twenty_and_refused_ones_as_foretold() -> None:
    # 200 draws: the standard error of a rejection rate of 5 % is 1.5 %; four of them either side.
    rates = rejections(0.2, [62] * 20, 200)
    for window in ("0:0", "0:4"):
        for test in BY_PERIOD | CORRECTED:
            assert 0.0 <= rates[window, test] <= 0.112, (window, test)
        # Variance 1 + 19 * 0.2 = 4.8 times what is assumed: 37.1 %, and 6 times for BMP: 42.4 %;
        # standard error 3.5 %.
        assert rates[window, "patell"] == pytest.approx(0.371, abs=0.14)
        assert rates[window, "bmp"] == pytest.approx(0.424, abs=0.14)
    independent = rejections(0.0, [62] * 20, 200)
    for (window, test), rate in independent.items():
        assert 0.0 <= rate <= 0.112, (window, test)
    assert sum(independent.values()) / len(independent) == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize(
    ("statistic", "degrees", "p_value"),
    [
        # Tables of Student's t, two-sided (Fisher and Yates), and of the normal.
        (12.706, 1, 0.05),
        (4.303, 2, 0.05),
        (2.571, 5, 0.05),
        (3.169, 10, 0.01),
        (2.042, 30, 0.05),
        (3.373, 120, 0.001),
        (1.960, None, 0.05),
        (2.576, None, 0.01),
    ],
)
def test_p_values_by_the_tables(statistic: float, degrees: int | None, p_value: float) -> None:
    assert two_sided(statistic, degrees) == pytest.approx(p_value, rel=2e-3)
    assert two_sided(-statistic, degrees) == two_sided(statistic, degrees)


def test_p_values_keep_their_precision_in_the_tail_and_at_nought() -> None:
    # Closed forms: with one degree of freedom 1 - 2 atan(t) / pi = 2 atan(1 / t) / pi; with two 1 -
    # t / sqrt(2 + t^2), 1 / t^2 for large t.
    for t in (1e-9, 0.1, 1.0, 3.0, 1e6):
        assert two_sided(t, 1) == pytest.approx(2 * np.arctan(1 / t) / np.pi, rel=1e-12)
    assert two_sided(1e7, 2) == pytest.approx(1e-14, rel=1e-10)
    assert two_sided(0.0, 7) == 1.0
    assert two_sided(float("inf"), 7) == 0.0


@pytest.mark.parametrize(("level", "degrees", "table"), [(0.05, 9, 2.262), (0.01, 30, 2.750)])
def test_quantiles_by_the_table_of_students_t(level: float, degrees: int, table: float) -> None:
    assert quantile(level, degrees) == pytest.approx(table, abs=5e-4)
    assert two_sided(quantile(level, degrees), degrees) == pytest.approx(level, rel=1e-12)
    assert quantile(0.05, None) == pytest.approx(1.959964, abs=5e-7)


def test_the_variance_that_averages_by_relative_period_do_not_see() -> None:
    # 32 events with windows of five days, one of them a day late, correlation 0.3: 31 of 496 pairs
    # share four days of five. Average 0.3 (465 + 0.8 * 31) / 496, of it from partial overlaps
    # 0.3 * 0.8 * 31 / 496. What is not seen is little, where 1 + 31 * 0.015 would give 10.5 %.
    late = Clustering(32, 0.29625, 0.015)
    assert late.partial_inflation == pytest.approx(10.18375 / 9.71875, rel=1e-12)
    assert size(late.partial_inflation) == pytest.approx(0.0555, abs=5e-4)
    # 16 and 16 a day apart at 0.6: 17.68 of variance where the averages by period hold 10.
    halves = Clustering(32, 0.6 * (240 + 0.8 * 256) / 496, 0.6 * 0.8 * 256 / 496)
    assert halves.partial_inflation == pytest.approx(17.68 / 10, rel=1e-12)
    assert size(halves.partial_inflation) == pytest.approx(0.1405, abs=5e-4)


@pytest.mark.parametrize(("late", "correlation", "expected"), [(1, 0.3, 0.0555), (16, 0.6, 0.1405)])
def test_averages_by_relative_period_reject_as_often_as_foretold(
    late: int, correlation: float, expected: float
) -> None:
    # Brown and Warner's test of five days written out, 2,000 draws: standard error 0.5 and 0.8
    # points. Two hundred estimation days, so that a normal's quantile does.
    rng, hits = np.random.default_rng(9), 0
    for _ in range(2000):
        returns = correlated(rng, 206, 32, correlation)
        average = np.concatenate([returns[:205, late:], returns[1:, :late]], axis=1).mean(axis=1)
        hits += abs(average[200:].sum()) > 1.972 * average[:200].std(ddof=1) * 5**0.5
    assert hits / 2000 == pytest.approx(expected, abs=0.02)


def test_two_events_that_move_together_have_no_rank_that_could_reject() -> None:
    # Ranks of two of T periods: the highest of both is 1/2 of T above the mean, whose deviation is
    # T sqrt((1 + r) / 24): 2.45 deviations (p = 0.014) at r = 0, 1.83 (p = 0.067) at r = 0.8.
    returns = correlated(np.random.default_rng(10), 260, 2, 0.8)
    apart = correlated(np.random.default_rng(11), 260, 2, 0.0)
    for columns, valid in ((returns, False), (apart, True)):
        tests = run(columns, [250, 250], replace(DESIGN, estimation=240)).tests
        ranked = tests.filter(pl.col("test").is_in(["corrado", "corrado_zivney"]), window="0:0")
        assert ranked["valid"].to_list() == [valid] * 2
        if not valid:
            smallest = [float(str(reason).split()[-4].rstrip(",")) for reason in ranked["reason"]]
            assert smallest == pytest.approx([0.067] * 2, abs=0.01)


def test_three_events_cannot_reject_by_their_signs() -> None:
    # All three positive: (3 - 1.5) / sqrt(3 / 4) = 1.73, p = 0.083, if half of the days are up.
    tests = run(correlated(np.random.default_rng(12), 260, 3, 0.0), [100, 160, 220]).tests
    reason = tests.filter(window="0:0", test="generalised_sign")["reason"][0]
    assert str(reason).startswith("3 events cannot give a p-value below 0.0")


def test_five_tests_are_shown_unless_all_are_asked_for() -> None:
    returns = correlated(np.random.default_rng(13), 90, 12, 0.1)
    few, every = (
        run(returns, [80] * 12, replace(DESIGN, all_tests=all_tests)).tests
        for all_tests in (False, True)
    )
    assert few["test"].to_list()[:5] == ["permutation", *DEFAULT]
    assert (few.height, every.height) == (10, 26)
    assert few.equals(every.filter(pl.col("test").is_in(["permutation", *DEFAULT])))


def test_tests_of_the_plain_mean_have_an_interval_that_holds_nought_unless_they_reject() -> None:
    returns = correlated(np.random.default_rng(14), 90, 12, 0.0)
    tests = run(returns, [80] * 12).tests.filter(pl.col("test") != "permutation")
    held = tests.drop_nulls("ci_low")
    assert set(held["test"]) == {"brown_warner", "cross_sectional_t", "forecast_error_z"}
    middle = (held["ci_low"] + held["ci_high"]) / 2
    assert middle.to_list() == pytest.approx(held["mean_car"].to_list(), rel=1e-9)
    outside = (held["ci_low"] > 0) | (held["ci_high"] < 0)
    assert outside.to_list() == (held["p_value"] <= 0.05).to_list()
