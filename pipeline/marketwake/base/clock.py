"""What time it is, and which instants can be asked about."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

from marketwake.base.errors import BadInputError

YEARS = range(1800, 2200)
"""No figure is older, and whatever is reckoned from an instant stays one that a date can be."""
TAKE_OUT = (
    "What a run brought while the clock was wrong is taken out with "
    "`marketwake withdraw --run RUN`; `marketwake status` names the last runs."
)
"""The way out of stamps of a wrong clock."""
Clock = Callable[[], datetime]
"""What time it is, UTC. Whatever depends on the present takes a clock, so that a night can be
replayed.
"""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def asked_instant(instant: datetime) -> datetime:
    """An instant that somebody asks about, in UTC. Raises BadInputError where it has no time zone,
    or is of none of YEARS.
    """
    if instant.tzinfo is None:
        raise BadInputError(
            f"the instant {instant.isoformat()} has no time zone",
            "Write it with one, e.g. 2025-08-07T16:00Z.",
        )
    if instant.year not in YEARS:
        raise BadInputError(
            f"the instant {instant.isoformat()} is too far away",
            f"Give one of the years {YEARS[0]} to {YEARS[-1]}.",
        )
    return instant.astimezone(UTC)


def midnight(day: date) -> datetime:
    """The first instant of a day, UTC: the stamp of a day or session. Of an instant, its day's."""
    return datetime.combine(day, time(), UTC)
