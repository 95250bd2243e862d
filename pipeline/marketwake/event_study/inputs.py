"""What the study reads from the warehouse, as frames with the column names of the study."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl
from polars import selectors as cs

from marketwake.base.errors import BadInputError
from marketwake.event_study import precedents
from marketwake.event_study.design import Design


@dataclass(frozen=True)
class Inputs:
    """Frames as the functions of the study take them; instants are Datetime('us', 'UTC')."""

    spot: pl.DataFrame
    """venue, instrument, opened_at, closed_at, high, close, volume_base.

    The dollar markets that seed.instrument lists.
    """
    ratio: pl.DataFrame
    """venue, instrument ETH/BTC, closed_at, close, volume_base (null: a ratio of two markets)."""
    flows: pl.DataFrame
    """asset, session, net_flow_usd."""
    sessions: pl.DataFrame
    """session, opens_at, closes_at of the New York Stock Exchange."""
    basis: pl.DataFrame
    """venue, instrument, observed_at, annualised_basis."""
    monthly: pl.DataFrame
    """venue, instrument, at (first of the month), close."""
    daily: pl.DataFrame
    """venue, instrument, at (session), close."""
    fund_flows: pl.DataFrame
    """ticker, session, net_flow_usd."""
    coins: pl.DataFrame
    """vendor, coin, class, snapshot_at, price_usd, market_cap_usd."""
    factors: pl.DataFrame | None = None
    """session and a column of returns for each factor of a reader's own, as fractions."""


def read_frame(
    con: duckdb.DuckDBPyConnection, query: str, params: dict[str, object] | None = None
) -> pl.DataFrame:
    """The rows of a query, instants in UTC in whatever time zone the connection shows them."""
    frame: pl.DataFrame = con.sql(query, params=params).pl()
    return frame.with_columns(cs.datetime(time_zone="*").dt.convert_time_zone("UTC"))


def read_anchors(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """event, anchor, nominal_at, earliest_at, latest_at, precision, is_candidate of seed.anchor."""
    return read_frame(
        con,
        """
        select event, anchor, nominal_at, earliest_at, latest_at, precision, is_candidate
        from seed.anchor
        order by event, anchor
        """,
    )


def read_inputs(
    con: duckdb.DuckDBPyConnection, design: Design, symbols: Sequence[str] = ()
) -> Inputs:
    """Read marts, calendar and indices; a table without rows gives an empty frame.

    Spot markets are those of seed.instrument, named by their asset, and those of `symbols`
    (base/quote), named so.
    """
    index: dict[str, object] = {"venue": precedents.VENUE}
    return Inputs(
        spot=read_frame(con, _SPOT, {"symbols": list(symbols)}),
        ratio=read_frame(con, _RATIO),
        flows=read_frame(
            con, "select asset, session, net_flow_usd from mart.etf_flow_daily order by all"
        ),
        sessions=read_frame(con, _SESSIONS),
        basis=read_frame(con, _BASIS, {"tenor": design.tenor_days}),
        monthly=read_frame(con, _INDEX, index | {"interval": "1mo"}),
        daily=read_frame(con, _INDEX, index | {"interval": "1d"}),
        fund_flows=read_frame(
            con, "select ticker, session, net_flow_usd from stg.etf_flow order by all"
        ),
        coins=read_frame(con, _COINS),
    )


def checked_factors(frame: pl.DataFrame) -> pl.DataFrame:
    """The factors of a reader's own, their returns as numbers. Raises BadInputError."""
    names = [name for name in frame.columns if name != "session"]
    fix = "Give a column session (dates) and a column of returns, as fractions, for each factor."
    if frame.schema.get("session") != pl.Date or not names:
        raise BadInputError(f"factors have the columns {', '.join(frame.columns) or 'none'}", fix)
    for name in names:
        if not frame.schema[name].is_numeric():
            raise BadInputError(f"factor {name} is {frame.schema[name]}, not a number", fix)
    values = frame.select(pl.col(names).cast(pl.Float64))
    largest = values.select(pl.max_horizontal(pl.all().abs().max())).item()
    if largest is None or not largest < 1:
        raise BadInputError(
            "factors have no return, or one of 100 % or more",
            "Give returns as fractions: divide percents by 100.",
        )
    if frame["session"].null_count() or frame["session"].is_duplicated().any():
        raise BadInputError("factors have a session twice, or a row without one", "Give each once.")
    return frame.with_columns(pl.col(names).cast(pl.Float64))


_SPOT = """
select
    bar.venue,
    bar.asset as instrument,
    bar.opened_at,
    bar.closed_at,
    bar.high,
    bar.close,
    bar.volume_base
from mart.spot_hourly as bar
semi join seed.venue as venue on bar.venue = venue.venue and bar.quote = venue.quote
semi join seed.instrument as instrument
    on bar.symbol = instrument.instrument and instrument.kind = 'spot'
union all
select venue, symbol, opened_at, closed_at, high, close, volume_base
from mart.spot_hourly
where list_contains($symbols::varchar[], symbol)
order by all
"""

_RATIO = """
select
    venue,
    'ETH/BTC' as instrument,
    closed_at,
    ratio as close,
    null::double as volume_base
from mart.eth_btc
order by all
"""

_SESSIONS = """
select session, opens_at, closes_at
from cal.session
where calendar = 'XNYS'
order by session
"""

_COINS = """
select vendor, coin, class, snapshot_at, price_usd, market_cap_usd
from stg.coin_snapshot
order by all
"""

# Last trades carry the root's own name, settlements say so; of several vendors the one with the
# most days is used, not a mixture. Yahoo's last trades are of weekends alone: no series of days.
_BASIS = """
with observed as (
    select vendor, root, price_kind, venue, '' as tenor, observed_at, annualised_basis
    from mart.futures_basis
    where is_front_month and venue is not null
    union all
    select
        vendor,
        root,
        price_kind,
        venue,
        format(' {}d', $tenor),
        observed_at,
        case when not is_extrapolated then annualised_basis end
    from mart.basis_constant_maturity
    where tenor_days = $tenor
),

counted as (
    select *, count(*) over (partition by vendor, root, price_kind, venue, tenor) as days
    from observed
)

select
    venue,
    root
    || tenor
    || case when price_kind <> 'last_trade' then ' ' || price_kind else '' end as instrument,
    observed_at,
    annualised_basis
from counted
qualify rank() over (partition by root, price_kind, venue, tenor order by days desc, vendor) = 1
order by all
"""

_INDEX = """
select
    $venue as venue,
    symbol as instrument,
    session::timestamp at time zone 'UTC' as at,
    close
from stg.index_bar
where bar_interval = $interval
order by all
"""
