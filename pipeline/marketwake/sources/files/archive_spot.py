"""Spot bars in freqtrade's Feather layout: `<BASE>_<QUOTE>-<interval>.feather` in a folder per
venue; freqtrade.py says what is in them.

A file does not tell when it was written, so its newest bar may be unfinished: it is left out, and
every bar with a later one is taken as finished. Holes stay holes.
"""

import re

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.base.series import SECONDS
from marketwake.sources.files import freqtrade
from marketwake.sources.files.bars import IDS, distance

_MANY = 24
"""Bars of which two at least follow each other."""


def parse(path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Bars of one market. `path` has the groups folder, base, quote and interval.

    Raises:
        SourceChangedError: an unknown venue, no Feather file, other columns or types, or bars
            of another length.
    """
    if path["folder"] not in IDS:
        raise SourceChangedError(
            "archive", path.string, f"a venue folder ({', '.join(sorted(IDS))})", path["folder"]
        )
    bars = freqtrade.read_columns("archive", path.string, body)
    found = _other_distance(bars["date"].dt.epoch("us"), path["interval"])
    if found:
        raise SourceChangedError(
            "archive",
            path.string,
            f"bars of {path['interval']}, as the name says",
            f"bars {found / 1_000_000:g} s apart",
        )
    finished = bars.filter(pl.col("date") < pl.col("date").max())
    frame = finished.select(
        venue=pl.lit(IDS[path["folder"]]),
        symbol=pl.lit(f"{path['base']}/{path['quote']}"),
        bar_interval=pl.lit(path["interval"]),
        opened_at=pl.col("date").cast(pl.Datetime("us", "UTC")),
        open="open",
        high="high",
        low="low",
        close="close",
        volume_base="volume",
    )
    return {"spot_bar": frame}


def _other_distance(stamps: pl.Series, interval: str) -> int | None:
    """How far bars are apart, in microseconds, that cannot be of an interval: closer as a rule, or
    never as close where there are many; holes are none of it. Null where they can.
    """
    step = SECONDS.get(interval, 0) * 1_000_000
    usual, least = distance(stamps), distance(stamps, is_sparse=True)
    if usual is not None and usual < step:
        return usual
    return least if step and least is not None and least > step and len(stamps) > _MANY else None
