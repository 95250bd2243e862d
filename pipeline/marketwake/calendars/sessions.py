"""Sessions of the New York Stock Exchange (XNYS) and of CME's crypto futures, UTC.

Holidays and early closes come from exchange_calendars, whose import costs 2 to 3 seconds (pandas):
it is imported when it is needed, and the sessions are kept for the life of the process. Regular CME
hours are data: `sql/seeds/trading_hours.csv`.

XNYS begins in 1970. The library goes further back but knows no holiday before: from 1970 on its
sessions are exactly the dates of the S&P 500 series, from 1928 to 1969 it has some ten too many a
year (1 January among them), and the Saturdays until 1952 are missing.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from threading import Lock
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from marketwake.base.seeds import seed_rows
from marketwake.calendars.local import DAY, LAST, utc

_SILENCED = Lock()
XNYS_FIRST = date(1970, 1, 1)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Session(NamedTuple):
    """A trading session: named after a day, open over [opens_at, closes_at), UTC."""

    day: date
    opens_at: datetime
    closes_at: datetime


@cache
def session_frame() -> pl.DataFrame:
    """Rows of cal.session, sorted: calendar, session (date), opens_at, closes_at (UTC)."""
    instant = pl.Datetime("us", "UTC")
    return pl.DataFrame(
        [("CME_CRYPTO", *session) for session in cme_sessions()]
        + [("XNYS", *session) for session in xnys_sessions()],
        schema={
            "calendar": pl.String,
            "session": pl.Date,
            "opens_at": instant,
            "closes_at": instant,
        },
        orient="row",
    )


@cache
def xnys_sessions() -> list[Session]:
    """Sessions of the New York Stock Exchange from 1970 to 2028."""
    return list(_library("XNYS", XNYS_FIRST))


@cache
def xnys_days() -> pl.Series:
    """The days of these sessions, in order."""
    return pl.Series([session.day for session in xnys_sessions()], dtype=pl.Date)


@dataclass(frozen=True)
class _Hours:
    first: date
    last: date
    opens: time
    closes: time
    zone: ZoneInfo
    weekdays: frozenset[str]

    @property
    def never_stops(self) -> bool:
        """Whether there is trading on every day; sessions are then those of business days."""
        return self.weekdays == set(_WEEKDAYS)


@cache
def _cme_hours() -> list[_Hours]:
    return [
        _Hours(
            date.fromisoformat(row["effective_from"]),
            date.fromisoformat(row["effective_to"]) if row["effective_to"] else date.max,
            time.fromisoformat(row["opens_local"]),
            time.fromisoformat(row["closes_local"]),
            ZoneInfo(row["time_zone"]),
            frozenset(row["weekdays"].split()),
        )
        for row in seed_rows("trading_hours")
        if row["calendar"] == "CME_CRYPTO"
    ]


def trades_on_every_day(day: date) -> bool:
    """Whether CME's crypto futures trade around the clock on a day, weekends and holidays too:
    since 2026-05-30. What is no session then is traded all the same, for the next one.
    """
    return any(period.never_stops and period.first <= day <= period.last for period in _cme_hours())


@cache
def cme_sessions() -> list[Session]:
    """Sessions of CME's crypto futures from the first of the seed to 2028.

    Where trading never stops, sessions are the business days (those of XNYS), each from the close
    of the one before: so says CME's announcement of the trade dates.
    """
    periods = _cme_hours()
    business_days = {session.day for session in xnys_sessions()}
    early = {session.day: session.closes_at for session in _library("CMES", periods[0].first)}
    # CMES is closed on the day of mourning 2025-01-09; bitcoin futures traded (BTC=F has its bar).
    mourning = date(2025, 1, 9)
    sessions: list[Session] = []
    for day in sorted({*early, mourning}):
        hours = next(period for period in periods if period.first <= day <= period.last)
        closes = utc(day, hours.closes, hours.zone)
        if hours.never_stops:
            if day in business_days:
                sessions.append(Session(day, sessions[-1].closes_at, closes))
            continue
        if day != mourning and _closes_early(day):
            closes = min(closes, early[day])
        sessions.append(Session(day, utc(day - DAY, hours.opens, hours.zone), closes))
    return sessions


def _closes_early(day: date) -> bool:
    # CMES closes at noon on every US holiday. Crypto did so until 2021; since 2022 only before a
    # weekend or Christmas. Thursday 2024-07-04 traded to 16:00 by the holiday schedule; highs, lows
    # and volumes of Friday 2025-07-04 fit a close at noon. Daily rows cannot tell for Monday
    # 2025-09-01: trading resumed on the same UTC day, so the row's close is of midnight either way.
    return day.year < 2022 or day.weekday() == 4 or (day.month, day.day) == (12, 24)


def _library(name: str, first: date) -> Iterator[Session]:
    import exchange_calendars  # type: ignore[import-untyped]

    # Sources ask in threads, and what one of them silences, another would hear again.
    with _SILENCED, warnings.catch_warnings():
        # The library uses what pandas 3.1 deprecates; its results are right.
        warnings.filterwarnings("ignore", message="Series.values returning an ndarray")
        schedule: Any = exchange_calendars.get_calendar(
            name, start=first.isoformat(), end=LAST.isoformat()
        ).schedule
    for day, opens, closes in zip(schedule.index, schedule["open"], schedule["close"], strict=True):
        yield Session(
            day.date(),
            opens.to_pydatetime().astimezone(UTC),
            closes.to_pydatetime().astimezone(UTC),
        )
