"""The spot venues: every venue of seed.venue is read by the module beside this one that bears its
name in lower case.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module

from marketwake.base.errors import BadInputError
from marketwake.sources.spot.venue import DOLLARS, Venue

VENUES: Mapping[str, Venue] = {
    name: import_module(f"marketwake.sources.spot.{name.lower()}").VENUE for name in DOLLARS
}
"""The venues, by their names and in the order of seed.venue."""


def serving(venues: Iterable[str], interval: str) -> tuple[str, ...]:
    """Those of the venues that have bars of this length, in the same order.

    Raises:
        BadInputError: there is none.
    """
    able = [name for name, venue in VENUES.items() if interval not in venue.candles.lacks]
    chosen = tuple(name for name in venues if name in able)
    if not chosen:
        raise BadInputError(
            f"no venue of spot_venues has {interval} bars", f"Add one that has: {', '.join(able)}."
        )
    return chosen
