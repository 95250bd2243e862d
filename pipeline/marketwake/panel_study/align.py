"""Events laid over their series: where each begins, what its windows hold, why one is left out."""

from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from marketwake.panel_study.design import MICROSECOND, PanelDesign, Window
from marketwake.panel_study.input import (
    DAY,
    NEVER,
    UTC_US,
    Flags,
    Floats,
    Ints,
    Texts,
    Track,
    compared,
)
from marketwake.panel_study.models import Fit, fit

OK, MISSING = "ok", "missing_in_window"
Pair = tuple[str, str | None]
Pairs = dict[Pair, tuple[Track, Floats | None]]
"""By series and benchmark: the periods that count, and the factors' returns over them.

Factors by periods; None for a constant mean. A benchmark is the one factor of its pair.
"""


@dataclass(frozen=True)
class Origin:
    """Where each usable event lies in the history of its series."""

    pairs: Pairs
    pair: list[Pair]
    place: Ints
    """Row of its period in the track of its pair."""
    asked: Ints
    """The day or instant that the events name, µs."""
    group: pl.Series
    """Text, null where there is none."""

    @property
    def days(self) -> Ints:
        """Days since 1970 UTC of the events' periods."""
        stamps = [
            self.pairs[pair][0].stamps[place]
            for pair, place in zip(self.pair, self.place.tolist(), strict=True)
        ]
        return np.array(stamps, np.int64) // DAY


@dataclass(frozen=True)
class Panel:
    """The usable events: returns of N events over P periods.

    The estimation window's periods come first, then those of all event windows (the span).
    """

    names: pl.DataFrame
    """event, series: a row per event, in the order of the input."""
    first: int
    """Relative period of the first column of the span."""
    estimation: int
    """Columns of the estimation window."""
    stamps: Ints
    """N by P, µs; NEVER outside the series."""
    returns: Floats
    """N by span."""
    market: Floats | None
    """N by K by span: the factors, of which a benchmark is one; None for a constant mean."""
    abnormal: Floats
    """N by P, NaN where missing."""
    fit: Fit
    origin: Origin

    def columns(self, window: Window) -> slice:
        """The columns of a window within the span."""
        return slice(window[0] - self.first, window[1] - self.first + 1)

    def cumulative(self, window: Window) -> tuple[Floats, Floats]:
        """Cumulative abnormal returns over a window and the deviations of their forecasts.

        NaN where a return is missing, deviations also without an estimation window.
        """
        inside = self.columns(window)
        car = self.abnormal[:, self.estimation :][:, inside].sum(axis=1)
        return car, self.fit.forecast_sd(
            None if self.market is None else self.market[:, :, inside], window[1] - window[0] + 1
        )


def align(
    events: pl.DataFrame,
    tracks: dict[str, Track],
    design: PanelDesign,
    factors: dict[str, Track],
    riskless: Track | None,
) -> tuple[Panel, pl.DataFrame]:
    """The panel of the usable events, and the outcome of each event (see `PanelResult`).

    Args:
        factors: the design's; none where events have benchmarks.
        riskless: its return is subtracted from those of the series.
    """
    known = tracks | factors
    pairs: Pairs = {}
    for series, benchmark in _by_pair(events):
        names = design.regressors(benchmark)
        if series in tracks and all(name in known for name in names):
            pairs[series, benchmark] = _compared(
                tracks[series], [known[name] for name in names], design, riskless
            )
    place, stamp, code = _placed(events, tracks, pairs, design)
    able = np.flatnonzero(code == OK)
    panel = _blank(events[able], place[able], pairs, design)
    counts = np.zeros(len(able), np.int64)
    for pair, rows in _by_pair(events[able]).items():
        counts[rows] = _fill(panel, rows, place[able[rows]], pairs[pair], design)
    enough, varied = counts >= design.minimum_estimation, ~np.isnan(panel.fit.sd)
    alike = np.isnan(panel.fit.beta).any(axis=1) & (design.model == "factor_model")
    code[able] = np.select(
        [~enough, alike, ~varied & (design.estimation > 0)],
        ["too_few_estimation", "collinear_factors", "no_variance"],
        OK,
    )
    panel = _kept(panel, code[able] == OK)
    used = np.flatnonzero(code == OK)
    estimation, complete = (np.zeros(events.height, np.int64) for _ in range(2))
    estimation[able] = counts
    complete[used] = np.sum(
        [~np.isnan(panel.cumulative(window)[0]) for window in design.windows], axis=0
    )
    code[used[complete[used] < len(design.windows)]] = MISSING
    outcome = events.select("event", "series").with_columns(
        pl.Series("code", code.tolist(), pl.String),
        pl.Series("event_at", stamp).replace(NEVER, None).cast(UTC_US),
        pl.Series("estimation_count", estimation),
        pl.Series("complete_windows", complete),
    )
    return panel, outcome


def _compared(
    series: Track, factors: list[Track], design: PanelDesign, riskless: Track | None
) -> tuple[Track, Floats | None]:
    if not factors:
        return series, None
    series, returns = compared(series, factors + ([riskless] if riskless else []), design)
    if riskless:
        series = replace(series, returns=series.returns - returns[-1])
        returns = returns[:-1]
    return series, returns


def _by_pair(events: pl.DataFrame) -> dict[Pair, Ints]:
    """Row numbers by series and benchmark, in order of first appearance."""
    groups = (
        events.select("series", "benchmark", row=pl.int_range(pl.len()))
        .group_by("series", "benchmark", maintain_order=True)
        .agg("row")
    )
    return {
        (series, benchmark): np.array(rows, np.int64)
        for series, benchmark, rows in groups.iter_rows()
    }


