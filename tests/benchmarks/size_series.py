"""The series whose ordinary dates are taken for events, and the figures of all their dates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from marketwake.event_study import grids
from marketwake.event_study.design import Design, Model
from marketwake.event_study.expected import Estimation, fit, residuals, window_sum
from marketwake.event_study.grids import Grid
from marketwake.event_study.placebo import Windows
from marketwake.event_study.session_statistics import abnormal_sessions
from marketwake.event_study.statistics import (
    HourlyStatistics,
    Place,
    abnormal_windows,
    standardised,
)
from marketwake.placebo.cycle import LEAST_HOURS
from marketwake.placebo.forecast import DAILY, Floats
from marketwake.placebo.rank import Instants
from marketwake.placebo.volatility import Volatility
from tests.support.sessions import xnys_sessions

DESIGN = Design()
GAP = 24
RECOVERY = int(DESIGN.recovery.total_seconds() // 3600)
RETURNS = "abnormal_log_return"
HALF_LIFE = 48
"""Hours, of the exponentially weighted variance that serves as a negative control."""
METHODS = ("recommended", "plain", "EWMA 48 h")
DAILY_RETURNS = Estimation(1, DESIGN.estimation_sessions, DESIGN.minimum_estimation_sessions)


@dataclass(frozen=True)
class Sample:
    """One measure over one window at every place of a series."""

    measure: str
    series: str
    unit: str
    length: int
    at: Instants
    windows: Windows
    realised: Floats
    """Variance that came in the window of every place: what a forecast of variance should be."""
    control: Floats | None = None
    """Scale by a method that should fail."""
    first: int = 0
    """First place at which the study judges in this way."""

    def scale(self, method: str) -> Floats | None:
        """What a method divides the value of every place by; None where it is not had."""
        if method == "recommended":
            return self.windows.scale
        return self.windows.error if method == "plain" else self.control

    def statistic(self, method: str) -> Floats:
        """Standardised figure of every place by a method, NaN where any method has none."""
        scale, value = self.scale(method), self.windows.value
        if method == "recommended" and self.windows.expected is not None:
            value = value - self.windows.expected
        assert scale is not None
        return np.where(self.windows.is_measured & (scale > 0), value / scale, np.nan)


def spot(folder: Path, venue: str, assets: tuple[str, ...], quote: str) -> dict[str, Grid]:
    """Hourly grids of a venue by asset, bitcoin's returns beside those of the others."""
    frames = []
    for name in dict.fromkeys((*assets, "BTC")):
        table = pl.read_ipc(folder / "spot" / venue / f"{name}_{quote}-1h.feather")
        closed = pl.col("date").cast(pl.Datetime("us", "UTC")) + timedelta(hours=1)
        frames.append(
            table.select(
                pl.lit(venue).alias("venue"),
                pl.lit(name).alias("instrument"),
                closed.alias("closed_at"),
                "close",
                volume_base="volume",
            )
        )
    made = grids.hourly(pl.concat(frames), DESIGN)
    return {grid.instrument: grid for grid in made if grid.instrument in assets}


def hourly_samples(
    grid: Grid, model: Model = "constant_mean", lengths: tuple[int, ...] = DESIGN.hours
) -> Iterator[Sample]:
    """Returns by a model, and with a constant mean also volume and volatility, as the study has
    them at an anchor that is known to the hour.
    """
    statistics = HourlyStatistics(grid, replace(DESIGN, hours=lengths))
    place = Place(grid.at.size - 1, GAP, 0)
    on = f" on {grid.market}" if model == "market_model" else ""
    for _, each in statistics.at([place]):
        windows = each.windows
        if each.is_before or each.is_joint or windows.scale is None:
            continue
        is_return = each.measure == RETURNS
        if each.model != model and not (each.model == "none" and not on):
            continue
        control = None
        if is_return:
            fitted = statistics.fitted(model, GAP)
            squares = residuals(grid.values, grid.factors_of(model), fitted) ** 2
            realised = window_sum(squares, each.length)
            control = np.sqrt(each.length * ewma(squares))
        else:
            left = windows.value - (0.0 if windows.expected is None else windows.expected)
            realised = (left - np.nanmean(left)) ** 2
        yield Sample(
            each.measure,
            grid.instrument + on,
            "hour",
            each.length,
            grid.at,
            windows,
            realised,
            control,
            LEAST_HOURS,
        )


