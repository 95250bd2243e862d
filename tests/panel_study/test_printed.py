"""Reports that others have printed: their figures from the inputs beside them, to the digit."""

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from marketwake.panel_study import ranks
from marketwake.panel_study import tests as parametric
from marketwake.panel_study.p_values import two_sided
from marketwake.panel_study.study import PanelDesign, study_panel

# Results that ship with the R package of eventstudytools.com (api-wrapper.r: ar_results.csv,
# aar_results.csv, car_results.csv, caar_results.csv): five German car makers on 24 July 2017, in
# two groups, market model on the DAX with 250 estimation returns.
VOLKSWAGEN = np.array(
    [
        [-0.0055, -0.0118, -0.0224, -0.0107, 0.0076],
        [-0.0055, 0.0024, -0.0091, -0.0019, 0.0001],
        [-0.0022, -0.0201, -0.0033, -0.018, 0.009],
    ]
)
OTHER = np.array(
    [[0.002, -0.006, -0.0243, 0.0012, -0.0076], [-0.003, -0.0023, -0.0234, -0.0023, -0.0108]]
)


def test_cross_sectional_t_of_car_makers() -> None:
    # CARs as printed; the statistics follow from them to the last digit.
    for car, printed in (([-0.0428, -0.014, -0.0346], -3.5563), ([-0.0347, -0.0418], -10.7746)):
        assert round(parametric.cross_sectional_t(np.array(car)).value, 4) == printed
    statistics = [parametric.cross_sectional_t(VOLKSWAGEN[:, day]).value for day in range(5)]
    # Those of single days were made from more digits of the returns than are printed.
    assert statistics == pytest.approx([-4, -1.4918, -2.0518, -2.1915, 2.0267], abs=0.02)


@pytest.mark.parametrize(
    ("returns", "share", "printed"),
    [
        # Of 750 estimation returns 336 positive, of 500 it is 244: the only counts that give the
        # first figure of each.
        (VOLKSWAGEN, 336 / 750, [-1.5604, -0.3994, -1.5604, -1.5604, 1.9226]),
        (OTHER, 244 / 500, [0.034, -1.3807, -1.3807, 0.034, -1.3807]),
    ],
)
def test_generalised_sign_of_car_makers(
    returns: npt.NDArray[np.float64], share: float, printed: list[float]
) -> None:
    assert [
        round(ranks.generalised_sign(returns[:, day], share).value, 4) for day in range(5)
    ] == printed


@pytest.mark.parametrize(
    ("count", "patell", "adjusted_patell", "bmp", "adjusted_bmp"),
    [
        (
            3,
            [-0.785, -1.5322, -2.0092, -1.6626, 0.8977],
            [-0.7498, -1.4636, -1.9192, -1.5881, 0.8575],
            [-3.4752, -1.4385, -2.193, -2.3288, 2.0322],
            [-3.2388, -1.3407, -2.0438, -2.1704, 1.894],
        ),
        (
            2,
            [-0.1715, -0.8073, -4.9406, -0.1616, -1.9538],
            [-0.1348, -0.6342, -3.8815, -0.127, -1.535],
            [-0.322, -2.9228, -8.9412, -0.4272, -3.3602],
            [-0.1559, -1.4153, -4.3295, -0.2069, -1.6271],
        ),
    ],
)
def test_both_adjustments_of_car_makers_have_one_correlation(
    count: int,
    patell: list[float],
    adjusted_patell: list[float],
    bmp: list[float],
    adjusted_bmp: list[float],
) -> None:
    # The third day has the most digits: Z / adjusted Z is the root of 1 + (N - 1) r.
    correlation = ((patell[2] / adjusted_patell[2]) ** 2 - 1) / (count - 1)
    assert correlation == pytest.approx({3: 0.048, 2: 0.620}[count], abs=5e-4)
    scar = np.arange(1, count + 1, dtype=np.float64)
    factor = parametric.kolari_pynnonen(scar, correlation).value / parametric.bmp(scar).value
    assert np.array(bmp) * factor == pytest.approx(adjusted_bmp, abs=4e-4)
    degrees = np.full(count, 248.0)
    factor = (
        parametric.patell_adjusted(scar, degrees, correlation).value
        / parametric.patell(scar, degrees).value
    )
    assert np.array(patell) * factor == pytest.approx(adjusted_patell, abs=2e-4)


