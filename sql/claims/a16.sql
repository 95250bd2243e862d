-- One row per universe of coins.
-- claim: a16
-- event: eo-401k
-- article: A
-- statement: The altcoin market's value rose over 15 % on the week
-- stated: 0.15
-- unit: fraction
-- theme: altcoins
--
-- part: quote: the value of the altcoin market rose over 15 % on the week
-- proxy: with_ether: large coins without bitcoin, weeks that ended before publication
-- proxy: without: the same without ether
-- first: contradicted
-- otherwise: What all coins but bitcoin were worth a week apart would decide and was not found; the
--   value of coins that were large in December 2025 moved by {with_ether:+} with ether and by
--   {without:+} without, over weeks that ended from 9 to 11 August.
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
),

week as (
    select
        universe.definition, coin.snapshot_at,
        sum(coin.value_usd order by coin.coin) / sum(coin.value_before_usd order by coin.coin) - 1
            as change,
        count(*) as coins
    from coin
    inner join (
        values ('without', 'altcoin'), ('with_ether', 'altcoin'), ('with_ether', 'ether')
    ) as universe(definition, class) using (class)
    group by all
)

select
    kind.definition, null as anchor, null as venue, null as value,
    min(week.change) as low, max(week.change) as high, 'fraction' as unit,
    null as vote,
    coalesce(
        max(week.coins) || ' large coins, as listed on 1 December 2025: survivors; weeks to the '
        || 'end of '
        || strftime(min(week.snapshot_at) at time zone 'UTC' - interval 1 day, '%m-%d to ')
        || strftime(max(week.snapshot_at) at time zone 'UTC' - interval 1 day, '%m-%d'),
        'no coins are held'
    ) as note
from (values ('with_ether'), ('without')) as kind(definition)
left join week using (definition)
group by kind.definition
-- evidence
select
    count(*) || ' large coins with ether, market value'
    || strftime(snapshot.snapshot_at at time zone 'UTC', ' at %Y-%m-%d %H:%M UTC') as what,
    sum(snapshot.market_cap_usd) as value, 'usd' as unit, snapshot.vendor as publisher,
    'market chart of each coin' as source,
    arg_max(snapshot.payload_sha256, snapshot.recorded_at) as payload_sha256,
    max(snapshot.recorded_at) as recorded_at
from raw.coin_snapshot as snapshot
inner join stg.coin_snapshot as classed using (vendor, coin, snapshot_at)
where snapshot.superseded_at is null and classed.class in ('ether', 'altcoin')
    and snapshot.snapshot_at in (
        timestamptz '2025-08-03 00:00:00+00', timestamptz '2025-08-04 00:00:00+00',
        timestamptz '2025-08-05 00:00:00+00', timestamptz '2025-08-10 00:00:00+00',
        timestamptz '2025-08-11 00:00:00+00', timestamptz '2025-08-12 00:00:00+00'
    )
group by snapshot.snapshot_at, snapshot.vendor
order by snapshot.snapshot_at
