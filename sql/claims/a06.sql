-- One row per definition and venue.
-- claim: a06
-- event: eo-401k
-- article: A
-- statement: Ether started from about 3,600 USD
-- stated: 3600
-- unit: usd
-- theme: prices
--
-- part: quote: ether came from about 3,600 USD
-- main: traded: prices of the 24 hours before the first report
-- check: anchor: price from the first report to the confirmation
-- shown: midnight: price at the start of the UTC day of the order
-- first: mostly contradicted
-- reason: In the 24 hours before the first report ether traded at {traded}; at 00:00 UTC of the day
--   it stood at {midnight}; from the first report to the confirmation it stood at {anchor}.
-- otherwise: Hourly bars of ether before the order would decide.
with clock as (
    select earliest_at as reported_at
    from seed.anchor
    where event = 'eo-401k' and anchor = 'report'
),

before as (
    select
        venue.venue, min(bar.low) as low, max(bar.high) as high, count(bar.venue) as bars,
        count(*) filter (where bar.low <= stated('a06') * (1 + threshold('about_share'))
            and bar.high >= stated('a06') * (1 - threshold('about_share'))) as hours
    from venues_with('ETH') as venue
    cross join clock
    left join mart.spot_hourly as bar
        on bar.venue = venue.venue and bar.asset = 'ETH'
        and (bar.venue, bar.quote) in (select (v.venue, v.quote) from seed.venue as v)
        and bar.closed_at > clock.reported_at - interval 24 hours
        and bar.closed_at <= clock.reported_at
    group by venue.venue
),

at_anchor as (
    select
        if(hour.anchor = 'day', 'midnight', 'anchor') as definition, price.publisher as venue,
        min(price.value) as low, max(price.value) as high,
        bool_or(abs(price.value / stated('a06') - 1) <= threshold('about_share')) as agrees
    from anchor_hours('eo-401k') as hour
    inner join price_rows('ETH') as price on price.closed_at = hour.hour_at
    where hour.is_candidate
    group by all
)

select
    'traded' as definition, null as anchor, venue, null as value,
    case when bars = 24 then low end as low, case when bars = 24 then high end as high,
    'usd' as unit,
    vote_if(case when bars = 24 then hours > 0 end) as vote,
    if(
        bars = 24, format('within 2 % of it in {} of the 24 hours', hours),
        'hourly bars are missing'
    ) as note
from before
union all
select
    definition, null, venue, null, low, high, 'usd',
    if(definition = 'anchor', vote_if(agrees), null), null
from at_anchor
-- evidence
select * exclude (closed_at, low, high)
from price_rows('ETH')
where closed_at in (
    timestamptz '2025-08-06 10:00:00+00', timestamptz '2025-08-07 00:00:00+00',
    timestamptz '2025-08-07 10:00:00+00', timestamptz '2025-08-07 19:00:00+00'
)