def ewma(squares: Floats) -> Floats:
    """Exponentially weighted mean with a half-life of `HALF_LIFE`."""
    series = pl.Series(squares).fill_nan(None)
    mean = series.ewm_mean(half_life=HALF_LIFE, ignore_nulls=False, min_samples=HALF_LIFE)
    return mean.forward_fill().to_numpy().astype(np.float64)


def index_samples(folder: Path) -> Iterator[Sample]:
    """Returns of the S&P 500 by session since 1962, with a constant mean."""
    table = pl.read_csv(folder / "equity" / "gspc_daily.csv", try_parse_dates=True)
    table = table.sort("date").filter(pl.col("date") >= pl.date(1962, 1, 1))
    at = pl.col("date").cast(pl.Datetime("us", "UTC"))
    yield from _session_returns("S&P 500", table.select("close", at=at))


def coin_samples(folder: Path, assets: tuple[str, ...]) -> Iterator[Sample]:
    """Returns on Coinbase from close to close of the New York Stock Exchange, the same way."""
    closes = [each.closes_at for each in xnys_sessions()]
    for asset in assets:
        table = pl.read_ipc(folder / "spot" / "coinbase" / f"{asset}_USD-1h.feather")
        closed = pl.col("date").cast(pl.Datetime("us", "UTC")) + timedelta(hours=1)
        table = table.select("close", at=closed).filter(pl.col("at").is_in(closes))
        yield from _session_returns(asset, table)


def _session_returns(name: str, closes: pl.DataFrame) -> Iterator[Sample]:
    at = grids.instants(closes["at"])
    moved = grids.floats(closes.select((pl.col("close") / pl.col("close").shift()).log())["close"])
    grid = Grid("file", name, at, moved, np.timedelta64(7, "D"))
    fitted = fit(moved, None, "constant_mean", DAILY_RETURNS)
    squares = residuals(moved, None, fitted) ** 2
    usual = Volatility(squares, DAILY, DAILY.terms[0], DAILY.terms[2])
    for length in DESIGN.sessions:
        plain = abnormal_windows(grid, "constant_mean", length, fitted)
        yield Sample(
            RETURNS,
            name,
            "session",
            length,
            at,
            standardised(plain, usual, 0),
            window_sum(squares, length),
        )


def flow_samples(folder: Path) -> Iterator[Sample]:
    """Net flows of all funds of bitcoin and of ether, by session."""
    for asset in ("BTC", "ETH"):
        table = pl.read_csv(
            folder / "etf" / f"farside_{asset.lower()}_flows.csv",
            columns=["Date", "Total"],
            schema_overrides={"Total": pl.Float64},
        ).with_columns(session=pl.col("Date").str.to_date("%d %b %Y", strict=False))
        # Its first row may be the seed of the funds, which has no day.
        closes = {each.day: each.closes_at for each in xnys_sessions()}
        laid = table.filter(pl.col("session").is_in(list(closes))).sort("session")
        at = grids.instants(laid["session"].replace_strict(closes).cast(pl.Datetime("us", "UTC")))
        grid = Grid("US spot ETFs", asset, at, grids.floats(laid["Total"]), np.timedelta64(4, "D"))
        place, calm = Place(at.size - 1, 1, 0), None
        for each in abnormal_sessions(grid, place, DESIGN, "abnormal_net_flow_usd", "usd"):
            # Of several sessions there is no forecast; how calm it was is the same.
            calm = each.windows.condition or calm
            windows = replace(each.windows, condition=calm)
            squares = windows.value**2
            yield Sample(each.measure, asset, "session", each.length, at, windows, squares)
