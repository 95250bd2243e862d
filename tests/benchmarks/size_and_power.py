"""How often the tests of the study err without any event (size), and what they find (power).

`python -m tests.benchmarks.size_and_power [FOLDER]` prints the tables of docs/study.md from the
recorded prices in FOLDER (../shared/data); with --write it writes sql/seeds/measured_size.csv too.

Every fifth hour (session) is taken for an event and judged as the study judges one, by all other
dates and by earlier ones alone. What came before it, calm or storm, is cut into fifths: a test
that errs in one time in twenty on the average may err in one of a hundred after calm and in one of
ten in storms. Hourly windows are judged from the place on at which the study knows the cycle of the
week. It exits with 1 where a gate fails.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from tests.benchmarks import size_tables as tables
from tests.benchmarks.size_judging import MOVES, judged, variance_ratios
from tests.benchmarks.size_series import (
    DESIGN,
    METHODS,
    RETURNS,
    Sample,
    coin_samples,
    flow_samples,
    hourly_samples,
    index_samples,
    spot,
)
from tests.benchmarks.size_simulated import simulated

ROOT = Path(__file__).parents[2]
COINS = ("BTC", "ETH", "SOL", "ADA")
SCHEMES = ("all", "earlier")
HISTORIES, HOURS = 40, 12_000


def coinbase(folder: Path) -> list[Sample]:
    """All hourly measures of four coins, and ether's returns on bitcoin's."""
    held = spot(folder, "coinbase", COINS, "USD")
    samples = [sample for grid in held.values() for sample in hourly_samples(grid)]
    return samples + list(hourly_samples(held["ETH"], "market_model"))


def binance(folder: Path) -> list[Sample]:
    """All hourly measures of the pairs with the longest histories."""
    held = spot(folder, "binance", (*COINS, "XRP", "DOGE", "LTC", "LINK"), "USDT")
    return [sample for grid in held.values() for sample in hourly_samples(grid)]


def simulations(lengths: tuple[int, ...], histories: int = HISTORIES) -> Iterable[Sample]:
    """Returns of simulated histories, those of the first seeds."""
    for seed in range(histories):
        for sample in hourly_samples(simulated(seed, HOURS), lengths=lengths):
            if sample.measure == RETURNS:
                yield sample


def hourly(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Print the tables of hourly windows; variance over its forecast, and sizes by fifth."""
    samples = coinbase(folder)
    events = judged(samples, METHODS, SCHEMES)
    say("Size at 5 %, five series of Coinbase: BTC, ETH, SOL, ADA, ETH on BTC")
    say(tables.by_fifth(events.filter(measure=RETURNS), METHODS))
    say("Volume and volatility, four coins of Coinbase")
    say(tables.by_fifth(events.filter(pl.col("measure") != RETURNS), METHODS[:2]))
    say("By slow level, hour of the day and of the week")
    say(tables.by_parts(events))
    say("Eight pairs of Binance")
    say(tables.by_fifth(judged(binance(folder), METHODS[:2], SCHEMES), METHODS[:2]))
    say("Variance over its forecast, by fifth")
    returns = [sample for sample in samples if sample.measure == RETURNS]
    ratios = pl.concat(variance_ratios(returns, method) for method in METHODS)
    say(tables.of_ratios(ratios))
    say("Moves found, by fifth; its standard deviation is that of the fifth")
    powerful = judged(samples, METHODS[:2], with_power=True)
    say(tables.of_power(powerful, MOVES))
    say("Found without a move, above the mean")
    above = powerful.filter(method="recommended").with_columns(size="above")
    say(tables.by_fifth(above, METHODS[:1]))
    markets = (
        pl.when(pl.col("measure") == RETURNS).then(pl.lit(", ETH on BTC")).otherwise(pl.lit(""))
    )
    sizes = tables.rates(events.filter(method="recommended", scheme="all"), "fifth")
    return ratios, sizes.with_columns(
        series=pl.format("Coinbase: {}{}", pl.lit(", ".join(COINS)), markets)
    )


def by_session(folder: Path) -> pl.DataFrame:
    """Print the tables of windows of sessions; sizes by fifth of coins and of funds."""
    told = []
    for title, samples in (
        ("S&P 500 since 1962", index_samples(folder)),
        ("Coinbase at New York closes: BTC, ETH, SOL, ADA", coin_samples(folder, COINS)),
        ("US spot ETFs: BTC, ETH", flow_samples(folder)),
    ):
        events = judged(samples, METHODS[:2], SCHEMES, every=1)
        say(title)
        say(tables.by_fifth(events, METHODS[:2]))
        sizes = tables.rates(events.filter(method="recommended", scheme="all"), "fifth")
        told.append(sizes.with_columns(series=pl.lit(title)))
    return pl.concat(told[1:])


def drawn() -> pl.DataFrame:
    """Print the table of simulated histories; sizes by fifth."""
    say(f"{HISTORIES} simulated histories of {HOURS:,} hours")
    events = judged(simulations(DESIGN.hours), METHODS)
    say(tables.by_fifth(events, METHODS))
    return tables.rates(events.filter(method="recommended"), "fifth")


def failures(ratios: pl.DataFrame, sizes: pl.DataFrame, simulated_sizes: pl.DataFrame) -> list[str]:
    """What fails a gate, a line each."""
    gated = ratios.filter(pl.col("length").is_in(tables.RATIO_HOURS), method="recommended")
    checks = (
        ("variance over its forecast", gated, tables.RATIO),
        ("size", sizes.filter(measure=RETURNS), tables.SIZE),
        ("size of simulated histories", simulated_sizes, tables.SIMULATED_SIZE),
    )
    return [
        f"{name}: {row}"
        for name, frame, bounds in checks
        for row in tables.outside(frame, bounds).iter_rows()
    ]


def write(sizes: pl.DataFrame, path: Path) -> None:
    """Write the seed: a row per measure, window and fifth, as fractions."""
    sizes.sort("measure", "unit", "length", "fifth").select(
        "measure",
        pl.col("unit").alias("window_unit"),
        pl.col("length").alias("window_length"),
        pl.col("fifth").alias("condition_fifth"),
        pl.col("rate").round(4).alias("size"),
        pl.col("error").round(4).alias("standard_error"),
        "dates",
        "series",
    ).write_csv(path)


def main() -> None:
    """Print the tables, and what fails a gate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT.parent / "shared" / "data")
    parser.add_argument("--write", action="store_true", help="write sql/seeds/measured_size.csv")
    asked = parser.parse_args()
    if not (asked.folder / "spot").is_dir():
        parser.error(f"{asked.folder} holds no recorded prices (spot, etf, equity)")
    ratios, sizes = hourly(asked.folder)
    of_sessions = by_session(asked.folder)
    failed = failures(ratios, sizes, drawn())
    say("\n".join(failed) or "All gates hold.")
    if asked.write:
        write(pl.concat([sizes, of_sessions]), ROOT / "sql" / "seeds" / "measured_size.csv")
    sys.exit(bool(failed))


def say(text: str) -> None:
    """Print a paragraph."""
    print(text, flush=True)  # noqa: T201
    print(flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
