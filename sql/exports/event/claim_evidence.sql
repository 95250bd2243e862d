-- One row per claim and row of published data that its figures rest on.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select told.*
from mart.claim_evidence as told
semi join mart.claim as claim on told.claim = claim.claim and claim.event = $event
order by told.claim, told.ordinal;
