"""What a backfill is ordered to fill, and the series that this means."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import duckdb
import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.errors import BadInputError
from marketwake.base.seeds import seed_rows
from marketwake.base.series import SECONDS, Series, Window
from marketwake.base.settings import Settings
from marketwake.calendars import contract_code, futures_contract_frame
from marketwake.coverage.expected import expected_series
from marketwake.runs import coins
from marketwake.runs.selection import enough
from marketwake.sources.coingecko.coin_list import LIST
from marketwake.sources.source import Clock
from marketwake.sources.spot.client import Spot, side_by_side
from marketwake.sources.spot.venues import VENUES, serving
from marketwake.sources.yahoo.source import GRACE

SPOT = "spot_bar"
VENDORS = {
    "etf_flow": "Farside",
    "etf_bar": "Yahoo",
    "futures_price": "Yahoo",
    "fed_funds_price": "Yahoo",
    "index_bar": "Yahoo",
    "coin_snapshot": "CoinGecko",
}
"""Who is asked for a dataset other than spot bars."""
NO_SOURCE = {
    "fed_probability": "fed_probability: FedWatch serves no history; CME's download goes into the inbox, fed_funds_price implies the rest"
}
"""What can only be dropped into the inbox, and what to say of it."""
DATASETS = (SPOT, *VENDORS, *NO_SOURCE)
LISTED_BEFORE = timedelta(days=150)
"""Before the month of a contract: CME lists six consecutive months."""


@dataclass(frozen=True)
class Order:
    """What a user wants filled; whatever is left open means everything that the settings name.

    `first` and `last` are UTC days, both included: from the settings' beginning, to today. `again`
    asks anew for what a source has said that it does not have.
    """

    dataset: str | None = None
    first: date | None = None
    last: date | None = None
    symbols: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    interval: str | None = None
    again: bool = False


def days(settings: Settings, order: Order, now: datetime) -> tuple[date, date]:
    """First and last day of an order, both included.

    Raises:
        BadInputError: a day lies in the future, or the window ends before it begins.
    """
    first, last = order.first or settings.history_from, order.last or now.date()
    if max(first, last) > now.date():
        raise BadInputError(
            f"{max(first, last)} lies in the future", f"Today is {now:%Y-%m-%d} UTC."
        )
    if first > last:
        raise BadInputError(
            f"the window from {first} to {last} ends before it begins",
            "Both days are included: --from must not be after --to.",
        )
    return first, last


def settings_for(settings: Settings, order: Order, first: date, clock: Clock) -> Settings:
    """The settings as the order changes them: a live run with these would hold what is ordered.

    Raises:
        BadInputError: there is no such dataset, venue or interval, a venue has no bars of that
            length, or a symbol is malformed.
    """
    _refuse("dataset", [order.dataset] if order.dataset else [], DATASETS)
    _refuse("venue", order.venues, [*VENUES, *sorted(set(VENDORS.values()))])
    _refuse("bar interval", [order.interval] if order.interval else [], SECONDS)
    markets = tuple(symbol for symbol in order.symbols if "/" in symbol)
    chosen = replace(
        settings,
        history_from=first,
        spot_symbols=markets or settings.spot_symbols,
        spot_interval=order.interval or settings.spot_interval,
    )
    named = tuple(venue for venue in order.venues if venue in VENUES)
    for venue in named:
        serving([venue], chosen.spot_interval)
    venues = named or serving(settings.spot_venues, chosen.spot_interval)
    count = enough(
        [Spot(venue, chosen, clock, {}) for venue in venues],
        len(named) or settings.spot_side_by_side,
    )
    return replace(chosen, spot_venues=venues, spot_side_by_side=count)


def _refuse(kind: str, names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise BadInputError(f"unknown {kind} '{name}'", f"Choose {', '.join(known)}.")


def wanted_series(
    con: duckdb.DuckDBPyConnection, settings: Settings, order: Order, clock: Clock
) -> list[Window]:
    """The series of the order, each cut to its days.

    Args:
        con: a warehouse with raw tables; the coins held, and the panel of coins, are read from it.
        settings: of the installation; the order changes them.
        order: what the user wants.
        clock: tells the present, UTC.

    Raises:
        BadInputError: the order names a symbol or venue of none of them.
    """
    now = clock()
    first, last = days(settings, order, now)
    begins, ends = midnight(first), midnight(last) + timedelta(days=1)
    chosen = settings_for(settings, order, first, clock)
    panel = _panel(con, replace(settings, history_from=first), order, now)
    listed = {
        one.series: one
        for one in (
            *_expired(first, now),
            *_coins(con, order, begins, now),
            *panel,
            *expected_series(chosen, now),
        )
    }
    found = [
        one
        for one in listed.values()
        if one.series.dataset in DATASETS and order.dataset in (None, one.series.dataset)
    ]
    if order.venues:
        found = [one for one in found if one.series.venue in order.venues]
    if order.symbols:
        found = [
            one for one in found if any(_is_called(one.series, symbol) for symbol in order.symbols)
        ]
    strangers = [
        symbol
        for symbol in order.symbols
        if not any(_is_called(one.series, symbol) for one in found)
    ]
    strangers += sorted(set(order.venues) - {one.series.venue for one in found})
    if strangers:
        raise BadInputError(
            f"no series of '{strangers[0]}' is among those ordered",
            "Spot symbols are written BTC/USD, contracts METQ5; see `marketwake status`.",
        )
    cut = []
    for one in found:
        window = replace(
            one, first=max(one.first, begins), last=min(one.last, ends - smallest_step(one.series))
        )
        if window.first <= window.last:
            cut.append(window)
    return cut


def _is_called(series: Series, symbol: str) -> bool:
    # The spot markets of an order are those that it names.
    return (
        "/" in symbol
        if series.dataset == SPOT
        else symbol in {series.symbol, *series.symbol.split(" ")}
    )


def _coins(
    con: duckdb.DuckDBPyConnection, order: Order, begins: datetime, now: datetime
) -> Iterator[Window]:
    """The coins that the order names, else those held and, before a night has asked for the list of
    the largest, those of seed.coin.

    Not seed.coin only where none is held: a backfill that was stopped after a few coins would take
    these for all.
    """
    held, known = dict(_held_coins(con)), dict(_seed_coins())
    is_listed = con.execute(
        "select count(*) > 0 from ops.load where source = 'coingecko' and status = 'loaded' and starts_with(request, ?)",
        [LIST],
    ).fetchall()[0][0]
    chosen = [symbol for symbol in order.symbols if symbol in known | held] or (
        held if is_listed else known | held
    )
    for coin in chosen:
        yield Window(Series("coin_snapshot", "CoinGecko", coin, "1d"), begins, midnight(now.date()))


def _panel(
    con: duckdb.DuckDBPyConnection, settings: Settings, order: Order, now: datetime
) -> Iterator[Window]:
    """Daily bars of the panel of coins, on the venues of the order or those that are stored side by
    side, in the markets that it names.
    """
    if order.interval not in (None, coins.INTERVAL):
        return
    venues = [venue for venue in order.venues if venue in VENUES] or side_by_side(
        settings, coins.INTERVAL
    )
    markets = [symbol for symbol in order.symbols if "/" in symbol]
    for one in coins.expected_series(con, settings, now, venues):
        if not markets or one.series.symbol in map(VENUES[one.series.venue].market, markets):
            yield one


def _expired(first: date, now: datetime) -> Iterator[Window]:
    """The contracts that traded on or after a day and have expired: Yahoo has dropped them, but
    they may be held.
    """
    no_overrides = pl.DataFrame(
        schema={"root": pl.String, "contract": pl.String, "expires_at": pl.Datetime("us", "UTC")}
    )
    contracts = futures_contract_frame(no_overrides)["contract", "month", "last_session"]
    for contract, month, last_session in contracts.iter_rows():
        if first <= last_session < (now - GRACE).date():
            yield Window(
                Series("futures_price", "Yahoo", contract, "1d"),
                midnight(month - LISTED_BEFORE),
                midnight(last_session),
            )
    month = first.replace(day=1)
    while month < now.date().replace(day=1):
        following = (month + timedelta(days=31)).replace(day=1)
        series = Series("fed_funds_price", "Yahoo", contract_code("ZQ", month), "1d")
        yield Window(
            series, midnight(month - LISTED_BEFORE), midnight(following) - timedelta(days=1)
        )
        month = following


def smallest_step(series: Series) -> timedelta:
    """The smallest distance of two stamps."""
    return (
        timedelta(seconds=SECONDS[series.interval]) if series.dataset == SPOT else timedelta(days=1)
    )


def _seed_coins() -> Iterator[tuple[str, str]]:
    """Upper-case ticker by coin of seed.coin."""
    return ((row["coin"], row["symbol"]) for row in seed_rows("coin"))


def _held_coins(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Upper-case ticker by coin held."""
    return con.execute(
        "select coin, max(symbol) from raw.coin_snapshot where superseded_at is null group by coin order by coin"
    ).fetchall()


def tickers(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Upper-case ticker by coin, of seed.coin and of what is held."""
    return dict(_seed_coins()) | dict(_held_coins(con))
