"""How often the placebo rank is significant without any event (size), and with a jump (power).

`python -m tests.benchmarks.size_and_power [FOLDER]` prints the tables of docs/study.md from the
recorded prices in FOLDER (../shared/data).

Every date of a series is taken for an event and judged as the study judges one, where at least
`--independent` independent windows can judge it; beside that by earlier dates alone. Nothing is
fitted to the dates that are judged. The standard error of a rate counts windows that do not
overlap.
"""

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray

from marketwake.event_study import grids
from marketwake.event_study.design import Design
from marketwake.event_study.expected import Estimation, abnormal, fit
from marketwake.event_study.grids import Grid
from marketwake.event_study.placebo import Span, Windows, admissible, independent, rank
from marketwake.event_study.statistics import hour_estimation

SEED = 14330
"""Of the simulated returns."""
DESIGN = Design()
DAILY = Estimation(1, DESIGN.estimation_sessions, DESIGN.minimum_estimation_sessions)
JUMPS = (1.0, 2.0, 4.0)
CRITICAL = NormalDist().inv_cdf(1 - DESIGN.significance / 2)
RECOVERY = np.timedelta64(DESIGN.recovery)
Flags = NDArray[np.bool_]


def hourly(folder: Path, asset: str) -> Grid:
    """Hourly log returns of an asset on Coinbase, those of bitcoin beside them."""
    frames = []
    for name in {asset, "BTC"}:
        table = pl.read_ipc(folder / "spot" / "coinbase" / f"{name}_USD-1h.feather")
        closed = pl.col("date").cast(pl.Datetime("us", "UTC")) + timedelta(hours=1)
        frames.append(
            table.select(
                pl.lit("Coinbase").alias("venue"),
                pl.lit(name).alias("instrument"),
                closed.alias("closed_at"),
                "close",
                volume_base="volume",
            )
        )
    return next(
        grid for grid in grids.hourly(pl.concat(frames), DESIGN) if grid.instrument == asset
    )


def daily(path: Path, name: str, first: str) -> Grid:
    """Log returns from session to session of a file with the columns date and close."""
    table = pl.read_csv(path, try_parse_dates=True)
    close = next(name for name in table.columns if name.lower() in {"close", "adj close"})
    table = (
        table.select(date=table.columns[0], close=close)
        .sort("date")
        .filter(pl.col("date").cast(pl.String) >= first)
    )
    at = table["date"].cast(pl.Datetime("us")).to_numpy().astype("datetime64[us]")
    return Grid(
        "file",
        name,
        at,
        grids.floats(table.select((pl.col("close") / pl.col("close").shift()).log()).to_series()),
        np.timedelta64(7, "D"),
    )


OwnTime = Callable[[np.datetime64], Span]
"""From the instant of an event to the time around it in which no date judges it."""


def judged(
    windows: Windows, own_time: OwnTime, least: int, every: int, *, same_hour: bool
) -> Iterator[tuple[int, Flags]]:
    """Places, `every` apart, that enough windows can judge, and those windows."""
    for own in range(0, windows.value.size, every):
        if np.isfinite(windows.value[own]) and windows.error[own] > 0:
            keep = admissible(windows, own, own_time(windows.starts[own]), (), same_hour=same_hour)
            if (
                keep.sum() >= least
                and independent(windows.starts[keep], windows.ends[keep]) >= least
            ):
                yield own, keep


def size(windows: Windows, events: list[tuple[int, Flags]], jump: float = 0.0) -> float:
    """Share of the events that the rank detects, with a jump put in, up and down by turns.

    `jump` is in standard errors.
    """
    unusual = 0
    for number, (own, keep) in enumerate(events):
        value = windows.value.copy()
        value[own] += jump * windows.error[own] * (-1) ** number
        moved = replace(windows, value=value)
        unusual += rank(moved, own, keep, DESIGN).verdict == "unusual"
    return unusual / max(len(events), 1)


