"""Events laid over the series' own periods: where each begins, what its windows hold, and why one is left out."""

from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from pipeline.study.panel_design import MICROSECOND, PanelDesign, Window
from pipeline.study.panel_input import UTC_US, Flags, Floats, Ints, Track
from pipeline.study.panel_models import Fit, fit

OK, MISSING = "ok", "missing_in_window"


@dataclass(frozen=True)
class Panel:
    """The usable events: returns of N events over P periods, the estimation window's before those of all event windows (the span)."""

    names: pl.DataFrame
    """event, series: a row per event, in the order of the input."""
    first: int
    """Relative period of the first column of the span."""
    estimation: int
    """Columns of the estimation window."""
    stamps: Ints
    """N by P, µs; -1 outside the series."""
    returns: Floats
    """N by span."""
    market: Floats | None
    """N by span; None for a constant mean."""
    abnormal: Floats
    """N by P, NaN where missing."""
    fit: Fit

    def columns(self, window: Window) -> slice:
        """The columns of a window within the span."""
        return slice(window[0] - self.first, window[1] - self.first + 1)

    def cumulative(self, window: Window) -> tuple[Floats, Floats]:
        """Cumulative abnormal returns over a window and the deviations of their forecasts; NaN where a return is missing."""
        inside = self.columns(window)
        car = self.abnormal[:, self.estimation :][:, inside].sum(axis=1)
        return car, self.fit.forecast_sd(None if self.market is None else self.market[:, inside], window[1] - window[0] + 1)


def align(events: pl.DataFrame, tracks: dict[str, Track], design: PanelDesign) -> tuple[Panel, pl.DataFrame]:
    """The panel of the usable events, and the outcome of every event (see `PanelResult.outcome`)."""
    placed = _placed(events, tracks, design)
    able = placed.filter(code=OK)
    width = design.estimation + design.span[1] - design.span[0] + 1
    blank = np.full((able.height, width), np.nan)
    panel = Panel(
        able.select("event", "series"),
        design.span[0],
        design.estimation,
        np.full((able.height, width), -1, np.int64),
        np.full((able.height, width - design.estimation), np.nan),
        None if design.model == "constant_mean" else np.full((able.height, width - design.estimation), np.nan),
        blank,
        Fit(*(np.full(able.height, np.nan) for _ in fields(Fit))),
    )
    counts = np.zeros(able.height, np.int64)
    numbered = able.with_row_index("row")
    for (series, benchmark), group in numbered.group_by("series", "benchmark", maintain_order=True):
        track = tracks[str(series)]
        market = None if benchmark is None else tracks[str(benchmark)].returns_at(track, design.kind)
        counts[group["row"].to_numpy()] = _fill(panel, group, track, market, design)
    enough = counts >= design.minimum_estimation
    varied = ~np.isnan(panel.fit.sd)
    code = np.select([~enough, ~varied], ["too_few_estimation", "no_variance"], OK)
    judged = able.with_columns(code=pl.Series(code, dtype=pl.String), estimation_count=pl.Series(counts))
    panel = _kept(panel, enough & varied)
    return panel, _outcome(pl.concat([placed.filter(pl.col("code") != OK), judged], how="diagonal"), panel, design)


def _placed(events: pl.DataFrame, tracks: dict[str, Track], design: PanelDesign) -> pl.DataFrame:
    """Adds number (of the row), place (row of the event's period in its series), event_at (its stamp, µs) and code."""
    rows = events.with_row_index("number").with_columns(place=pl.lit(None, pl.Int64), event_at=pl.lit(None, pl.Int64), code=pl.lit(OK))
    known = list(tracks)
    unknown = [
        (~pl.col("series").is_in(known), "unknown_series"),
        (pl.col("benchmark").is_not_null() & ~pl.col("benchmark").is_in(known), "unknown_benchmark"),
    ]
    for fault, code in unknown:
        rows = rows.with_columns(code=pl.when((pl.col("code") == OK) & fault.fill_null(value=False)).then(pl.lit(code)).otherwise("code"))
    frames = [rows.filter(pl.col("code") != OK)]
    for (series,), group in rows.filter(code=OK).group_by("series", maintain_order=True):
        frames.append(_located(group, tracks[str(series)], design))
    placed = pl.concat(frames).sort("number")
    again = (pl.col("code") == OK) & ~pl.struct("series", "event_at").is_first_distinct()
    return placed.with_columns(code=pl.when(again).then(pl.lit("duplicate")).otherwise("code"))


