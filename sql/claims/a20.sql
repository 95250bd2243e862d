-- One row per sum and per scale that it is held against.
-- claim: a20
-- article: A
-- statement: 5 % of about 9 T USD is 0.45 T
-- stated: 450000000000
-- unit: usd
with scale as (
    select
        'the value of all bitcoin and ether' as definition,
        sum(snapshot.market_cap_usd order by snapshot.coin) as value_usd,
        count(*) = 2 as is_complete
    from stg.coin_snapshot as snapshot
    inner join seed.anchor as clock
        on snapshot.snapshot_at = clock.nominal_at and clock.event = 'eo-401k'
        and clock.anchor = 'publication'
    where snapshot.class in ('bitcoin', 'ether')
    union all
    select
        'a year of net flow into the funds of both',
        sum(daily.net_flow_usd order by daily.session, daily.asset),
        -- Trading pauses for three or four days at most: a first session later than that means a
        -- shorter record.
        min(daily.session) <= cast(max(clock.nominal_at) at time zone 'UTC' as date) - interval 1 year + interval 5 days
    from mart.etf_flow_daily as daily
    inner join seed.anchor as clock
        on clock.event = 'eo-401k' and clock.anchor = 'publication'
        and daily.session >= cast(clock.nominal_at at time zone 'UTC' as date) - interval 1 year
        and daily.session < cast(clock.nominal_at at time zone 'UTC' as date)
)

select
    null as anchor,
    null as venue,
    'share of the sum that the article names' as definition,
    stated('a20', 'share') * stated('a20', 'assets') as value,
    null as low,
    null as high,
    'usd' as unit,
    abs(stated('a20', 'share') * stated('a20', 'assets') / stated('a20') - 1) <= threshold('about_share') as agrees,
    'arithmetic only' as note
union all
select
    null, null, 'share of the 401(k) assets alone',
    stated('a20', 'share') * stated('a19', 'plans_401k'), null, null, 'usd', null,
    'the article calls 8.7 T USD about nine'
union all
select
    null, null, 'scenario: the sum over ' || definition,
    case when is_complete then stated('a20') / value_usd end, null, null, 'ratio', null,
    case
        when is_complete then 'a scale, not part of the claim'
        else 'the data here do not cover it'
    end
from scale
