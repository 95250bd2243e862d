"""The classical event study of many events: abnormal returns, tests, and why a test is not valid.

    design = PanelDesign(model="market_model", benchmark="S&P 500", windows=((0, 0), (-1, 1)))
    result = study_panel(prices, events, design)
    result.tests

It needs no warehouse: frames in, frames out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from marketwake.panel_study import ranks
from marketwake.panel_study import tests as parametric
from marketwake.panel_study.align import Panel, align
from marketwake.panel_study.design import PanelDesign, Window, label
from marketwake.panel_study.input import (
    NEVER,
    UTC_US,
    Flags,
    Floats,
    read_events,
    read_tracks,
    refuse_foreign,
)
from marketwake.panel_study.p_values import two_sided
from marketwake.panel_study.refusal import Clustering, clustering, size, why_refused
from marketwake.panel_study.tests import ACROSS_EVENTS, Statistic

__all__ = ["PanelDesign", "PanelResult", "study_panel"]

NO_VALUE = "the statistic has no value for these returns: no dispersion, or all to one side"
TESTS = {
    "window": pl.String,
    "test": pl.String,
    "mean_car": pl.Float64,
    "statistic": pl.Float64,
    "p_value": pl.Float64,
    "n": pl.Int64,
    "valid": pl.Boolean,
    "reason": pl.String,
}
"""Columns of `PanelResult.tests`."""


@dataclass(frozen=True, repr=False)
class PanelResult:
    """A study of many events. Returns are fractions, stamps UTC; period 0 is the event's."""

    design: PanelDesign
    outcome: pl.DataFrame
    """A row per event, in order: event, series, code, event_at, estimation_count, complete_windows.

    event_at is the stamp of its period. Codes: ok; missing_in_window (left out of the windows in
    which a return is missing); duplicate (its series has an event in that period already);
    unknown_series, unknown_benchmark (not among the prices); not_listed (before the first price
    that series and benchmark share); no_event_day (no such price within the patience, or ever
    after); too_few_estimation; no_variance (constant prices, or a series that is its own
    benchmark).
    """
    cumulative: pl.DataFrame
    """event, series, window, car, scar (car over sd), sd (of the forecast).

    A row per usable event and window that is complete. scar is the event's own t-statistic, with
    `panel.fit.degrees` of freedom.
    """
    tests: pl.DataFrame
    """window, test, mean_car, statistic, p_value (two-sided), n (events), valid, reason (why not).

    Statistic and p-value are null where a test is refused, unless they were forced.
    """
    clustering: pl.DataFrame
    """window, n, correlation, naive_size.

    correlation is the average over all pairs of estimation residuals, by overlap; naive_size how
    often a test of independent events would reject at a nominal 5 %.
    """
    panel: Panel
    """The aligned returns that all of it is made from."""

    def __repr__(self) -> str:
        """Design, counts of outcome codes, every test and why some are not valid."""
        chosen = [f"{name}: {value}" for name, value in self.design.described().items()]
        counts = self.outcome["code"].value_counts(sort=True).rows()
        codes = ", ".join(f"{count} {code}" for code, count in counts)
        with pl.Config(
            tbl_rows=-1,
            tbl_cols=-1,
            tbl_width_chars=140,
            tbl_hide_dataframe_shape=True,
            tbl_hide_column_data_types=True,
        ):
            table = str(self.tests.drop("reason"))
        refused = (
            self.tests.drop_nulls("reason")
            .group_by("window", "reason", maintain_order=True)
            .agg("test")
        )
        why = [
            f"{window} not valid: {', '.join(tests)}: {reason}"
            for window, reason, tests in refused.rows()
        ]
        return "\n".join([*chosen, f"events: {codes}", table, *why])

    @property
    def abnormal(self) -> pl.DataFrame:
        """event, series, at, period, return, expected, abnormal, standardised.

        Every period of the windows; standardised by its forecast's deviation. Null where the return
        is missing. Made when asked for: it has a row per event and period.
        """
        panel, (first, last) = self.panel, self.design.span
        abnormal = panel.abnormal[:, panel.estimation :]
        sd = [
            panel.fit.forecast_sd(None if panel.market is None else panel.market[:, [i]], 1)
            for i in range(last - first + 1)
        ]
        columns = {
            "return": panel.returns,
            "expected": panel.returns - abnormal,
            "abnormal": abnormal,
            "standardised": abnormal / np.column_stack(sd),
        }
        stamps = pl.Series("at", panel.stamps[:, panel.estimation :].ravel())
        periods = np.tile(np.arange(first, last + 1), panel.names.height)
        return panel.names.select(pl.all().repeat_by(last - first + 1).explode()).with_columns(
            stamps.replace(NEVER, None).cast(UTC_US),
            pl.Series("period", periods, pl.Int64),
            *(pl.Series(name, values.ravel()).fill_nan(None) for name, values in columns.items()),
        )


