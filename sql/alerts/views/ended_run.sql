-- One row per run that has ended, killed ones included.
create or replace temp view ended_run as
select
    run_id, flow, started_at, message,
    case
        when state = 'completed' then 'published'
        when regexp_matches(coalesce(message, ''), '^\d+ data checks? failed; nothing was published') then 'held back'
        -- A failed source is named first in the message; what came from the others was published.
        when exists (select 1 from ops.load where starts_with(run.message, load.source || ':'))
            then 'published'
        else 'lost'
    end as outcome
from ops.run as run
-- The newest run of a flow may still be at work; an older one that never ended was killed.
where state <> 'running'
    or started_at < (select max(newer.started_at) from ops.run as newer where newer.flow = run.flow);
