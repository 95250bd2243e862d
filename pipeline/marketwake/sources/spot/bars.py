"""Reading what a spot venue has sent: the finished bars of a page, or what is wrong with it."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from itertools import takewhile

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

_FIGURES = ("open", "high", "low", "close", "volume_base")


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
    bars = list(takewhile(partial(_is_bar, candles), rows))
    stamp, *columns = candles.columns
    opened = _opened(page, candles, [bar[stamp] for bar in bars], requested_at)
    if len(bars) < len(rows):
        odd = json.dumps(rows[len(bars)])[:SHOWN]
        raise _changed(page, f"a bar of {candles.width} figures", odd)
    table = pl.DataFrame(
        {
            name: [bar[column] for bar in bars]
            for name, column in zip(_FIGURES, columns, strict=True)
        },
        schema=dict.fromkeys(_FIGURES, pl.String),
    )
    has_ended = opened + SECONDS[page.interval] <= requested_at.timestamp()
    frame = table.select(
        pl.lit(page.venue).alias("venue"),
        pl.lit(page.symbol).alias("symbol"),
        pl.lit(page.interval).alias("bar_interval"),
        pl.from_epoch(opened).dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("opened_at"),
        *_FIGURES,
    )
    return {"spot_bar": frame.filter(has_ended)}


def without_history(rows: Mapping[Request, int]) -> list[str]:
    """Markets whose first page came without a single bar: the venue lacks what should stand there,
    or the market. A later page without one is a hole.

    `rows`: bars by request, the pages of a market in the order of time.
    """
    first: dict[str, int] = {}
    for request, count in rows.items():
        first.setdefault(Page.read(request.what).symbol, count)
    return [market for market, count in first.items() if count == 0]


def _is_bar(candles: Candles, row: object) -> bool:
    """Whether a row is a list as long as a bar, with text (or nothing) where figures stand."""
    return (
        isinstance(row, list)
        and len(row) == candles.width
        and all(row[column] is None or isinstance(row[column], str) for column in candles.columns)
    )


def _opened(
    page: Page, candles: Candles, stamps: list[str | None], requested_at: datetime
) -> pl.Series:
    """When bars opened, in Unix seconds."""
    text = pl.Series("stamp", stamps, dtype=pl.String)
    whole = text.str.extract(r"^([0-9]{1,18})(?:\.0{1,9})?$").cast(pl.Int64)
    seconds = whole // candles.per_second
    # One bar of leeway, for clocks that differ.
    latest = (requested_at + page.step).timestamp()
    is_open = (
        (whole % candles.per_second == 0)
        & (seconds % SECONDS[page.interval] == 0)
        & seconds.is_between(FIRST_BAR.timestamp(), latest)
    ).fill_null(value=False)
    if not is_open.all():
        expected = (
            f"opens of {page.interval} bars, from 2009 to {requested_at:%Y-%m-%dT%H:%MZ}, "
            f"{'milli' * (candles.per_second > 1)}seconds"
        )
        raise _changed(page, expected, f"'{text.filter(~is_open)[0]}'"[:SHOWN])
    return seconds


def _changed(page: Page, expected: str, got: str) -> SourceChangedError:
    return SourceChangedError(VENUES[page.venue].source, page.what, expected, got)


def shown(body: bytes) -> str:
    """The beginning of an answer, on one line."""
    return " ".join(body[: 4 * SHOWN].decode(errors="replace").split())[:SHOWN] or "nothing"
