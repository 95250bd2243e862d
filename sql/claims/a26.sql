-- One row per definition, anchor and venue.
-- claim: a26
-- event: eo-401k
-- article: A
-- statement: Bitcoin's response lagged behind the news
-- stated: later than the first day
-- unit: words
-- theme: prices
--
-- part: window: most of bitcoin's move came after the first day
-- main: later: share of the move of five days that came after the first 24 hours
-- shown: five: return over the five days
-- reason: Of bitcoin's move of {five:+} over five days {later} came after the first 24 hours; more
--   than 100 % means that it fell on the first day.
-- otherwise: Hourly bars of bitcoin after the order would decide.
with moved as (
    select
        one.anchor, one.venue, one.is_nominal,
        -- A market that did not rise over the five days has nothing that could lag.
        case when five.value > 0 then 1 - one.value / five.value end as later
    from mart.event_response as one
    inner join mart.event_response as five
        on five.event = one.event and five.anchor = one.anchor and five.anchor_at = one.anchor_at
        and five.venue = one.venue and five.instrument = one.instrument
        and five.measure = one.measure and five.window_unit = one.window_unit
        and five.window_length = 120
    where one.event = 'eo-401k' and one.measure = 'log_return' and one.instrument = 'BTC'
        and one.window_unit = 'hour' and one.window_length = 24
)

select
    'later' as definition, anchor, venue, max(later) filter (where is_nominal) as value,
    case when count(*) = count(later) then min(later) end as low,
    case when count(*) = count(later) then max(later) end as high,
    'fraction' as unit, vote_above(low, high, 0.5) as vote,
    if(low is null, 'bars are missing, or bitcoin did not rise', null) as note
from moved
group by anchor, venue
union all
select 'five', anchor, venue, value, low, high, 'fraction', null, note
from event_figure('eo-401k', 'return', 'BTC', 'hour', 120)
-- evidence
select * exclude (closed_at, low, high)
from price_rows('BTC')
where closed_at in (
    timestamptz '2025-08-07 00:00:00+00', timestamptz '2025-08-08 00:00:00+00',
    timestamptz '2025-08-12 00:00:00+00'
)
