-- One row per anchor, venue, instrument, measure, model and window: how unusual it was.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select *
from mart.event_inference
where event = $event
order by
    anchor_at, anchor, venue, instrument, measure, model, market, window_unit, window_length;
