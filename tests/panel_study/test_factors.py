"""Several factors, a riskless return, and market-adjusted returns without an estimation window."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError
from marketwake.panel_study.design import Model
from marketwake.panel_study.models import fit
from marketwake.panel_study.study import PanelDesign, study_panel

START = date(2024, 1, 1)


def long(**series: Sequence[float | None]) -> pl.DataFrame:
    return pl.concat(
        pl.DataFrame(
            {
                "series": name,
                "at": [START + timedelta(days=day) for day in range(len(values))],
                "value": list(values),
            },
            schema_overrides={"value": pl.Float64},
        )
        for name, values in series.items()
    )


def event(day: int, *series: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"event": "one", "series": list(series), "day": START + timedelta(days=day)}
    )


# Six days of two factors without mean and without anything in common: x = 1, -1, 0, 0, 1, -1 and
# z = 1, 1, -2, -2, 1, 1 percent, sums of squares 4 and 12 of a percent's square.
X = [0.01, -0.01, 0.0, 0.0, 0.01, -0.01]
Z = [0.01, 0.01, -0.02, -0.02, 0.01, 0.01]
# y = 0.001 + 2 x - z + residuals that are orthogonal to all three: 1, 1, 2, -2, -1, -1 thousandths.
RESIDUALS = [0.001, 0.001, 0.002, -0.002, -0.001, -0.001]
Y = [0.001 + 2 * x - z + e for x, z, e in zip(X, Z, RESIDUALS, strict=True)]
AFTER = {"y": [0.05, 0.0], "x": [0.02, 0.0], "z": [0.03, -0.01]}


@pytest.mark.parametrize("as_frame", [False, True])
def test_two_factors_by_hand(as_frame: bool) -> None:
    x, z = X + AFTER["x"], Z + AFTER["z"]
    design = PanelDesign(
        windows=((0, 0), (0, 1)), estimation=6, gap=0, factors=() if as_frame else ("x", "z")
    )
    prices, factors = long(y=Y + AFTER["y"], x=x, z=z), None
    if as_frame:
        days = [START + timedelta(days=day) for day in range(8)]
        prices = prices.filter(series="y")
        factors = pl.DataFrame({"at": days, "x": x, "z": z})
    result = study_panel(prices, event(6, "y"), design, factors=factors)
    assert result.design.model == "factor_model"
    assert result.panel.fit.alpha[0] == pytest.approx(0.001, rel=1e-12)
    assert result.panel.fit.beta[0] == pytest.approx([2, -1], rel=1e-12)
    # Six returns less three coefficients: squares of the residuals 12e-6, over 3.
    assert result.panel.fit.degrees[0] == 3
    assert result.panel.fit.sd[0] == pytest.approx(0.002, rel=1e-12)
    # First day: 0.05 - (0.001 + 0.04 - 0.03) = 0.039. Second: 0 - (0.001 + 0 + 0.01) = -0.011.
    assert result.cumulative["car"].to_list() == pytest.approx([0.039, 0.028], rel=1e-12)
    # 1 + 1/6 + 0.02^2 / 0.0004 + 0.03^2 / 0.0012 = 1 + 1/6 + 1 + 3/4 = 35/12; over both days
    # 2 + 4/6 + 0.02^2 / 0.0004 + 0.02^2 / 0.0012 = 2 + 2/3 + 1 + 1/3 = 4.
    assert result.cumulative["sd"].to_list() == pytest.approx(
        [0.002 * (35 / 12) ** 0.5, 0.004], rel=1e-12
    )


def test_three_factors_by_least_squares_of_numpy() -> None:
    rng = np.random.default_rng(1)
    x = 0.02 * rng.standard_normal((200, 3)) @ rng.standard_normal((3, 3))
    y = 0.001 + x @ [0.5, -1.0, 2.0] + 0.01 * rng.standard_normal(200)
    y[40], x[50, 1] = np.nan, np.nan
    names = ("a", "b", "c")
    columns: dict[str, list[float | None]] = {"y": y.tolist()}
    columns |= {name: x[:, k].tolist() for k, name in enumerate(names)}
    design = PanelDesign(windows=((0, 4),), estimation=150, gap=5, factors=names)
    result = study_panel(long(**columns), event(180, "y"), design)
    known = [day for day in range(25, 175) if day not in (40, 50)]
    full = np.column_stack([np.ones(200), x])
    coefficients, (squares,), _, _ = np.linalg.lstsq(full[known], y[known], rcond=None)
    after = full[180:185]
    inverse = np.linalg.inv(full[known].T @ full[known])
    ones = np.ones(5)
    variance = squares / 144 * (5 + ones @ after @ inverse @ after.T @ ones)
    assert result.outcome["estimation_count"].to_list() == [148]
    assert result.panel.fit.degrees[0] == 144
    assert result.panel.fit.beta[0] == pytest.approx(coefficients[1:], rel=1e-9)
    assert result.cumulative["car"][0] == pytest.approx(
        (y[180:185] - after @ coefficients).sum(), rel=1e-9
    )
    assert result.cumulative["sd"][0] == pytest.approx(variance**0.5, rel=1e-9)


def test_one_factor_is_the_market_model() -> None:
    rng = np.random.default_rng(2)
    prices = long(**{name: (0.01 * rng.standard_normal(400)).tolist() for name in ("a", "b", "m")})
    asked = event(380, "a", "b")
    windows = ((0, 0), (0, 2))
    one = study_panel(prices, asked, PanelDesign(windows=windows, factors=("m",)))
    other = study_panel(prices, asked, PanelDesign(windows=windows, benchmark="m"))
    assert one.tests.equals(other.tests)
    assert one.cumulative.equals(other.cumulative)


def test_the_riskless_return_is_subtracted_from_that_of_the_series_alone() -> None:
    rng = np.random.default_rng(3)
    y, m, riskless = (0.01 * rng.standard_normal((3, 300))).tolist()
    days = [START + timedelta(days=day) for day in range(300)]
    factors = pl.DataFrame({"at": days, "Mkt-RF": m, "risk_free": riskless})
    result = study_panel(long(y=y), event(280, "y"), factors=factors)
    excess = [a - b for a, b in zip(y, riskless, strict=True)]
    by_hand = study_panel(long(y=excess, m=m), event(280, "y"), PanelDesign(factors=("m",)))
    assert result.design.factors == ("Mkt-RF",)
    assert result.cumulative["car"].to_list() == pytest.approx(
        by_hand.cumulative["car"].to_list(), rel=1e-12
    )


def test_a_factor_that_says_nothing_new_is_the_outcome_of_its_events() -> None:
    rng = np.random.default_rng(4)
    y, x, z = (0.01 * rng.standard_normal((3, 40))).tolist()
    twice = [2 * value + 1e-13 for value in x]
    still = [0.01] * 40
    design = PanelDesign(windows=((0, 0),), estimation=20, gap=0, factors=("x", "z"))
    for second, code in ((twice, "collinear_factors"), (still, "collinear_factors"), (z, "ok")):
        result = study_panel(long(y=y, x=x, z=second), event(30, "y"), design)
        assert result.outcome["code"].to_list() == [code]


def test_closes_of_series_and_factors_are_compared_over_the_days_that_all_have() -> None:
    # y is closed on day 8, x on day 10: the return of day 11 runs from day 9 for all three.
    rng = np.random.default_rng(5)
    levels = {name: 100 * np.exp(np.cumsum(0.01 * rng.standard_normal(14))) for name in "yxz"}
    closed = {"y": 8, "x": 10, "z": None}
    rows = [
        (name, START + timedelta(days=day), float(level[day]))
        for name, level in levels.items()
        for day in range(14)
        if day != closed[name]
    ]
    prices = pl.DataFrame(rows, ["series", "at", "close"], orient="row")
    design = PanelDesign(windows=((0, 0),), estimation=6, gap=2, factors=("x", "z"))
    result = study_panel(prices, event(10, "y"), design)
    assert result.abnormal["return"][0] == pytest.approx(
        np.log(levels["y"][11] / levels["y"][9]), rel=1e-12
    )
    assert result.panel.market is not None
    assert result.panel.market[0, :, 0] == pytest.approx(
        [np.log(levels[name][11] / levels[name][9]) for name in "xz"], rel=1e-12
    )


@pytest.mark.parametrize(
    ("changes", "factors", "message"),
    [
        ({"factors": ("x", "lost")}, None, "factors: lost not among the series of the prices"),
        ({"factors": ("lost",)}, "frame", "factors: lost not among the columns of the frame"),
        ({"model": "factor_model"}, None, "factor_model has no factors"),
        ({}, "nameless", "factors: columns at"),
        ({"benchmark": "x"}, "frame", "factors are given beside a benchmark"),
    ],
)
def test_factors_that_cannot_be_are_refused(
    changes: dict[str, object], factors: str | None, message: str
) -> None:
    days = [START + timedelta(days=day) for day in range(30)]
    frames = {
        "frame": pl.DataFrame({"at": days, "f": [0.01] * 30}),
        "nameless": pl.DataFrame({"at": days}),
    }
    values: list[float | None] = [0.01 * (day % 7) for day in range(30)]
    prices = long(y=values, x=values[::-1])
    with pytest.raises(BadInputError, match=message):
        study_panel(
            prices,
            event(25, "y"),
            PanelDesign(estimation=10, gap=0, **changes),  # type: ignore[arg-type]
            factors=frames[factors] if factors else None,
        )


@pytest.mark.parametrize("wrong", ["x", ("x", "x")])
def test_a_list_of_factors_that_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(BadInputError, match="factor"):
        PanelDesign(factors=wrong)  # type: ignore[arg-type]


def test_market_adjusted_returns_need_no_estimation_window() -> None:
    # Listed four days before the event: 0.05 - 0.02, 0.01 - 0.03, 0.06 - 0.01 by hand.
    prices = long(
        a=[None, 0.0, 0.01, 0.02, 0.05],
        b=[None, 0.0, 0.01, 0.02, 0.01],
        c=[None, 0.0, 0.01, 0.02, 0.06],
        i=[None, 0.0, 0.01, 0.02, 0.02],
        j=[None, 0.0, 0.01, 0.02, 0.03],
        k=[None, 0.0, 0.01, 0.02, 0.01],
    )
    asked = event(4, "a", "b", "c").with_columns(benchmark=pl.Series(["i", "j", "k"]))
    design = PanelDesign("market_adjusted", windows=((0, 0),), estimation=0, gap=0, all_tests=True)
    result = study_panel(prices, asked, design, force=True)
    assert result.outcome["code"].to_list() == ["ok"] * 3
    assert result.cumulative["car"].to_list() == pytest.approx([0.03, -0.02, 0.05], rel=1e-12)
    assert result.cumulative["sd"].null_count() == 3
    tests = {row["test"]: row for row in result.tests.to_dicts()}
    # Mean 0.02, deviation sqrt(0.0026 / 2) = 0.036056, over root 3: 0.020817.
    assert tests["cross_sectional_t"]["statistic"] == pytest.approx(0.02 / 0.0208167, rel=1e-5)
    assert "no estimation window" in tests["cross_sectional_t"]["reason"]
    others = [
        row for name, row in tests.items() if name not in ("cross_sectional_t", "permutation")
    ]
    assert {row["reason"] for row in others} == {
        "no estimation window, so no variance or ranks to judge by"
    }
    assert all(row["p_value"] is None for row in others)


def test_without_an_estimation_window_events_far_apart_are_independent() -> None:
    rng = np.random.default_rng(6)
    a, m = (0.01 * rng.standard_normal((2, 60))).tolist()
    asked = pl.DataFrame(
        {
            "event": ["one", "two", "three"],
            "series": "a",
            "day": [START + timedelta(days=day) for day in (10, 30, 50)],
        }
    )
    design = PanelDesign("market_adjusted", "m", ((0, 0),), 0, 0, all_tests=True)
    tests = study_panel(long(a=a, m=m), asked, design).tests
    assert tests.filter("valid")["test"].to_list() == ["cross_sectional_t"]


def test_no_other_model_goes_without_an_estimation_window() -> None:
    models: tuple[Model | None, ...] = ("constant_mean", "market_model", None)
    for model in models:
        with pytest.raises(BadInputError, match=r"^estimation is 0, less than 5"):
            PanelDesign(model, estimation=0, minimum_estimation=0)


def test_a_frame_of_returns_is_put_together_over_the_days_that_the_series_is_closed() -> None:
    # The factors have no day 9, the series no day 11. So the event of day 9 shows on day 10, in the
    # closes of 8 and 10, and the next return is that of days 11 and 12, of both.
    levels = {day: 100 + (7 * day) % 5 + 0.1 * day for day in range(14) if day != 11}
    at = [START + timedelta(days=day) for day in levels]
    prices = pl.DataFrame({"series": "y", "at": at, "close": list(levels.values())})
    factor = {day: 0.01 * (day % 5) - 0.02 for day in range(14) if day != 9}
    rate = {day: 0.001 * (day % 3) for day in factor}
    frame = pl.DataFrame(
        {
            "at": [START + timedelta(days=day) for day in factor],
            "x": list(factor.values()),
            "risk_free": list(rate.values()),
        }
    )
    for kind, own, other, less in (
        (
            "simple",
            (levels[10] / levels[8] - 1, levels[12] / levels[10] - 1),
            (1 + factor[11]) * (1 + factor[12]) - 1,
            (1 + rate[11]) * (1 + rate[12]) - 1,
        ),
        (
            "log",
            (np.log(levels[10] / levels[8]), np.log(levels[12] / levels[10])),
            factor[11] + factor[12],
            rate[11] + rate[12],
        ),
    ):
        design = PanelDesign(windows=((0, 1),), estimation=6, gap=0, kind=kind)  # type: ignore[arg-type]
        result = study_panel(prices, event(9, "y"), design, factors=frame)
        assert [row.day for row in result.abnormal["at"]] == [11, 13]  # 1 January is day 0
        assert result.abnormal["return"].to_list() == pytest.approx(
            [own[0] - rate[10], own[1] - less], rel=1e-9
        )
        assert result.panel.market is not None
        assert result.panel.market[0, 0] == pytest.approx([factor[10], other], rel=1e-9)


def test_a_day_without_one_factor_is_a_missing_return() -> None:
    days = [START + timedelta(days=day) for day in range(8)]
    frame = pl.DataFrame({"at": days, "x": X + AFTER["x"], "z": Z + AFTER["z"]})
    # A seventh day before, so that six are left of the estimation window.
    early = pl.DataFrame({"at": [START - timedelta(days=1)], "x": [0.005], "z": [0.004]})
    prices = long(y=Y + AFTER["y"])
    first = prices.head(1).with_columns(at=pl.lit(START - timedelta(days=1)), value=0.02)
    design = PanelDesign(windows=((0, 0),), estimation=7, minimum_estimation=6, gap=0)
    for gone, code, count in ((3, "ok", 6), (6, "missing_in_window", 7)):
        holed = frame.with_columns(z=pl.when(pl.int_range(8) != gone).then("z"))
        for factors in (holed, holed.drop_nulls()):
            result = study_panel(
                pl.concat([first, prices]),
                event(6, "y"),
                design,
                factors=pl.concat([early, factors]),
            )
            assert result.outcome.select("code", "estimation_count").rows() == [(code, count)]


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.booleans())
def test_slopes_and_forecasts_are_those_of_least_squares(seed: int, many: int, holes: bool) -> None:
    rng = np.random.default_rng(seed)
    returns, factors = rng.standard_t(4, (3, 40)) / 50, rng.standard_normal((3, many, 40)) / 50
    factors = factors + 0.01 * rng.standard_normal((3, 1, 40)) + 0.003
    if holes:
        returns[rng.random((3, 40)) < 0.1] = np.nan
        factors[rng.random((3, many, 40)) < 0.05] = np.nan
    after = np.nan_to_num(factors[:, :, 35:])
    fitted = fit(returns[:, :35], factors[:, :, :35], adjusted=False)
    sds, expected = fitted.forecast_sd(after, 5), fitted.expected(after, 5)
    for number in range(3):
        design = np.column_stack([np.ones(35), factors[number, :, :35].T])
        known = ~np.isnan(returns[number, :35]) & ~np.isnan(design).any(axis=1)
        coefficients, *_ = np.linalg.lstsq(design[known], returns[number, :35][known])
        residuals = returns[number, :35][known] - design[known] @ coefficients
        degrees = known.sum() - many - 1
        later = np.column_stack([np.ones(5), after[number].T])
        inverse = np.linalg.pinv(design[known].T @ design[known])
        covariance = np.eye(5) + later @ inverse @ later.T
        sd = float(residuals @ residuals / degrees) ** 0.5
        assert fitted.degrees[number] == degrees
        assert fitted.sd[number] == pytest.approx(sd, rel=1e-9)
        np.testing.assert_allclose(
            [fitted.alpha[number], *fitted.beta[number]], coefficients, rtol=1e-7, atol=1e-10
        )
        assert sds[number] == pytest.approx(sd * covariance.sum() ** 0.5, rel=1e-9)
        np.testing.assert_allclose(expected[number], later @ coefficients, rtol=1e-7, atol=1e-10)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.lists(st.floats(1e-4, 1e4), min_size=2, max_size=2))
def test_neither_the_unit_nor_the_mixture_of_factors_changes_what_is_abnormal(
    seed: int, units: list[float]
) -> None:
    rng = np.random.default_rng(seed)
    returns, factors = rng.standard_normal((2, 30)), rng.standard_normal((2, 2, 30))
    mixed = np.stack([factors.sum(axis=1), factors[:, 0] - 2 * factors[:, 1]], axis=1)
    mixed = mixed * np.array(units)[:, None]
    one, other = (fit(returns, each, adjusted=False) for each in (factors, mixed))
    np.testing.assert_allclose(one.sd, other.sd, rtol=1e-9)
    np.testing.assert_allclose(
        one.forecast_sd(factors[:, :, :3], 3), other.forecast_sd(mixed[:, :, :3], 3), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([1.2] * 30, r"factor f: a return of 120 % at 2024-01-01 00:00:00 \(30 of them"),
        (["a"] * 30, "factor f: column 'value' is String, not a number"),
    ],
)
def test_factors_in_percent_or_no_numbers_are_refused(column: list[object], message: str) -> None:
    days = [START + timedelta(days=day) for day in range(30)]
    prices = long(y=[0.01 * (day % 7) for day in range(30)])
    frame = pl.DataFrame({"at": days, "f": column})
    with pytest.raises(BadInputError, match=message):
        study_panel(prices, event(25, "y"), PanelDesign(estimation=10, gap=0), factors=frame)


def test_a_frame_of_factors_without_rows_is_refused() -> None:
    days = [START + timedelta(days=day) for day in range(30)]
    frame = pl.DataFrame({"at": days, "f": [0.01] * 30})[:0]
    prices = long(y=[0.01 * (day % 7) for day in range(30)])
    with pytest.raises(BadInputError, match="factors: the frame has no rows"):
        study_panel(prices, event(25, "y"), PanelDesign(estimation=10, gap=0), factors=frame)


def test_too_short_an_estimation_and_events_with_benchmarks_are_refused_beside_factors() -> None:
    with pytest.raises(BadInputError, match="Ask for 7 or more"):
        PanelDesign(estimation=6, factors=("a", "b", "c"))
    prices = long(
        y=[0.01 * (day % 7) for day in range(30)], x=[0.01 * (day % 5) for day in range(30)]
    )
    own = event(25, "y").with_columns(benchmark=pl.lit("x"))
    with pytest.raises(BadInputError, match="the events have benchmarks, and there are factors"):
        study_panel(prices, own, PanelDesign(estimation=10, gap=0, factors=("x",)))
