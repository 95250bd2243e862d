-- One row per asset and session: the current version of the total that the publisher prints.
create or replace view stg.etf_flow_total as
select
    asset,
    session,
    net_flow_usd,
    (cast(session as timestamp) + available_after('etf_flow_total')) at time zone 'UTC'
        as available_at,
    recorded_at
from raw.etf_flow_total
where superseded_at is null;
comment on view stg.etf_flow_total is
    'Published totals as they stand now, to be compared with the sum of the funds; holidays may '
    'carry a zero.';
