-- Which restatements wait for a look, from which payload, and why?
-- One row per payload, raw table and reason.
with latest as (
    select max(receipt_id) as receipt_id from ops.load where status = 'loaded'
    group by source, request
)

select
    receipt_id as payload, table_name, reason, count(*) as "rows",
    arg_min("key", "key") as first_key, arg_min(stands, "key") as stands,
    arg_min(brought, "key") as brought
from ops.held
semi join latest using (receipt_id)
where decided_by is null
group by receipt_id, table_name, reason
order by payload desc, table_name, reason;
