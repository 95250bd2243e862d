"""Kraken's downloadable OHLCVT: `XBTUSD_60.csv`, alone or in an archive of all markets.

No header, seven columns: time (seconds, UTC, of the open), open, high, low, close, volume in base
currency, trades; the oldest first. Intervals without trades have no row. Names keep XBT and XDG.
The last row can be cut short; the newest bar is left out unless a quarter ends with it.
"""

import re

import polars as pl

from marketwake.sources.files.bars import market, spot_bars, venue_of, with_odd
from marketwake.sources.files.given import Given, part_widths, read_table

NAME = re.compile(r"(?P<pair>[A-Z0-9.]+)_(?P<minutes>\d+)\.csv", re.IGNORECASE)
WIDTH = 7
INTERVALS = {
    "1": "1m", "5": "5m", "15": "15m", "30": "30m", "60": "1h", "240": "4h", "720": "12h",
    "1440": "1d",
}  # fmt: skip
"""Minutes, as names have them."""


def is_bars(given: Given) -> bool:
    """Seven numbers, the first of ten digits, the last a whole one."""
    row = given.numbers
    return len(row) == WIDTH and len(row[0]) == 10 and row[-1].isdigit() and row[0].isdigit()


def read(given: Given) -> dict[str, pl.DataFrame]:
    """Bars of one market.

    Raises:
        SourceChangedError: a name without market and minutes, or as `spot_bars`.
    """
    name = NAME.fullmatch(given.name)
    if name is None or name["minutes"] not in INTERVALS:
        raise given.refused(
            f"a name like XBTUSD_60.csv, minutes of {', '.join(INTERVALS)}", given.name
        )
    venue_of(given, "Kraken")
    sound, odd = part_widths(given, WIDTH)
    last = sum(1 for line in given.text.split(b"\n") if line.strip()) - 1
    is_cut = odd.pop(last, None) is not None  # then those before it are whole
    table = read_table(sound, header=None)
    names = ["stamp", "open", "high", "low", "close", "volume", "trades"]
    if table.width != WIDTH:
        raise given.refused(f"{WIDTH} columns without a header", f"{table.width} columns")
    table = table.rename(dict(zip(table.columns, names, strict=True)))
    return spot_bars(
        given,
        "Kraken",
        market(given, "Kraken", name["pair"]),
        INTERVALS[name["minutes"]],
        with_odd(table, odd.values()),
        is_sparse=True,
        may_be_running=not is_cut,
    )
