-- One row per run in which a source began to fail, or gave again all that it was asked for.
with asked as (
    select
        run_id, source,
        min(landed_at) as began_at,
        count(*) as requests,
        count(*) filter (is_bad) as failures,
        arg_min(coalesce(error_message, rows_rejected || ' rows rejected of ' || request), receipt_id) filter (is_bad) as first_error
    from (select *, status <> 'loaded' or rows_rejected > 0 as is_bad from ops.load)
    group by run_id, source
),

-- A run that did not ask a source (a venue in reserve, files without news) says nothing about it.
told as (
    select *, coalesce(lag(failures > 0) over runs, false) as was_failing
    from asked
    window runs as (partition by source order by began_at, run_id)
)

select
    if(failures > 0, 'source_failed', 'source_recovered') as kind,
    if(failures > 0, 'warn', 'info') as severity,
    source as subject,
    run_id,
    began_at,
    if(failures > 0, format('{} of {} requests failed, first: {}', failures, requests, first_error), 'all that was asked for came') as detail
from told
where (failures > 0) <> was_failing;
