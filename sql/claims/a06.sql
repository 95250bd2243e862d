-- One row per anchor, venue and way to say where a move started.
-- claim: a06
-- article: A
-- statement: ETH started from about 3,600 USD
-- stated: 3600
-- unit: usd
with hour as (
    select
        anchor, is_candidate, note, nominal_at,
        unnest(generate_series(earliest_at, latest_at, interval 1 hour)) as hour_at
    from seed.anchor
    where event = 'eo-401k'
),

bar as (
    select hourly.venue, hourly.opened_at, hourly.closed_at, hourly.low, hourly.close
    from mart.spot_hourly as hourly
    inner join seed.venue as venue using (venue, quote)
    where hourly.asset = 'ETH'
),

start as (
    select
        hour.anchor, hour.is_candidate, hour.note, bar.venue,
        hour.hour_at = hour.nominal_at as is_nominal,
        max(bar.close) filter (where bar.closed_at = hour.hour_at) as price,
        min(bar.low) as lowest,
        count(*) = 24 as is_complete
    from hour
    inner join bar
        on bar.closed_at > hour.hour_at - interval 24 hours and bar.closed_at <= hour.hour_at
    group by all
),

priced as (
    select anchor, is_candidate, note, venue, is_nominal, 'price at the anchor' as definition, price
    from start
    union all
    select
        anchor, is_candidate, note, venue, is_nominal, 'low of the 24 hours before',
        case when is_complete then lowest end
    from start
)

select
    anchor,
    venue,
    definition,
    max(price) filter (where is_nominal) as value,
    min(price) as low,
    max(price) as high,
    'usd' as unit,
    case
        when is_candidate then abs(value / stated('a06') - 1) <= threshold('about_share')
    end as agrees,
    case when not is_candidate then note when value is null then 'no bar at the anchor' end as note
from priced
group by anchor, is_candidate, note, venue, definition
