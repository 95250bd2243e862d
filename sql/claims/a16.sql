-- One row per universe of coins and end of the week.
-- claim: a16
-- article: A
-- statement: the altcoin market's value rose over 15 % on the week
-- stated: 0.15
-- unit: fraction
with coin as (
    select
        newer.coin, newer.class, newer.snapshot_at, newer.market_cap_usd as value_usd,
        older.market_cap_usd as value_before_usd
    from stg.coin_snapshot as newer
    inner join stg.coin_snapshot as older
        on older.vendor = newer.vendor and older.coin = newer.coin
        and older.snapshot_at = newer.snapshot_at - 7 * interval 24 hours
    inner join seed.anchor as clock
        on newer.snapshot_at between clock.nominal_at - 2 * interval 24 hours and clock.nominal_at
        and clock.event = 'eo-401k' and clock.anchor = 'publication'
    where newer.market_cap_usd is not null and older.market_cap_usd is not null
)

select
    'publication' as anchor,
    null as venue,
    -- A snapshot at midnight closes the day before.
    universe.name || strftime(coin.snapshot_at at time zone 'UTC' - interval 1 day, ' ether, week to the end of %m-%d')
        as definition,
    sum(coin.value_usd order by coin.coin) / sum(coin.value_before_usd order by coin.coin) - 1
        as value,
    null as low,
    null as high,
    'fraction' as unit,
    -- The altcoin market is counted without bitcoin and ether; with ether the figure only shows how
    -- much hangs on it.
    case when universe.name = 'without' then value > stated('a16') end as agrees,
    count(*) || ' large coins, as listed on 1 December 2025: survivors'
        || if(universe.name = 'with', '; ether is no altcoin', '') as note
from coin
inner join (values ('without', 'altcoin'), ('with', 'altcoin'), ('with', 'ether')) as universe(name, class)
    using (class)
group by universe.name, coin.snapshot_at
