"""Binance's public archive: `BTCUSDT-1h-2025-08.zip` (a month) or `-2025-08-07.zip` (a day), with
one CSV of the same stem in it.

Twelve columns, the oldest bar first, UTC, stamped with the open: milliseconds until 2024,
microseconds since. Files of the spot market have no header. Those of perpetual futures (USD-M)
bear the same names: since 2022 they have a header, which programs take off, and they stay in
milliseconds. Of that time the spot market alone writes every figure with eight decimals.
"""

import io
import re
import zipfile

import polars as pl

from marketwake.base.zips import DAMAGE, unpack
from marketwake.sources.files.bars import folder_of, market, spot_bars, venue_of, with_odd
from marketwake.sources.files.given import SHOWN, Given, part_widths, read_table

NAME = re.compile(
    r"(?P<symbol>[A-Z0-9]+(?:_[A-Z0-9]+)?)-(?P<interval>\d+(?:mo|[smhdwM]))"
    r"(?:-(?P<month>\d{4}-\d\d)(?:-(?P<day>\d\d))?)?\.(?:csv|zip)"
)
"""Without a date: files of several months, joined."""
TRADES = re.compile(
    r"[A-Z0-9_]+-(?:aggTrades|trades|bookTicker|bookDepth|metrics|fundingRate)-.*", re.IGNORECASE
)
WIDTH = 12
_SPOT = "spot bars (data/spot of Binance's archive: no header, microseconds since 2025)"
_MICROSECONDS_SINCE = 1_735_689_600_000
"""2025-01-01 UTC in milliseconds: since then spot files count microseconds."""
_FUTURES_SINCE = 1_567_900_800_000
"""2019-09-08 UTC: the first USD-M contract."""
_EIGHT = r"^\d{13}(?:[,;\t] *\d+\.\d{8}){5}"


def is_zip(given: Given) -> bool:
    """Whether it is a ZIP with one member, of the archive's name."""
    names = member_names(given.body)
    return len(names) == 1 and is_member(names[0])


def is_member(name: str) -> bool:
    """Whether a file in a ZIP is the CSV of the archive's name."""
    return NAME.fullmatch(name.rsplit("/", 1)[-1]) is not None and name.endswith(".csv")


def member_names(body: bytes) -> list[str]:
    """The files in a ZIP, without those that macOS adds; none where it is no ZIP."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return data_members(archive)
    except (*DAMAGE, OSError):
        return []


def data_members(archive: zipfile.ZipFile) -> list[str]:
    """The files in a ZIP, without those that macOS adds."""
    return [
        member.filename
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX")
    ]


def read_zip(given: Given, symbol: str | None = None) -> dict[str, pl.DataFrame]:
    """The bars in a ZIP of the archive; `symbol` is as for `read_csv`.

    Raises:
        SourceChangedError: a damaged ZIP, or as `read_csv`.
    """
    (name,) = member_names(given.body)
    try:
        with zipfile.ZipFile(io.BytesIO(given.body)) as archive:
            body = unpack(archive, name)
    except (*DAMAGE, OSError) as error:
        raise given.refused(
            "a ZIP that can be unpacked", f"{error}: download it again"[:SHOWN]
        ) from error
    return read_csv(given.member(name, body), symbol)


def symbol_of(market: str) -> str:
    """What its files call a market: BTCUSDT; USDT stands for USD, which it does not have."""
    base, quote = market.split("/")
    return f"{base}{'USDT' if quote == 'USD' else quote}"


def read_csv(given: Given, symbol: str | None = None) -> dict[str, pl.DataFrame]:
    """The bars of a CSV of the archive; `symbol`: the market, where more is known than the name.

    Raises:
        SourceChangedError: a name without market and length, a perpetual, or as `spot_bars`.
    """
    name = NAME.fullmatch(given.name)
    if name is None:
        raise given.refused("a name like BTCUSDT-1h-2025-08.csv", "no market and length in it")
    venue_of(given, "Binance")
    folder = folder_of(given)
    if "_" in name["symbol"] or folder == "futures" or b"open_time" in given.text:
        raise given.refused(_SPOT, "a perpetual or a future: it is never loaded as spot")
    table = _table(given)
    if _is_in_milliseconds(table):
        raise given.refused(_SPOT, "milliseconds in 2025 or later: USD-M futures")
    if folder != "spot":
        _refuse_doubtful(given)
    bars = spot_bars(
        given, "Binance", symbol or market(given, "Binance", name["symbol"]), name["interval"],
        table, may_be_running=name["month"] is None,
    )  # fmt: skip
    _refuse_other_month(given, name, bars["spot_bar"])
    return bars


def _table(given: Given) -> pl.DataFrame:
    names = ["stamp", "open", "high", "low", "close", "volume"]
    if len(given.numbers) != WIDTH:
        raise given.refused(f"{WIDTH} columns without a header", given.line(0)[:SHOWN])
    sound, odd = part_widths(given, WIDTH)
    table = read_table(sound, header=None, columns=len(names))
    return with_odd(table.rename(dict(zip(table.columns, names, strict=True))), odd.values())


def _is_in_milliseconds(table: pl.DataFrame) -> bool:
    stamp = table["stamp"].cast(pl.Int64, strict=False)
    return bool(stamp.is_between(_MICROSECONDS_SINCE, 10**13 - 1).any())


def _refuse_doubtful(given: Given) -> None:
    """What may be a perpetual, where neither header nor place tells: programs take headers off."""
    lines = pl.Series(given.text.decode(errors="replace").split("\n")).str.replace_all('"', "")
    stamp = lines.str.extract(r"^(\d{13})\D").cast(pl.Int64, strict=False)
    doubtful = lines.filter((stamp >= _FUTURES_SINCE).fill_null(value=False))
    if not doubtful.str.contains(_EIGHT).all():
        raise given.refused(
            f"{_SPOT}; where it is one, put it into a folder spot/ and `marketwake load` that",
            "a file of 2019 to 2024 without eight decimals, as USD-M futures have",
        )


def _refuse_other_month(given: Given, name: re.Match[str], bars: pl.DataFrame) -> None:
    if name["month"] is None or bars.is_empty() or bars["opened_at"].dtype == pl.String:
        return
    said = "-".join(part for part in (name["month"], name["day"]) if part)
    form = "%Y-%m-%d" if name["day"] else "%Y-%m"
    days = bars["opened_at"].dt.strftime(form).unique().sort()
    if days.to_list() != [said]:
        raise given.refused(f"bars of {said}, as the name says", f"{days[0]} to {days[-1]}")
