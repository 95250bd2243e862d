"""How often the tests of a study of many events reject on dates of which nothing is known (size).

`python -m tests.benchmarks.panel_size FOLDER` prints the table of docs/panel.md from the recorded
prices in FOLDER: every date of a panel is taken for its event, and the rejections at a nominal 5 %
are counted by fifth of volatility before it, calm to storm. Volatility is that of the last five
periods before the window over that of the last 66, the mean over the series. Standard errors count
windows that do not overlap. `--dates` bounds the dates of a panel, `--draws` the sets of twenty.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import patch

import numpy as np
import polars as pl
from numpy.typing import NDArray

from marketwake.panel_study.design import Window
from marketwake.panel_study.rolling import Rolling
from marketwake.panel_study.study import PanelDesign, study_panel
from marketwake.placebo.forecast import Har
from marketwake.placebo.rank import effective

Floats = NDArray[np.float64]
WINDOWS = ((0, 0), (-1, 1), (0, 5), (-5, 30))
DESIGN = PanelDesign(windows=WINDOWS, estimation=120, gap=5, minimum_estimation=100)
FIFTHS = 5
SEED = 14330
COINS = ("BTC", "ETH", "SOL", "XRP", "ADA", "LTC")
MANY: tuple[str, ...] = (
    *COINS,
    "AAVE",
    "ARB",
    "AVAX",
    "AXS",
    "BCH",
    "BNB",
    "DASH",
    "DOGE",
    "ENA",
    "INJ",
    "LINK",
)
MANY += ("NEAR", "OP", "PEPE", "SNX", "SUI", "TAO", "TRX", "UNI", "ZEC", "ZRO")
Groups = list[tuple[str, ...]]
"""Series that have their events together."""


def coins(folder: Path, venue: str, quote: str, names: tuple[str, ...]) -> pl.DataFrame:
    """Daily closes at midnight UTC from a venue's hourly bars; each is dated by its day."""
    frames = []
    for name in names:
        bars = pl.read_ipc(folder / "spot" / venue / f"{name}_{quote}-1h.feather")
        frames.append(
            bars.sort("date")
            .group_by(pl.col("date").dt.date().alias("at"), maintain_order=True)
            .agg(pl.col("close").last(), pl.len().alias("bars"))
            .filter(pl.col("bars") == 24)
            .select(pl.lit(name).alias("series"), "at", "close")
        )
    return pl.concat(frames)


def index(folder: Path, name: str, first: int, end: int) -> pl.DataFrame:
    """Daily closes of an index from a year on, before another."""
    table = pl.read_csv(folder / "equity" / name, try_parse_dates=True)
    table = table.rename({column: column.lower() for column in table.columns})
    at = pl.col(table.columns[0]).cast(pl.Date)
    rows = table.select(series=pl.lit(name), at=at, close="close")
    return rows.filter(pl.col("at").dt.year().is_between(first, end - 1))


def panels(folder: Path) -> Iterator[tuple[str, pl.DataFrame, Groups, PanelDesign]]:
    """Name, prices, series of the events, and design of every row of the table.

    Of several groups each is judged alone, and their rejections are counted together.
    """
    six = coins(folder, "binance", "USDT", COINS)
    yield "six coins", six, [COINS], DESIGN
    on_bitcoin = replace(DESIGN, benchmark="BTC")
    yield "four on bitcoin", six, [("ETH", "XRP", "LTC", "ADA")], on_bitcoin
    two = coins(folder, "coinbase", "USD", ("BTC", "ETH"))
    yield "bitcoin alone", two, [("BTC",)], DESIGN
    yield "bitcoin, ether", two, [("BTC", "ETH")], DESIGN
    many = coins(folder, "binance", "USDT", MANY)
    yield f"{len(MANY)} coins, each alone", many, [(name,) for name in MANY], DESIGN
    for name, first, end in (("gspc_daily.csv", 1950, 2100), ("dow_daily.csv", 1900, 1950)):
        yield name, index(folder, name, first, end), [(name,)], DESIGN


def plain(self: Rolling, window: Window, har: Har | None = None) -> Floats:
    """The deviation of the estimation window in place of the forecast: the negative control."""
    del har
    end = DESIGN.span[0] - DESIGN.gap
    sums = self.over(end - DESIGN.estimation, end)
    squares = np.einsum("qp,qrp,rp->p", self.weights, sums, self.weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(squares / sums[0, 0] * (window[1] - window[0] + 1)))


def conditions(prices: pl.DataFrame, series: tuple[str, ...]) -> pl.DataFrame:
    """at, and the log of variance of the last 5 periods over the last 66, the mean over series.

    A column for every window, whose own periods it does not hold.
    """
    square = pl.col("close").log().diff().over("series") ** 2
    ratio = pl.col("square").rolling_mean(5) / pl.col("square").rolling_mean(66)
    return (
        prices.filter(pl.col("series").is_in(series))
        .sort("series", "at")
        .with_columns(square=square)
        .with_columns(
            ratio.log().shift(1 - first).over("series").alias(f"{first}:{last}")
            for first, last in WINDOWS
        )
        .group_by("at")
        .agg(pl.col(f"{first}:{last}").mean() for first, last in WINDOWS)
        .sort("at")
    )


