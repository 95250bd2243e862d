"""CME bitcoin and ether futures: names of contracts, expiries, daily settlement, last trades.

Products are data: `sql/seeds/futures_root.csv`.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.errors import BadInputError
from marketwake.base.seeds import seed_rows
from marketwake.calendars.local import DAY, LAST, utc
from marketwake.calendars.sessions import cme_sessions, xnys_days

_CHICAGO = ZoneInfo("America/Chicago")
_LONDON = ZoneInfo("Europe/London")
_MONTH_CODES = "FGHJKMNQUVXZ"


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
    following = (month.replace(day=28) + 4 * DAY).replace(day=1)
    last = following - DAY
    day = last - (last.weekday() - 4) % 7 * DAY
    if day == _good_friday(day.year) or (day.month, day.day) == (12, 25):
        day -= DAY
    return utc(day, time(16), _LONDON)


def contract_code(root: str, month: date) -> str:
    """Name of a contract: METQ5 (root, month code, digit of the year) is August 2025 and 2035."""
    return f"{root}{_MONTH_CODES[month.month - 1]}{month.year % 10}"


def contract_month(contract: str, on: date) -> tuple[str, date]:
    """Root and first day of the contract month of a name that was in use on a day.

    A name comes back every ten years: the earliest month is meant whose contract had not expired
    before that day.

    Raises:
        BadInputError: not a name of a CME bitcoin or ether contract.
    """
    roots = _roots()
    name = re.fullmatch(f"({'|'.join(roots)})([{_MONTH_CODES}])([0-9])", contract)
    if name is None:
        raise BadInputError(
            f"'{contract}' is no contract name",
            f"Expected one of {', '.join(sorted(roots))}, a month code, a digit of the year.",
        )
    root, code, digit = name.groups()
    first, number = roots[root], _MONTH_CODES.index(code) + 1
    months = (
        date(year, number, 1)
        for year in range(max(on.year, first.year), on.year + 21)
        if year % 10 == int(digit)
    )
    return root, next(
        month for month in months if month >= first and expiry_at(root, month).date() >= on
    )


def settlement_at(day: date) -> datetime:
    """Instant of the CME daily settlement: 15:00 Chicago, so 20:00 or 21:00 UTC.

    It is the end of its window: the volume-weighted price of 14:59 to 15:00.
    """
    return utc(day, time(15), _CHICAGO)


def day_close_at(day: date) -> datetime:
    """Where CME's day ends, 16:00 Chicago, also on a day that is no session: 21:00 or 22:00 UTC."""
    return utc(day, time(16), _CHICAGO)


def rates_last_day(month: date) -> date:
    """The last day on which a fed funds contract (ZQ) of a month trades: its last business day.

    Source: CME contract specifications, 30-Day Federal Funds futures.
    """
    following = (month.replace(day=28) + 4 * DAY).replace(day=1)
    days = xnys_days()
    day: date = days[int(days.search_sorted(following)) - 1]
    return day


def rates_month(contract: str, on: date) -> date:
    """First day of the contract month of ZQU5.

    A name comes back every ten years: the earliest month is meant that is not over on a day.
    """
    number = _MONTH_CODES.index(contract[-2]) + 1
    months = (
        date(year, number, 1)
        for year in range(on.year, on.year + 11)
        if year % 10 == int(contract[-1])
    )
    return next(month for month in months if month >= on.replace(day=1))


def last_trade_at(day: date) -> datetime | None:
    """The instant at which the last trade of a UTC day can have been: its last of a CME session.

    The next UTC midnight from Sunday to Thursday; on Fridays the end of the session, 16:00 Chicago,
    or earlier where it closes early; None on days without any trading (Saturdays, until the hours
    of 2026-05-29).
    """
    following = midnight(day + DAY)
    sessions = cme_sessions()
    opened = bisect_left(sessions, following, key=lambda session: session.opens_at)
    if not opened:
        return None
    last = min(sessions[opened - 1].closes_at, following)
    return last if last > midnight(day) else None


def observed_at(day: date, expires_at: datetime | None = None) -> datetime:
    """The instant that stands for the close of a vendor's row per UTC day: no trade was later.

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


def futures_contract_frame(overrides: pl.DataFrame) -> pl.DataFrame:
    """Rows of cal.futures_contract by root and month: from the first of a root to December 2028.

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
    return pl.DataFrame(
        rows,
        schema={
            "root": pl.String,
            "contract": pl.String,
            "month": pl.Date,
            "last_session": pl.Date,
            "expires_at": pl.Datetime("us", "UTC"),
            "expiry_basis": pl.String,
        },
        orient="row",
    )


def _months(first: date) -> Iterator[date]:
    month = first
    while month <= LAST:
        yield month
        month = (month + 31 * DAY).replace(day=1)


def _good_friday(year: int) -> date:
    # Two days before Easter Sunday; Meeus, Astronomical Algorithms, chapter 8 (Gregorian Easter).
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 19 * m) // 433
    month = (h + m - 7 * n + 90) // 25
    return date(year, month, (h + m - 7 * n + 33 * month + 19) % 32) - 2 * DAY


@cache
def _roots() -> dict[str, date]:
    return {
        row["root"]: date.fromisoformat(row["first_month"]) for row in seed_rows("futures_root")
    }
