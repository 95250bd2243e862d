-- One row per anchor, venue and definition of a rise.
-- claim: a05
-- article: A
-- statement: ETH spot volume rose markedly in the 24 hours
-- stated: marked rise
-- unit: words
with usual as (
    select response.*, clock.note
    from event_response('eo-401k') as response
    inner join seed.anchor as clock using (event, anchor)
    where response.measure = 'volume_ratio' and response.instrument = 'ETH'
        and response.window_unit = 'hour' and response.window_length = stated('a05', 'window')
),

hour as (
    select anchor, is_candidate, note, nominal_at, unnest(generate_series(earliest_at, latest_at, interval 1 hour)) as hour_at
    from seed.anchor
    where event = 'eo-401k'
),

traded as (
    select
        hour.anchor, hour.is_candidate, hour.note, venue.venue, hour.hour_at = hour.nominal_at as is_nominal,
        count(hourly.closed_at) as bars,
        sum(hourly.volume_base order by hourly.closed_at) filter (where hourly.closed_at > hour.hour_at) as after,
        sum(hourly.volume_base order by hourly.closed_at)
            filter (where hourly.closed_at > hour.hour_at - interval 24 hours and hourly.closed_at <= hour.hour_at) as day_before,
        sum(hourly.volume_base order by hourly.closed_at) filter (where hourly.closed_at <= hour.hour_at) / 7 as week_before
    from hour
    cross join (from seed.venue semi join mart.spot_hourly using (venue, quote)) as venue
    left join mart.spot_hourly as hourly
        on hourly.venue = venue.venue and hourly.quote = venue.quote and hourly.asset = 'ETH'
        and hourly.closed_at > hour.hour_at - interval 7 days and hourly.closed_at <= hour.hour_at + interval 24 hours
    group by hour.anchor, hour.is_candidate, hour.note, venue.venue, hour.hour_at, hour.nominal_at
),

compared as (
    select *, 'volume over the 24 hours before' as definition, after / day_before as ratio from traded where bars = 8 * 24
    union all
    select *, 'volume over the 7 days before', after / week_before from traded where bars = 8 * 24
    union all
    select *, unnest(['volume over the 24 hours before', 'volume over the 7 days before']), null from traded where bars < 8 * 24
)

select
    anchor, venue, definition,
    max(ratio) filter (where is_nominal) as value, min(ratio) as low, max(ratio) as high, 'ratio' as unit,
    case when is_candidate then value >= threshold('marked_rise_ratio') end as agrees,
    case when not is_candidate then note when value is null then 'hourly bars of the window are missing' end as note
from compared
group by anchor, is_candidate, note, venue, definition
union all
select
    anchor, venue, 'volume over the usual hours of the week', value, low, high, 'ratio',
    case when is_candidate then value >= threshold('marked_rise_ratio') end,
    case when not is_candidate then note when value is null then missing || ' hourly bars of the window are missing' end
from usual
union all
select
    anchor, venue, 'rank among earlier windows', rank_share, null, null, 'fraction',
    case when is_candidate then rank_share <= threshold('clear_rise_rank') end,
    case when not is_candidate then note else 'share of the windows of six weeks before with as much volume' end
from usual
