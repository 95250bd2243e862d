"""Every test against a slow and literal version of its paper's formula.

Loops over events and days, ragged calendars, missing prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from marketwake.panel_study.study import PanelDesign, study_panel

Floats = npt.NDArray[np.float64]
Window = tuple[int, int]
Prices = dict[str, dict[date, float]]
START = date(2020, 1, 1)
WINDOWS: tuple[Window, ...] = ((0, 0), (-1, 1), (2, 5))
FIRST, LAST = -1, 5
ESTIMATION, GAP, FEWEST = 40, 3, 25


@dataclass
class Event:
    """Residuals of the estimation window and abnormal returns of the span by day.

    NaN where missing; per window C, S and its days.
    """

    residuals: Floats
    abnormal: Floats
    days: list[date | None]
    deviation: float
    degrees: int
    car: dict[Window, float]
    sd: dict[Window, float]
    dates: dict[Window, set[date | None]]

    @property
    def by_date(self) -> dict[date | None, float]:
        return {
            day: value
            for day, value in zip(self.days, self.residuals, strict=True)
            if not np.isnan(value)
        }


def prices(rng: np.random.Generator) -> Prices:
    """Eleven series on calendars of their own that all move with the first.

    Weekdays off, single days off, missing prices.
    """
    series: Prices = {}
    market = rng.standard_normal(150)
    for number in range(11):
        off = set(rng.choice(7, int(rng.integers(0, 3)), replace=False).tolist())
        level, rows = 100.0, {}
        for day in range(150):
            level *= float(np.exp(0.01 * market[day] + 0.02 * rng.standard_normal()))
            if day % 7 not in off and rng.random() > 0.05:
                rows[START + timedelta(days=day)] = level if rng.random() > 0.01 else float("nan")
        series[f"s{number}"] = rows
    return series


def returns(closes: Sequence[float]) -> Floats:
    return np.array([np.nan, *(np.log(after / before) for before, after in pairwise(closes))])


def fitted(
    y: Floats, y_after: Floats, x: Floats, x_after: Floats, model: str
) -> tuple[Floats, Floats, int, float, Floats]:
    """Residuals, abnormal returns, degrees of freedom, variance, covariance of abnormal returns."""
    if model == "market_adjusted":
        residuals = y - x
        degrees = int((~np.isnan(residuals)).sum()) - 1
        variance = float(np.nanvar(residuals, ddof=1))
        return residuals, y_after - x_after, degrees, variance, variance * np.eye(len(x_after))
    columns = 1 if model == "constant_mean" else 2
    design, after = (
        np.column_stack([np.ones(len(part)), part])[:, :columns] for part in (x, x_after)
    )
    known = ~np.isnan(y) & ~np.isnan(design).any(axis=1)
    inverse = np.linalg.inv(design[known].T @ design[known])
    coefficients = np.linalg.lstsq(design[known], y[known], rcond=None)[0]
    residuals = np.where(known, y - design @ coefficients, np.nan)
    degrees = int(known.sum()) - columns
    variance = float(np.nansum(residuals**2)) / degrees
    # Campbell, Lo and MacKinlay (1997), equation 4.4.9.
    covariance = variance * (np.eye(len(after)) + after @ inverse @ after.T)
    return residuals, y_after - after @ coefficients, degrees, variance, covariance


def measured(
    own: dict[date, float], other: dict[date, float], on: date, model: str
) -> Event | None:
    days = sorted(own) if model == "constant_mean" else sorted(set(own) & set(other))
    r, m = (returns([series.get(day, np.nan) for day in days]) for series in (own, other))
    zero = next(place for place, day in enumerate(days) if day >= on)

    def at(values: Floats, period: int) -> float:
        return float(values[zero + period]) if 0 <= zero + period < len(values) else np.nan

    before = range(FIRST - GAP - ESTIMATION, FIRST - GAP)
    span = range(FIRST, LAST + 1)
    y, y_after = (np.array([at(r, period) for period in part]) for part in (before, span))
    x, x_after = (np.array([at(m, period) for period in part]) for part in (before, span))
    residuals, abnormal, degrees, variance, covariance = fitted(y, y_after, x, x_after, model)
    if (~np.isnan(residuals)).sum() < FEWEST:
        return None
    dates = [
        days[zero + period] if 0 <= zero + period < len(days) else None
        for period in (*before, *span)
    ]
    before_span = dates[:ESTIMATION]
    event = Event(residuals, abnormal, before_span, variance**0.5, degrees, {}, {}, {})
    for window in WINDOWS:
        places = [period - FIRST for period in range(window[0], window[1] + 1)]
        event.car[window] = float(abnormal[places].sum())
        event.sd[window] = float(covariance[np.ix_(places, places)].sum()) ** 0.5
        event.dates[window] = {dates[ESTIMATION + place] for place in places}
    return event


def correlation(events: list[Event], window: Window) -> float:
    """Over all pairs, by the share of the window's days that both have.

    Kolari and Pynnonen (2010), Kolari, Pape and Pynnonen (2018).
    """
    total, length = 0.0, window[1] - window[0] + 1
    for i, event in enumerate(events):
        for other in events[:i]:
            share = len(event.dates[window] & other.dates[window]) / length
            both = sorted(day for day in event.by_date if day in other.by_date and day is not None)
            left, right = ([side.by_date[day] for day in both] for side in (event, other))
            total += share * float(np.corrcoef(left, right)[0, 1])
    return total / (len(events) * (len(events) - 1) / 2)


def ranks(values: Floats) -> Floats:
    known = values[~np.isnan(values)]
    return np.array(
        [
            np.nan if np.isnan(v) else (known < v).sum() + ((known == v).sum() + 1) / 2
            for v in values
        ]
    )


def statistics(events: list[Event], window: Window) -> dict[str, float]:
    n, length, r = len(events), window[1] - window[0] + 1, correlation(events, window)
    car, sd = (
        np.array([getattr(event, name)[window] for event in events]) for name in ("car", "sd")
    )
    a = car / sd
    average = np.nanmean([event.residuals for event in events], axis=0)
    patell = a.sum() / sum(event.degrees / (event.degrees - 2) for event in events) ** 0.5
    bmp = a.mean() / (a.std(ddof=1) / n**0.5)
    everything = [np.concatenate([event.residuals, event.abnormal]) for event in events]
    counts = [int((~np.isnan(values)).sum()) for values in everything]
    inside = [ESTIMATION + period - FIRST for period in range(window[0], window[1] + 1)]
    ranked = [(ranks(values), count) for values, count in zip(everything, counts, strict=True)]
    k = np.nanmean([rank - (count + 1) / 2 for rank, count in ranked], axis=0)
    u_all = np.array([rank / (count + 1) - 0.5 for rank, count in ranked])
    u = np.nansum(u_all, axis=0) / (~np.isnan(u_all)).sum(axis=0) ** 0.5
    p = sum((event.residuals > 0).sum() for event in events) / sum(
        (~np.isnan(event.residuals)).sum() for event in events
    )
    # Kolari and Pynnonen (2011): the window as one day beside the standardised returns of the
    # estimation window.
    generalised = [
        np.append(event.residuals / event.deviation, scar / a.std(ddof=1))
        for event, scar in zip(events, a, strict=True)
    ]
    sizes = [int((~np.isnan(values)).sum()) for values in generalised]
    g_all = np.array(
        [ranks(values) / (size + 1) - 0.5 for values, size in zip(generalised, sizes, strict=True)]
    )
    g, on = np.nanmean(g_all, axis=0), (~np.isnan(g_all)).sum(axis=0)
    z = g[-1] / (float((on / n * g**2).sum()) / len(g)) ** 0.5
    return {
        "cross_sectional_t": car.mean() / (car.std(ddof=1) / n**0.5),
        "forecast_error_z": car.sum() / (sd**2).sum() ** 0.5,
        "brown_warner": car.mean() / (average.std(ddof=1) * length**0.5),
        "patell": patell,
        "patell_adjusted": patell / (1 + (n - 1) * r) ** 0.5,
        "bmp": bmp,
        "kolari_pynnonen": bmp * ((1 - r) / (1 + (n - 1) * r)) ** 0.5,
        "corrado": k[inside].sum() / (float((k**2).sum()) / np.mean(counts) * length) ** 0.5,
        "corrado_zivney": u[inside].sum() / (float((u**2).mean()) * length) ** 0.5,
        "generalised_sign": ((car > 0).sum() - n * p) / (n * p * (1 - p)) ** 0.5,
        "grank_t": z * ((len(g) - 2) / (len(g) - 1 - z**2)) ** 0.5,
        "grank_z": g_all[:, -1].sum()
        / sum((size - 1) / (12 * (size + 1)) for size in sizes) ** 0.5,
    }


@pytest.mark.parametrize("model", ["constant_mean", "market_model", "market_adjusted"])
@pytest.mark.parametrize("seed", range(3))
def test_every_statistic_by_its_formula(model: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    given = prices(rng)
    days = [START + timedelta(days=int(day)) for day in rng.integers(85, 100, 10)]
    asked = [
        (f"e{number}", f"s{number}", f"s{(number + 1) % 11}", day)
        for number, day in enumerate(days)
    ]
    rows = [(name, day, close) for name, closes in given.items() for day, close in closes.items()]
    result = study_panel(
        pl.DataFrame(rows, ["series", "at", "close"], orient="row"),
        pl.DataFrame(asked, ["event", "series", "benchmark", "day"], orient="row"),
        PanelDesign(model, None, WINDOWS, ESTIMATION, GAP, FEWEST, all_tests=True),  # type: ignore[arg-type]
        force=True,
    )
    figures = {
        (window, test): (value, count)
        for window, test, value, count in result.tests.select(
            "window", "test", "statistic", "n"
        ).rows()
    }
    events = [
        measured(given[series], given[market], day, model) for _, series, market, day in asked
    ]
    for window in WINDOWS:
        members = [
            event for event in events if event is not None and not np.isnan(event.car[window])
        ]
        assert len(members) > 4
        for test, expected in statistics(members, window).items():
            assert figures[f"{window[0]}:{window[1]}", test] == (
                pytest.approx(expected, rel=1e-9),
                len(members),
            ), (window, test)
