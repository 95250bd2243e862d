-- Which fund flows could a reader know at an instant, and which did this warehouse hold by then?
-- One row per asset and session of the week before and the two days after.
-- default: at = 2025-08-09T06:00Z
-- no rows: select coalesce(
--   format('fund flows are held from {} to {}, none in the week before {} or the two days after',
--   min(session), max(session), $at), 'no fund flows are held') from stg.etf_flow
with instant as (
    select as_instant($at) as at, cast(as_instant($at) at time zone 'UTC' as date) as day
)

select
    flow.asset,
    flow.session,
    sum(flow.net_flow_usd) / 1e6 as million_usd,
    max(flow.available_at) as available_at,
    bool_and(flow.available_at <= instant.at) as was_public,
    count(held.ticker) = count(*) as was_held
from stg.etf_flow as flow
cross join instant
left join as_known_at('raw.etf_flow', $at) as held
    using (asset, ticker, session)
where flow.session between instant.day - 7 and instant.day + 2
group by flow.asset, flow.session
order by flow.asset, flow.session;
