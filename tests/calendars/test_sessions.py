"""Sessions against published series and recorded days."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from marketwake.calendars.sessions import (
    XNYS_FIRST,
    cme_sessions,
    session_frame,
    trades_on_every_day,
)
from tests.support.sessions import xnys_sessions


def test_sessions_are_ordered_and_do_not_overlap() -> None:
    frame = session_frame()
    assert frame.columns == ["calendar", "session", "opens_at", "closes_at"]
    assert frame.equals(frame.sort("calendar", "session"))
    assert frame.select(pl.struct("calendar", "session").is_duplicated().sum()).item() == 0
    before = pl.col("closes_at").shift().over("calendar")
    assert frame.filter(pl.col("opens_at") < before).is_empty()


def test_stock_exchange_sessions_are_the_days_of_the_index_since_1970(shared: Path) -> None:
    with (shared / "equity" / "gspc_daily.csv").open() as file:
        days = [date.fromisoformat(row["date"]) for row in csv.DictReader(file)]
    sessions = session_frame().filter(calendar="XNYS")["session"].to_list()
    recorded = {day for day in days if day >= XNYS_FIRST}
    last = max(days)
    assert {day for day in sessions if day <= last} == recorded


def test_stock_exchange_closes_at_four_in_new_york_and_at_one_on_half_days() -> None:
    closes = {session.day: session.closes_at for session in xnys_sessions()}
    assert closes[date(2025, 1, 15)] == datetime(2025, 1, 15, 21, tzinfo=UTC)
    assert closes[date(2025, 8, 7)] == datetime(2025, 8, 7, 20, tzinfo=UTC)  # summer time
    assert closes[date(2025, 7, 3)] == datetime(2025, 7, 3, 17, tzinfo=UTC)  # before Independence
    assert date(1974, 9, 2) not in closes  # Labor Day


def test_futures_sessions_hold_every_day_of_the_continuous_series(shared: Path) -> None:
    with (shared / "cme" / "yahoo" / "BTC=F_adjclose.csv").open() as file:
        days = {date.fromisoformat(row["Date"]) for row in csv.DictReader(file)}
    assert days <= set(session_frame().filter(calendar="CME_CRYPTO")["session"])


def test_since_trading_never_stops_weekends_and_holidays_belong_to_the_next_business_day() -> None:
    sessions = {session.day: session for session in cme_sessions()}
    # CME's notice: from Friday 29 May 2026, 16:00 Chicago (21:00 UTC); trades from then until
    # Sunday evening bear Monday's date.
    monday = sessions[date(2026, 6, 1)]
    assert monday.opens_at == datetime(2026, 5, 29, 21, tzinfo=UTC)
    assert monday.closes_at == datetime(2026, 6, 1, 21, tzinfo=UTC)
    # Labor Day is Monday, 7 September 2026.
    assert date(2026, 9, 7) not in sessions
    assert sessions[date(2026, 9, 8)].opens_at == datetime(2026, 9, 4, 21, tzinfo=UTC)
    # Independence Day, a Saturday, is kept on Friday, 3 July 2026.
    assert date(2026, 7, 3) not in sessions
    assert not trades_on_every_day(date(2026, 5, 29))
    assert trades_on_every_day(date(2026, 5, 30))  # a Saturday
    assert trades_on_every_day(date(2026, 12, 25))
