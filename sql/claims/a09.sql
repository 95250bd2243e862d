-- One row per anchor, venue and end of the move.
-- claim: a09
-- article: A
-- statement: over the move ETH gained more than BTC
-- stated: ETH > BTC
-- unit: words
with hour as (
    select
        clock.anchor, clock.is_candidate, clock.note, clock.nominal_at,
        publication.nominal_at as ends_at,
        unnest(generate_series(clock.earliest_at, clock.latest_at, interval 1 hour)) as hour_at
    from seed.anchor as clock
    inner join seed.anchor as publication
        on publication.event = clock.event and publication.anchor = 'publication'
    where clock.event = 'eo-401k' and clock.anchor <> 'publication'
),

-- The gain of ETH over BTC is the change of the ratio of their prices.
published as (
    select
        hour.anchor, hour.is_candidate, hour.note, venue.venue,
        hour.hour_at = hour.nominal_at as is_nominal,
        ended.ratio / started.ratio - 1 as gain
    from hour
    cross join (from seed.venue semi join mart.spot_hourly using (venue, quote)) as venue
    left join mart.eth_btc as started
        on started.closed_at = hour.hour_at and started.venue = venue.venue
    left join mart.eth_btc as ended on ended.closed_at = hour.ends_at and ended.venue = venue.venue
)

select
    anchor,
    venue,
    'gain over BTC to publication' as definition,
    max(gain) filter (where is_nominal) as value,
    min(gain) as low,
    max(gain) as high,
    'fraction' as unit,
    case when is_candidate then value > 0 end as agrees,
    case
        when not is_candidate then note
        when value is null then 'hourly bars are missing'
    end as note
from published
group by anchor, is_candidate, note, venue
union all
select
    response.anchor,
    response.venue,
    'gain over BTC in ' || response.window_length || ' hours',
    exp(response.value) - 1,
    exp(response.low) - 1,
    exp(response.high) - 1,
    'fraction',
    case when response.is_candidate then response.value > 0 end,
    case
        when not response.is_candidate then clock.note
        when response.value is null
            then response.missing || ' hourly bars of the window are missing'
    end
from event_response('eo-401k') as response
inner join seed.anchor as clock using (event, anchor)
where response.measure = 'relative_log_return' and response.window_unit = 'hour'
    and response.window_length in (24, 72, 120)
