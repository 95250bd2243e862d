"""Daily bars behind the loopback Yahoo, by symbol.

Recorded: dated MBT and MET contracts, `BTC=F`, ^GSPC, ^DJI. Constructed for tests, and nobody's
prices:

* BTC and ETH contracts: the micro contract's prices, its volume divided by the ratio of the
  contract sizes * `MBT=F`, `MET=F`, `ETH=F`, and `BTC=F` where only the sample is at hand: the
  nearest micro contract's bars * bars of the funds * ZQ contracts: prices computed backwards from
  the published FedWatch probabilities of the meeting of 2025-09-17
"""

import csv
import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from math import sqrt
from pathlib import Path
from zoneinfo import ZoneInfo

from marketwake.base.resources import SAMPLE
from tests.support.servers.farside import read_rows

NEW_YORK = ZoneInfo("America/New_York")
MONTHS = "FGHJKMNQUVXZ"
_DATED = re.compile(
    rf"(?P<root>MBT|MET|BTC|ETH|ZQ)(?P<code>[{MONTHS}])(?P<year>\d\d)\.(?P<exchange>CME|CBT)"
)
_MICRO = {"BTC": ("MBT", 50), "ETH": ("MET", 500), "MBT": ("MBT", 1), "MET": ("MET", 1)}
EFFECTIVE_RATE = 4.33
"""Per cent: the effective federal funds rate from July to mid-September 2025."""


@dataclass(frozen=True)
class Bar:
    """One session; prices None where the venue has a hole."""

    session: date
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: int | None


@dataclass(frozen=True)
class Series:
    """A symbol: what Yahoo says of it, and its sessions, oldest first. `last_day`: of a dated
    contract, which then vanishes.
    """

    symbol: str
    kind: str
    exchange: str
    short_name: str
    bars: tuple[Bar, ...]
    last_day: date | None = None

    def stamp(self, session: date) -> int:
        """Unix seconds of a bar: midnight New York for futures, the opening for the rest."""
        return round(
            datetime.combine(
                session, time(0) if self.kind == "FUTURE" else time(9, 30), NEW_YORK
            ).timestamp()
        )

    def is_over(self, session: date, now: datetime) -> bool:
        """Whether a session has ended: 17:00 New York for futures, 16:00 for the rest."""
        return now >= datetime.combine(
            session, time(17) if self.kind == "FUTURE" else time(16), NEW_YORK
        )


@cache
def series(recorded: Path | None, symbol: str) -> Series | None:
    """A symbol's bars, all that are known; None for a symbol that nobody knows."""
    dated = _DATED.fullmatch(symbol)
    if dated:
        month = date(2000 + int(dated["year"]), MONTHS.index(dated["code"]) + 1, 1)
        return (
            _rates(recorded, symbol, month)
            if dated["root"] == "ZQ"
            else _contract(recorded, symbol, dated["root"], month)
        )
    if symbol.endswith("=F") and symbol.removesuffix("=F") in _MICRO:
        return _continuous(recorded, symbol)
    if symbol in ("^GSPC", "^DJI"):
        name = {"^GSPC": "S&P 500", "^DJI": "Dow Jones Industrial Average"}[symbol]
        return Series(
            symbol, "INDEX", "SNP" if symbol == "^GSPC" else "DJI", name, _index(recorded, symbol)
        )
    for asset in ("BTC", "ETH"):
        tickers, rows, _ = read_rows(recorded, asset)
        if symbol in tickers:
            return Series(
                symbol,
                "ETF",
                "NGM",
                symbol,
                tuple(_fund(row.day) for row in rows if row.flows[symbol] is not None),
            )
    return None


