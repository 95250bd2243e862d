-- One row per anchor, venue, instrument and model of the usual return: its coefficients.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select *
from mart.event_model
where event = $event
order by anchor_at, anchor, venue, instrument, model, market;
