"""Kraken: api.kraken.com/0/public.

    OHLC?pair=XBTUSD    [time, open, high, low, close, vwap, volume, count], seconds; the running
                        bar last
    AssetPairs          {wsname: XBT/USD, status, ...} by Kraken's own name of the pair; since April
                        2026 with the execution_venue, international or bitnomial_exchange

* The last 720 bars are served, whatever is asked for. `since` only cuts them.
* Currencies have names of their own (KRAKEN_NAMES), and an answer calls a pair otherwise than the
  question did: XXBTZUSD for XBTUSD.
* Faults come with status 200 and a list of errors.
"""

from marketwake.base.series import SECONDS
from marketwake.sources.spot.venue import Candles, Listing, Market, Page, Venue, seconds

KRAKEN_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
"""What Kraken calls currencies otherwise than the others."""
_HERE = "international"
_USUAL_NAMES = {own: name for name, own in KRAKEN_NAMES.items()}


def _query(page: Page) -> dict[str, str | int]:
    pair = "".join(KRAKEN_NAMES.get(name, name) for name in page.symbol.split("/"))
    # `since` is exclusive: bars after it.
    return {
        "pair": pair,
        "interval": SECONDS[page.interval] // 60,
        "since": seconds(page.first - page.step),
    }


def _result(answer: object) -> dict[str, object] | None:
    result = answer.get("result") if isinstance(answer, dict) and not answer.get("error") else None
    return result if isinstance(result, dict) else None


def _rows(page: Page, answer: object) -> object:
    lists = {name: value for name, value in (_result(answer) or {}).items() if name != "last"}
    if len(lists) != 1:
        return None
    ((name, bars),) = lists.items()
    return bars if name in _names(page.symbol) else None


def _names(symbol: str) -> set[str]:
    """What an answer may call a pair: by the usual names or Kraken's own, those of the first years
    with X or Z before them.
    """
    base, quote = (
        {
            prefix + called
            for prefix in ("", "X", "Z")
            for called in (name, KRAKEN_NAMES.get(name, name))
        }
        for name in symbol.split("/")
    )
    return {first + second for first in base for second in quote}


def _markets(answer: object) -> object:
    result = _result(answer)
    return None if result is None else list(result.values())


def _symbol(pair: Market) -> str | None:
    # "If available", say Kraken's documents. A pair may be there a second time, at another house.
    if not pair.get("wsname") or pair.get("execution_venue", _HERE) != _HERE:
        return None
    return "/".join(_USUAL_NAMES.get(name, name) for name in str(pair["wsname"]).split("/"))


VENUE = Venue(
    name="Kraken",
    ccxt_id="kraken",
    candles=Candles(
        endpoint="publicGetOHLC",
        query=_query,
        page_bars=720,
        rows=_rows,
        columns=(0, 1, 2, 3, 4, 6),
        width=8,
        lacks=frozenset({"3m", "2h", "6h", "8h", "12h"}),
        reach=720,
        cost=1.2,
    ),
    listing=Listing(
        endpoint="publicGetAssetPairs",
        rows=_markets,
        symbol=_symbol,
        trading={"status": "online"},
    ),
    # ccxt knows "Invalid asset pair", and not the "Unknown asset pair" that Kraken sends.
    unknown_market="EQuery:",
)
