"""What a study of many events takes: seconds and memory, on random walks of hourly closes.

python -m tests.benchmarks.panel --events 1000 --symbols 50 --years 8

The figures stand beside DuckDB's on running sums, and must agree; with all tests they stand beside
the events a second of the package eventstudy. On a busy machine set OPENBLAS_NUM_THREADS=1, as the
command line does.
"""

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import duckdb
import numpy as np
import polars as pl

from marketwake.panel_study.study import PanelDesign, study_panel
from tests.benchmarks.bench import Row, table

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
# Running sums of products by series; an event takes their differences at the ends of its windows.
FIGURES = """
with laid as (
    select series, stamp, ln(close / lag(close) over (partition by series order by stamp)) as moved
    from prices
),
paired as (
    select one.series, one.stamp, one.moved as y, market.moved as x
    from laid as one join laid as market on one.stamp = market.stamp and market.series = 's00'
),
summed as materialized (
    select
        series,
        stamp,
        sum(y) over past as y,
        sum(x) over past as x,
        sum(x * y) over past as xy,
        sum(x * x) over past as xx
    from paired
    window past as (partition by series order by stamp rows unbounded preceding)
),
dated as materialized (
    select distinct series, day, day - to_hours(549) as first, day - to_hours(49) as last
    from asked
),
begun as materialized (
    select dated.*, summed.* exclude (series, stamp)
    from dated
    join summed on summed.series = dated.series and summed.stamp = dated.first
),
fitted as materialized (
    select
        begun.series,
        day,
        (summed.y - begun.y) / 500 as y,
        (summed.x - begun.x) / 500 as x,
        (summed.xy - begun.xy - (summed.x - begun.x) * (summed.y - begun.y) / 500)
        / (summed.xx - begun.xx - (summed.x - begun.x) ** 2 / 500) as beta
    from begun
    join summed on summed.series = begun.series and summed.stamp = begun.last
),
spanned as materialized (
    select
        *,
        day + to_hours(first_hour - 1) as first,
        day + to_hours(first_hour + hours - 1) as last
    from fitted
    cross join (values (0, 1), (0, 24), (-24, 49)) as span(first_hour, hours)
),
opened as materialized (
    select spanned.*, summed.y as y_before, summed.x as x_before
    from spanned
    join summed on summed.series = spanned.series and summed.stamp = spanned.first
)
select
    opened.series,
    day,
    first_hour,
    (summed.y - y_before) - hours * (opened.y - beta * opened.x) - beta * (summed.x - x_before)
    as car
from opened
join summed on summed.series = opened.series and summed.stamp = opened.last
"""
FEW = 300
"""Events that the package eventstudy is given: it takes two seconds for a thousand."""


def rows(events: int = 1000, symbols: int = 50, years: int = 8) -> Iterator[Row]:
    """Figures beside DuckDB's, and all tests beside eventstudy, by processor time."""
    prices, asked = made(events, symbols, years)
    used = time.process_time()
    result = study_panel(prices, asked, DESIGN)
    figures = time.process_time() - used
    tests = result.tests.height
    speed = asked.height / (time.process_time() - used)
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.register("prices", prices.rename({"at": "stamp"}).to_arrow())
        con.register("asked", asked.to_arrow())
        used = time.process_time()
        others = con.sql(FIGURES).pl()
        theirs = time.process_time() - used
    ours = result.cumulative["car"].sort().to_numpy()
    np.testing.assert_allclose(ours, others["car"].sort().to_numpy(), rtol=1e-6, atol=1e-9)
    many = f"{asked.height:,} events"
    yield Row(
        f"figures of {many}, processor",
        f"{figures:.1f} s",
        f"{theirs:.1f} s by SQL",
        figures / theirs,
        "at most 2 x SQL",
        figures <= 2 * theirs,
    )
    peer = _eventstudy(prices, asked) if find_spec("eventstudy") else None
    yield Row(
        f"{many} with {tests} tests",
        f"{speed:,.0f} a second of processor",
        f"eventstudy: {peer:,.0f}" if peer else "eventstudy: not installed",
        speed / peer if peer else None,
        "50 x or more",
        speed >= 50 * peer if peer else None,
    )


def _eventstudy(prices: pl.DataFrame, asked: pl.DataFrame) -> float:
    """Events a second of processor that eventstudy studies, one after the other: the market model
    and the t-test of its cumulative returns.
    """
    import eventstudy

    returns = {
        str(name): rows["close"].log().diff().to_numpy()
        for (name,), rows in prices.sort("at").group_by("series", maintain_order=True)
    }
    chosen = asked.head(FEW).select("series", "day").rows()
    used = time.process_time()
    for series, day in chosen:
        place = (day - START) // timedelta(hours=1)
        window = slice(place - DESIGN.estimation - DESIGN.gap, place + DESIGN.span[1] + 1)
        eventstudy.Single(
            eventstudy.models.market_model,
            {
                "security_returns": returns[series][window],
                "market_returns": returns[str(DESIGN.benchmark)][window],
            },
            event_window=DESIGN.span,
            estimation_size=DESIGN.estimation,
        )
    return FEW / (time.process_time() - used)


def made(events: int, symbols: int, years: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Prices and events as `study_panel` takes them."""
    rng, hours = np.random.default_rng(1), years * 8766
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
        for number in range(symbols + 1)
    )
    at = pl.Series(
        "day",
        [START + timedelta(hours=int(hour)) for hour in rng.integers(1000, hours - 100, events)],
    )
    asked = pl.DataFrame({"event": [f"e{number}" for number in range(events)], "day": at}).join(
        pl.DataFrame({"series": [f"s{number:02}" for number in range(1, symbols + 1)]}),
        how="cross",
    )
    return prices, asked


def main() -> None:
    """Print the rows, and the peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("events", 1000), ("symbols", 50), ("years", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    sys.stdout.write(f"{table(rows(given.events, given.symbols, given.years))}\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    sys.stdout.write(f"peak {peak:.2f} GB\n")


if __name__ == "__main__":
    main()
