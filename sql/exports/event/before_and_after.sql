-- One row per anchor, venue, instrument and length: equal windows before and after the event.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select *
from mart.anticipation
where event = $event
order by anchor_at, anchor, venue, instrument, hours;
