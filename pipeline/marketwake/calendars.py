"""Sessions, expiries and settlements: the one place where local time lives. Everything that leaves
is UTC.

Holidays and early closes come from exchange_calendars, whose import costs 2 to 3 seconds (pandas):
functions import it when they need it, and the calendars are kept for the life of the process.
Regular CME hours and products are data: `sql/seeds/trading_hours.csv` and `futures_root.csv`.

XNYS begins in 1970. The library goes further back but knows no holiday before: from 1970 on its
sessions are exactly the dates of the S&P 500 series, from 1928 to 1969 it has some ten too many a
year (1 January among them), and the Saturdays until 1952 are missing.
"""

import warnings
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from polars._typing import PolarsDataType

from marketwake.base.errors import BadInputError
from marketwake.base.seeds import seed_rows

XNYS_FIRST = date(1970, 1, 1)
LAST = date(2028, 12, 31)
"""Last day of both calendars and of the contract months; the library itself ends a year from now
unless told.
"""

_CHICAGO = ZoneInfo("America/Chicago")
_LONDON = ZoneInfo("Europe/London")
_DAY = timedelta(days=1)
_MONTH_CODES = "FGHJKMNQUVXZ"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_INSTANT: PolarsDataType = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Session:
    """A trading session: named after a day, open over [opens_at, closes_at), UTC."""

    day: date
    opens_at: datetime
    closes_at: datetime


def expiry_at(root: str, month: date) -> datetime:
    """End of trading of a CME bitcoin or ether contract, and instant of its final settlement price.

    16:00 London on the last Friday of the month; the day before where CME is closed. The
    specification says "if this is not both a London and U.S. business day, the prior" one, but
    Boxing Day, a London holiday, did not move December 2025. So only Good Friday (2018-03-30,
    2024-03-29) and Christmas Day (2020-12-25) do.

    Args:
        root: a product of seed.futures_root.
        month: any day of the contract month.

    Returns:
        15:00 or 16:00 UTC, by London's summer time.

    Raises:
        BadInputError: unknown root, or a month before its first contract.
    """
    first = _roots().get(root)
    if first is None:
        raise BadInputError(
            f"'{root}' is no futures root",
            f"Known are {', '.join(sorted(_roots()))}; add others to seed.futures_root.",
        )
    if month.replace(day=1) < first:
        raise BadInputError(
            f"{root} had no contract for {month:%Y-%m}",
            f"Its first contract month was {first:%Y-%m}.",
        )
    following = (month.replace(day=28) + 4 * _DAY).replace(day=1)
    last = following - _DAY
    day = last - (last.weekday() - 4) % 7 * _DAY
    if day == _good_friday(day.year) or (day.month, day.day) == (12, 25):
        day -= _DAY
    return _utc(day, time(16), _LONDON)


def contract_code(root: str, month: date) -> str:
    """Name of a contract: root, month code, last digit of the year; METQ5 is August 2025 (and
    2035).
    """
    return f"{root}{_MONTH_CODES[month.month - 1]}{month.year % 10}"


def contract_month(contract: str, on: date) -> tuple[str, date]:
    """Root and first day of the contract month of a name that was in use on a day.

    A name comes back every ten years: the earliest month is meant whose contract had not expired
    before that day.

    Raises:
        BadInputError: not a name of a CME bitcoin or ether contract.
    """
    root, code, digit = contract[:-2], contract[-2:-1], contract[-1:]
    if (
        root not in _roots()
        or code not in _MONTH_CODES
        or not code
        or not (digit.isascii() and digit.isdigit())
    ):
        raise BadInputError(
            f"'{contract}' is no contract name",
            f"Expected one of {', '.join(sorted(_roots()))}, a month code, a digit of the year.",
        )
    number = _MONTH_CODES.index(code) + 1
    years = (
        year
        for year in range(max(on.year, _roots()[root].year), on.year + 21)
        if year % 10 == int(digit)
    )
    months = (date(year, number, 1) for year in years)
    return root, next(
        month for month in months if month >= _roots()[root] and expiry_at(root, month).date() >= on
    )


