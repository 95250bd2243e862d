"""The sessions against exchange_calendars, which knows the exchanges' holidays and early closes.

A failure shows what sql/seeds/closing.csv lacks, or has too much; the source of new rows is the
version that told them.
"""

import warnings
from datetime import UTC, date, datetime

import exchange_calendars  # type: ignore[import-untyped]
import pytest

from marketwake.calendars.local import LAST
from marketwake.calendars.sessions import XNYS_FIRST, Session, cme_sessions
from tests.support.sessions import xnys_sessions

ROUND_THE_CLOCK = date(2026, 5, 30)
"""Since then crypto futures have the business days of XNYS."""
MOURNING = date(2025, 1, 9)
"""CMES was closed; bitcoin futures traded (BTC=F has its bar)."""
EARLY_BY_CMES_ALONE = 2022
"""CMES closes at noon on every US holiday. Crypto did so until 2021; since then only before a
weekend or Christmas. Thursday 2024-07-04 traded to 16:00 by the holiday schedule; highs, lows and
volumes of Friday 2025-07-04 fit a close at noon. Daily rows cannot tell for Monday 2025-09-01:
trading resumed on the same UTC day, so the row's close is of midnight either way.
"""


def library(name: str, first: date, last: date) -> dict[date, tuple[datetime, datetime]]:
    with warnings.catch_warnings():
        # The library uses what pandas 3.1 deprecates; its results are right.
        warnings.filterwarnings("ignore", message="Series.values returning an ndarray")
        schedule = exchange_calendars.get_calendar(
            name, start=first.isoformat(), end=last.isoformat()
        ).schedule
    hours = (schedule[name].dt.to_pydatetime() for name in ("open", "close"))
    return {
        day.date(): (opens.astimezone(UTC), closes.astimezone(UTC))
        for day, opens, closes in zip(schedule.index, *hours, strict=True)
    }


def as_library(sessions: list[Session]) -> dict[date, tuple[datetime, datetime]]:
    return {session.day: (session.opens_at, session.closes_at) for session in sessions}


def test_the_stock_exchange_has_the_sessions_that_the_library_knows() -> None:
    ours, known = as_library(xnys_sessions()), library("XNYS", XNYS_FIRST, LAST)
    assert ours.items() - known.items() == set()
    assert known.items() - ours.items() == set()


def test_crypto_futures_have_the_sessions_of_cmes_until_they_trade_round_the_clock() -> None:
    sessions = [session for session in cme_sessions() if session.day < ROUND_THE_CLOCK]
    known = library("CMES", sessions[0].day, sessions[-1].day)
    assert {session.day for session in sessions} == known.keys() | {MOURNING}
    # A session opens at 17:00 Chicago on the evening before, and closes at 16:00 for crypto, 17:00
    # for the others; early closes are the same for both.
    for session in sessions:
        if session.day == MOURNING:
            continue
        opens, closes = known[session.day]
        assert session.opens_at == opens, session
        is_early = (closes - opens).total_seconds() < 22 * 3600
        stays_early = (
            session.day.year < EARLY_BY_CMES_ALONE
            or session.day.weekday() == 4
            or (session.day.month, session.day.day) == (12, 24)
        )
        if is_early and stays_early:
            assert session.closes_at == closes, session
        else:
            assert (session.closes_at - session.opens_at).total_seconds() == 23 * 3600, session


def test_since_then_they_have_the_business_days() -> None:
    later = [session.day for session in cme_sessions() if session.day >= ROUND_THE_CLOCK]
    assert later == [session.day for session in xnys_sessions() if session.day >= ROUND_THE_CLOCK]


@pytest.mark.parametrize(
    ("day", "closes_at"),
    [
        # CME's notices: the day of Thanksgiving's Friday, and Christmas Eve, at 12:00 Chicago.
        (date(2024, 11, 29), datetime(2024, 11, 29, 18, tzinfo=UTC)),
        (date(2025, 12, 24), datetime(2025, 12, 24, 18, tzinfo=UTC)),
        (date(2025, 7, 4), datetime(2025, 7, 4, 17, tzinfo=UTC)),
        (date(2024, 7, 4), datetime(2024, 7, 4, 21, tzinfo=UTC)),
    ],
)
def test_early_closes_of_crypto_futures(day: date, closes_at: datetime) -> None:
    closes = {session.day: session.closes_at for session in cme_sessions()}
    assert closes[day] == closes_at
