"""Files that are known and not loaded: how each is recognised, what it is, and in which form its
figures come in.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from marketwake.sources.files.given import Given
from marketwake.warehouse.contracts import read_contracts


@dataclass(frozen=True)
class Refusal:
    """`what` a file is that `fits`, and the raw table, or the advice, by which it `comes_in`."""

    what: str
    fits: Callable[[Given], bool]
    comes_in: str

    def advice(self) -> str:
        """How to bring its figures in, as the error expects it."""
        contract = read_contracts("raw").get(self.comes_in)
        if contract is None:
            return self.comes_in
        columns = [c.name for c in contract.columns if c.name not in contract.optional]
        return (
            f"its figures as {self.comes_in}-<anything>.csv with the columns {', '.join(columns)}"
        )


def _first(pattern: str) -> Callable[[Given], bool]:
    expression = re.compile(pattern, re.IGNORECASE)
    return lambda given: expression.match(given.head) is not None


def _last(pattern: bytes) -> Callable[[Given], bool]:
    return lambda given: pattern in given.body[-400:]


def _numbers(width: int, digits: int) -> Callable[[Given], bool]:
    return lambda given: len(given.numbers) == width and len(given.numbers[0]) == digits


def _is_message(given: Given) -> bool:
    if not given.head.startswith("{"):
        return False
    try:
        said = json.loads(given.text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(said, dict) or (said.get("error") == [] and "result" in said):
        return False
    return bool({"message", "error", "errors", "msg"} & said.keys())


_FORM = "the file itself"
NO_DATA = (
    Refusal("an empty file", lambda given: not given.body.strip(), _FORM),
    Refusal(
        "a Git LFS pointer, not the file it stands for",
        _first(r"version https://git-lfs"),
        f"{_FORM}: fetch it with `git lfs pull`",
    ),
    Refusal(
        "a text that asks for an API key",
        _first(r"get your apikey|.{0,80}api ?key (?:is )?(?:required|missing|invalid)"),
        f"{_FORM}: download it with a key, in a browser",
    ),
    Refusal(
        "an error that an API answered", _is_message, f"{_FORM}: ask for it again, and look into it"
    ),
    Refusal(
        "a text that asks to wait, for a browser",
        _first(r"just a moment|checking your browser|enable javascript"),
        f"{_FORM}: download it in a browser",
    ),
    Refusal(
        "an error that a store of files answered",
        _first(r"<\?xml[^>]*>\s*<error>|<error>\s*<code>"),
        f"{_FORM}: look into it, and ask for a file that is there",
    ),
    Refusal(
        "an empty ZIP", lambda given: given.body.startswith(b"PK\x05\x06"), "a ZIP with files in it"
    ),
    Refusal(
        "a sheet of the old Excel (.xls), or another old document",
        lambda given: given.body.startswith(b"\xd0\xcf\x11\xe0"),
        "the sheet saved as .xlsx or .csv",
    ),
    Refusal(
        "a checksum",
        lambda given: (
            re.fullmatch(r"[0-9a-f]{64}\s+\*?\S+\s*", given.head, re.IGNORECASE) is not None
        ),
        "the ZIP that it is of beside it",
    ),
)
"""What stands in the place of data."""

PACKED = Refusal(
    "a packed file",
    lambda given: given.body.startswith(
        (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
    ),
    "what is in it, unpacked, or as a ZIP",
)
HDF5 = Refusal(
    "freqtrade's HDF5",
    lambda given: given.body.startswith(b"\x89HDF"),
    "Feather: `freqtrade convert-data --format-to feather`",
)
PAGE = Refusal(
    "a web page",
    _first(r"<!doctype html|<html|<head|<meta|<!--|from: <saved by"),
    f"{_FORM}, or Farside's page with its table",
)

FIGURES = (
    Refusal("rows of Binance's API", _first(r"\[\s*\[\s*\d{13}(?:,[^,\]]*){11}\]"), "spot_bar"),
    Refusal("an answer of Kraken's API", _first(r'\{\s*"error":\s*\[\],\s*"result"'), "spot_bar"),
    Refusal(
        "trades, not bars",
        lambda given: re.fullmatch(r".*-trades\.\w+(?:\.gz)?", given.name) is not None,
        "spot_bar",
    ),
    Refusal(
        "six columns without a header: a dump of Coinbase's API, or others' in another order",
        _numbers(6, 10),
        "spot_bar",
    ),
    Refusal(
        "Kaggle's coin_<name>.csv, CoinMarketCap's composite price",
        _first(r"sno,name,symbol,date,high,low,open,close"),
        "coin_snapshot",
    ),
    Refusal(
        "an issuer's holdings of a day, in a form that is not read",
        lambda given: re.search("holdings", given.name, re.IGNORECASE) is not None,
        "etf_shares",
    ),
    Refusal("an answer of Kraken's API: eight columns", _numbers(8, 10), "spot_bar"),
    Refusal(
        "minute bars of Kaggle, which name no venue for certain",
        _first(r'"?timestamp"?,"?open"?,"?high"?,"?low"?,"?close"?,"?volume'),
        "spot_bar",
    ),
    Refusal(
        "a dump of Coinbase's API: low and high before open and close",
        _first(r'"?(?:time|start|timestamp|date|unix)"?,"?low"?,"?high"?,"?open"?,"?close'),
        "spot_bar",
    ),
    Refusal(
        "TradingView's export: prices rounded to what its chart shows",
        _first(r'"?time"?[,;]"?open"?[,;]"?high"?[,;]"?low"?[,;]"?close'),
        "spot_bar",
    ),
    Refusal(
        "Databento's bars of futures",
        _first(r"ts_event,rtype,publisher_id,instrument_id"),
        "futures_price",
    ),
    Refusal(
        "CME's settlements, volume and open interest of the day before",
        _first(r"bizdt,sym,id,strkpx"),
        "futures_price",
    ),
    Refusal("Barchart's download", _last(b"Downloaded from Barchart.com"), "futures_price"),
    Refusal(
        "CoinGecko's export, a composite price, stamped with the day after",
        _first(r'"?snapped_at"?,'),
        "coin_snapshot",
    ),
    Refusal(
        "CoinMarketCap's export, a composite price", _first(r'"?timeopen"?[;,]'), "coin_snapshot"
    ),
    Refusal(
        "Investing.com's export, a composite or rounded price",
        _first(r'"?date"?,"?price"?,"?open"?,"?high'),
        "index_bar",
    ),
    Refusal(
        "Coin Metrics' export, a composite price",
        _first(r'"?time"?,"?adractcnt|"?time"?,(?:[^\n]*,)?"?priceusd'),
        "coin_snapshot",
    ),
    Refusal(
        "Stooq's export",
        _first(r"<ticker>,<per>|data[,;]otwarcie"),
        "index_bar",
    ),
    Refusal(
        "SoSoValue's or CoinGlass' figures of all funds together, not by fund",
        _first(r"[^\n]*(?:totalnetinflow|cumnetinflow|\bflow_usd)"),
        "etf_flow_total",
    ),
    Refusal(
        "a sheet of Bloomberg's",
        _first(r"[^\n]*\n?[^\n]*(?:px_last|px_volume|#n/a n/a)"),
        "index_bar",
    ),
)
"""Figures in a form that nothing here reads: their kind or their source is not certain."""
