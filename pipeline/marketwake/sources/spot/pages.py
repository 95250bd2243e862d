"""Which pages of bars to ask a spot venue for: the fewest that hold what is wanted."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from marketwake.base.series import SECONDS, Window
from marketwake.sources.spot.venue import Page, Venue


def pages(
    venue: Venue, symbol: str, interval: str, windows: Iterable[Window], now: datetime
) -> list[Page]:
    """Pages, ascending and without overlap, that hold every bar of the windows that has ended by
    `now` (UTC).

    A page starts at the first bar that none before it holds, and takes in what its size allows,
    neighbouring windows too: so they are fewest. Windows that do not begin on the interval's grid
    begin with the bar that is open at their first instant.
    """
    step = timedelta(seconds=SECONDS[interval])
    length = (venue.candles.page_bars - 1) * step
    newest = floor(now, step) - step
    planned: list[Page] = []
    for window in sorted(windows):
        first, last = floor(window.first, step), min(floor(window.last, step), newest)
        if planned and first <= planned[-1].first + length:
            page = planned.pop()
            reached = max(page.last, min(last, page.first + length))
            planned.append(Page(venue.name, symbol, interval, page.first, reached))
            first = reached + step
        while first <= last:
            planned.append(Page(venue.name, symbol, interval, first, min(first + length, last)))
            first = planned[-1].last + step
    return planned


def floor(instant: datetime, step: timedelta) -> datetime:
    """The last point of a grid of `step`s from 1970 on, UTC, that is not after an instant."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (instant - epoch) // step * step
