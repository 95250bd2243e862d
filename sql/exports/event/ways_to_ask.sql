-- One row per way to ask the same question: anchor, venue, model and window, and what it says.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select *
from mart.specification
where event = $event
order by question, anchor, venue, model, market, window_unit, window_length;
