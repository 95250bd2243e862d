-- One row per definition of weak.
-- claim: a17
-- event: eo-401k
-- article: A
-- statement: More than 70 %, even 80 % of the other coins stayed weak all the same
-- stated: 0.7
-- unit: fraction
-- theme: altcoins
--
-- part: quote: more than 70 % of the other coins were weak
-- main: broad: share of the hundred largest coins of the day, without stablecoins and wrapped
--   coins, that trailed bitcoin over 90 days
-- proxy: fell: share of the coins large on 1 December 2025 that fell over the week
-- proxy: behind_bitcoin: share of the coins large on 1 December 2025 that trailed bitcoin over the
--   week
-- proxy: behind_ether: share of the coins large on 1 December 2025 that trailed ether over the week
-- proxy: below_high: share of the coins large on 1 December 2025 that stood 20 % or more below
--   their highest close of 30 days
-- first: mostly contradicted
-- reason: By CoinMarketCap's index of 12 August, evening in New York, {broad:.0} of the hundred
--   largest coins trailed bitcoin over 90 days. Of the coins that were large on 1 December 2025
--   (survivors, so the picture is too kind) {fell:.0} fell over one week, {behind_bitcoin:.0}
--   trailed bitcoin and {behind_ether:.0} ether.
-- otherwise: A broad panel of coins as listed that day would decide. Over one week {fell:.0} fell
--   and {behind_bitcoin:.0} trailed bitcoin of the coins that were large on 1 December 2025
--   (survivors, so the picture is too kind).
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
        unnest(['fell', 'behind_bitcoin', 'behind_ether', 'below_high']) as definition,
        unnest([
            week < 0,
            week < (select max(week) from coin where class = 'bitcoin'),
            week < (select max(week) from coin where class = 'ether'),
            price_usd <= high_usd * (1 - threshold('weak_drawdown'))
        ]) as is_weak
    from coin
    where class = 'altcoin'
)

select
    'broad' as definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'fraction' as unit,
    vote_if(value > stated('a17')) as vote,
    null as note
from (select 1 - published('altcoin_season_index', '2025-08-12') / 100 as value)
union all
select
    definition, null, null, count(*) filter (where is_weak) / nullif(count(is_weak), 0), null, null,
    'fraction', null, 'of ' || count(is_weak) || ' large coins, as listed on 1 December 2025'
from judged
group by definition
-- evidence
select * exclude (figure, as_of)
from reference_rows(['altcoin_season_index'])
