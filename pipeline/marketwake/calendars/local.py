"""Local clock times as instants, and the span that the calendars cover."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAST = date(2028, 12, 31)
"""Last day of the calendars, of sql/seeds/closing.csv too, and of contract months."""
DAY = timedelta(days=1)


def utc(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant at which a clock in a zone shows a time on a day, UTC."""
    return datetime.combine(day, clock, zone).astimezone(UTC)
