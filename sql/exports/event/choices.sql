-- One row per choice of the study: windows, models and rules.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select design_hash, name, value
from mart.study_design
where design_hash in (select design_hash from mart.event_response where event = $event)
order by design_hash, name;
