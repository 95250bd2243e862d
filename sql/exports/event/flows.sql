-- One row per asset and session: what its US funds took in, and when the public could know it.
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
    flow.asset, flow.session, flow.available_at, flow.net_flow_usd, flow.published_total_usd,
    flow.gap_usd, flow.funds_reporting, flow.cumulative_usd, flow.net_flow_rank
from mart.etf_flow_daily as flow
inner join reach
    on flow.available_at > reach.begins_at and flow.available_at <= reach.ends_at
order by flow.asset, flow.session;
