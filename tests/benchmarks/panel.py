"""What a study of many events takes: seconds and memory, on random walks of hourly closes.

python -m tests.benchmarks.panel --events 1000 --symbols 50 --years 8
"""

import argparse
import resource
import sys
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from marketwake.panel_study.study import PanelDesign, study_panel

START = datetime(2018, 1, 1, tzinfo=UTC)
DESIGN = PanelDesign(
    "market_model",
    "s00",
    ((0, 0), (0, 23), (-24, 24)),
    500,
    24,
    stamp="open",
    every=timedelta(hours=1),
)


def main() -> None:
    """Print the size of the panel, seconds of each part, and peak memory before and after it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("events", 1000), ("symbols", 50), ("years", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    rng, hours = np.random.default_rng(1), given.years * 8766
    common = rng.standard_normal(hours)
    stamps = pl.datetime_range(START, START + timedelta(hours=hours - 1), "1h", eager=True)
    prices = pl.concat(
        pl.DataFrame(
            {
                "at": stamps,
                "close": 100
                * np.exp(np.cumsum(0.003 * common + 0.005 * rng.standard_normal(hours))),
            }
        ).select(pl.lit(f"s{number:02}").alias("series"), pl.all())
        for number in range(given.symbols + 1)
    )
    at = pl.Series(
        "day",
        [
            START + timedelta(hours=int(hour))
            for hour in rng.integers(1000, hours - 100, given.events)
        ],
    )
    events = pl.DataFrame(
        {"event": [f"e{number}" for number in range(given.events)], "day": at}
    ).join(
        pl.DataFrame({"series": [f"s{number:02}" for number in range(1, given.symbols + 1)]}),
        how="cross",
    )
    before, begun, worked = peak(), time.perf_counter(), time.process_time()
    result = study_panel(prices, events, DESIGN)
    taken, worked = time.perf_counter() - begun, time.process_time() - worked
    counts = result.outcome["code"].value_counts(sort=True).rows()
    sys.stdout.write(
        f"{prices.height:,} bars, {events.height:,} events on {given.symbols} series: {counts}\n"
        f"{taken:.1f} s, {worked:.1f} s of processors; peak {before:.2f} GB with the prices, "
        f"{peak():.2f} GB after the study\n"
        f"{result.clustering}\n"
    )


def peak() -> float:
    """Peak resident memory of this process so far, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