def settlement_at(day: date) -> datetime:
    """End of the window of the CME daily settlement, a volume-weighted price of 14:59 to 15:00
    Chicago: 20:00 or 21:00 UTC.
    """
    return _utc(day, time(15), _CHICAGO)


def last_trade_at(day: date) -> datetime | None:
    """The instant at which the last trade of a UTC day can have been: its last moment with an open
    CME session.

    The next UTC midnight from Sunday to Thursday; on Fridays the end of the session, 16:00 Chicago,
    or earlier where it closes early; None on days without any trading (Saturdays, until the hours
    of 2026-05-29).
    """
    midnight = _utc(day + _DAY, time(0), ZoneInfo("UTC"))
    sessions = _cme_sessions()
    latest = (
        bisect_right(
            sessions, midnight - timedelta(microseconds=1), key=lambda session: session.opens_at
        )
        - 1
    )
    if latest < 0:
        return None
    last = min(sessions[latest].closes_at, midnight)
    return last if last > midnight - _DAY else None


def observed_at(day: date, expires_at: datetime | None = None) -> datetime:
    """The instant that stands for the close of a vendor's row per UTC day: the last trade is at
    most this late.

    Args:
        day: UTC day of the row.
        expires_at: expiry of the contract, UTC: on its last day it stops trading then.

    Raises:
        BadInputError: CME did not trade on that day, or the contract had expired before it.
    """
    last = last_trade_at(day)
    if last is None:
        raise BadInputError(
            f"CME crypto futures did not trade on {day}",
            "A price of that day is an error of its source.",
        )
    if expires_at is None:
        return last
    if expires_at.date() < day:
        raise BadInputError(
            f"a contract that expired at {expires_at:%Y-%m-%d %H:%M} UTC has no price on {day}",
            "Check the contract's name.",
        )
    return min(last, expires_at)


def flow_session(instant: datetime) -> date:
    """The session that is day 0 of a fund flow for news at an instant: the first XNYS session that
    closes after it.

    Raises:
        BadInputError: before the first or after the last session of the calendar.
    """
    sessions = _xnys_sessions()
    position = bisect_right(sessions, instant, key=lambda session: session.closes_at)
    if instant < sessions[0].opens_at or position == len(sessions):
        raise BadInputError(
            f"{instant:%Y-%m-%d %H:%M} lies outside the calendar",
            f"XNYS is known from {XNYS_FIRST} to {LAST}.",
        )
    return sessions[position].day


def session_frame() -> pl.DataFrame:
    """Rows of cal.session, sorted: calendar, session (date), opens_at, closes_at (UTC)."""
    rows = [("CME_CRYPTO", session) for session in _cme_sessions()] + [
        ("XNYS", session) for session in _xnys_sessions()
    ]
    schema: dict[str, PolarsDataType] = {
        "calendar": pl.String,
        "session": pl.Date,
        "opens_at": _INSTANT,
        "closes_at": _INSTANT,
    }
    return pl.DataFrame(
        [(name, s.day, s.opens_at, s.closes_at) for name, s in rows], schema=schema, orient="row"
    )


