"""CryptoDataDownload's bars of one market on one venue: `Binance_BTCUSDT_1h.csv`, `_d`, `_minute`,
`Bitstamp_BTCUSD_2023_minute.csv`.

An address may stand in the first line, the header in the next; the newest bar first, UTC. Three
vintages differ in their columns: `Date,Symbol,...` with hours as `2019-10-17 09-AM`; `Unix
Timestamp,Date,Symbol,...`; `Unix,Date,Symbol,...`, in any case, seconds or milliseconds by row.
The newest bar may be unfinished and is left out unless a quarter ends with it.
"""

import re

import polars as pl

from marketwake.sources.files.bars import FIGURES, IDS, market, spot_bars, venue_of, with_odd
from marketwake.sources.files.given import Given, part_widths, read_table

_HEADER = re.compile(
    r'^"?(unix(?:[ _]timestamp)?|date|timestamp)\W.*symbol\W+open\W+high\W+low\W+close\W+volume',
    re.IGNORECASE,
)
_INTERVALS = {
    "minute": "1m", "1min": "1m", "1m": "1m", "hour": "1h", "hourly": "1h", "1hr": "1h",
    "1h": "1h", "d": "1d", "1d": "1d", "day": "1d", "daily": "1d",
}  # fmt: skip
"""What the names call a length."""
_FUTURES = {"futures", "perp", "perpetual", "um", "cm", "swap"}
_TEXTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %H:%M", "%Y-%m-%d")
"""Dates; hours like 09-AM are given minutes."""
_TOLERANCE = 0.1
"""Of close, for traded value over traded volume: by it the volume in base currency is known."""


def header_line(given: Given) -> int | None:
    """Which of the first two lines is the header of such a file; null where none is."""
    return next((i for i in (0, 1) if _HEADER.match(given.line(i))), None)


def is_bars(given: Given) -> bool:
    """Whether one of the first two lines is such a header."""
    return header_line(given) is not None


def read(given: Given) -> dict[str, pl.DataFrame]:
    """Bars of one market.

    Raises:
        SourceChangedError: a name without venue, market or length, a future, another market in the
            file, no volume in base currency, or as `spot_bars`.
    """
    venue, pair, interval = _named(given)
    line = header_line(given) or 0
    sound, odd = part_widths(given, len(given.cells(line)), line)
    table = read_table(sound, header=line)
    lacking = sorted({"symbol", *FIGURES[:-1]}.difference(table.columns))
    if lacking or not 1 <= sum(name.startswith("volume") for name in table.columns) <= 2:
        raise given.refused(
            "symbol, open, high, low, close and one or two volumes", ", ".join(table.columns)[:120]
        )
    symbol = market(given, venue, pair)
    base = symbol.split("/")[0]
    _refuse_other_market(given, venue, table, symbol)
    stamp = next((name for name in table.columns if name.startswith("unix")), None)
    bars = table.select(
        (pl.col(stamp) if stamp else _date(table)).alias("stamp"),
        *FIGURES[:-1],
        pl.col(_base_volume(given, table, base)).alias("volume"),
    )
    return spot_bars(given, venue, symbol, interval, with_odd(bars, odd.values()))


def _named(given: Given) -> tuple[str, str, str]:
    """Venue, market and length, by the parts of the name in any order."""
    parts = re.split(r"[_ ]", given.name.rsplit(".", 1)[0])
    lower = [part.lower() for part in parts]
    if _FUTURES.intersection(lower):
        raise given.refused("spot bars", "a future by its name: it is never loaded as spot")
    interval = next((_INTERVALS[part] for part in reversed(lower) if part in _INTERVALS), None)
    pair = next(
        (p for p in parts if re.fullmatch(r"[A-Z0-9]{5,}|[A-Z0-9]+-[A-Z]+", p) and not p.isdigit()),
        None,
    )
    named = next((part for part in lower if part in IDS), None)
    is_other = parts[0].isalpha() and parts[0] != pair and lower[0] not in _INTERVALS
    venue = venue_of(given, named or (parts[0] if is_other else None))
    if venue is None:
        raise given.refused(
            f"a name like Binance_BTCUSDT_1h.csv, of {', '.join(sorted(set(IDS.values())))}",
            given.name,
        )
    if interval is None or pair is None:
        raise given.refused("a name like Binance_BTCUSDT_1h.csv or _d or _minute", given.name)
    return venue, pair, interval


def _refuse_other_market(given: Given, venue: str, table: pl.DataFrame, symbol: str) -> None:
    said = table["symbol"].drop_nulls().unique().sort().to_list()
    if any(market(given, venue, cell) != symbol for cell in said):
        raise given.refused(f"bars of {symbol}, as the name says", ", ".join(said)[:40])


def _date(table: pl.DataFrame) -> pl.Expr:
    """Milliseconds of the column of dates; what is no date stays as it is."""
    name = table.columns[0]
    cell = pl.col(name).str.replace(r"-([AP]M)$", ":00 $1")
    instants = [cell.str.to_datetime(form, strict=False) for form in _TEXTS]
    return pl.coalesce(pl.coalesce(instants).dt.epoch("ms").cast(pl.String), pl.col(name))


def _base_volume(given: Given, table: pl.DataFrame, base: str) -> str:
    """The column of the volume in base currency: of two, the one that times the price is the
    other.
    """
    names = [name for name in table.columns if name.startswith("volume")]
    coins = {base.lower(), "xbt"} if base == "BTC" else {base.lower()}
    if len(names) == 1:
        said = re.sub(r"[^a-z]", "", names[0].removeprefix("volume"))
        if said and said not in coins:
            raise given.refused(f"a volume in {base}", f"'{names[0]}' alone")
        return names[0]
    for one, other in (names[:2], names[1::-1]):
        ratio = table.select(
            (_number(other) / _number(one) / _number("close")).filter(_number(one) > 0).median()
        ).item()
        if ratio is not None and abs(ratio - 1) <= _TOLERANCE:
            return one
    raise given.refused(
        f"two volumes that differ by the price, one of them in {base}", " and ".join(names)
    )


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64, strict=False)
