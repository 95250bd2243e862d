-- One row per venue and sign of a move from BTC to ETH.
-- claim: a23
-- article: A
-- statement: money seems to move from BTC to ETH (spot, ETFs, futures); the evidence does not suffice yet
-- stated: suggestive, not shown
-- unit: words
with span as (
    select ordered.nominal_at as from_at, publication.nominal_at as to_at, ordered.nominal_at - 30 * interval 24 hours as before_at
    from seed.anchor as ordered
    inner join seed.anchor as publication using (event)
    where event = 'eo-401k' and ordered.anchor = 'day' and publication.anchor = 'publication'
),

traded as (
    select hourly.venue, hourly.asset, hourly.symbol as contract, hourly.opened_at as traded_at, hourly.volume_quote as volume
    from mart.spot_hourly as hourly
    inner join seed.venue as venue using (venue, quote)
    where hourly.asset in ('BTC', 'ETH')
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
        sum(volume order by traded_at, contract) filter (where traded_at >= from_at and asset = 'ETH')
        / sum(volume order by traded_at, contract) filter (where traded_at >= from_at) as after,
        sum(volume order by traded_at, contract) filter (where traded_at < from_at and asset = 'ETH')
        / sum(volume order by traded_at, contract) filter (where traded_at < from_at) as before
    from traded
    inner join span on traded.traded_at >= span.before_at and traded.traded_at < span.to_at
    group by traded.venue
),

flow as (
    select
        sum(net_flow_usd order by session) filter (where asset = 'ETH') as ether,
        sum(net_flow_usd order by session) filter (where asset = 'BTC') as bitcoin,
        max(session) as last_session
    from mart.etf_flow_daily
    inner join span on session >= cast(from_at at time zone 'UTC' as date) and session < cast(to_at at time zone 'UTC' as date)
)

select
    'day' as anchor, newer.venue, 'points to ether: price ratio to publication' as definition, newer.ratio / older.ratio - 1 as value,
    null as low, null as high, 'fraction' as unit, newer.ratio > older.ratio as agrees, 'a rise points to ether' as note
from span
inner join mart.eth_btc as older on older.closed_at = span.from_at
inner join mart.eth_btc as newer on newer.closed_at = span.to_at and newer.venue = older.venue
union all
select 'day', venue, 'points to ether: its share of traded volume', after - before, null, null, 'fraction', after > before,
    format('from {:.1f} % of the two in the 30 days before to {:.1f} %', 100 * before, 100 * after)
from share
union all
select 'day', 'US spot ETFs', 'points to ether: net flow of its funds less that of bitcoin funds', ether - bitcoin, null, null, 'usd',
    ether > bitcoin, 'sessions to ' || last_session
from flow
union all
select 'day', 'US spot ETFs', 'not shown: bitcoin funds did not lose money', bitcoin, null, null, 'usd', bitcoin >= 0,
    'money that moves over leaves the one: only an outflow would show it'
from flow
union all
select
    response.anchor, response.venue, 'not shown: share of earlier windows with as large a gain over bitcoin',
    response.rank_share, null, null, 'fraction',
    case when response.is_candidate then response.rank_share > threshold('significance') end,
    case
        when not response.is_candidate then clock.note
        when response.value is null then response.missing || ' hourly bars of the window are missing'
        else format('gain of {} hours; beyond chance only below {:.0f} %', response.window_length, 100 * threshold('significance'))
    end
from event_response('eo-401k') as response
inner join seed.anchor as clock using (event, anchor)
where response.measure = 'relative_log_return' and response.window_unit = 'hour' and response.window_length = 120
