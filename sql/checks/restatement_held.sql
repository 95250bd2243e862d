-- One row per payload and raw table of which rows are held.
-- severity: warn
-- Of each request the newest answer counts: an older one that was held is no longer what its source
-- says. A dropped file is told of once, by the run that loaded it: whoever dropped it leaves it so.
with newest as (
    select source, request, max(receipt_id) as receipt_id, arg_max(run_id, receipt_id) as run_id
    from ops.load
    where status = 'loaded'
    group by source, request
)

select
    newest.source || ' ' || newest.request as object,
    format(
        '{} {} held, the first {}: {}, not {}: {}. `marketwake accept {}` lets them in',
        count(*), if(count(*) = 1, 'row', 'rows'),
        arg_min(table_name || ' ' || "key", "key"), arg_min(stands, "key"),
        arg_min(brought, "key"), arg_min(reason, "key"), newest.receipt_id
    ) as detail
from ops.held
inner join newest using (receipt_id)
where
    decided_by is null
    and (newest.source <> 'inbox' or newest.run_id = (select max(run_id) from ops.run))
group by newest.source, newest.request, newest.receipt_id, table_name;
