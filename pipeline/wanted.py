"""The series that a live run should hold."""

from datetime import UTC, datetime, time, timedelta

from pipeline.ledger import Series, Wanted
from pipeline.settings import Settings
from pipeline.sources.spot_plan import floor
from pipeline.sources.spot_venues import SECONDS, VENUES


def wanted(settings: Settings, now: datetime) -> list[Wanted]:
    """The spot bars of the venues side by side, from the first day of the settings to the last finished one."""
    step = timedelta(seconds=SECONDS[settings.spot_interval])
    first = datetime.combine(settings.history_from, time(), UTC)
    return [
        Wanted(Series("spot_bar", venue, VENUES[venue].market(symbol), settings.spot_interval), first, floor(now, step) - step)
        for venue in settings.spot_venues[: settings.spot_side_by_side]
        for symbol in settings.spot_symbols
    ]
