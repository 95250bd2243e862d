"""What time a source says it is, by the `Date` of its answer (RFC 9110, 6.6.1), against the clock
of this machine.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from marketwake.base.clock import TAKE_OUT, Clock
from marketwake.base.errors import ClockError

FAR = timedelta(minutes=2)
"""From a source's clock: a machine that keeps its time is within seconds, an answer takes less than
that, and a bar of a minute must not be taken for finished while it runs.
"""
_told: ContextVar[datetime | None] = ContextVar("told_time", default=None)


def note(headers: Mapping[str, str | None]) -> None:
    """Keep what an answer says of the time; nothing readable is nothing said. An answer from a
    cache is older than now by its `Age`.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        at = parsedate_to_datetime(given.get("date") or "")
        age = timedelta(seconds=float(given.get("age") or 0))
        _told.set(at.replace(tzinfo=at.tzinfo or UTC) + age)
    except (ValueError, OverflowError):
        _told.set(None)


@contextmanager
def compared(source: str, clock: Clock) -> Iterator[None]:
    """Refuse an answer within the block whose source has another time than this machine.

    Raises:
        ClockError: the two are further apart than FAR.
    """
    before = clock()
    _told.set(None)
    yield
    told = _told.get()
    if told and not before - FAR <= told <= clock() + FAR:
        raise ClockError(
            f"{source}: its clock says {told:%Y-%m-%d %H:%M:%S} UTC, this machine's "
            f"{clock():%Y-%m-%d %H:%M:%S}: the answer was not kept",
            f"Set the clock of this machine, unless {source} alone is off. {TAKE_OUT}",
        )
