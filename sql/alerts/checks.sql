-- One row per check that holds the newest run back and did not hold back one before it since the
-- last that published.
with newest as (
    select * from ended_run order by started_at desc, run_id desc limit 1
),

told as (
    select alert.subject
    from ops.alert as alert
    inner join ended_run as run using (run_id)
    where
        alert.kind = 'checks_stopped' and run.run_id <> (select newest.run_id from newest)
        and run.started_at > (
            select coalesce(max(good.started_at), timestamptz '1970-01-01 00:00:00+00')
            from ended_run as good
            where good.outcome = 'published'
        )
)

select
    'checks_stopped' as kind, 'error' as severity, check_name as subject, newest.run_id, newest.started_at as began_at,
    format('{} offenders, first {}: {}', count(*), min(object), arg_min(detail, object)) as detail
from ops.offender
cross join newest
where severity = 'error' and accepted_reason is null and newest.outcome = 'held back'
    and check_name not in (select told.subject from told)
group by check_name, newest.run_id, newest.started_at;
