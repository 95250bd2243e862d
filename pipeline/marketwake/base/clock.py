"""What time it is. Needs nothing, so that reading settings stays quick."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

Clock = Callable[[], datetime]
"""What time it is, UTC. Whatever depends on the present takes a clock, so that a night can be
replayed.
"""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def midnight(day: date) -> datetime:
    """The first instant of a day, UTC: the stamp of a day or session. Of an instant, its day's."""
    return datetime.combine(day, time(), UTC)
