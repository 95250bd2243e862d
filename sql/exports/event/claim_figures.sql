-- One row per claim, definition, anchor and venue: a figure that was computed, and its vote.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select told.*
from mart.claim_figure as told
semi join mart.claim as claim on told.claim = claim.claim and claim.event = $event
order by told.claim, told.ordinal;
