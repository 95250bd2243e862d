"""What a backfill is ordered to fill, and the series that this means."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import duckdb
import polars as pl

from marketwake.base.clock import midnight
from marketwake.base.errors import BadInputError
from marketwake.base.seeds import seed_rows
from marketwake.base.series import INTERVALS, SECONDS, Series, Window, is_market
from marketwake.base.settings import FIRST_DAY, Settings
from marketwake.base.text import closest
from marketwake.calendars.futures import contract_code, futures_contract_frame, rates_last_day
from marketwake.calendars.stamps import FIRST_MONTH
from marketwake.coverage.expected import expected_series
from marketwake.runs import coins
from marketwake.runs.selection import enough
from marketwake.sources.coingecko import chart as coingecko
from marketwake.sources.coingecko.coin_list import LIST
from marketwake.sources.farside import source as farside
from marketwake.sources.issuers import funds as issuers
from marketwake.sources.source import Clock
from marketwake.sources.spot.client import Spot, side_by_side
from marketwake.sources.spot.venues import VENUES, serving
from marketwake.sources.yahoo import request as yahoo
from marketwake.sources.yahoo.contracts import FED_FUNDS, GRACE, following

SPOT = "spot_bar"
VENDORS = {
    "etf_flow": farside.VENDOR,
    issuers.DATASET: issuers.VENDOR,
    **dict.fromkeys(yahoo.CALENDARS, yahoo.VENDOR),
    coingecko.DATASET: coingecko.VENDOR,
}
"""Who is asked for a dataset other than spot bars."""
NO_SOURCE = {
    "fed_probability": "fed_probability: FedWatch serves no history; "
    "CME's download goes into the inbox, fed_funds_price implies the rest"
}
"""What can only be dropped into the inbox, and what to say of it."""
DATASETS = (SPOT, *VENDORS, *NO_SOURCE)
"""What an order may name as a dataset."""
VENUES_AND_VENDORS = (*VENUES, *sorted(set(VENDORS.values())))
"""What an order may name as a venue."""
LISTED_BEFORE = timedelta(days=150)
"""Before the month of a contract: CME lists six consecutive months."""


@dataclass(frozen=True)
class Order:
    """What a user wants filled; whatever is left open means everything that the settings name.

    `first` and `last` are UTC days, both included: from the settings' beginning, to today. `again`
    asks anew for what is held, and for what a source has said that it does not have.
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
        BadInputError: a day lies in the future or before all figures, or the window ends before it
            begins.
    """
    first, last = order.first or settings.history_from, order.last or now.date()
    if first < FIRST_MONTH:
        raise BadInputError(
            f"{first} lies before all figures", f"Give --from {FIRST_MONTH} or later."
        )
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
    _refuse("venue", order.venues, VENUES_AND_VENDORS)
    _refuse("bar interval", [order.interval] if order.interval else [], INTERVALS)
    markets = tuple(symbol for symbol in order.symbols if "/" in symbol)
    for market in markets:
        if not is_market(market):
            raise BadInputError(
                f"'{market}' is no market", "Write base/quote in capitals: --symbol BTC/USD."
            )
    chosen = replace(
        settings,
        history_from=max(first, FIRST_DAY),
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
            raise BadInputError(
                f"unknown {kind} '{name}'", f"{closest(name, known)}Choose {', '.join(known)}."
            )


def ordered_series(
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
    known = {
        window.series: window
        for window in (
            *_expired(first, now),
            *_coins(con, order, begins, now),
            *_panel(con, replace(settings, history_from=max(first, FIRST_DAY)), order, now),
            *expected_series(settings_for(settings, order, first, clock), now),
        )
    }
    named = [
        window
        for series, window in known.items()
        if series.dataset in DATASETS
        and order.dataset in (None, series.dataset)
        and (not order.venues or series.venue in order.venues)
        and (not order.symbols or any(_is_called(series, symbol) for symbol in order.symbols))
    ]
    _refuse_strangers(order, [window.series for window in named])
    cut = (
        replace(
            window,
            first=max(window.first, begins),
            last=min(window.last, ends - smallest_step(window.series)),
        )
        for window in named
    )
    return [window for window in cut if window.first <= window.last]


def _refuse_strangers(order: Order, named: list[Series]) -> None:
    strangers = [
        symbol
        for symbol in order.symbols
        if not any(_is_called(series, symbol) for series in named)
    ]
    strangers += sorted(set(order.venues) - {series.venue for series in named})
    if strangers:
        raise BadInputError(
            f"no series of '{strangers[0]}' is among those ordered",
            "Spot symbols are written BTC/USD, contracts METQ5; see `marketwake status`.",
        )


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
        """
        select count(*) > 0 from ops.load
        where source = 'coingecko' and status = 'loaded' and starts_with(request, ?)
        """,
        [LIST],
    ).fetchall()[0][0]
    chosen = [symbol for symbol in order.symbols if symbol in known | held] or (
        held if is_listed else known | held
    )
    for coin in chosen:
        series = Series(coingecko.DATASET, coingecko.VENDOR, coin, "1d")
        yield Window(series, begins, midnight(now.date()))


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
    for window in coins.expected_series(con, settings, now, venues):
        series = window.series
        if not markets or series.symbol in map(VENUES[series.venue].market, markets):
            yield window


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
            series = Series("futures_price", yahoo.VENDOR, contract, "1d")
            yield Window(series, midnight(month - LISTED_BEFORE), midnight(last_session))
    month = first.replace(day=1)
    while (last_day := rates_last_day(month)) < (now - GRACE).date():
        series = Series("fed_funds_price", yahoo.VENDOR, contract_code(FED_FUNDS, month), "1d")
        yield Window(series, midnight(month - LISTED_BEFORE), midnight(last_day))
        _, month = following(month, 2)


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
        """
        select coin, max(symbol) from raw.coin_snapshot
        where superseded_at is null group by coin order by coin
        """
    ).fetchall()


def tickers(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Upper-case ticker by coin, of seed.coin and of what is held."""
    return dict(_seed_coins()) | dict(_held_coins(con))
