-- One row per anchor, venue and way to say harder or faster.
-- claim: a11
-- article: A
-- statement: both rose together, but ETH reacted harder and faster
-- stated: beta > 1, earlier
-- unit: words
-- question: eo-401k: ETH rose more than BTC
with hour as (
    select anchor, is_candidate, note, nominal_at, unnest(generate_series(earliest_at, latest_at, interval 1 hour)) as hour_at
    from seed.anchor
    where event = 'eo-401k'
),

pair as (
    select eth.venue, eth.closed_at, eth.close as eth, btc.close as btc, eth.log_return as eth_return, btc.log_return as btc_return
    from mart.spot_hourly as eth
    inner join seed.venue as venue using (venue, quote)
    inner join mart.spot_hourly as btc
        on btc.venue = eth.venue and btc.quote = eth.quote and btc.opened_at = eth.opened_at and btc.asset = 'BTC'
    where eth.asset = 'ETH'
),

path as (
    select
        hour.anchor, hour.is_candidate, hour.note, venue.venue, hour.hour_at = hour.nominal_at as is_nominal, hour.hour_at,
        (epoch(pair.closed_at) - epoch(hour.hour_at)) / 3600 as hours,
        pair.eth / start.eth - 1 as eth_gain, pair.btc / start.btc - 1 as btc_gain, pair.eth_return, pair.btc_return
    from hour
    cross join (from seed.venue semi join mart.spot_hourly using (venue, quote)) as venue
    left join pair as start on start.venue = venue.venue and start.closed_at = hour.hour_at
    left join pair on pair.venue = venue.venue and pair.closed_at > hour.hour_at and pair.closed_at <= hour.hour_at + interval 72 hours
),

measured as (
    select
        anchor, is_candidate, note, venue, is_nominal,
        max(eth_gain) filter (where hours = 24) as eth_day,
        max(btc_gain) filter (where hours = 24) as btc_day,
        case when count(eth_return + btc_return) = 72 then regr_slope(eth_return, btc_return order by hours) end as beta,
        -- A move that is not reached within the window counts as reached after it; both unreached
        -- or in the same hour: no vote.
        case
            when count(eth_gain + btc_gain) = 72
                then coalesce(min(hours) filter (where btc_gain >= threshold('first_move')), 73)
                    - coalesce(min(hours) filter (where eth_gain >= threshold('first_move')), 73)
        end as lead,
        case
            when count(eth_gain + btc_gain) = 72
                then coalesce(min(hours) filter (where btc_gain >= 2 * threshold('first_move')), 73)
                    - coalesce(min(hours) filter (where eth_gain >= 2 * threshold('first_move')), 73)
        end as lead_twice
    from path
    group by anchor, is_candidate, note, venue, is_nominal, hour_at
),

-- What the figure must exceed for the words to hold.
defined as (
    select *, 'both rose in 24 hours' as definition, least(eth_day, btc_day) as figure, 0 as least_figure, 'fraction' as unit from measured
    union all
    select *, 'harder by the gain of 24 hours', eth_day - btc_day, 0, 'fraction' from measured
    union all
    select *, 'harder by the beta of 72 hours', beta, stated('a11', 'beta'), 'ratio' from measured
    union all
    select *, format('faster to {:.0f} %', 100 * threshold('first_move')), lead, 0, 'hour' from measured
    union all
    select *, format('faster to {:.0f} %', 200 * threshold('first_move')), lead_twice, 0, 'hour' from measured
)

select
    anchor, venue, definition,
    max(figure) filter (where is_nominal) as value, min(figure) as low, max(figure) as high, unit,
    case when is_candidate and not (unit = 'hour' and value = 0) then value > least_figure end as agrees,
    case
        when not is_candidate then note
        when value is null then 'hourly bars of the window are missing'
        when unit = 'hour' and value = 0 then 'in the same hour, or not within 72: hourly bars cannot tell'
    end as note
from defined
group by anchor, is_candidate, note, venue, definition, least_figure, unit
