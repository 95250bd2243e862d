"""How often ordinary dates are called unusual, by how calm or stormy the time before them was.

The whole of it, with power and other measures, is `python -m tests.benchmarks.size_and_power`.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from marketwake.base.seeds import seed_rows
from marketwake.event_study.placebo import Windows, admissible
from marketwake.placebo.rank import effective, independent, ranked
from tests.benchmarks import size_tables as tables
from tests.benchmarks.size_and_power import COINS, simulations
from tests.benchmarks.size_counting import Scheme, p_values
from tests.benchmarks.size_judging import judged, variance_ratios
from tests.benchmarks.size_series import RETURNS, Sample, hourly_samples, spot
from tests.support.hours import hours_from

HOUR = np.timedelta64(1, "h")
NEVER = np.datetime64("9999-01-01", "us")
NONE = (np.array([], "datetime64[us]"), np.array([], "datetime64[us]"))


@pytest.mark.parametrize("length", [1, 24, 120])
def test_counting_at_once_is_ranking_one_by_one(length: int) -> None:
    random = np.random.default_rng(length)
    # Rounded, so that there are ties; with holes.
    value = np.round(random.standard_t(4, 3000), 1)
    value[random.random(value.size) < 0.05] = np.nan
    value[-length:] = np.nan
    at = hours_from(np.datetime64("2025-01-01T00:00:00", "us"), value.size)
    ends = np.append(at[length:], np.full(length, NEVER))
    windows = Windows(at, ends, length, value, np.ones(value.size))
    events = np.flatnonzero(np.isfinite(value))[::37]
    shift = random.choice([0.0, 2.0], events.size)
    for is_earlier in (False, True):
        p = p_values(value, events, shift, Scheme(length, 24, 168, is_earlier))
        compared = 0
        for number, own in enumerate(events.tolist()):
            own_time = (at[own] - 24 * HOUR, at[own] + 168 * HOUR)
            dates = admissible(windows, own, own_time, NONE, same_hour=False)
            judging = np.flatnonzero(dates.every)
            judging = judging[judging < dates.earlier] if is_earlier else judging
            many, _ = independent(judging, length)
            worth = effective(judging.size, many) if many else 0.0
            assert (worth < 19) == np.isnan(p[number])
            if worth >= 19:
                one = ranked(value[own] + shift[number], value[judging], worth, 0.05, 0.8)
                assert p[number] == pytest.approx(one.p_two_sided, abs=1e-9)
                compared += 1
        assert compared > 15


def test_simulated_histories_of_known_variance() -> None:
    # Over draws of 40 of 400 seeds the rate of a fifth had a standard deviation of at most 0.5
    # points (1 h 0.2, 24 h 0.3, 120 h 0.5) and none of 2,000 draws left the bounds; of 12 seeds
    # one draw in twenty did.
    sizes = tables.rates(judged(simulations((1, 24, 120)), every=7), "fifth")
    assert sizes["dates"].sum() > 100_000
    assert tables.outside(sizes, tables.SIMULATED_SIZE).rows() == []


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[Sample]:
    """Returns of five series of Coinbase over all windows."""
    grids = spot(shared, "coinbase", COINS, "USD")
    samples = [sample for grid in grids.values() for sample in hourly_samples(grid)]
    samples += hourly_samples(grids["ETH"], "market_model")
    return [sample for sample in samples if sample.measure == RETURNS]


def gated(samples: list[Sample], method: str) -> pl.DataFrame:
    return variance_ratios(
        (sample for sample in samples if sample.length in tables.RATIO_HOURS), method
    )


def test_recorded_storms_are_as_large_as_forecast(recorded: list[Sample]) -> None:
    ratios = gated(recorded, "recommended")
    assert ratios.height == 4 * 5
    assert tables.outside(ratios, tables.RATIO).rows() == []


@pytest.mark.parametrize("method", ["plain", "EWMA 48 h"])
def test_the_gate_shuts_out_what_does_not_know_storms(recorded: list[Sample], method: str) -> None:
    # The standard error of six weeks is too small in storms; two days forget what is usual.
    failed = tables.outside(gated(recorded, method), tables.RATIO)
    assert {1, 5} <= set(failed["fifth"])


def test_recorded_calm_and_storm_are_called_unusual_about_as_often(recorded: list[Sample]) -> None:
    sizes = tables.rates(judged(recorded), "fifth")
    assert sizes.height == 7 * 5
    assert tables.outside(sizes, tables.SIZE).rows() == []


def test_the_seed_tells_what_is_measured(recorded: list[Sample]) -> None:
    # Otherwise: python -m tests.benchmarks.size_and_power --write
    sizes = tables.rates(judged(recorded), "fifth").select("length", "fifth", "rate", "dates")
    told = pl.DataFrame(list(seed_rows("measured_size"))).filter(
        measure=RETURNS, window_unit="hour"
    )
    both = sizes.join(
        told.select(
            pl.col("window_length").cast(pl.Int64).alias("length"),
            pl.col("condition_fifth").cast(pl.Int64).alias("fifth"),
            pl.col("size").cast(pl.Float64),
        ),
        on=["length", "fifth"],
    )
    assert both.height == sizes.height == told.height
    np.testing.assert_allclose(both["rate"], both["size"], atol=0.0005)
