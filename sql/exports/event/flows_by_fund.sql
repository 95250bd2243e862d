-- One row per asset, fund and session: what it took in.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
-- default: days_before = 45
-- default: days_after = 14
with reach as (
    select
        min(earliest_at) - to_hours(24 * cast($days_before as integer)) as begins_at,
        max(latest_at) + to_hours(24 * cast($days_after as integer)) as ends_at
    from seed.anchor
    where event = $event and is_candidate
)

select
    flow.asset, flow.ticker, flow.issuer, flow.session, flow.available_at, flow.net_flow_usd,
    flow.recorded_at
from stg.etf_flow as flow
inner join reach
    on flow.available_at > reach.begins_at and flow.available_at <= reach.ends_at
order by flow.asset, flow.session, flow.ticker;
