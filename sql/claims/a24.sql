-- One row per definition, anchor and venue.
-- claim: a24
-- event: eo-401k
-- article: A
-- statement: Bitcoin was very stable on the day of the news
-- stated: very stable
-- unit: words
-- theme: prices
--
-- part: window: bitcoin was very stable
-- main: calm: share of the ordinary windows of 24 hours that were as calm
-- shown: volatility: realised volatility of the 24 hours, a year
-- reason: Of the ordinary windows of 24 hours {calm} were as calm; very stable would be at most one
--   in ten.
-- otherwise: Hourly bars of bitcoin around the order would decide.
with response as (
    select *, 1 - rank_share as calm
    from mart.event_response
    where event = 'eo-401k' and measure = 'realised_volatility_after' and instrument = 'BTC'
        and window_unit = 'hour' and window_length = stated('a01', 'window')
)

select
    'calm' as definition, anchor, venue,
    max(calm) filter (where is_nominal) as value,
    case when count(*) = count(calm) then min(calm) end as low,
    case when count(*) = count(calm) then max(calm) end as high,
    'fraction' as unit,
    case when low is not null
        then vote_not(vote_above(low, high, threshold('clear_rise_rank'))) end as vote,
    if(
        max(calm) is null, 'hourly bars are missing',
        max(baseline_count) || ' windows of six weeks that end a day before the event'
    ) as note
from response
group by anchor, venue
union all
select 'volatility', anchor, venue, value, low, high, 'fraction', null, note
from event_figure('eo-401k', 'realised_volatility_after', 'BTC', 'hour', stated('a01', 'window'))
-- evidence
select * exclude (closed_at, low, high)
from price_rows('BTC')
where closed_at >= timestamptz '2025-08-07 00:00:00+00'
    and closed_at <= timestamptz '2025-08-08 00:00:00+00' and epoch(closed_at) % 21600 = 0
