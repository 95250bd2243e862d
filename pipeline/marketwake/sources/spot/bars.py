"""Reading what a spot venue has sent: the finished bars of a page, or what is wrong with it."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.errors import SourceChangedError
from marketwake.base.series import SECONDS
from marketwake.base.settings import FIRST_DAY
from marketwake.sources.source import Request
from marketwake.sources.spot.venue import Candles, Page
from marketwake.sources.spot.venues import VENUES

SHOWN = 80
"""Characters of an answer that an error quotes."""
FIRST_BAR = midnight(FIRST_DAY)
"""Bitcoin's first block: an earlier stamp is none."""

_COLUMNS = (
    "venue",
    "symbol",
    "bar_interval",
    "opened_at",
    "open",
    "high",
    "low",
    "close",
    "volume_base",
)


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """The finished bars of one page, as the venue wrote the figures; what is no price or volume is
    left to the contract.

    Raises:
        SourceChangedError: no such page, another layout, or stamps that are no opens of such bars
            up to now.
    """
    page = Page.read(request.what)
    candles = VENUES[page.venue].candles
    try:
        # Figures stay the text that the venue wrote.
        answer = json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        answer = None
    rows = candles.rows(page, answer)
    if not isinstance(rows, list):
        raise _changed(page, "a list of bars", shown(body))
    bars = []
    for row in rows:
        stamp, *figures = _cells(page, candles, row)
        opened_at = _opened_at(page, candles, stamp, requested_at)
        if opened_at + page.step <= requested_at:
            bars.append(
                (
                    page.venue,
                    page.symbol,
                    page.interval,
                    f"{opened_at:%Y-%m-%dT%H:%M:%SZ}",
                    *figures,
                )
            )
    return {"spot_bar": pl.DataFrame(bars, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")}


def without_history(rows: Mapping[Request, int]) -> list[str]:
    """Markets whose first page came without a single bar: the venue lacks what should stand there,
    or the market. A later page without one is a hole.

    `rows`: bars by request, the pages of a market in the order of time.
    """
    first: dict[str, int] = {}
    for request, count in rows.items():
        first.setdefault(Page.read(request.what).symbol, count)
    return [market for market, count in first.items() if count == 0]


def _cells(page: Page, candles: Candles, row: object) -> list[str | None]:
    """Stamp, open, high, low, close and volume of one bar."""
    cells = (
        [row[column] for column in candles.columns]
        if isinstance(row, list) and len(row) == candles.width
        else []
    )
    if not cells or not all(cell is None or isinstance(cell, str) for cell in cells):
        raise _changed(page, f"a bar of {candles.width} figures", json.dumps(row)[:SHOWN])
    return cells


def _opened_at(page: Page, candles: Candles, stamp: str | None, requested_at: datetime) -> datetime:
    expected = (
        f"opens of {page.interval} bars, from 2009 to {requested_at:%Y-%m-%dT%H:%MZ}, "
        f"{'milli' * (candles.per_second > 1)}seconds"
    )
    whole = re.fullmatch(r"(\d{1,18})(\.0{1,9})?", stamp or "")
    if whole is None:
        raise _changed(page, expected, f"'{stamp}'"[:SHOWN])
    seconds, rest = divmod(int(whole[1]), candles.per_second)
    # One bar of leeway, for clocks that differ.
    if (
        rest
        or seconds % SECONDS[page.interval]
        or not FIRST_BAR.timestamp() <= seconds <= (requested_at + page.step).timestamp()
    ):
        raise _changed(page, expected, f"'{stamp}'")
    return datetime.fromtimestamp(seconds, UTC)


def _changed(page: Page, expected: str, got: str) -> SourceChangedError:
    return SourceChangedError(VENUES[page.venue].source, page.what, expected, got)


def shown(body: bytes) -> str:
    """The beginning of an answer, on one line."""
    return " ".join(body[: 4 * SHOWN].decode(errors="replace").split())[:SHOWN] or "nothing"
