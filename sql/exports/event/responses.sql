-- One row per anchor, venue, instrument, measure and window: what the market did.
-- column: low: Lowest value over the hours at which the anchor may have been
-- column: high: Highest value over these hours
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select *
from event_response($event)
order by anchor_at, anchor, venue, instrument, measure, window_unit, window_length;
