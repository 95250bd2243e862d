"""Sessions of the New York Stock Exchange (XNYS) and of CME's crypto futures, UTC.

They are data: regular hours are `sql/seeds/trading_hours.csv`, holidays and early closes
`sql/seeds/closing.csv`, which the tests hold against the library exchange_calendars. Asking that
itself, each time, costs 0.7 seconds (pandas).

XNYS begins in 1970: from then on its sessions are exactly the dates of the S&P 500 series. Of the
years before, the library knows neither the holidays nor the Saturdays.
"""

from datetime import date, datetime, time
from functools import cache
from typing import NamedTuple

import polars as pl

from marketwake.base.seeds import seed_rows
from marketwake.calendars.local import DAY, LAST

XNYS_FIRST = date(1970, 1, 1)
_EVERY_DAY = "Mon Tue Wed Thu Fri Sat Sun"
_FRIDAY = 5
_INSTANT = pl.Datetime("us", "UTC")


class Session(NamedTuple):
    """A trading session: named after a day, open over [opens_at, closes_at), UTC."""

    day: date
    opens_at: datetime
    closes_at: datetime


@cache
def session_frame() -> pl.DataFrame:
    """Rows of cal.session, sorted: calendar, session (date), opens_at, closes_at (UTC)."""
    return pl.concat(
        _sessions(calendar).select(pl.lit(calendar).alias("calendar"), pl.all())
        for calendar in ("CME_CRYPTO", "XNYS")
    )


@cache
def xnys_days() -> pl.Series:
    """The days of sessions of the New York Stock Exchange from 1970 to 2028, in order."""
    return _sessions("XNYS")["session"]


@cache
def cme_sessions() -> list[Session]:
    """Sessions of CME's crypto futures from the first of the seed to 2028.

    Where trading never stops, sessions are the business days (those of XNYS), each from the close
    of the one before: so says CME's announcement of the trade dates.
    """
    return list(map(Session._make, _sessions("CME_CRYPTO").iter_rows()))


def trades_on_every_day(day: date) -> bool:
    """Whether CME's crypto futures trade around the clock on a day, weekends and holidays too:
    since 2026-05-30. What is no session then is traded all the same, for the next one.
    """
    return any(
        hours["weekdays"] == _EVERY_DAY and first <= day <= last
        for first, last, hours in _hours("CME_CRYPTO")
    )


@cache
def _hours(calendar: str) -> list[tuple[date, date, dict[str, str]]]:
    """First and last session of each span with the same hours, and its row of the seed."""
    return [
        (
            date.fromisoformat(row["effective_from"]),
            date.fromisoformat(row["effective_to"]) if row["effective_to"] else date.max,
            row,
        )
        for row in seed_rows("trading_hours")
        if row["calendar"] == calendar
    ]


@cache
def _sessions(calendar: str) -> pl.DataFrame:
    """session, opens_at and closes_at of a calendar, in order."""
    spans = pl.concat(_span(calendar, *span) for span in _hours(calendar))
    return spans.with_columns(pl.coalesce("opens_at", pl.col("closes_at").shift()))


def _span(calendar: str, first: date, last: date, hours: dict[str, str]) -> pl.DataFrame:
    """Of sessions with the same hours; where trading never stops, none has an opening."""
    never_stops = hours["weekdays"] == _EVERY_DAY
    closings = _closings("XNYS" if never_stops else calendar)
    days = pl.date_range(first, min(last, LAST), eager=True).alias("session").to_frame()
    sessions = days.filter(pl.col("session").dt.weekday() <= _FRIDAY).join(
        closings.filter(closes="").select("session"), on="session", how="anti"
    )
    opens, closes = (time.fromisoformat(hours[name]) for name in ("opens_local", "closes_local"))
    usual = pl.lit(closes)
    if not never_stops:
        sessions = sessions.join(closings, on="session", how="left", maintain_order="left")
        usual = pl.col("closes").str.to_time("%H:%M").fill_null(closes)
    opening = pl.col("session") if opens < closes else pl.col("session") - DAY
    zone = hours["time_zone"]
    return sessions.select(
        "session",
        opens_at=pl.lit(None, _INSTANT) if never_stops else _at(opening, pl.lit(opens), zone),
        closes_at=_at(pl.col("session"), usual, zone),
    )


def _at(day: pl.Expr, clock: pl.Expr, zone: str) -> pl.Expr:
    return day.dt.combine(clock).dt.replace_time_zone(zone).dt.convert_time_zone("UTC")


@cache
def _closings(calendar: str) -> pl.DataFrame:
    """Days without a session (`closes` is empty), or with an early close."""
    rows = [row for row in seed_rows("closing") if row["calendar"] == calendar]
    return pl.DataFrame(
        {
            "session": [date.fromisoformat(row["day"]) for row in rows],
            "closes": [row["closes_local"] for row in rows],
        }
    )
