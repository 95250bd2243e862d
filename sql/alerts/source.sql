-- One row per run in which a source began to fail, or gave again all that it was asked for.
with asked as (
    select
        run_id, source,
        min(landed_at) as began_at,
        count(*) as requests,
        count(*) filter (is_failed) as failures,
        count(*) filter (rows_rejected > 0) as short,
        -- What a source was spared has the cause in another's words, if that is at hand.
        coalesce(
            arg_min(said, receipt_id) filter (is_failed and not is_spared),
            arg_min(said, receipt_id) filter (is_failed)
        ) as first_error,
        arg_min(rows_rejected || ' of ' || request, receipt_id) filter (rows_rejected > 0) as first_short
    from (
        select
            *, status <> 'loaded' as is_failed,
            -- The alert names its source already.
            if(starts_with(error_message, source || ': '), substr(error_message, length(source) + 3), error_message) as said,
            coalesce(starts_with(error_message, 'not asked'), false) as is_spared
        from ops.load
    )
    group by run_id, source
),

-- A run that did not ask a source (a venue in reserve, files without news) says nothing about it.
told as (
    select *, coalesce(lag(failures + short > 0) over runs, false) as was_failing
    from asked
    window runs as (partition by source order by began_at, run_id)
)

select
    if(failures + short > 0, 'source_failed', 'source_recovered') as kind,
    if(failures + short > 0, 'warn', 'info') as severity,
    source as subject,
    run_id,
    began_at,
    if(
        failures + short > 0,
        concat_ws(
            '; ',
            if(failures > 0, format('{} of {} requests failed, first: {}', failures, requests, first_error), null),
            if(short > 0, format('rows were rejected of {} of {} answers, first {}', short, requests - failures, first_short), null)
        ),
        'all that was asked for came'
    ) as detail
from told
where (failures + short > 0) <> was_failing;
