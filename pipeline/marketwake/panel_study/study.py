"""The classical event study of many events: abnormal returns, tests, and why a test is not valid.

    design = PanelDesign(model="market_model", benchmark="S&P 500", windows=((0, 0), (-1, 1)))
    result = study_panel(prices, events, design)
    result.tests

It needs no warehouse: frames in, frames out.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl

from marketwake.base.errors import BadInputError
from marketwake.panel_study.align import Panel, align
from marketwake.panel_study.clustering import Clustering, clustering
from marketwake.panel_study.design import PanelDesign, label
from marketwake.panel_study.factors import factor_names, factor_tracks
from marketwake.panel_study.groups import differences
from marketwake.panel_study.input import (
    NEVER,
    UTC_US,
    Flags,
    Floats,
    read_events,
    read_tracks,
    refuse_foreign,
    refuse_zones,
)
from marketwake.panel_study.judge import Judged, table
from marketwake.panel_study.levels import refuse_levels
from marketwake.panel_study.permutation import permutations
from marketwake.panel_study.refusal import size

__all__ = ["PanelDesign", "PanelResult", "study_panel"]


class _Summed(NamedTuple):
    """What the tests are made from; arrays are windows by events."""

    cars: Floats
    sds: Floats
    members: Flags
    force: bool
    groups: dict[str, str]
    """What became of the events of each."""


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
    after); too_few_estimation; collinear_factors (one does not move, or others make it up);
    no_variance (constant prices, or a series that is its own benchmark or factor).
    """
    cumulative: pl.DataFrame
    """event, series, window, car, scar (car over sd), sd (of the forecast).

    A row per usable event and window that is complete. scar is the event's own t-statistic, with
    `panel.fit.degrees` of freedom.
    """
    panel: Panel
    """The aligned returns that all of it is made from."""
    _summed: _Summed

    @cached_property
    def tests(self) -> pl.DataFrame:
        """A row per window and test, the permutation test first. Made when asked for.

        window, test, mean_car, ci_low and ci_high (its interval at 95 % by that test, null where
        the test has none), statistic, p_value (two-sided), detectable (the effect that the
        permutation test finds in 80 % of the dates), n (events), valid, reason (why not). Figures
        but mean_car are null where a test is refused, unless they were forced.
        """
        panel, design, (cars, sds, members, force, _) = self.panel, self.design, self._summed
        permuted = permutations(panel, design, members)
        judged = Judged(panel, design, cars, sds, members, self._common, permuted)
        return table(judged, force=force)

    @cached_property
    def clustering(self) -> pl.DataFrame:
        """window, n, correlation, naive_size. Made when asked for.

        correlation is the average over all pairs of estimation residuals, by overlap; naive_size
        how often a test of independent events would reject at a nominal 5 %.
        """
        rows = [
            (label(window), events.events, events.correlation, size(events.inflation))
            for window, events in zip(self.design.windows, self._common, strict=True)
        ]
        schema = {"window": pl.String, "n": pl.Int64, "correlation": pl.Float64}
        frame = pl.DataFrame(rows, schema | {"naive_size": pl.Float64}, orient="row")
        return frame.fill_nan(None)

    @cached_property
    def _common(self) -> list[Clustering]:
        return clustering(self.panel, self.design.windows, self._summed.members)

    @cached_property
    def differences(self) -> pl.DataFrame:
        """A row per window and pair of groups of events, in the order of the alphabet; none
        without groups. Made when asked for.

        window, group, other, difference (of mean CAR), standard_error (by event day), degrees,
        ci_low, ci_high, p_value, holm, p_permutation, n, n_other, days, reason (why there is no
        p-value): see `groups.differences`.
        """
        cars, _, members, _, groups = self._summed
        return differences(self.panel, groups, self.design, cars, members)

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
            without = self.differences.drop("degrees", "reason")
            apart = [str(without)] if without.height else []
        refused = (
            self.tests.drop_nulls("reason")
            .group_by("window", "reason", maintain_order=True)
            .agg("test")
        )
        why = [
            f"{window} not valid: {', '.join(tests)}: {reason}"
            for window, reason, tests in refused.rows()
        ]
        most = self.tests.group_by("window").agg(most=pl.col("n").max())
        why += [
            f"{window} permutation: {most - n} of {most} events left out: too few returns before "
            "them for a forecast of volatility"
            for window, n, most in self.tests.filter(pl.col("n") > 0, test="permutation")
            .join(most, on="window", maintain_order="left")
            .filter(pl.col("n") < pl.col("most"))
            .select("window", "n", "most")
            .rows()
        ]
        apart += [
            f"{row['window']} {row['group']} less {row['other']}: {row['reason']}"
            for row in self.differences.drop_nulls("reason").to_dicts()
        ]
        return "\n".join([*chosen, f"events: {codes}", table, *why, *apart])

    @property
    def abnormal(self) -> pl.DataFrame:
        """event, series, at, period, return, expected, abnormal, standardised.

        Every period of the windows; standardised by its forecast's deviation. Null where the return
        is missing. Made when asked for: it has a row per event and period.
        """
        panel, (first, last) = self.panel, self.design.span
        abnormal = panel.abnormal[:, panel.estimation :]
        sd = [
            panel.fit.forecast_sd(None if panel.market is None else panel.market[:, :, [i]], 1)
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
    factors: pl.DataFrame | None = None,
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
            event may name many series. A column group asks for the differences between its groups.
        design: model, windows and rules; the default where not given.
        factors: at, and a column of returns for each factor, in fractions and of the design's kind,
            as Fama and French's (kind simple). A column risk_free is subtracted from the returns of
            the series. Without it the design's factors are series of the prices.
        force: compute refused tests too; they stay marked as not valid, with the reason.

    Raises:
        BadInputError: columns, types or values that cannot be. What is merely missing is an outcome
            of its event.
    """
    refuse_foreign(prices, "prices")
    refuse_foreign(events, "events")
    design = _settled(design, events, factors)
    refuse_zones(prices, events, design)
    rows = read_events(events, design)
    names = set(rows["series"]) | set(rows["benchmark"].drop_nulls())
    tracks = read_tracks(prices, names | set(design.factors), design)
    refuse_levels(tracks, design)
    panel, outcome = align(rows, tracks, design, *factor_tracks(factors, tracks, design))
    cumulative = [panel.cumulative(window) for window in design.windows]
    cars, sds = (np.stack(part) for part in zip(*cumulative, strict=True))
    members = ~np.isnan(cars)
    if design.complete:
        members &= members.all(axis=0)
    frame = _cumulative(panel, design, cars, sds)
    summed = _Summed(cars, sds, members, force, _groups(rows, outcome))
    return PanelResult(design, outcome, frame, panel, summed)


def _settled(
    design: PanelDesign | None, events: pl.DataFrame, factors: pl.DataFrame | None
) -> PanelDesign:
    """The design with its model named."""
    if not isinstance(design, PanelDesign | None):
        raise BadInputError(
            f"the design is a {type(design).__name__}, not a PanelDesign",
            "Write PanelDesign(windows=((0, 0),), estimation=120).",
        )
    named = "benchmark" in events.columns and events["benchmark"].count() > 0
    return (design or PanelDesign()).settled(has_benchmarks=named, factors=factor_names(factors))


def _groups(rows: pl.DataFrame, outcome: pl.DataFrame) -> dict[str, str]:
    """By group, in the order of the alphabet, what became of its events: counts of codes."""
    counts = (
        rows.select("group")
        .with_columns(outcome["code"])
        .drop_nulls()
        .group_by("group", "code")
        .len()
        .sort("group", "code")
    )
    became: dict[str, str] = {}
    for group, code, many in counts.rows():
        became[group] = f"{became[group]}, {many} {code}" if group in became else f"{many} {code}"
    return became


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
    return pl.concat(frames).filter(pl.col("car").is_not_nan()).fill_nan(None)
