-- One row per definition of weak.
-- claim: a17
-- article: A
-- statement: over 70-80 % of altcoins stayed weak all the same
-- stated: 0.7
-- unit: fraction
with shot as (
    select
        snapshot.coin, snapshot.class, snapshot.snapshot_at, snapshot.price_usd,
        clock.nominal_at as ended_at
    from stg.coin_snapshot as snapshot
    inner join seed.anchor as clock
        on snapshot.snapshot_at > clock.nominal_at - 31 * interval 24 hours
        and snapshot.snapshot_at <= clock.nominal_at
        and clock.event = 'eo-401k' and clock.anchor = 'publication'
),

coin as (
    select
        coin,
        class,
        max(price_usd) filter (where snapshot_at = ended_at) as price_usd,
        max(price_usd) filter (where snapshot_at = ended_at)
        / max(price_usd) filter (where snapshot_at = ended_at - 7 * interval 24 hours) - 1 as week,
        case when count(*) = 31 then max(price_usd) end as high_usd
    from shot
    group by coin, class
),

judged as (
    select
        'fell over the week' as definition, week < 0 as is_weak
    from coin where class = 'altcoin'
    union all
    select
        'behind bitcoin over the week', week < (select max(week) from coin where class = 'bitcoin')
    from coin where class = 'altcoin'
    union all
    select 'behind ether over the week', week < (select max(week) from coin where class = 'ether')
    from coin where class = 'altcoin'
    union all
    select
        format('{:.0f} % or more below the high of 30 days', 100 * threshold('weak_drawdown')),
        price_usd <= high_usd * (1 - threshold('weak_drawdown'))
    from coin where class = 'altcoin'
)

select
    'publication' as anchor,
    null as venue,
    definition,
    count(*) filter (where is_weak) / nullif(count(is_weak), 0) as value,
    null as low,
    null as high,
    'fraction' as unit,
    value >= stated('a17') as agrees,
    case
        when count(is_weak) = 0 then 'the panel of coins does not go back 30 days'
        else 'of ' || count(is_weak) || ' large coins, as listed on 1 December 2025: survivors do better than all coins did'
    end as note
from judged
group by definition
