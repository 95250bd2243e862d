"""Bars as freqtrade stores them: `<BASE>_<QUOTE>-<interval>` as Feather, Parquet, JSON or packed
JSON, in a folder per venue.

Columns `date` (open, UTC), open, high, low, close in quote currency, volume in base currency; JSON
is a list of lists with milliseconds. Its venue stands in the folder alone. What ends in -futures,
-mark and the like, or has three currencies, is a derivative; -trades are trades. Its newest bar may
be unfinished and is left out.
"""

import gzip
import io
import json
import re
import zlib

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import feather, parquet

from marketwake.base.errors import SourceChangedError
from marketwake.sources.files.bars import FIGURES, IDS, folder_of, spot_bars, venue_of
from marketwake.sources.files.given import Given

NAME = re.compile(
    r"(?:(?P<venue>[A-Za-z]+)[-_ ])??(?P<pair>[^-_ ]+(?:_[^-_ ]+)+)-(?P<interval>\d+[smhdwMo]+)"
    r"(?:-(?P<kind>[^.]+))?\.(?P<form>feather|parquet|json|json\.gz)"
)
_SHOWN = 200
"""Characters of what was found that an error quotes."""
LARGEST_JSON = 2**28
"""Bytes, unpacked: reading them takes ten times as much memory."""
_COLUMNS = ("date", *FIGURES)
_DAMAGED = (pa.ArrowException, OSError, UnicodeDecodeError)


def is_bars(given: Given) -> bool:
    """Whether it is an Arrow or Parquet file, or JSON of bars under freqtrade's name."""
    if given.body.startswith((b"ARROW1", b"PAR1", b"FEA1")):
        return True
    if NAME.fullmatch(given.name) and given.body.startswith((b"[", b"\x1f\x8b")):
        return True
    return re.match(r"\[\s*\[\s*\d{13}(?:,[^,\]]*){5}\]", given.head) is not None


def is_derivative(given: Given) -> bool:
    """Whether its name or its folder is that of something else than spot bars."""
    pair, kind = _said(given)[1::2]
    return bool(kind) or pair.count("_") > 1 or folder_of(given) == "futures"


def _said(given: Given) -> tuple[str | None, str, str, str]:
    """Venue in the name, pair, interval and kind; empty where it does not say."""
    name = NAME.fullmatch(given.name)
    if name is None:
        kind = re.fullmatch(r".*-(?P<kind>trades)\.\w+", given.name)
        return None, "", "", kind["kind"] if kind else ""
    venue, pair = name["venue"], name["pair"]
    first, _, rest = pair.partition("_")
    if venue is None and "_" in rest and first.lower() in IDS:
        venue, pair = first, rest
    return venue, pair, name["interval"], name["kind"] or ""


def read(given: Given) -> dict[str, pl.DataFrame]:
    """Bars of one market.

    Raises:
        SourceChangedError: a derivative, trades, no venue, a damaged file, other columns or types,
            or as `spot_bars`.
    """
    venue, pair, interval, kind = _said(given)
    if is_derivative(given):
        what = "trades" if kind == "trades" else "a derivative: it is never loaded as spot"
        raise given.refused("freqtrade's spot bars, like BTC_USDT-1h.feather", what)
    if not pair:
        raise given.refused("a name like BTC_USDT-1h.feather", "no market and length in it")
    said = venue_of(given, venue)
    if said is None:
        raise given.refused(
            "the venue, which only the folder tells: `marketwake load --venue Kraken FILE`, or "
            f"Kraken_{given.name} as its name ({', '.join(sorted(set(IDS.values())))})",
            "none said",
        )
    table = read_columns(given.source, given.where, given.body)
    stamp = pl.col("date").dt.epoch("us") if table["date"].dtype.is_temporal() else pl.col("date")
    bars = table.with_columns(stamp=stamp)
    bars = bars.filter((pl.col("stamp") < pl.col("stamp").max()).fill_null(value=True))
    symbol = pair.replace("_", "/").upper()
    return spot_bars(given, said, symbol, interval.replace("Mo", "mo"), bars, may_be_running=False)


def read_columns(source: str, where: str, body: bytes) -> pl.DataFrame:
    """`date`, open, high, low, close, volume of a file in any of its forms; errors name `source`
    and `where`.

    Raises:
        SourceChangedError: a damaged file, or other columns or types.
    """
    if body.startswith((b"[", b"\x1f\x8b")):
        return _json(source, where, body)
    try:
        # polars' own readers panic on a damaged file; pyarrow's raise. parquet.read_table would
        # import pandas.
        file, is_parquet = io.BytesIO(body), body.startswith(b"PAR1")
        table = parquet.ParquetFile(file).read() if is_parquet else feather.read_table(file)
        table.validate(full=True)
        types = {field.name: str(field.type) for field in table.schema}
    except _DAMAGED as error:
        raise SourceChangedError(
            source,
            where,
            "a Feather (Arrow IPC) file or a Parquet one",
            f"{len(body)} bytes: {error}"[:_SHOWN],
        ) from error
    if not re.fullmatch(r"timestamp\[\w+, tz=UTC\]", types.get("date", "")) or any(
        types.get(name) != "double" for name in FIGURES
    ):
        found = ", ".join(f"{name} {dtype}" for name, dtype in types.items())
        raise SourceChangedError(
            source,
            where,
            "date timestamp[tz=UTC], then double open, high, low, close, volume",
            found[:_SHOWN],
        )
    return pl.DataFrame(table.select(list(_COLUMNS)).replace_schema_metadata(None))


def _json(source: str, where: str, body: bytes) -> pl.DataFrame:
    try:
        text = body
        if body[:1] == b"\x1f":
            text = gzip.GzipFile(fileobj=io.BytesIO(body)).read(LARGEST_JSON + 1)
        if len(text) > LARGEST_JSON:
            raise SourceChangedError(
                source, where, f"JSON of at most {LARGEST_JSON:,} bytes", "more: Feather has room"
            )
        rows = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise SourceChangedError(source, where, "JSON", f"{error}"[:_SHOWN]) from error
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise SourceChangedError(
            source, where, "a list of [ms, open, high, low, close, volume]", f"{text[:80]!r}"
        )
    table = pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
    return table.with_columns(pl.col("date").cast(pl.Int64, strict=False))


def _is_row(row: object) -> bool:
    return (
        isinstance(row, list)
        and len(row) == len(_COLUMNS)
        and all(cell is None or isinstance(cell, str) for cell in row)
    )
