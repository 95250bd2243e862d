-- One row per definition, anchor and venue.
-- claim: a02
-- event: eo-401k
-- article: A
-- statement: Bitcoin's spot volume showed no clear rise in those 24 hours
-- stated: no rise
-- unit: words
-- theme: volume
--
-- part: window: bitcoin's spot volume showed no clear rise
-- main: before: volume of the 24 hours after over that of the 24 hours before
-- check: week: over the mean of the seven days before
-- check: usual: over the usual volume of the same hours of the week
-- first: mixed
-- reason: Volume was {every} times what it was before and usually is; {agree} of {of} comparisons
--   stay below what one ordinary window in ten reaches.
-- otherwise: Hourly bars of bitcoin around the order would decide.
select definition, anchor, venue, value, low, high, 'ratio' as unit, vote_not(vote) as vote, note
from event_volume('eo-401k', 'BTC', stated('a02', 'window'))
-- evidence
select
    'BTC traded in the 24 hours ' || side
    || strftime(hour_at at time zone 'UTC', ' %Y-%m-%d %H:%M UTC') as what,
    sum(volume_base) as value, 'coin' as unit, venue as publisher,
    'hourly bars of ' || symbol as source,
    arg_max(payload_sha256, recorded_at) as payload_sha256, max(recorded_at) as recorded_at
from anchor_hours('eo-401k')
cross join (values ('before', -24), ('after', 0)) as span(side, begins)
inner join raw.spot_bar
    on bar_interval = '1h' and superseded_at is null
    and (venue, symbol) in (select (venue, 'BTC/' || quote) from seed.venue)
    and opened_at >= hour_at + begins * interval 1 hour
    and opened_at < hour_at + (begins + 24) * interval 1 hour
where is_candidate and is_nominal
group by side, hour_at, venue, symbol
order by hour_at, side desc, venue
