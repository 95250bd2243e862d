"""Hand-made frames in the shapes that the study reads."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

UTC_US = pl.Datetime("us", "UTC")
MONDAY = datetime(2025, 6, 2, tzinfo=UTC)


@pytest.fixture(scope="session")
def hourly() -> Callable[..., pl.DataFrame]:
    """`hourly(closes, volumes)`: bars of BTC on Coinbase; a None is a missing bar.

    The first closes on Monday 2025-06-02 00:00 UTC.
    """

    def bars(
        closes: Sequence[float | None],
        volumes: Sequence[float] | None = None,
        *,
        start: datetime = MONDAY,
    ) -> pl.DataFrame:
        frame = pl.DataFrame(
            {
                "closed_at": [start + timedelta(hours=hour) for hour in range(len(closes))],
                "close": closes,
                "volume_base": volumes or [1.0] * len(closes),
            },
            schema={"closed_at": UTC_US, "close": pl.Float64, "volume_base": pl.Float64},
        )
        return frame.filter(pl.col("close").is_not_null()).select(
            pl.lit("Coinbase").alias("venue"),
            pl.lit("BTC").alias("instrument"),
            "closed_at",
            "close",
            "volume_base",
        )

    return bars


@pytest.fixture(scope="session")
def anchor() -> Callable[..., pl.DataFrame]:
    """`anchor("signing", at, earliest, latest)`: a row of seed.anchor as the study reads it."""

    def row(
        name: str,
        at: datetime,
        earliest: datetime | None = None,
        latest: datetime | None = None,
        *,
        precision: str = "hours",
        is_candidate: bool = True,
        event: str = "order",
    ) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "event": [event],
                "anchor": [name],
                "nominal_at": [at],
                "earliest_at": [earliest or at],
                "latest_at": [latest or at],
                "precision": [precision],
                "is_candidate": [is_candidate],
            },
            schema_overrides={"nominal_at": UTC_US, "earliest_at": UTC_US, "latest_at": UTC_US},
        )

    return row
