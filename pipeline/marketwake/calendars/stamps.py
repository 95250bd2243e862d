"""When figures are due that do not follow the clock."""

from datetime import date, timedelta
from functools import cache

import polars as pl

from marketwake.calendars.sessions import session_frame

FIRST_MONTH = date(1871, 1, 1)
"""Robert Shiller's monthly means begin; no series is older."""
_AT_MIDNIGHT = pl.Datetime("us", "UTC")


@cache
def stamp_frame() -> pl.DataFrame:
    """Rows of cal.stamp, sorted: calendar, number (place in the calendar, from 1), stamp_on (date),
    stamp_at (its midnight), ended_at; instants UTC.

    XNYS and CME_CRYPTO have a row per session, and end at its close. A last trade is stamped with
    its UTC day, and a session covers two or more, since it opens on the evening before: CME_CRYPTO
    day has a row per UTC day with trading. month has one per month.
    """
    sessions = session_frame()
    traded = sessions.filter(calendar="CME_CRYPTO").select(
        pl.date_ranges(pl.col("opens_at").dt.date(), pl.col("closes_at").dt.date())
        .explode()
        .unique()
        .alias("stamp_on")
    )
    months = sessions.select(
        pl.date_range(FIRST_MONTH, pl.col("session").max(), "1mo").alias("stamp_on")
    )
    frames = (
        sessions.select("calendar", stamp_on="session", ended_at="closes_at"),
        _ending(traded, "CME_CRYPTO day", pl.col("stamp_on") + timedelta(days=1)),
        _ending(months, "month", pl.col("stamp_on").dt.offset_by("1mo")),
    )
    return (
        pl.concat(frames)
        .sort("calendar", "stamp_on")
        .select(
            "calendar",
            pl.int_range(1, pl.len() + 1).over("calendar").alias("number"),
            "stamp_on",
            pl.col("stamp_on").cast(_AT_MIDNIGHT).alias("stamp_at"),
            "ended_at",
        )
    )


def _ending(days: pl.DataFrame, calendar: str, end: pl.Expr) -> pl.DataFrame:
    return days.select(
        pl.lit(calendar).alias("calendar"), "stamp_on", end.cast(_AT_MIDNIGHT).alias("ended_at")
    )
