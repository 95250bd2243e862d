-- One row per claim and thing that it asserts: how that was judged.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select told.*
from mart.claim_part as told
semi join mart.claim as claim on told.claim = claim.claim and claim.event = $event
order by told.claim, told.part;
