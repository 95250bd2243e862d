-- Which rows were refused, why, and what does one of them look like?
-- One row per raw table and reason.
select
    table_name, reason, count(*) as rejected, max(recorded_at) as last_seen_at,
    any_value(row_json) as example
from ops.reject
group by table_name, reason
order by rejected desc, table_name, reason;