def futures_contract_frame(overrides: pl.DataFrame) -> pl.DataFrame:
    """Rows of cal.futures_contract, sorted by root and month: every monthly contract from the first
    of a root to December 2028.

    Args:
        overrides: root, contract, expires_at (UTC) of seed.futures_expiry_override; the contract
            month is that of expires_at.

    Raises:
        BadInputError: an override is of no contract of that month.
    """
    moved = {
        (root, contract, at.date().replace(day=1)): at
        for root, contract, at in overrides["root", "contract", "expires_at"].iter_rows()
    }
    rows = []
    for root, first in sorted(_roots().items()):
        for month in _months(first):
            name = contract_code(root, month)
            override = moved.pop((root, name, month), None)
            at = override or expiry_at(root, month)
            rows.append((root, name, month, at.date(), at, "override" if override else "rule"))
    if moved:
        root, contract, month = next(iter(moved))
        raise BadInputError(
            f"{root} has no contract {contract} of {month:%Y-%m}",
            "Mend seed.futures_expiry_override.",
        )
    schema: dict[str, PolarsDataType] = {
        "root": pl.String,
        "contract": pl.String,
        "month": pl.Date,
        "last_session": pl.Date,
        "expires_at": _INSTANT,
        "expiry_basis": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _utc(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _months(first: date) -> Iterator[date]:
    month = first
    while month <= LAST:
        yield month
        month = (month + 31 * _DAY).replace(day=1)


def _good_friday(year: int) -> date:
    # Two days before Easter Sunday; Meeus, Astronomical Algorithms, chapter 8 (Gregorian Easter).
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 19 * m) // 433
    month = (h + m - 7 * n + 90) // 25
    return date(year, month, (h + m - 7 * n + 33 * month + 19) % 32) - 2 * _DAY


@cache
def _roots() -> dict[str, date]:
    return {
        row["root"]: date.fromisoformat(row["first_month"]) for row in seed_rows("futures_root")
    }


def _library(name: str, first: date) -> Iterator[tuple[date, datetime, datetime]]:
    import exchange_calendars  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        # The library uses what pandas 3.1 deprecates; its results are right.
        warnings.filterwarnings("ignore", message="Series.values returning an ndarray")
        schedule: Any = exchange_calendars.get_calendar(
            name, start=first.isoformat(), end=LAST.isoformat()
        ).schedule
    for day, opens, closes in zip(schedule.index, schedule["open"], schedule["close"], strict=True):
        yield (
            day.date(),
            opens.to_pydatetime().astimezone(UTC),
            closes.to_pydatetime().astimezone(UTC),
        )


@cache
def _xnys_sessions() -> list[Session]:
    return [Session(*row) for row in _library("XNYS", XNYS_FIRST)]


@dataclass(frozen=True)
class _Hours:
    first: date
    last: date
    opens: time
    closes: time
    zone: ZoneInfo
    weekdays: tuple[str, ...]


@cache
def _cme_hours() -> list[_Hours]:
    return [
        _Hours(
            date.fromisoformat(row["effective_from"]),
            date.fromisoformat(row["effective_to"]) if row["effective_to"] else date.max,
            time.fromisoformat(row["opens_local"]),
            time.fromisoformat(row["closes_local"]),
            ZoneInfo(row["time_zone"]),
            tuple(row["weekdays"].split()),
        )
        for row in seed_rows("trading_hours")
        if row["calendar"] == "CME_CRYPTO"
    ]


@cache
def _cme_sessions() -> list[Session]:
    spans = _cme_hours()
    # CMES is closed on the day of mourning 2025-01-09; bitcoin futures traded (BTC=F has its bar).
    early = {day: closes for day, _, closes in _library("CMES", spans[0].first)} | {
        date(2025, 1, 9): None
    }
    sessions: list[Session] = []
    for day, library_close in sorted(early.items()):
        hours = next(span for span in spans if span.first <= day <= span.last)
        if _WEEKDAYS[day.weekday()] not in hours.weekdays:
            continue
        closes = _utc(day, hours.closes, hours.zone)
        if hours.opens == hours.closes:
            sessions.append(Session(day, sessions[-1].closes_at, closes))
            continue
        if library_close is not None and _closes_early(day):
            closes = min(closes, library_close)
        sessions.append(Session(day, _utc(day - _DAY, hours.opens, hours.zone), closes))
    return sessions


def _closes_early(day: date) -> bool:
    # CMES closes at noon on every US holiday. Crypto did so until 2021; since 2022 only before a
    # weekend or Christmas. Thursday 2024-07-04 traded to 16:00 by the holiday schedule; highs, lows
    # and volumes of Friday 2025-07-04 fit a close at noon. Daily rows cannot tell for Monday
    # 2025-09-01: trading resumed on the same UTC day, so the row's close is of midnight either way.
    return day.year < 2022 or day.weekday() == 4 or (day.month, day.day) == (12, 24)
