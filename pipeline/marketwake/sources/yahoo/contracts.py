"""The futures contracts that Yahoo has, and what it calls them.

A symbol is the root, the month code, two digits of the year and the exchange: METQ25.CME. It
answers while the contract is listed and vanishes after its expiry, so that only who asks every
night has its history.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache

from marketwake.base.errors import BadInputError
from marketwake.base.seeds import seed_rows
from marketwake.calendars.futures import contract_code, expiry_at, rates_last_day

DATED = re.compile(
    r"(?P<root>[A-Z]{2,3})(?P<code>[FGHJKMNQUVXZ])(?P<year>\d\d)\.(?P<exchange>CME|CBT)"
)
GRACE = timedelta(days=7)
"""How long after its expiry a contract is still asked for: its last bars may have come late."""
FED_FUNDS = "ZQ"
"""Root of the fed funds futures."""
RATES_MONTHS = 13
CONSECUTIVE_MONTHS = 6
QUARTERLY_MONTHS = 4
_DECEMBER = 12


def yahoo_symbol(root: str, month: date, exchange: str) -> str:
    """Yahoo's name of a contract: METQ25.CME."""
    return f"{contract_code(root, month)[:-1]}{month:%y}.{exchange}"


def stored_name(symbol: str) -> str:
    """The warehouse's name of what Yahoo calls `symbol`: METQ5 for METQ25.CME, else the same."""
    dated = DATED.fullmatch(symbol)
    return contract_code(dated["root"], month_of(dated)) if dated else symbol


def month_of(dated: re.Match[str]) -> date:
    """First day of the month of a contract; `dated` is a match of DATED."""
    return date(2000 + int(dated["year"]), "FGHJKMNQUVXZ".index(dated["code"]) + 1, 1)


def listed_months(root: str, now: datetime) -> list[date]:
    """First days of the contract months of a CME crypto root that are listed at `now` (UTC), and of
    one that expired within GRACE.

    Source: CME contract specifications, "six consecutive monthly contracts plus four additional
    quarterly contracts and a second December contract if only one is listed"; the recorded
    contracts of 2025 (March 2026 in June, none of January before autumn) agree with it.
    """
    front = front_month(root, now)
    months = list(following(front, CONSECUTIVE_MONTHS))
    later = [month for month in following(months[-1], 25) if month > months[-1]]
    months += [month for month in later if month.month % 3 == 0][:QUARTERLY_MONTHS]
    if sum(month.month == _DECEMBER for month in months) == 1:
        months.append(
            next(month for month in later if month.month == _DECEMBER and month not in months)
        )
    previous = (front - timedelta(days=1)).replace(day=1)
    try:
        expired = [previous] if now - expiry_at(root, previous) <= GRACE else []
    except BadInputError:  # before the first contract of the root
        expired = []
    return [*expired, *months]


def rates_months(now: datetime) -> list[date]:
    """First days of the months of the fed funds contracts that are asked for at `now` (UTC): this
    month's and the twelve after it, and the one before as long as its last bars may come late.
    """
    this = now.date().replace(day=1)
    previous = (this - timedelta(days=1)).replace(day=1)
    late = [previous] if now.date() - rates_last_day(previous) <= GRACE else []
    return [*late, *following(this, RATES_MONTHS)]


@cache
def futures_roots() -> dict[str, list[str]]:
    """The roots of each asset, the largest contract first: BTC and MBT of bitcoin."""
    rows = sorted(seed_rows("futures_root"), key=lambda row: -float(row["contract_size_coin"]))
    return {
        asset: [row["root"] for row in rows if row["asset"] == asset]
        for asset in sorted({row["asset"] for row in rows})
    }


def front_month(root: str, now: datetime) -> date:
    """First day of the month of the nearest contract that has not expired at `now` (UTC)."""
    name_month = now.date().replace(day=1)
    return next(month for month in following(name_month, 2) if expiry_at(root, month) > now)


def following(month: date, count: int) -> Iterator[date]:
    """First days of `count` months, from `month` on."""
    for number in range(month.month - 1, month.month - 1 + count):
        yield date(month.year + number // 12, number % 12 + 1, 1)
