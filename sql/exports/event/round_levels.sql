-- One row per venue, instrument and round price: when it was first touched.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select *
from mart.event_level
where event = $event
order by instrument, level, venue;