@pytest.mark.parametrize(
    ("car_t", "car_p", "mean_scar", "scar_t", "scar_p", "patell"),
    [
        # Windows -10:7, -5:5 and 1:10.
        (2.263, 0.050, 2.241, 2.114, 0.064, 7.014),
        (2.240, 0.052, 2.633, 2.054, 0.070, 8.241),
        (0.198, 0.848, -0.020, -0.060, 0.953, -0.063),
    ],
)
def test_the_sample_report_of_the_event_study_by_wrds(
    car_t: float, car_p: float, mean_scar: float, scar_t: float, scar_p: float, patell: float
) -> None:
    # Wharton Research Data Services, "Event Study by WRDS", demonstration: ten events, 100
    # estimation returns.
    assert two_sided(car_t, 9) == pytest.approx(car_p, abs=1e-3)
    assert two_sided(scar_t, 9) == pytest.approx(scar_p, abs=1e-3)
    # Rounded to 0.001, the mean leaves 0.0005 times the root of 10 undecided.
    assert parametric.patell(np.full(10, mean_scar), np.full(10, 98.0)).value == pytest.approx(
        patell, abs=0.002
    )


# "Crisis events and the Dow" (Ned Davis Research; Edward Jones, "Historical crisis event Dow
# impact"): last day of the first reaction, and the Dow's change in percent over the 22, 63, 126 and
# 253 trading days after it. Left out are the rows of 13 July 1950, whose 22 days print 9.1 where
# the closes give 9.0, and of 1995, 2004 and 2005, which do not follow from the closes of the days
# that they name.
CRISES = {
    "1940-06-22": (-0.5, 8.4, 7.0, -5.2),
    "1941-12-10": (3.8, -2.9, -9.6, 5.4),
    "1955-09-26": (0.0, 6.6, 11.7, 5.7),
    "1962-10-27": (12.1, 17.1, 24.2, 30.4),
    "1963-11-22": (7.2, 12.4, 15.1, 24.0),
    "1970-05-14": (0.4, 3.8, 13.5, 36.7),
    "1970-05-26": (9.9, 20.3, 20.7, 43.7),
    "1973-12-05": (9.3, 10.2, 7.2, -25.5),
    "1974-08-29": (-7.9, -5.7, 12.5, 27.2),
    "1980-01-03": (6.7, -4.0, 6.8, 21.0),
    "1982-05-07": (-8.5, -9.8, 20.8, 41.8),
    "1983-11-07": (3.9, -2.8, -3.2, 2.4),
    "1986-04-21": (-4.3, -4.1, -1.0, 25.9),
    "1987-10-19": (11.5, 11.4, 15.0, 24.2),
    "1989-12-20": (-2.7, 0.3, 8.0, -2.2),
    "1991-01-17": (11.8, 14.3, 15.0, 24.5),
    "1991-08-19": (4.4, 1.6, 11.3, 14.9),
    "1993-02-27": (2.4, 5.1, 8.5, 14.2),
    "1997-10-27": (8.8, 10.5, 25.0, 16.9),
    "2001-09-21": (13.4, 21.2, 24.8, -6.7),
    "2003-05-01": (5.5, 9.2, 15.6, 22.0),
}


def test_the_dow_after_21_crises_as_published(shared: Path) -> None:
    # Saturdays are sessions in 1940 and 1941; 27 October 1962 and 27 February 1993 are none, and
    # the Monday after is day 0.
    closes = pl.read_csv(shared / "equity" / "dow_daily.csv", try_parse_dates=True)
    prices = closes.select(series=pl.lit("Dow"), at=closes.columns[0], close="Close")
    events = pl.DataFrame(
        {"event": list(CRISES), "series": "Dow", "day": [date.fromisoformat(day) for day in CRISES]}
    )
    lengths = (22, 63, 126, 253)
    result = study_panel(
        prices,
        events,
        PanelDesign("constant_mean", windows=tuple((1, length) for length in lengths)),
    )
    assert result.outcome["code"].to_list() == ["ok"] * 21
    after = result.abnormal.with_columns(pl.col("return").cum_sum().over("event")).filter(
        pl.col("period").is_in(lengths)
    )
    assert ((after["return"].exp() - 1) * 100).round(1).to_list() == [
        figure for row in CRISES.values() for figure in row
    ]