def _placed(
    events: pl.DataFrame, tracks: dict[str, Track], pairs: Pairs, design: PanelDesign
) -> tuple[Ints, Ints, Texts]:
    """For each event the row of its period, the stamp of that row (NEVER for none), and a code."""
    at = events["at"].to_numpy()
    place, stamp = np.zeros(len(at), np.int64), np.full(len(at), NEVER)
    code = np.full(len(at), OK, dtype="<U20")
    for pair, rows in _by_pair(events).items():
        if pair in pairs:
            place[rows], stamp[rows], code[rows] = _located(at[rows], pairs[pair][0], design)
        else:
            code[rows] = "unknown_benchmark" if pair[0] in tracks else "unknown_series"
    moments = events.select("series", moment=pl.Series(stamp))
    again = moments.select(pl.struct("series", "moment").is_first_distinct().not_()).to_series()
    code[again.to_numpy() & (stamp != NEVER)] = "duplicate"
    return place, stamp, code


def _located(at: Ints, track: Track, design: PanelDesign) -> tuple[Ints, Ints, Texts]:
    if not len(track.stamps):
        return np.zeros_like(at), np.full(len(at), NEVER), np.full(len(at), "no_event_day")
    open_for = design.every // MICROSECOND if design.stamp == "open" and design.every else 0
    ends = track.stamps + open_for
    place = np.searchsorted(ends, at, side="left" if design.stamp == "session" else "right")
    late = place >= len(ends)
    inside = np.minimum(place, len(ends) - 1)
    distant = ends[inside] - at > design.patience // MICROSECOND
    moved = inside + design.lag
    outside = late | distant | (moved < 0) | (moved >= len(ends))
    code = np.select([at < track.stamps[0], outside], ["not_listed", "no_event_day"], OK)
    return moved, np.where(code == OK, track.stamps[np.clip(moved, 0, len(ends) - 1)], NEVER), code


def _blank(events: pl.DataFrame, place: Ints, pairs: Pairs, design: PanelDesign) -> Panel:
    many, span = events.height, design.span[1] - design.span[0] + 1
    shape = (many, design.estimation + span)
    factors = 0 if design.model == "constant_mean" else max(len(design.factors), 1)
    of_fit = {"beta": (factors,), "factor_mean": (factors,), "inverse": (factors, factors)}
    return Panel(
        events.select("event", "series"),
        design.span[0],
        design.estimation,
        np.empty(shape, np.int64),
        np.full((many, span), np.nan),
        np.full((many, factors, span), np.nan) if factors else None,
        np.full(shape, np.nan),
        Fit(*(np.full((many, *of_fit.get(each.name, ())), np.nan) for each in fields(Fit))),
        Origin(
            pairs,
            list(events.select("series", "benchmark").iter_rows()),
            place,
            events["at"].to_numpy(),
            events["group"].cast(pl.String),
        ),
    )


def _fill(
    panel: Panel, rows: Ints, place: Ints, pair: tuple[Track, Floats | None], design: PanelDesign
) -> Ints:
    """Write the events of a series and benchmark into the panel; returns estimation counts."""
    (track, factors), (first, last) = pair, design.span
    begin = first - design.gap - design.estimation
    periods = np.r_[begin : begin + design.estimation, first : last + 1]
    index = place[:, None] + periods
    inside = (index >= 0) & (index < len(track.stamps))
    index = np.clip(index, 0, len(track.stamps) - 1)
    taken = np.where(inside, track.returns[index], np.nan)
    beside = None
    if factors is not None:
        beside = np.where(inside[:, None], factors[:, index].swapaxes(0, 1), np.nan)
    panel.stamps[rows] = np.where(inside, track.stamps[index], NEVER)
    cut = design.estimation
    known = ~np.isnan(taken[:, :cut])
    if beside is not None:
        known &= ~np.isnan(beside[:, :, :cut]).any(axis=1)
    counts: Ints = known.sum(axis=1)
    enough = counts >= design.minimum_estimation
    rows, taken = rows[enough], taken[enough]
    beside = None if beside is None else beside[enough]
    fitted = fit(
        taken[:, :cut],
        None if beside is None else beside[:, :, :cut],
        adjusted=design.model == "market_adjusted",
    )
    for field in fields(Fit):
        getattr(panel.fit, field.name)[rows] = getattr(fitted, field.name)
    panel.returns[rows] = taken[:, cut:]
    if panel.market is not None and beside is not None:
        panel.market[rows] = beside[:, :, cut:]
    panel.abnormal[rows] = taken - fitted.expected(beside, taken.shape[1])
    return counts


def _kept(panel: Panel, keep: Flags) -> Panel:
    if keep.all():
        return panel
    return replace(
        panel,
        names=panel.names.filter(pl.Series(keep)),
        stamps=panel.stamps[keep],
        returns=panel.returns[keep],
        market=None if panel.market is None else panel.market[keep],
        abnormal=panel.abnormal[keep],
        fit=Fit(*(getattr(panel.fit, field.name)[keep] for field in fields(Fit))),
        origin=Origin(
            panel.origin.pairs,
            [pair for pair, held in zip(panel.origin.pair, keep, strict=True) if held],
            panel.origin.place[keep],
            panel.origin.asked[keep],
            panel.origin.group.filter(pl.Series(keep)),
        ),
    )
