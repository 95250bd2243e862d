"""Hand-made inputs of the event study."""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from marketwake.event_study.inputs import Inputs

UTC_US = pl.Datetime("us", "UTC")
SERIES = {"venue": pl.String, "instrument": pl.String}


def spot_series(venue: str, instrument: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Columns opened_at, high, close, volume to a series of the study."""
    closed = (pl.col("opened_at") + timedelta(hours=1)).alias("closed_at")
    return frame.select(
        pl.lit(venue).alias("venue"),
        pl.lit(instrument).alias("instrument"),
        "opened_at",
        closed,
        "high",
        "close",
        volume_base="volume",
    )


def inputs_of(spot: pl.DataFrame) -> Inputs:
    """Inputs with the given spot bars, their ratio, a flow a session, and nothing else."""
    ether, bitcoin = (spot.filter(instrument=asset) for asset in ("ETH", "BTC"))
    ratio = ether.join(bitcoin, on=["venue", "closed_at"]).select(
        "venue",
        "closed_at",
        instrument=pl.lit("ETH/BTC"),
        close=pl.col("close") / pl.col("close_right"),
        volume_base=pl.lit(None, pl.Float64),
    )
    days = pl.date_range(date(2025, 6, 2), date(2025, 8, 29), eager=True).alias("session")
    midnight = pl.col("session").cast(UTC_US)
    sessions = days.to_frame().filter(pl.col("session").dt.weekday() < 6)
    sessions = sessions.with_columns(
        opens_at=midnight + timedelta(hours=13.5), closes_at=midnight + timedelta(hours=20)
    )
    return Inputs(
        spot=spot,
        ratio=ratio,
        flows=sessions.select(
            "session", asset=pl.lit("ETH"), net_flow_usd=pl.col("session").dt.day().cast(pl.Float64)
        ),
        sessions=sessions,
        basis=pl.DataFrame(schema=SERIES | {"observed_at": UTC_US, "annualised_basis": pl.Float64}),
        monthly=pl.DataFrame(schema=SERIES | {"at": UTC_US, "close": pl.Float64}),
        daily=pl.DataFrame(schema=SERIES | {"at": UTC_US, "close": pl.Float64}),
        fund_flows=pl.DataFrame(
            schema={"ticker": pl.String, "session": pl.Date, "net_flow_usd": pl.Float64}
        ),
        coins=pl.DataFrame(
            schema={
                "vendor": pl.String,
                "coin": pl.String,
                "class": pl.String,
                "snapshot_at": UTC_US,
                "price_usd": pl.Float64,
                "market_cap_usd": pl.Float64,
            }
        ),
    )


def rising_months() -> pl.DataFrame:
    """An index of 36 months from January 1950 at 1, 2, ... 36."""
    at = pl.datetime_range(
        datetime(1950, 1, 1, tzinfo=UTC),
        datetime(1952, 12, 1, tzinfo=UTC),
        "1mo",
        time_zone="UTC",
        eager=True,
    )
    return (
        at.cast(UTC_US)
        .alias("at")
        .to_frame()
        .select(
            pl.lit("index").alias("venue"),
            pl.lit("SHILLER").alias("instrument"),
            "at",
            close=1.0 + pl.int_range(pl.len()),
        )
    )
