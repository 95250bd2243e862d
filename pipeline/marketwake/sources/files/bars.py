"""What files of spot bars have in common, whoever wrote them: their stamps, their length, their
order, and how a market is called.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from marketwake.base.series import SECONDS
from marketwake.sources.files.given import Given
from marketwake.sources.spot.venues import VENUES

FIGURES = ("open", "high", "low", "close", "volume")
IDS = {
    **{venue.ccxt_id: name for name, venue in VENUES.items()},
    **{name.lower(): name for name in VENUES},
    "coinbaseadvanced": "Coinbase",
    "coinbaseexchange": "Coinbase",
    "coinbasepro": "Coinbase",
    "gdax": "Coinbase",
}
"""What programs call a venue, in lower case -> its name in seed.venue."""
_SHARED = ("USDT", "USDC", "EUR", "GBP", "JPY", "AUD", "BTC", "ETH", "DAI")
_BINANCE = ("FDUSD", "TUSD", "BUSD", "USDP", "USD1", "TRY", "BRL", "BNB")
_OTHERS = ("USD", "CHF", "CAD", "XBT")
"""Currencies that markets are quoted in. Binance has no dollars, the others no TUSD: XBTUSD is no
market of it.
"""
_USUAL = {"XBT": "BTC", "XDG": "DOGE"}
_FIRST = datetime(2009, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
"""In microseconds."""


def place(folders: Sequence[str]) -> dict[str, str]:
    """What the folders above a file say of it: its venue; that it is spot, or futures."""
    parts = [folder.lower() for folder in folders]
    notes = {}
    above = [part for part in parts if part not in ("futures", "spot")]
    if above and above[-1] in IDS:
        notes["venue"] = IDS[above[-1]]
    if {"futures", "option"} & set(parts):
        notes["folder"] = "futures"
    elif "spot" in parts:
        notes["folder"] = "spot"
    return notes


def folder_of(given: Given) -> str:
    """`futures` or `spot` where a folder above it says so, in an archive or of it; else empty."""
    told = {given.notes.get("folder", ""), place(given.folders).get("folder", "")}
    return next((kind for kind in ("futures", "spot") if kind in told), "")


def venue_of(given: Given, named: str | None = None) -> str | None:
    """The venue that its name or its form (`named`), its folders and its giver say; null where
    nobody does.

    Raises:
        SourceChangedError: they say different ones, or one that is not kept.
    """
    said = [named, *given.notes.get("venue", "").split(" and "), place(given.folders).get("venue")]
    venues = sorted({IDS.get(one.lower(), one) for one in said if one})
    if len(venues) > 1:
        raise given.refused(
            "the same venue by content, name, folder and --venue", " and ".join(venues)
        )
    if venues and venues[0] not in VENUES:
        raise given.refused(f"one of the venues {', '.join(sorted(VENUES))}", venues[0])
    return venues[0] if venues else None


def market(given: Given, venue: str, pair: str) -> str:
    """`BTC/USDT` for BTCUSDT, BTC_USDT, BTC-USDT, XBTUSDT.

    Raises:
        SourceChangedError: none of the known quote currencies of the venue ends it.
    """
    parts = re.split(r"[-_/]", pair.upper())
    if len(parts) == 1:
        quotes = (*_SHARED, *(_BINANCE if venue == "Binance" else _OTHERS))
        ends = [quote for quote in quotes if parts[0].endswith(quote) and parts[0] != quote]
        quote = max(ends, key=len, default="")
        parts = [parts[0].removesuffix(quote), quote]
    if len(parts) != 2 or not all(parts):
        raise given.refused("a name with a market like BTCUSDT or XBTUSD", f"'{pair}'"[:40])
    return "/".join(_USUAL.get(part, part) for part in parts)


def spot_bars(
    given: Given,
    venue: str,
    symbol: str,
    interval: str,
    table: pl.DataFrame,
    *,
    is_sparse: bool = False,
    may_be_running: bool = True,
) -> dict[str, pl.DataFrame]:
    """Rows of raw.spot_bar, ascending, from stamp (10, 13, 16 or 19 digits by row: s, ms, us, ns)
    and the figures. What has not ended by the asking is left out. A cell that is no figure is left
    to the contract, which rejects its row alone, and so are two different rows of one stamp.

    Args:
        given: the file.
        venue: a name of seed.venue.
        symbol: like BTC/USD.
        interval: length that the name says.
        table: columns stamp, open, high, low, close, volume; numbers, or text.
        is_sparse: bars without trades are left out of it, so that most bars may be further apart
            than they are long.
        may_be_running: a file does not tell when it was written, so its newest bar may be
            unfinished: it is left out, unless a quarter ends with it.

    Raises:
        SourceChangedError: no such length, stamps that are none, bars of another length than the
            name says, or figures that are not open, high, low and close.
    """
    if interval not in SECONDS:
        raise given.refused(f"bars of {', '.join(SECONDS)}", f"bars of {interval}")
    step = SECONDS[interval] * _SECOND
    table = table.with_columns(at=_microseconds(pl.col("stamp").cast(pl.Int64, strict=False)))
    _refuse_strange_stamps(given, table)
    if not table["at"].is_sorted(nulls_last=True):
        table = table.sort("at", nulls_last=True)
    _refuse_other_length(given, table["at"].drop_nulls(), interval, step, is_sparse=is_sparse)
    _refuse_other_order(given, table)
    bars = table.filter(_has_ended(given, table, step, may_be_running=may_be_running))
    frame = bars.select(
        pl.lit(venue).alias("venue"),
        pl.lit(symbol).alias("symbol"),
        pl.lit(interval).alias("bar_interval"),
        _opened_at(bars).alias("opened_at"),
        *FIGURES[:-1],
        pl.col("volume").alias("volume_base"),
    )
    return {"spot_bar": frame}


def _opened_at(bars: pl.DataFrame) -> pl.Expr:
    """Instants; text where a stamp is none, for the contract to reject its row."""
    opened = pl.col("at").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if bars["at"].null_count():
        return pl.coalesce(
            opened.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), pl.col("stamp").cast(pl.String)
        )
    return opened


def with_odd(table: pl.DataFrame, odd: Iterable[str]) -> pl.DataFrame:
    """A table of bars with a row for each line that is none, so that the contract rejects it."""
    names = list(odd)
    if not names:
        return table
    rows = pl.DataFrame({"stamp": names})
    return pl.concat([table.with_columns(pl.col("stamp").cast(pl.String)), rows], how="diagonal")


def _has_ended(given: Given, table: pl.DataFrame, step: int, *, may_be_running: bool) -> pl.Expr:
    asked = round(given.asked_at.timestamp()) * _SECOND
    ended = (pl.col("at") + step <= asked).fill_null(value=True)
    newest = table["at"].max()
    if may_be_running and isinstance(newest, int) and not _is_quarter(newest + step):
        ended = ended & (pl.col("at") < newest).fill_null(value=True)
    return ended


def _microseconds(stamp: pl.Expr) -> pl.Expr:
    """By their digits; null for what has another number of them."""

    def has(digits: int) -> pl.Expr:
        return stamp.is_between(10 ** (digits - 1), 10**digits - 1)

    return (
        pl.when(has(10)).then(stamp * _SECOND)
        .when(has(13)).then(stamp * 1000)
        .when(has(16)).then(stamp)
        .when(has(19)).then(stamp // 1000)
    )  # fmt: skip


def _refuse_strange_stamps(given: Given, table: pl.DataFrame) -> None:
    latest = given.asked_at + timedelta(days=1)
    first, last = (round(at.timestamp()) * _SECOND for at in (_FIRST, latest))
    is_number = pl.col("stamp").cast(pl.Int64, strict=False).is_not_null()
    strange = table.filter(is_number & ~pl.col("at").is_between(first, last).fill_null(value=False))
    if strange.height or table["at"].null_count() == table.height:
        stamps = pl.concat([strange, table])["stamp"].head(1).cast(pl.String)
        found = stamps.to_list() or ["no row"]
        raise given.refused(
            f"Unix stamps of 10, 13, 16 or 19 digits from 2009 to {latest:%Y-%m-%d}", f"{found[0]}"
        )


def _refuse_other_length(
    given: Given, stamps: pl.Series, interval: str, step: int, *, is_sparse: bool
) -> None:
    usual = distance(stamps, is_sparse=is_sparse)
    # Hours without trades may be all that lie between; what is the length of other bars is theirs.
    is_hole = is_sparse and usual and not usual % step and usual // _SECOND not in SECONDS.values()
    if usual is not None and usual != step and not is_hole:
        raise given.refused(
            f"bars of {interval}, as the name says", f"bars {usual / _SECOND:g} s apart"
        )


def distance(stamps: pl.Series, *, is_sparse: bool = False) -> int | None:
    """How far bars are apart as a rule (in a sparse series: at least), in the unit of their stamps;
    null for less than two.
    """
    apart = stamps.sort().diff().drop_nulls()
    apart = apart.filter(apart > 0)
    usual = apart.min() if is_sparse else apart.mode().min()
    return usual if isinstance(usual, int) else None


def _refuse_other_order(given: Given, table: pl.DataFrame) -> None:
    o, h, low, c = (pl.col(name).cast(pl.Float64, strict=False) for name in FIGURES[:-1])
    is_odd = (h < pl.max_horizontal(o, c)) | (low > pl.min_horizontal(o, c))
    odd = table.select(is_odd.sum()).item()
    if odd * 2 > table.height:
        raise given.refused(
            "open, high, low, close in this order", f"{odd} of {table.height} rows that are not"
        )


def _is_quarter(end: int) -> bool:
    """Whether a quarter begins at an instant, where what its publisher cuts ends."""
    at = datetime.fromtimestamp(end / _SECOND, UTC)
    return at == datetime(at.year, at.month, 1, tzinfo=UTC) and at.month % 3 == 1
