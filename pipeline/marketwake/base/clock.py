"""What time it is. Needs nothing, so that reading settings stays quick."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""What time it is, UTC. Whatever depends on the present takes one, so that a night can be replayed."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)