def _contract(recorded: Path | None, symbol: str, root: str, month: date) -> Series | None:
    micro, ratio = _MICRO[root]
    bars = _micro_bars(recorded, micro).get(f"{micro}{MONTHS[month.month - 1]}{month.year % 10}")
    if not bars or month.year != bars[0].session.year + (month.month < bars[0].session.month):
        return None
    scaled = (replace(bar, volume=(bar.volume or 0) // ratio) for bar in bars)
    return Series(
        symbol,
        "FUTURE",
        "CME",
        f"{_name(micro, ratio)},{month:%b-%Y}",
        tuple(_with_holes(scaled)),
        _last_friday(month),
    )


def _name(micro: str, ratio: int) -> str:
    return f"{'Micro ' if ratio == 1 else ''}{'Bitcoin' if micro == 'MBT' else 'Ether'} Futures"


def _continuous(recorded: Path | None, symbol: str) -> Series:
    micro, ratio = _MICRO[symbol.removesuffix("=F")]
    path = recorded / "cme/yahoo/BTC=F_adjclose.csv" if recorded and symbol == "BTC=F" else None
    if path:
        bars = [
            flat(date.fromisoformat(line["Date"]), float(line["Adj Close"]), 0)
            for line in _lines(path)
            if line["Adj Close"]
        ]
    else:
        front: dict[date, tuple[date, Bar]] = {}
        for contract, held in _micro_bars(recorded, micro).items():
            for bar in held:
                month = date(
                    bar.session.year + (int(contract[-1]) != bar.session.year % 10),
                    MONTHS.index(contract[-2]) + 1,
                    1,
                )
                if bar.session not in front or month < front[bar.session][0]:
                    front[bar.session] = (month, bar)
        bars = [
            replace(bar, volume=(bar.volume or 0) // ratio) for _, (_, bar) in sorted(front.items())
        ]
    return Series(
        symbol, "FUTURE", "CME", f"{_name(micro, ratio)},{bars[-1].session:%b-%Y}", tuple(bars)
    )


@cache
def _micro_bars(recorded: Path | None, root: str) -> dict[str, list[Bar]]:
    """Bars of the micro contracts by vendor code (MBTQ5), Monday to Friday."""
    by_contract: dict[str, list[Bar]] = {}
    if recorded is None:
        rows = (line for line in _lines(SAMPLE / "futures_price.csv") if line["root"] == root)
        bars = (
            (
                line["contract"],
                flat(
                    date.fromisoformat(line["day"]),
                    float(line["price_usd"]),
                    int(line["volume_contracts"]),
                ),
            )
            for line in rows
        )
    else:
        lines = (
            line
            for path in sorted((recorded / "cme/contracts").glob(f"{root}_*.csv"))
            for line in _lines(path)
        )
        bars = ((line["contract"], _bar(line, "utc_day")) for line in lines)
    for contract, bar in bars:
        # Yahoo counts the Sunday evening to Monday's session.
        if bar.session.weekday() < 5:
            by_contract.setdefault(contract, []).append(bar)
    return {
        contract: sorted(held, key=lambda bar: bar.session)
        for contract, held in by_contract.items()
    }


@cache
def _index(recorded: Path | None, symbol: str) -> tuple[Bar, ...]:
    if recorded is None:
        rows = (line for line in _lines(SAMPLE / "index_bar.csv") if line["symbol"] == symbol)
        return tuple(
            flat(date.fromisoformat(line["session"]), float(line["close"]), 0) for line in rows
        )
    if symbol == "^GSPC":
        return tuple(_bar(line, "date") for line in _lines(recorded / "equity/gspc_daily.csv"))
    lowered = (
        {name.lower(): cell for name, cell in line.items()}
        for line in _lines(recorded / "equity/dow_daily.csv")
    )
    return tuple(_bar(line, "") for line in lowered)


def _fund(session: date) -> Bar:
    """A made-up bar of a fund, told by the day alone: volumes between 30 and 36 million shares."""
    step = session.toordinal() % 7
    return Bar(
        session,
        60 + step / 4,
        61 + step / 4,
        59.5 + step / 4,
        60.5 + step / 4,
        30_000_000 + step * 1_000_000,
    )


def _rates(recorded: Path | None, symbol: str, month: date) -> Series | None:
    if not date(2025, 7, 1) <= month <= date(2025, 11, 1):
        return None
    path = next((recorded / "fedwatch").glob("FedMeeting_20250917.csv")) if recorded else None
    cuts = {day: expected_cuts(quote) for day, quote in sorted(_quotes(path).items())}
    last = month.replace(day=monthrange(month.year, month.month)[1])
    bars = tuple(
        flat(day, round(100 - average_rate(month, *pair), 6), 1000)
        for day, pair in cuts.items()
        if day <= last
    )
    return Series(symbol, "FUTURE", "CBT", f"30 Day Federal Funds,{month:%b-%Y}", bars, last)


def expected_cuts(quote: dict[int, float]) -> tuple[float, float]:
    """Cuts of 25 basis points expected of the meetings of 30 July and 17 September 2025, from the
    probabilities after the second.

    `quote`: probability by lower bound in basis points; 425 is no cut. With h held twice and c cut
    twice the two are the solutions of x + y = 1 - h + c, x y = c: the outcomes of the meetings are
    independent in CME's tree.
    """
    both, none = quote.get(375, 0.0), quote.get(425, 0.0)
    if both == 0 or none == 0:
        return 0.0, sum((425 - lower) / 25 * probability for lower, probability in quote.items())
    total = 1 - none + both
    root = sqrt(total * total / 4 - both)
    return total / 2 - root, total / 2 + root


def average_rate(month: date, july: float, september: float) -> float:
    """Mean effective rate of a month of 2025, per cent: so many cuts of 25 basis points after 30
    July and 17 September.
    """
    after_july = EFFECTIVE_RATE - july / 4
    after_september = after_july - september / 4
    if month.month == 7:
        return (30 * EFFECTIVE_RATE + after_july) / 31
    if month.month == 9:
        return (17 * after_july + 13 * after_september) / 30
    return after_july if month.month == 8 else after_september


def _quotes(path: Path | None) -> dict[date, dict[int, float]]:
    """Probabilities above zero by quote day and lower bound, for days on which at most two cuts in
    two meetings are priced.
    """
    by_day: dict[date, dict[int, float]] = {}
    if path is None:
        for line in _lines(SAMPLE / "fed_probability.csv"):
            by_day.setdefault(date.fromisoformat(line["quoted_on"]), {})[int(line["lower_bps"])] = (
                float(line["probability"])
            )
        return by_day
    for line in _lines(path):
        cells = {
            int(name.strip("()").split("-")[0]): float(cell)
            for name, cell in line.items()
            if name != "Date" and cell
        }
        by_day[datetime.strptime(line["Date"], "%Y/%m/%d").date()] = {  # noqa: DTZ007
            lower: share for lower, share in cells.items() if share
        }
    return {
        day: quote
        for day, quote in by_day.items()
        if day >= date(2025, 6, 19) and set(quote) <= {375, 400, 425}
    }


def _with_holes(bars: Iterable[Bar]) -> Iterable[Bar]:
    """A bar of nulls for each weekday without a trade between the first and the last."""
    previous: date | None = None
    for bar in bars:
        while previous and (previous := previous + timedelta(days=1)) < bar.session:
            if previous.weekday() < 5:
                yield Bar(previous, None, None, None, None, None)
        previous = bar.session
        yield bar


def _last_friday(month: date) -> date:
    last = month.replace(day=monthrange(month.year, month.month)[1])
    return last - timedelta(days=(last.weekday() - 4) % 7)


def _bar(line: dict[str, str], day: str) -> Bar:
    first, high, low, close = (float(line[name]) for name in ("open", "high", "low", "close"))
    return Bar(date.fromisoformat(line[day]), first, high, low, close, int(float(line["volume"])))


def flat(session: date, price: float, volume: int) -> Bar:
    """A bar of one price."""
    return Bar(session, price, price, price, price, volume)


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def unix(instant: datetime) -> int:
    """Whole Unix seconds of an instant."""
    return int(instant.astimezone(UTC).timestamp())
