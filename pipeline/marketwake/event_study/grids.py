"""Series on complete grids, as arrays: hours, sessions, or days of observation.

Place i is the instant at which bar i ends; its window of length h covers the bars i + 1 to i + h.
NaN marks what is missing.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from marketwake.base.kept import kept
from marketwake.event_study import windows
from marketwake.event_study.design import MODELS, Design, Model
from marketwake.event_study.expected import window_sum
from marketwake.event_study.inputs import Inputs
from marketwake.event_study.windows import SERIES
from marketwake.placebo.forecast import Floats
from marketwake.placebo.rank import Instants

NEVER = np.datetime64("9999-01-01T00:00:00", "us")


@dataclass(frozen=True)
class Grid:
    """A series. `values` are log returns, net flows in US dollars, or levels, as its maker says."""

    venue: str
    instrument: str
    at: Instants
    """End of every bar, UTC, ascending."""
    values: Floats
    patience: np.timedelta64
    """How long after the end of a bar an instant still belongs to it."""
    volume: Floats | None = None
    market: str | None = None
    market_returns: Floats | None = None
    factors: str | None = None
    """Names of the factors of the factor model, where there is more than a market."""
    factor_returns: Floats | None = None
    """Theirs, factors by place."""

    @property
    def models(self) -> tuple[Model, ...]:
        """Models that it has the data for."""
        models = MODELS if self.market else MODELS[:1]
        return (*models, "factor_model") if self.factors else models

    def factors_of(self, model: Model) -> Floats | None:
        """What explains its returns by a model."""
        if model == "factor_model":
            return self.factor_returns
        return None if model == "constant_mean" else self.market_returns

    def market_of(self, model: str) -> str | None:
        """Its name."""
        if model == "factor_model":
            return self.factors
        return None if model == "constant_mean" else self.market

    @kept
    def summed(self, length: int) -> Floats:
        """Sum of the values over the window of every place."""
        return window_sum(self.values, length)

    @kept
    def factors_summed(self, model: Model, length: int) -> Floats | None:
        """Those of what explains its returns by a model, factors by place."""
        factors = self.factors_of(model)
        if factors is None:
            return None
        return np.array([window_sum(each, length) for each in np.atleast_2d(factors)])

    def place(self, at: np.datetime64) -> int | None:
        """The place of the last bar that has ended by an instant; None where none is recent."""
        place = int(np.searchsorted(self.at, at, side="right")) - 1
        return place if place >= 0 and at - self.at[place] < self.patience else None

    def ends(self, length: int) -> Instants:
        """Where the window of every place ends; far in the future beyond the grid's end."""
        ahead = np.full_like(self.at, NEVER)
        if length < self.at.size:
            ahead[:-length] = self.at[length:]
        return ahead


def hourly(bars: pl.DataFrame, design: Design) -> list[Grid]:
    """Log returns by venue and instrument, from `bars` as `windows.hourly_grid` takes them.

    All but the design's market have that market's returns on their venue beside them.
    """
    grid = windows.hourly_grid(bars, design)
    of_market = grid.filter(instrument=design.market).select(
        "venue", "at", market_return="log_return"
    )
    joined = grid.join(of_market, on=["venue", "at"], how="left").sort(*SERIES, "at")
    return [
        _hourly(str(venue), str(instrument), series, design)
        for (venue, instrument), series in _by_series(joined)
    ]


def _hourly(venue: str, instrument: str, series: pl.DataFrame, design: Design) -> Grid:
    has_market = instrument != design.market and series["market_return"].count() > 0
    return Grid(
        venue,
        instrument,
        instants(series["at"]),
        floats(series["log_return"]),
        np.timedelta64(1, "h"),
        floats(series["volume_base"]) if series["volume_base"].count() else None,
        design.market if has_market else None,
        floats(series["market_return"]) if has_market else None,
    )


def session_returns(inputs: Inputs, design: Design) -> list[Grid]:
    """Log returns of spot markets from close to close of the New York Stock Exchange.

    The index's stand beside them, and for all but the market itself its own: together they are the
    factors, unless `inputs.factors` brings others. There are as many sessions as the index is held
    for, or those factors.
    """
    index = inputs.daily.filter(instrument=design.index_market).select(
        session=pl.col("at").dt.date(), index_close="close"
    )
    known = index if inputs.factors is None else inputs.factors
    calendar = inputs.sessions.join(known, on="session", how="semi").select("session")
    if calendar.is_empty():
        return []
    between = inputs.sessions.filter(
        pl.col("session").is_between(calendar["session"].min(), calendar["session"].max())
    ).join(index, on="session", how="left")
    spot = inputs.spot.sort(*SERIES, "closed_at")
    closes = {
        (str(venue), str(name)): _at_closes(between, series)
        for (venue, name), series in _by_series(spot)
    }
    return [
        _by_session(key, frame, closes.get((key[0], design.market)), inputs.factors, design)
        for key, frame in closes.items()
        if inputs.factors is not None or frame["of_index"].count()
    ]


def _at_closes(calendar: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """session, closes_at, moved and of_index (log returns) while a series is held."""
    first, last = series["closed_at"].min(), series["closed_at"].max()
    return (
        calendar.filter(pl.col("closes_at").is_between(first, last))
        .join(
            series.select("closed_at", "close"),
            left_on="closes_at",
            right_on="closed_at",
            how="left",
        )
        .sort("closes_at")
        .select(
            "session",
            "closes_at",
            moved=(pl.col("close") / pl.col("close").shift()).log(),
            of_index=(pl.col("index_close") / pl.col("index_close").shift()).log(),
        )
    )


def _by_session(
    key: tuple[str, str],
    closes: pl.DataFrame,
    market: pl.DataFrame | None,
    factors: pl.DataFrame | None,
    design: Design,
) -> Grid:
    venue, name = key
    if factors is None and market is not None and name != design.market:
        factors = closes.select("session", pl.col("of_index").alias(design.index_market)).join(
            market.select("session", pl.col("moved").alias(design.market)), on="session"
        )
    names = [] if factors is None else [column for column in factors.columns if column != "session"]
    laid = closes if factors is None else closes.join(factors, on="session", how="left")
    laid = laid.sort("closes_at")
    return Grid(
        venue,
        name,
        instants(laid["closes_at"]),
        floats(laid["moved"]),
        _patience(design.basis_patience),
        market=design.index_market if laid["of_index"].count() else None,
        market_returns=floats(laid["of_index"]),
        factors=" and ".join(names) if names else None,
        factor_returns=np.array([floats(laid[column]) for column in names]) if names else None,
    )


def series_of(frame: pl.DataFrame, at: str, value: str, patience: timedelta) -> list[Grid]:
    """A column of a frame with venue and instrument, at the instants of another."""
    return [
        Grid(
            str(venue),
            str(name),
            instants(series[at]),
            floats(series[value]),
            _patience(patience),
        )
        for (venue, name), series in _by_series(frame.sort(*SERIES, at))
    ]


def floats(series: pl.Series) -> Floats:
    """A column as an array, NaN for null."""
    return series.cast(pl.Float64).to_numpy().astype(np.float64)


def instants(series: pl.Series) -> Instants:
    """A column of UTC instants as an array without a zone."""
    return series.to_numpy().astype("datetime64[us]")


def _patience(span: timedelta) -> np.timedelta64:
    return np.timedelta64(int(span.total_seconds()), "s")


def _by_series(frame: pl.DataFrame) -> list[tuple[tuple[object, ...], pl.DataFrame]]:
    return list(frame.group_by(SERIES, maintain_order=True))
