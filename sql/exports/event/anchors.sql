-- One row per instant at which the event may have been known, with the earliest and the latest.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select
    event.event, event.name, anchor.anchor, anchor.nominal_at, anchor.earliest_at,
    anchor.latest_at, anchor.precision, anchor.is_candidate, anchor.note, anchor.source,
    anchor.how_seen
from seed.anchor as anchor
inner join seed.event as event using (event)
where event = $event
order by anchor.nominal_at, anchor.anchor;
