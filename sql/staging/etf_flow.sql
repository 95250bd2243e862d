-- One row per asset, fund and session: the current version.
create or replace view stg.etf_flow as
select
    flow.asset,
    flow.ticker,
    fund.issuer,
    flow.session,
    flow.net_flow_usd,
    (cast(flow.session as timestamp) + available_after('etf_flow')) at time zone 'UTC'
        as available_at,
    flow.recorded_at
from raw.etf_flow as flow
left join seed.fund as fund using (ticker)
where flow.superseded_at is null;
comment on view stg.etf_flow is
    'Net flows per fund as they stand now; public the morning after the session, whatever the '
    'hour we stored them.';
