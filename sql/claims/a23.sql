-- One row per definition and venue.
-- claim: a23
-- event: eo-401k
-- article: A
-- statement: Money seems to move from bitcoin to ether, but the evidence does not suffice yet
-- stated: suggestive, not shown
-- unit: words
-- theme: funds
--
-- part: cause: money moves from bitcoin to ether
-- shown: price: price of ether in bitcoin, from the order to publication
-- shown: ether_flow: net flow of the ether funds from the order to publication
-- shown: bitcoin_flow: net flow of the bitcoin funds from the order to publication
-- shown: share: ether's share of the traded dollars of both, against the 30 days before
-- first: supported
-- otherwise: No figure shows where money came from; from the order to publication the price of
--   ether in bitcoin moved by {price:+}, the ether funds took {ether_flow} and the bitcoin funds
--   {bitcoin_flow}; ether's share of the turnover of both changed by {share:+}; flows into both
--   funds would neither show a switch nor exclude one.
with span as (
    select
        ordered.nominal_at as from_at, publication.nominal_at as to_at,
        ordered.nominal_at - 30 * interval 24 hours as before_at
    from seed.anchor as ordered
    inner join seed.anchor as publication using (event)
    where event = 'eo-401k' and ordered.anchor = 'day' and publication.anchor = 'publication'
),

traded as (
    select
        hourly.venue, hourly.asset, hourly.symbol as contract, hourly.opened_at as traded_at,
        hourly.volume_quote as volume
    from mart.spot_hourly as hourly
    where hourly.asset in ('BTC', 'ETH')
        and (hourly.venue, hourly.quote) in (select (v.venue, v.quote) from seed.venue as v)
    union all
    select
        'CME micro futures', asset, contract, cast(day as timestamp) at time zone 'UTC',
        volume_contracts * contract_size_coin * price_usd
    from stg.futures_price
    where root in ('MBT', 'MET') and price_kind <> 'continuous'
),

share as (
    select
        traded.venue,
        sum(volume order by traded_at, contract)
            filter (where traded_at >= from_at and asset = 'ETH')
        / sum(volume order by traded_at, contract) filter (where traded_at >= from_at) as after,
        sum(volume order by traded_at, contract)
            filter (where traded_at < from_at and asset = 'ETH')
        / sum(volume order by traded_at, contract) filter (where traded_at < from_at) as before
    from traded
    inner join span on traded.traded_at >= span.before_at and traded.traded_at < span.to_at
    group by traded.venue
    -- A venue whose record is shorter than the 30 days before has no share.
    having min(traded_at) <= any_value(before_at) + 4 * interval 24 hours
),

flow as (
    select
        sum(net_flow_usd order by session) filter (where asset = 'ETH') as ether,
        sum(net_flow_usd order by session) filter (where asset = 'BTC') as bitcoin
    from mart.etf_flow_daily
    inner join span
        on session >= cast(from_at at time zone 'UTC' as date)
        and session < cast(to_at at time zone 'UTC' as date)
)

select
    'price' as definition, null as anchor, venue.venue, newer.ratio / older.ratio - 1 as value,
    null as low, null as high, 'fraction' as unit, null as vote, null as note
from span
cross join venues_with('ETH') as venue
left join mart.eth_btc as older on older.closed_at = span.from_at and older.venue = venue.venue
left join mart.eth_btc as newer on newer.closed_at = span.to_at and newer.venue = venue.venue
union all
select
    'share', null, venue, after - before, null, null, 'points', null,
    format('from {:.1f} % in the 30 days before to {:.1f} %', 100 * before, 100 * after)
from share
union all
select 'ether_flow', null, 'US spot ETFs', ether, null, null, 'usd', null, null
from flow
union all
select 'bitcoin_flow', null, 'US spot ETFs', bitcoin, null, null, 'usd', null, null
from flow
-- evidence
select * exclude (session)
from (from flow_rows('ETH') union all from flow_rows('BTC'))
where session between '2025-08-07' and '2025-08-11'
order by session, what