def table(
    title: str,
    grid: Grid,
    lengths: tuple[int, ...],
    where: Estimation,
    unit: str,
    least: int,
    every: int,
    out: Callable[[str], None],
) -> None:
    """Print a row per window length, with a constant mean and, where the grid has one, a market."""
    lag = where.lag * (np.timedelta64(1, "h") if unit == "h" else np.timedelta64(1, "D"))
    for model in ("constant_mean", "market_model") if grid.market else ("constant_mean",):
        market = grid.market_returns if model == "market_model" else None
        fitted = fit(grid.values, market, model, where)
        for length in lengths:
            value, error = abnormal(grid.values, market, length, fitted)
            windows = Windows(grid.at, grid.ends(length), value, error)
            same_hour = unit == "h" and length < DESIGN.same_hour_below
            own_times: tuple[OwnTime, OwnTime] = (
                lambda at: (at - lag, at + RECOVERY),
                lambda at: (at - lag, grids.NEVER),
            )
            events, earlier = (
                list(judged(windows, own_time, least, every, same_hour=same_hour))
                for own_time in own_times
            )
            places = np.array([own for own, _ in events], np.int64)
            apart = independent(windows.starts[places], windows.ends[places])
            spread = math.sqrt(0.05 * 0.95 / max(apart, 1))
            normal = (np.abs(value[places] / error[places]) > CRITICAL).mean()
            rates = [
                f"{size(windows, events):.1%} (se {spread:.1%})",
                f"{size(windows, earlier):.1%}",
                f"{normal:.1%}",
            ]
            shown = " | ".join([*rates, *(f"{size(windows, events, jump):.1%}" for jump in JUMPS)])
            out(
                f"| {title} | {model.replace('_', ' ')} | {length} {unit} | {len(events):,} "
                f"| {apart} | {shown} |"
            )


def simulated(length: int, windows_held: int, samples: int, out: Callable[[str], None]) -> None:
    """Print how often the rank rejects for independent normal returns: one date a sample."""
    where = hour_estimation(24, DESIGN)
    hours = windows_held * length + where.length + where.lag + 3 * length
    at = np.datetime64("2024-01-01", "us") + np.arange(hours) * np.timedelta64(1, "h")
    own, random, unusual, many = hours - length - 1, np.random.default_rng(SEED), 0, 0
    for _ in range(samples):
        returns = random.normal(0, 0.01, hours)
        grid = Grid("simulated", "normal", at, returns, np.timedelta64(1, "h"))
        value, error = abnormal(returns, None, length, fit(returns, None, "constant_mean", where))
        windows = Windows(at, grid.ends(length), value, error)
        same_hour = length < DESIGN.same_hour_below
        before = (at[own] - np.timedelta64(24, "h"), grids.NEVER)
        result = rank(
            windows, own, admissible(windows, own, before, (), same_hour=same_hour), DESIGN
        )
        unusual += result.verdict == "unusual"
        many = result.independent_count
    out(
        f"| normal, simulated | constant mean | {length} h | {samples:,} "
        f"| {many} placebo windows | {unusual / samples:.1%} |"
    )


def _normal_power(jump: float) -> float:
    return NormalDist().cdf(jump - CRITICAL) + NormalDist().cdf(-jump - CRITICAL)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(__file__).parents[3] / "shared" / "data"
    )
    parser.add_argument(
        "--every",
        type=int,
        default=5,
        help="hours between events; coprime to 24, so that every hour of the day comes up",
    )
    parser.add_argument(
        "--independent",
        type=int,
        default=60,
        help="independent placebo windows that an event needs",
    )
    asked = parser.parse_args()
    print(  # noqa: T201
        "| series | model | window | events | without overlap | found at 5 % | by earlier dates "
        "| normal | jump of 1 sd | 2 sd | 4 sd |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")  # noqa: T201
    theory = " | ".join(f"{_normal_power(jump):.1%}" for jump in JUMPS)
    print(f"| theory, normal returns | | | | | 5.0% | 5.0% | 5.0% | {theory} |")  # noqa: T201
    bitcoin, ether = hourly(asked.folder, "BTC"), hourly(asked.folder, "ETH")
    for title, grid in (("BTC hourly", bitcoin), ("ETH hourly", ether)):
        table(
            title,
            grid,
            DESIGN.hours,
            hour_estimation(24, DESIGN),
            "h",
            asked.independent,
            asked.every,
            print,
        )
    future = daily(asked.folder / "cme" / "yahoo" / "BTC=F_adjclose.csv", "BTC=F", "2017-12-18")
    index = daily(asked.folder / "equity" / "gspc_daily.csv", "^GSPC", "1962-01-01")
    table("BTC futures daily", future, DESIGN.sessions, DAILY, "d", asked.independent, 1, print)
    table("S&P 500 daily", index, DESIGN.sessions, DAILY, "d", asked.independent, 5, print)
    print("\n| returns | model | window | samples | without overlap | found at 5 % |")  # noqa: T201
    print("|---|---|---|---|---|---|")  # noqa: T201
    for length, held in ((1, 800), (24, 30), (24, 300), (120, 25), (120, 60)):
        simulated(length, held, 2000, print)


if __name__ == "__main__":
    main()
