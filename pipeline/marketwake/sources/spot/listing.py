"""Which dollar markets a spot venue has: one request a night, so that the panel of coins asks for
no market that is not there.

Markets against another currency are left out: the panel is in dollars, and some venues have a
thousand of them.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.sources.source import Request
from marketwake.sources.spot.bars import SHOWN, shown
from marketwake.sources.spot.venue import DOLLARS, Venue
from marketwake.sources.spot.venues import VENUES

DATASET = "spot_listing"

_WHAT = re.compile(r"(?P<venue>\w+) markets")
_SYMBOL = re.compile(r"[^\s/]+/[^\s/]+")
_SCHEMA = {
    "venue": pl.String(),
    "symbol": pl.String(),
    "seen_on": pl.Date(),
    "is_trading": pl.Boolean(),
}


def request(venue: str) -> Request:
    """The request for the markets of a venue."""
    return Request(DATASET, f"{venue} markets")


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """The dollar markets of a venue on the UTC day of asking.

    Raises:
        SourceChangedError: no such request, another layout, or not one market in dollars.
    """
    what = _WHAT.fullmatch(request.what)
    if what is None or what["venue"] not in VENUES:
        raise SourceChangedError("spot", request.what, "the markets of a venue", request.what)
    venue = VENUES[what["venue"]]
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    rows = venue.listing.rows(answer)
    if not isinstance(rows, list):
        raise SourceChangedError(venue.source, request.what, "a list of markets", shown(body))
    dollar = DOLLARS[venue.name]
    markets = {
        symbol: is_trading
        for symbol, is_trading in _markets(venue, request.what, rows)
        if symbol.endswith(f"/{dollar}")
    }
    if not markets:
        raise SourceChangedError(
            venue.source, request.what, f"markets against {dollar}", f"{len(rows)} others"
        )
    cells = [
        (venue.name, symbol, requested_at.date(), is_trading)
        for symbol, is_trading in markets.items()
    ]
    return {DATASET: pl.DataFrame(cells, schema=_SCHEMA, orient="row")}


def _markets(venue: Venue, what: str, rows: list[object]) -> Iterator[tuple[str, bool]]:
    """Symbol, and whether it trades, of every spot market."""
    listing = venue.listing
    for row in rows:
        try:
            symbol = listing.symbol(row) if isinstance(row, dict) else ""
            is_trading = isinstance(row, dict) and all(
                row[name] == value for name, value in listing.trading.items()
            )
        except KeyError as error:
            expected = f"markets with {error.args[0]}"
            raise SourceChangedError(
                venue.source, what, expected, json.dumps(row)[:SHOWN]
            ) from error
        if symbol is None:
            continue
        if not _SYMBOL.fullmatch(symbol):
            raise SourceChangedError(
                venue.source, what, "markets named base/quote", json.dumps(row)[:SHOWN]
            )
        yield symbol, is_trading
