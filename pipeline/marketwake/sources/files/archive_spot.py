"""Spot bars in freqtrade's Feather layout: `<BASE>_<QUOTE>-<interval>.feather` in a folder per
venue; freqtrade.py says what is in them.

A file does not tell when it was written, so its newest bar may be unfinished: it is left out, and
every bar with a later one is taken as finished. Holes stay holes.
"""

import re

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.sources.files import freqtrade
from marketwake.sources.files.bars import IDS


def parse(path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Bars of one market. `path` has the groups folder, base, quote and interval.

    Raises:
        SourceChangedError: an unknown venue, no Feather file, or other columns or types.
    """
    if path["folder"] not in IDS:
        raise SourceChangedError(
            "archive", path.string, f"a venue folder ({', '.join(sorted(IDS))})", path["folder"]
        )
    bars = freqtrade.read_columns("archive", path.string, body)
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
