"""Figures that others have published, from the same returns."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from marketwake.panel_study import tests as parametric
from marketwake.panel_study.study import PanelDesign, PanelResult, study_panel

DAYS = ("2020-03-16", "2020-03-17", "2020-03-18", "2020-03-19", "2020-03-20")
ONE_BY_ONE = tuple((day, day) for day in range(5))
Estudy2 = Callable[..., PanelResult]


def statistics(result: PanelResult, test: str) -> list[float]:
    return result.tests.filter(test=test)["statistic"].to_list()


@pytest.fixture
def estudy2(shared: Path) -> Estudy2:
    """Seven shares and the S&P 500 (R package estudy2, its vignette).

    Estimation to 13 March 2020, the days from 16 March 2020.
    """
    folder = shared / "eventstudy" / "estudy2"

    def long(name: str) -> pl.DataFrame:
        wide = pl.read_csv(folder / name, null_values="NA", try_parse_dates=True)
        return wide.unpivot(index="date", variable_name="series", value_name="value").rename(
            {"date": "at"}
        )

    def run(model: str, windows: tuple[tuple[int, int], ...] = ONE_BY_ONE) -> PanelResult:
        shares = long("rates.csv")
        events = (
            shares.select("series")
            .unique(maintain_order=True)
            .with_columns(event=pl.lit("pandemic"), day=date(2020, 3, 16))
        )
        design = PanelDesign(model, "^GSPC", windows, estimation=240, gap=0, all_tests=True)  # type: ignore[arg-type]
        return study_panel(pl.concat([shares, long("rates_indx.csv")]), events, design, force=True)

    return run


def test_the_textbook_values_of_the_market_model(estudy2: Estudy2, shared: Path) -> None:
    result = estudy2("market_model")
    expected = pl.read_csv(shared / "eventstudy" / "estudy2" / "textbook_reference.csv")
    for test, column in {
        "patell": "patell_z",
        "bmp": "bmp_t",
        "cross_sectional_t": "csect_t",
        "kolari_pynnonen": "kp_t_same_scale",
        "corrado": "corrado_z_textbook",
        "generalised_sign": "gsign_z",
    }.items():
        assert statistics(result, test) == pytest.approx(expected[column].to_list(), rel=1e-11), (
            test
        )
    assert result.tests.filter(test="patell")["mean_car"].to_list() == pytest.approx(
        expected["AAR"].to_list(), rel=1e-12
    )
    assert result.clustering["correlation"].to_list() == pytest.approx(
        expected["kp_rbar"].to_list(), rel=1e-12
    )


def test_the_values_of_2020_03_19_as_printed(estudy2: Estudy2) -> None:
    result = estudy2("market_model")
    printed = {
        "patell": 8.4026980305,
        "bmp": 2.1668866998,
        "kolari_pynnonen": 1.4178361059,
        "corrado": 2.1669011226,
    }
    assert {test: round(statistics(result, test)[3], 10) for test in printed} == printed


@pytest.mark.parametrize(
    ("model", "name"),
    [("market_model", "sim"), ("constant_mean", "mean_adj"), ("market_adjusted", "mrkt_adj")],
)
def test_estudy2_agrees_for_all_models_where_it_follows_the_papers(
    estudy2: Estudy2, shared: Path, model: str, name: str
) -> None:
    folder = shared / "eventstudy" / "estudy2"
    parametric, other = (
        pl.read_csv(folder / f"expected_{name}_{kind}.csv")
        for kind in ("parametric", "nonparametric")
    )
    result = estudy2(model)
    assert parametric["date"].to_list() == list(DAYS)
    assert statistics(result, "brown_warner") == pytest.approx(
        parametric["bw_1985_stat"].to_list(), rel=1e-11
    )
    assert statistics(result, "cross_sectional_t") == pytest.approx(
        parametric["t_test_stat"].to_list(), rel=1e-11
    )
    assert statistics(result, "generalised_sign") == pytest.approx(
        other["gsign_stat"].to_list(), rel=1e-11
    )


def test_the_variance_of_market_adjusted_returns_is_about_their_mean(
    estudy2: Estudy2, shared: Path
) -> None:
    # Brown and Warner (1980): the sum of the day's abnormal returns over the root of the sum of
    # variances. Without subtracting the mean from the squares it would be 0.2 % less.
    result = estudy2("market_adjusted")
    expected = pl.read_csv(shared / "eventstudy" / "estudy2" / "expected_mrkt_adj_parametric.csv")[
        "bw_1980_stat"
    ]
    abnormal, sd = result.panel.abnormal[:, result.panel.estimation :], result.panel.fit.sd
    assert (np.nansum(abnormal, axis=0) / (sd**2).sum() ** 0.5).tolist() == pytest.approx(
        expected.to_list(), rel=1e-12
    )


def test_where_estudy2_departs_from_the_papers(estudy2: Estudy2, shared: Path) -> None:
    result, folder = estudy2("market_model"), shared / "eventstudy" / "estudy2"
    printed = pl.read_csv(folder / "expected_sim_parametric.csv")
    ranked = pl.read_csv(folder / "expected_sim_nonparametric.csv")
    # Its Patell and Boehmer take the residual deviation with M - 1 degrees of freedom instead of M
    # - 2: every standardised return, and with it Patell's Z, is larger by sqrt((M - 1) / (M - 2)),
    # of series of 240, 227 and 212 returns: 1.0021 to 1.0024.
    ratio = np.array(printed["pt_stat"]) / np.array(statistics(result, "patell"))
    assert ((ratio > 0.998) & (ratio < 1.0026)).all()
    assert statistics(result, "patell") != pytest.approx(printed["pt_stat"].to_list(), rel=1e-4)
    # Its rank test divides by the number of firms twice, on days on which one of them has no
    # return: off by one factor on all days.
    assert np.array(ranked["rank_stat"]) / np.array(statistics(result, "corrado")) == pytest.approx(
        [0.9750316] * 5, rel=1e-7
    )


def test_a_window_of_several_days(estudy2: Estudy2) -> None:
    # expected_sim_car_tests.txt, 2020-03-16 to 20: mean 0.0221331896163299 a day, Brown and Warner
    # 3.94809324038888.
    result = estudy2("market_model", ((0, 4),))
    assert statistics(result, "brown_warner") == pytest.approx([3.94809324038888], rel=1e-13)
    assert result.tests["mean_car"][0] / 5 == pytest.approx(0.0221331896163299, rel=1e-13)


# The worked example of the R package EventStudy (tests/testthat/helper-golden-data.R,
# test_golden_values.R): three events, each with an index of its own, eight estimation days, three
# event days.
RESIDUALS = {
    "E1": [0.001, -0.001, 0.002, -0.002, 0.0015, -0.0015, 0.0005, -0.0005],
    "E2": [0.0012, -0.0008, 0.0018, -0.0016, 0.0010, -0.0012, 0.0006, -0.0010],
    "E3": [0.0008, -0.0012, 0.0016, -0.0014, 0.0012, -0.0010, 0.0004, -0.0004],
}
INDEX = {
    "E1": [-0.02, -0.01, 0.00, 0.01, 0.02, 0.03, -0.015, 0.005, 0.015, -0.005, 0.010],
    "E2": [-0.018, -0.008, 0.002, 0.012, 0.022, 0.028, -0.012, 0.008, 0.012, -0.004, 0.009],
    "E3": [-0.025, -0.012, 0.001, 0.010, 0.020, 0.030, -0.010, 0.006, 0.018, -0.006, 0.011],
}
LINE = {"E1": (0.004, 1.2), "E2": (0.003, 1.0), "E3": (0.005, 1.4)}
AFTER = {"E1": [0.040, 0.000, 0.030], "E2": [0.030, -0.010, 0.020], "E3": [0.050, -0.005, 0.035]}
START = date(2024, 1, 1)
SCHEMA = ["event", "series", "benchmark", "day"]


@pytest.fixture
def three_events() -> PanelResult:
    rows = []
    for name, (alpha, beta) in LINE.items():
        firm = [
            alpha + beta * index + residual
            for index, residual in zip(INDEX[name], RESIDUALS[name], strict=False)
        ] + AFTER[name]
        for series, values in ((f"firm {name}", firm), (f"index {name}", INDEX[name])):
            rows += [
                (series, START + timedelta(days=day), value) for day, value in enumerate(values)
            ]
    events = pl.DataFrame(
        [(name, f"firm {name}", f"index {name}", START + timedelta(days=8)) for name in LINE],
        SCHEMA,
        orient="row",
    )
    returns = pl.DataFrame(rows, ["series", "at", "value"], orient="row")
    windows = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2))
    return study_panel(
        returns,
        events,
        PanelDesign("market_model", None, windows, 8, 0, 8, all_tests=True),
        force=True,
    )


def test_three_events_by_the_r_package_eventstudy(three_events: PanelResult) -> None:
    result = three_events
    expected = {
        "cross_sectional_t": [
            12.785674729349529,
            -0.93664440956979689,
            5.8589693453114027,
            3.3332365393903789,
            4.1627875088073241,
        ],
        "generalised_sign": [
            1.7320508075688774,
            -0.57735026918962584,
            1.7320508075688774,
            1.7320508075688774,
            1.7320508075688774,
        ],
        # There under the name of calendar-time portfolio: the deviation of the average abnormal
        # return over the eight estimation days.
        "brown_warner": [
            14.5159150457412,
            -2.48331937385221,
            10.0405096357597,
            8.50832999486859,
            12.7439132912219,
        ],
    }
    for test, values in expected.items():
        assert statistics(result, test) == pytest.approx(values, rel=1e-11), test
    assert statistics(result, "patell")[:3] == pytest.approx(
        [17.404798533168357, -3.239085545200092, 12.231088522816789], rel=1e-11
    )
    # It takes the deviation of the ranks with T - 1, Corrado (1989) with T; there are T = 11 days.
    of_days = [1.586435792425881, -0.95186147545552868, 1.269148633940705]
    assert statistics(result, "corrado")[:3] == pytest.approx(
        [value * (11 / 10) ** 0.5 for value in of_days], rel=1e-11
    )
    assert statistics(result, "corrado_zivney") == pytest.approx(
        statistics(result, "corrado"), rel=1e-11
    )


def test_standardised_tests_of_the_same_events(three_events: PanelResult) -> None:
    # It standardises by the residual deviation, without the error of the forecast, for these two
    # tests.
    car, _ = three_events.panel.cumulative((0, 0))
    scar = car / three_events.panel.fit.sd
    assert scar.mean() == pytest.approx(13.478448984553861, rel=1e-11)
    assert parametric.bmp(scar).value == pytest.approx(9.262881651878164, rel=1e-11)
    correlation = three_events.clustering["correlation"][0]
    assert parametric.kolari_pynnonen(scar, correlation).value == pytest.approx(
        0.70742152433092598, rel=1e-9
    )


def test_patells_own_sum_of_standardised_returns_over_three_days(three_events: PanelResult) -> None:
    abnormal = three_events.abnormal.with_columns(pl.col("standardised") / 3**0.5)
    summed = (
        abnormal.group_by("event", maintain_order=True)
        .agg(pl.col("standardised").sum())["standardised"]
        .to_numpy()
    )
    # caar_z of the third day: the standardised returns of three days added up as if their errors
    # were independent.
    assert parametric.patell(summed, three_events.panel.fit.degrees).value == pytest.approx(
        15.240200457996872, rel=1e-11
    )


def test_a_market_model_by_the_r_package_eventstudy() -> None:
    index = [-0.02, -0.01, 0.00, 0.01, 0.02, 0.03, 0.015, -0.005, 0.010]
    firm = [
        0.005 + 1.5 * x + e
        for x, e in zip(index, [0.001, -0.001, 0.002, -0.002, 0.001, -0.001], strict=False)
    ] + [0.040, 0.0, 0.030]
    days = [START + timedelta(days=day) for day in range(9)]
    returns = pl.concat(
        pl.DataFrame({"series": name, "at": days, "value": values})
        for name, values in (("firm", firm), ("index", index))
    )
    events = pl.DataFrame({"event": ["x"], "series": ["firm"], "day": [days[6]]})
    windows = ((0, 0), (1, 1), (2, 2), (0, 2))
    result = study_panel(returns, events, PanelDesign("market_model", "index", windows, 6, 0, 6))
    assert result.panel.fit.sd[0] == pytest.approx(0.00166476081508083, rel=1e-12)
    assert result.panel.fit.degrees[0] == 4
    scaled = result.cumulative["car"].to_numpy() / result.panel.fit.sd[0]
    assert scaled[:3] == pytest.approx(
        [7.64588601153099, 1.36441736906108, 6.07551885091351], rel=1e-12
    )
    assert scaled[3] / 3**0.5 == pytest.approx(8.70980352630659, rel=1e-12)
    # The error of the forecast by hand: mean of the index 0.005, squared deviations 0.00175; first
    # day 0.01 from the mean, all three 0.005.
    assert result.cumulative["sd"][0] == pytest.approx(
        0.00166476081508083 * (1 + 1 / 6 + 0.0001 / 0.00175) ** 0.5, rel=1e-12
    )
    assert result.cumulative["sd"][3] == pytest.approx(
        0.00166476081508083 * (3 + 9 / 6 + 0.005**2 / 0.00175) ** 0.5, rel=1e-12
    )


def test_the_intervals_of_the_r_package_eventstudies(shared: Path) -> None:
    # Its test_functionality_inference.R: cumulated returns of three Indian shares from the event
    # on, without a model, their mean and its interval at 95 %, with t = 4.30265272974946 for 2
    # degrees of freedom.
    folder = shared / "eventstudy" / "tiny"
    prices = pl.read_csv(folder / "eventstudies_testthat_prices.csv", try_parse_dates=True)
    expected = pl.read_csv(folder / "eventstudies_testthat_expected.csv", null_values="NA").filter(
        stat="classic"
    )
    events = {"ITC": date(2004, 1, 2), "Reliance": date(2004, 1, 8), "TCS": date(2004, 1, 14)}
    places = {share: prices["date"].to_list().index(day) for share, day in events.items()}
    for last in (0, 1):
        car = np.log(
            [
                prices[share][place + last] / prices[share][place - 1]
                for share, place in places.items()
            ]
        )
        statistic = parametric.cross_sectional_t(car)
        half_width = 4.30265272974946 * car.mean() / statistic.value
        row = expected.filter(rel=last).row(0, named=True)
        assert statistic.degrees == 2
        assert [car.mean() - half_width, car.mean(), car.mean() + half_width] == pytest.approx(
            [row["lo"], row["mid"], row["hi"]], rel=1e-12
        )
