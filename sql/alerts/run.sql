-- One row per run that began or ended a time without publishing, and per run that came late.
with told as (
    select
        *,
        count(*) filter (outcome = 'published') over runs as good_before,
        lag(outcome) over runs as last_outcome,
        lag(started_at) over runs as last_at
    from ended_run
    window runs as (partition by flow order by started_at, run_id)
)

-- Runs that the data checks held back have alerts of their own.
select
    'run_failed' as kind, 'error' as severity, flow as subject, arg_min(run_id, started_at) as run_id, min(started_at) as began_at,
    coalesce(arg_min(coalesce(message, 'it was killed, or the machine stopped'), started_at), '')
        as detail
from told
where outcome = 'lost'
group by flow, good_before
union all
select 'run_recovered', 'info', flow, run_id, started_at, 'it has published again'
from told
where outcome = 'published' and last_outcome <> 'published'
union all
select
    'run_late', 'warn', flow, run_id, started_at,
    format('no run for {:.0f} hours', (epoch(started_at) - epoch(last_at)) / 3600)
from told
-- Due every 24 hours: half a day later it is missing, not late.
where flow = 'nightly' and started_at > last_at + interval 36 hours;
