-- One row per definition.
-- claim: a27
-- event: eo-401k
-- article: A
-- statement: On ether, the smaller coin by value, a dollar of flow weighs more
-- stated: ether more than bitcoin
-- unit: words
-- theme: funds
--
-- part: arithmetic: a dollar is a larger share of all ether than of all bitcoin
-- main: times: market value of all bitcoin over that of all ether, end of the day of the order
-- shown: ether: net flow of the ether funds in two sessions over that value
-- shown: bitcoin: net flow of the bitcoin funds in two sessions over that value
-- tolerance: equal_weight
-- reason: All bitcoin was worth {times} times as much as all ether at the end of 7 August; the
--   flows of 7 and 8 August came to {ether:.3} of the value of ether and {bitcoin:.3} of that of
--   bitcoin; what a dollar does to the price was not measured.
-- otherwise: The flows of the funds and the market values of both coins would decide.
with placed as (
    select
        daily.asset, daily.session, daily.net_flow_usd,
        row_number() over (partition by daily.asset order by daily.session) as place
    from mart.etf_flow_daily as daily
    inner join seed.anchor as clock on clock.event = 'eo-401k' and clock.anchor = 'day'
    where daily.session >= cast(clock.nominal_at at time zone 'UTC' as date)
),

weight as (
    select
        coin.class, any_value(coin.market_cap_usd) as value_usd,
        case when count(placed.session) = 2
            then sum(placed.net_flow_usd order by placed.session)
                / any_value(coin.market_cap_usd) end as share
    from stg.coin_snapshot as coin
    inner join seed.anchor as clock
        on clock.event = 'eo-401k' and clock.anchor = 'day'
        and coin.snapshot_at = clock.nominal_at + interval 24 hours
    left join placed
        on placed.place <= 2 and placed.asset = if(coin.class = 'ether', 'ETH', 'BTC')
    where coin.class in ('bitcoin', 'ether')
    group by coin.class
),

both_coins as (
    select
        max(share) filter (where class = 'ether') as ether,
        max(share) filter (where class = 'bitcoin') as bitcoin,
        max(value_usd) filter (where class = 'bitcoin')
        / max(value_usd) filter (where class = 'ether') as times
    from weight
)

select
    'times' as definition, null as anchor, null as venue,
    times as value, null as low, null as high,
    'ratio' as unit, vote_if(times > threshold('equal_weight')) as vote,
    if(times is null, 'market values are not held', null) as note
from both_coins
union all
select 'ether', null, null, ether, null, null, 'fraction', null, null
from both_coins
union all
select 'bitcoin', null, null, bitcoin, null, null, 'fraction', null, null
from both_coins
-- evidence
select * exclude (session)
from (from flow_rows('ETH') union all from flow_rows('BTC'))
where session between '2025-08-07' and '2025-08-08'
union all
select
    'market value of ' || snapshot.coin || ' at 2025-08-08 00:00 UTC', market_cap_usd, 'usd',
    vendor, 'market chart', payload_sha256, recorded_at
from raw.coin_snapshot as snapshot
where superseded_at is null and coin in ('bitcoin', 'ethereum')
    and snapshot_at = timestamptz '2025-08-08 00:00:00+00'