def rejected(
    prices: pl.DataFrame, days: list[date], series: tuple[str, ...], design: PanelDesign
) -> dict[tuple[str, str], float | None]:
    """The p-value of every window and test with events on all series on those days."""
    events = pl.DataFrame(
        [(f"{day}", name, day) for day in days for name in series],
        ["event", "series", "day"],
        orient="row",
    )
    tests = study_panel(prices, events, design).tests
    return {
        (window, test): p for window, test, p in tests.select("window", "test", "p_value").rows()
    }


def by_fifth(
    prices: pl.DataFrame, groups: Groups, design: PanelDesign, most: int
) -> tuple[list[dict[tuple[str, str], float | None]], pl.DataFrame]:
    """p-values of every date of every group, and its fifth by window among the group's dates."""
    values, fifths = [], []
    for series in groups:
        known = conditions(prices, series)[DESIGN.estimation + 50 : -DESIGN.span[1]].drop_nulls()
        count = min(max(most // len(groups), 100), known.height)
        known = known[np.linspace(0, known.height - 1, count).astype(int).tolist()]
        fifths.append(known.select((pl.exclude("at").rank("ordinal") - 1) * FIFTHS // pl.len()))
        own = prices.filter(pl.col("series").is_in([*series, design.benchmark or ""]))
        values += [rejected(own, [day], series, design) for day in known["at"]]
    return values, pl.concat(fifths)


def rates(
    values: list[dict[tuple[str, str], float | None]], fifths: pl.DataFrame, test: str, groups: int
) -> str:
    """A cell of the table by window: rejections by fifth, and the standard error of a fifth.

    Of several groups the error is that of one, since they move together: an upper bound.
    """
    cells = []
    for first, last in WINDOWS:
        found = [each[f"{first}:{last}", test] for each in values]
        known = np.array([p is not None for p in found])
        hit = np.array([p is not None and p <= 0.05 for p in found])
        if not known.any():
            cells.append("not decidable")
            continue
        own = fifths[f"{first}:{last}"].to_numpy()
        shares = [100 * hit[known & (own == fifth)].mean() for fifth in range(FIFTHS)]
        count, length = known.sum() / FIFTHS / groups, last - first + 1
        error = 100 * (0.05 * 0.95 / effective(count, max(count / length, 1))) ** 0.5
        cells.append(" ".join(f"{share:.1f}" for share in shares) + f" ({error:.1f})")
    return " | ".join(cells)


def main() -> None:
    """Print rejections in percent by panel, test, window and fifth, with a fifth's error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dates", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=200)
    given = parser.parse_args()
    if not (given.folder / "spot").is_dir():
        parser.error(f"{given.folder} holds no recorded prices (spot, equity)")
    heads = " | ".join(f"{first}:{last}" for first, last in WINDOWS)
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%d}\n| panel | test | {heads} |\n")
    for name, prices, groups, design in panels(given.folder):
        values, fifths = by_fifth(prices, groups, design, given.dates)
        tests = ["permutation"]
        if len(groups[0]) > 1:
            tests += ["brown_warner", "patell_adjusted", "kolari_pynnonen", "corrado_zivney"]
        for test in tests:
            sys.stdout.write(f"| {name} | {test} | {rates(values, fifths, test, len(groups))} |\n")
        with patch.object(Rolling, "sigma", plain):
            control, fifths = by_fifth(prices, groups, design, given.dates)
        shown = rates(control, fifths, "permutation", len(groups))
        sys.stdout.write(f"| {name} | without forecast | {shown} |\n")
        if len(groups) == 1:
            sys.stdout.write(
                f"| {name} | twenty dates | {twenty(prices, groups[0], design, given)} |\n"
            )
        sys.stdout.flush()


def twenty(
    prices: pl.DataFrame, series: tuple[str, ...], design: PanelDesign, given: argparse.Namespace
) -> str:
    """Rejections of sets of twenty random dates by window; of those that are decided."""
    rng = np.random.default_rng(SEED)
    days = conditions(prices, series)[DESIGN.estimation + 50 : -DESIGN.span[1]]["at"].to_list()
    values = [
        rejected(
            prices, [days[i] for i in rng.choice(len(days), 20, replace=False)], series, design
        )
        for _ in range(given.draws)
    ]
    cells = []
    for first, last in WINDOWS:
        found = [each[f"{first}:{last}", "permutation"] for each in values]
        known = [p for p in found if p is not None]
        share = f"{100 * np.mean([p <= 0.05 for p in known]):.1f}" if known else "-"
        cells.append(f"{share} of {len(known)}")
    return " | ".join(cells)


if __name__ == "__main__":
    main()
