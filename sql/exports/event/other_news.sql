-- One row per piece of other news that can have moved the market around the event.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select name, happened_at, earliest_at, latest_at, precision, note, source, how_seen
from confounders($event)
order by happened_at, name;
