-- One row per definition, anchor and venue.
-- claim: a09
-- event: eo-401k
-- article: A
-- statement: Over the move ether gained more than bitcoin
-- stated: ETH > BTC
-- unit: words
-- theme: prices
--
-- part: window: ether gained more than bitcoin
-- main: publication: gain over bitcoin from the order to the day of publication
-- check: day: gain over bitcoin in 24 hours
-- check: three: gain over bitcoin in 72 hours
-- check: five: gain over bitcoin in 120 hours
-- first: supported
-- reason: By the day of publication ether had risen {publication} against bitcoin, over 24 hours
--   {day}.
-- otherwise: Hourly bars of both coins would decide.
with clock as (
    select nominal_at as ends_at from seed.anchor where event = 'eo-401k' and anchor = 'publication'
),

-- The gain of ether over bitcoin is the change of the ratio of their prices.
published as (
    select
        hour.anchor, hour.is_nominal, venue.venue, ended.ratio / started.ratio - 1 as gain
    from anchor_hours('eo-401k') as hour
    cross join clock
    cross join venues_with('ETH') as venue
    left join mart.eth_btc as started
        on started.closed_at = hour.hour_at and started.venue = venue.venue
    left join mart.eth_btc as ended on ended.closed_at = clock.ends_at and ended.venue = venue.venue
    where hour.anchor <> 'publication'
),

windows as (
    select 'day' as definition, *
    from event_figure('eo-401k', 'relative_log_return', 'ETH-BTC', 'hour', 24)
    union all
    select 'three', *
    from event_figure('eo-401k', 'relative_log_return', 'ETH-BTC', 'hour', 72)
    union all
    select 'five', *
    from event_figure('eo-401k', 'relative_log_return', 'ETH-BTC', 'hour', 120)
)

select
    'publication' as definition,
    anchor,
    venue,
    max(gain) filter (where is_nominal) as value,
    case when count(*) = count(gain) then min(gain) end as low,
    case when count(*) = count(gain) then max(gain) end as high,
    'fraction' as unit,
    vote_above(low, high, 0) as vote,
    if(value is null, 'hourly bars are missing', null) as note
from published
group by anchor, venue
union all
select
    definition, anchor, venue, exp(value) - 1, exp(low) - 1, exp(high) - 1, 'fraction',
    vote_above(low, high, 0), note
from windows
-- evidence
select * exclude (closed_at, low, high)
from (from price_rows('BTC') union all from price_rows('ETH'))
where closed_at in (
    timestamptz '2025-08-07 00:00:00+00', timestamptz '2025-08-08 00:00:00+00',
    timestamptz '2025-08-12 00:00:00+00'
)
order by closed_at, what, publisher