def _located(group: pl.DataFrame, track: Track, design: PanelDesign) -> pl.DataFrame:
    at = group["at"].to_numpy()
    open_for = design.every // MICROSECOND if design.stamp == "open" and design.every else 0
    ends = track.stamps + open_for
    place = np.searchsorted(ends, at, side="left" if design.stamp == "session" else "right")
    early, late = at < track.stamps[0], place >= len(ends)
    inside = np.minimum(place, len(ends) - 1)
    distant = ends[inside] - at > design.patience // MICROSECOND
    moved = inside + design.lag
    outside = late | distant | (moved < 0) | (moved >= len(ends))
    code = np.select([early, outside], ["not_listed", "no_event_day"], OK)
    stamp = np.where(code == OK, track.stamps[np.clip(moved, 0, len(ends) - 1)], -1)
    return group.with_columns(place=pl.Series(moved), event_at=pl.Series(stamp).replace(-1, None), code=pl.Series(code, dtype=pl.String))


def _fill(panel: Panel, group: pl.DataFrame, track: Track, market: Floats | None, design: PanelDesign) -> Ints:
    """Write the events of one series and benchmark into the panel; returns how many estimation returns each has."""
    rows, place = group["row"].to_numpy(), group["place"].to_numpy()
    first, last = design.span
    begin = first - design.gap - design.estimation
    periods = np.r_[begin : begin + design.estimation, first : last + 1]
    index = place[:, None] + periods
    inside = (index >= 0) & (index < len(track.stamps))
    index = np.clip(index, 0, len(track.stamps) - 1)
    taken = np.where(inside, track.returns[index], np.nan)
    compared = None if market is None else np.where(inside, market[index], np.nan)
    panel.stamps[rows] = np.where(inside, track.stamps[index], -1)
    cut = design.estimation
    known = ~np.isnan(taken[:, :cut]) if compared is None else ~np.isnan(taken[:, :cut]) & ~np.isnan(compared[:, :cut])
    counts: Ints = known.sum(axis=1)
    enough = counts >= design.minimum_estimation
    rows, taken = rows[enough], taken[enough]
    compared = None if compared is None else compared[enough]
    fitted = fit(design.model, taken[:, :cut], None if compared is None else compared[:, :cut])
    for field in fields(Fit):
        getattr(panel.fit, field.name)[rows] = getattr(fitted, field.name)
    panel.returns[rows] = taken[:, cut:]
    if panel.market is not None and compared is not None:
        panel.market[rows] = compared[:, cut:]
    panel.abnormal[rows] = taken - fitted.expected(compared, taken.shape[1])
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
    )


def _outcome(rows: pl.DataFrame, panel: Panel, design: PanelDesign) -> pl.DataFrame:
    complete = np.sum([~np.isnan(panel.cumulative(window)[0]) for window in design.windows], axis=0)
    counted = rows.filter(code=OK).select("number").with_columns(complete_windows=pl.Series(complete, dtype=pl.Int64))
    short = (pl.col("code") == OK) & (pl.col("complete_windows") < len(design.windows))
    return (
        rows.join(counted, on="number", how="left")
        .sort("number")
        .with_columns(code=pl.when(short).then(pl.lit(MISSING)).otherwise("code"), complete_windows=pl.col("complete_windows").fill_null(0))
        .select(
            "event",
            "series",
            "code",
            pl.col("event_at").cast(UTC_US),
            pl.col("estimation_count").fill_null(0),
            "complete_windows",
        )
    )
