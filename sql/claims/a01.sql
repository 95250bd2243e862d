-- One row per definition, anchor and venue.
-- claim: a01
-- event: eo-401k
-- article: A
-- statement: Bitcoin rose about 2 % in the 24 hours after the order
-- stated: 0.02
-- unit: fraction
-- theme: prices
--
-- part: window: bitcoin rose about 2 % in 24 hours
-- main: day: return over 24 hours
-- shown: evening: return over the 24 hours to the evening of the day of the order (22:00 UTC)
-- first: mostly contradicted
-- reason: Over 24 hours bitcoin moved by {day:+}, depending on when the clock is started; the rise
--   of about 2 % that was reported that evening looks back over the 24 hours before (here {evening}
--   to 22:00 UTC).
-- otherwise: Hourly bars of bitcoin around the order would decide.
select
    'day' as definition,
    anchor,
    venue,
    value,
    low,
    high,
    'fraction' as unit,
    vote_within(
        low, high, stated('a01') - threshold('about_points'),
        stated('a01') + threshold('about_points')
    ) as vote,
    note
from event_figure('eo-401k', 'return', 'BTC', 'hour', stated('a01', 'window'))
union all
select
    'evening', null, later.publisher, later.value / earlier.value - 1, null, null, 'fraction', null,
    'what was quoted that day; it begins before the order'
from seed.anchor as clock
inner join price_rows('BTC') as later on later.closed_at = clock.nominal_at + interval 22 hours
inner join price_rows('BTC') as earlier
    on earlier.publisher = later.publisher
    and earlier.closed_at = later.closed_at - interval 24 hours
where clock.event = 'eo-401k' and clock.anchor = 'day'
-- evidence
select * exclude (closed_at, low, high)
from price_rows('BTC')
where closed_at in (
    select unnest([hour_at, hour_at + interval 24 hours])
    from anchor_hours('eo-401k')
    where is_candidate and is_nominal
)