def study_panel(
    prices: pl.DataFrame,
    events: pl.DataFrame,
    design: PanelDesign | None = None,
    *,
    force: bool = False,
) -> PanelResult:
    """Study many events at once.

    Args:
        prices: long frame of closes (series, at, close) or of returns (series, at, value),
            benchmarks among them; `at` is a date or an instant (naive: UTC), any order, a row per
            series and stamp at most. A day without a row is a closed day, and the next return
            covers it; a null level is a missing price, and the returns from and to it are missing.
            Drop the nulls that a wide table holds for closed days.
        events: event, series, day (date or instant), and benchmark where events have their own. An
            event may name many series.
        design: model, windows and rules; the default where not given.
        force: compute refused tests too; they stay marked as not valid, with the reason.

    Raises:
        BadInputError: columns, types or values that cannot be. What is merely missing is an outcome
            of its event.
    """
    refuse_foreign(prices, "prices")
    refuse_foreign(events, "events")
    named = "benchmark" in events.columns and events["benchmark"].count() > 0
    design = (design or PanelDesign()).settled(has_benchmarks=named)
    rows = read_events(events, design)
    names = set(rows["series"]) | set(rows["benchmark"].drop_nulls())
    panel, outcome = align(rows, read_tracks(prices, names, design), design)
    cumulative = [panel.cumulative(window) for window in design.windows]
    cars, sds = (np.stack(part) for part in zip(*cumulative, strict=True))
    common = clustering(panel, design.windows, ~np.isnan(cars))
    tests = _tests(panel, design, cars, sds, common, force=force)
    frame = _cumulative(panel, design, cars, sds)
    return PanelResult(design, outcome, frame, tests, _clustering(design, common), panel)


def _clustering(design: PanelDesign, common: list[Clustering]) -> pl.DataFrame:
    rows = [
        (label(window), events.events, events.correlation, size(events.inflation))
        for window, events in zip(design.windows, common, strict=True)
    ]
    schema = {"window": pl.String, "n": pl.Int64, "correlation": pl.Float64}
    return pl.DataFrame(rows, schema | {"naive_size": pl.Float64}, orient="row")


def _cumulative(panel: Panel, design: PanelDesign, cars: Floats, sds: Floats) -> pl.DataFrame:
    frames = [
        panel.names.with_columns(
            pl.lit(label(window)).alias("window"),
            pl.Series("car", car),
            pl.Series("scar", car / sd),
            pl.Series("sd", sd),
        )
        for window, car, sd in zip(design.windows, cars, sds, strict=True)
    ]
    return pl.concat(frames).filter(pl.col("car").is_not_nan())


def _tests(
    panel: Panel,
    design: PanelDesign,
    cars: Floats,
    sds: Floats,
    common: list[Clustering],
    *,
    force: bool,
) -> pl.DataFrame:
    members = ~np.isnan(cars)
    sums = ranks.rank_sums(panel, cars / sds, members)
    rows = []
    for number, window in enumerate(design.windows):
        here, events = members[number], int(members[number].sum())
        mean = float(cars[number, here].mean()) if events else None
        correlation = common[number].correlation
        computed = _statistics(
            panel, window, cars[number], sds[number], here, sums[number], correlation
        )
        for test, compute in computed.items():
            reason = why_refused(test, common[number])
            fewest = 2 if test in ACROSS_EVENTS else 1
            value = p_value = None
            if events >= fewest and (force or reason is None):
                statistic = compute()
                if np.isnan(statistic.value):
                    reason = reason or NO_VALUE
                else:
                    value, p_value = statistic.value, two_sided(*statistic)
            rows.append((label(window), test, mean, value, p_value, events, reason is None, reason))
    return pl.DataFrame(rows, TESTS, orient="row")


def _statistics(
    panel: Panel,
    window: Window,
    cars: Floats,
    sds: Floats,
    here: Flags,
    sums: ranks.RankSums,
    correlation: float,
) -> dict[str, Callable[[], Statistic]]:
    car, sd, degrees = cars[here], sds[here], panel.fit.degrees[here]
    scar, events, length = car / sd, len(car), window[1] - window[0] + 1
    inside = panel.columns(window)
    columns = slice(panel.estimation + inside.start, panel.estimation + inside.stop)
    return {
        "cross_sectional_t": lambda: parametric.cross_sectional_t(car),
        "forecast_error_z": lambda: parametric.forecast_error_z(car, sd),
        "brown_warner": lambda: parametric.brown_warner(
            car, _average(panel.abnormal[:, : panel.estimation], here), length
        ),
        "patell": lambda: parametric.patell(scar, degrees),
        "patell_adjusted": lambda: parametric.patell_adjusted(scar, degrees, correlation),
        "bmp": lambda: parametric.bmp(scar),
        "kolari_pynnonen": lambda: parametric.kolari_pynnonen(scar, correlation),
        "corrado": lambda: ranks.corrado(sums, columns, events),
        "corrado_zivney": lambda: ranks.corrado_zivney(sums, columns),
        "generalised_sign": lambda: ranks.generalised_sign(car, sums.positive / sums.estimated),
        "grank_t": lambda: ranks.grank_t(sums),
        "grank_z": lambda: ranks.grank_z(sums, events),
    }


def _average(abnormal: Floats, here: Flags) -> Floats:
    """Average abnormal return of the events that take part, per period in which any has one."""
    count = (~np.isnan(abnormal[here])).sum(axis=0)
    return np.asarray((np.nansum(abnormal[here], axis=0) / np.maximum(count, 1))[count > 0])
