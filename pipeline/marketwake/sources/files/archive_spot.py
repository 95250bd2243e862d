"""Spot bars in freqtrade's Feather layout: `<BASE>_<QUOTE>-<interval>.feather` in a folder per
venue.

Columns `date` (open of the bar, UTC; milliseconds or nanoseconds), `open`, `high`, `low`, `close`
in quote currency, `volume` in base currency. A file does not tell when it was written, so its
newest bar may be unfinished: it is left out, and every bar with a later one is taken as finished.
Holes stay holes.
"""

import io
import re

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import feather

from marketwake.base.errors import SourceChangedError

VENUES = {"binance": "Binance", "coinbase": "Coinbase"}
"""Folder names, which are the venues' ids in ccxt, and the names in seed.venue."""

SHOWN = 200
"""Characters of what was found that an error quotes."""

COLUMNS = ("date", "open", "high", "low", "close", "volume")


def parse(path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Bars of one market. `path` has the groups folder, base, quote and interval.

    Raises:
        SourceChangedError: an unknown venue, no Feather file, or other columns or types.
    """
    if path["folder"] not in VENUES:
        raise SourceChangedError(
            "archive", path.string, f"a venue folder ({', '.join(VENUES)})", path["folder"]
        )
    bars = _read(path.string, body)
    finished = bars.filter(pl.col("date") < pl.col("date").max())
    frame = finished.select(
        venue=pl.lit(VENUES[path["folder"]]),
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


def _read(where: str, body: bytes) -> pl.DataFrame:
    try:
        # polars' own reader panics on a damaged file; pyarrow's raises.
        table = feather.read_table(io.BytesIO(body))
        table.validate(full=True)
        types = {field.name: str(field.type) for field in table.schema}
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise SourceChangedError(
            "archive", where, "a Feather (Arrow IPC) file", f"{len(body)} bytes: {error}"[:SHOWN]
        ) from error
    if not re.fullmatch(r"timestamp\[\w+, tz=UTC\]", types.get("date", "")) or any(
        types.get(name) != "double" for name in COLUMNS[1:]
    ):
        found = ", ".join(f"{name} {dtype}" for name, dtype in types.items())
        raise SourceChangedError(
            "archive",
            where,
            "date timestamp[tz=UTC], then double open, high, low, close, volume",
            found[:SHOWN],
        )
    return pl.DataFrame(table.select(COLUMNS).replace_schema_metadata(None))
