import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from marketwake.event_study import volatility, windows
from marketwake.event_study.design import Design

DESIGN = Design(hours=(2,))


def test_realised_volatility_is_the_root_mean_square_of_hourly_returns_annualised(
    hourly: Callable[..., pl.DataFrame],
) -> None:
    # Hourly log returns 0.03, 0.04 before 02:00 and 0.00, 0.10 after it.
    closes = [100 * math.exp(power) for power in (0.0, 0.03, 0.07, 0.07, 0.17)]
    frame = volatility.volatilities(windows.hourly_grid(hourly(closes), DESIGN), DESIGN)
    at = datetime(2025, 6, 2, 2, tzinfo=UTC)
    got = dict(frame.filter(at=at).select("measure", "value").rows())
    assert got["realised_volatility_before"] == pytest.approx(
        math.sqrt((0.03**2 + 0.04**2) / 2 * 8760)
    )
    assert got["realised_volatility_after"] == pytest.approx(math.sqrt(0.10**2 / 2 * 8760))
    before = frame.filter(at=at, measure="realised_volatility_before")
    assert before.select("starts_at", "ends_at", "observations", "missing").row(0) == (
        at - timedelta(hours=2),
        at,
        2,
        0,
    )
    # At 01:00 both bars of the window are there, but not the price at its start, and so only one
    # return.
    early = frame.filter(at=at - timedelta(hours=1), measure="realised_volatility_before")
    assert early.select("value", "observations", "missing").row(0) == (None, 2, 0)


def test_volatility_of_a_flat_stretch_after_a_storm_is_zero_and_not_a_rounding_error(
    hourly: Callable[..., pl.DataFrame],
) -> None:
    closes = [100.0, 123.4, 87.6, *([99.9] * 30)]
    frame = volatility.volatilities(windows.hourly_grid(hourly(closes), DESIGN), DESIGN)
    calm = frame.filter(
        pl.col("at") >= datetime(2025, 6, 2, 6, tzinfo=UTC), measure="realised_volatility_before"
    )["value"].drop_nulls()
    assert calm.max() == pytest.approx(0.0, abs=1e-6)
    assert calm.is_not_nan().all()
