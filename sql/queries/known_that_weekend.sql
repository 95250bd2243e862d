-- Which fund flows could a reader know on Saturday 9 August 2025 at 06:00 UTC, and which did this warehouse hold by then?
-- One row per asset and session.
select
    flow.asset,
    flow.session,
    sum(flow.net_flow_usd) / 1e6 as million_usd,
    max(flow.available_at) as available_at,
    bool_and(flow.available_at <= timestamptz '2025-08-09 06:00:00+00') as was_public,
    count(held.ticker) = count(*) as was_held
from stg.etf_flow as flow
left join as_known_at('raw.etf_flow', timestamptz '2025-08-09 06:00:00+00') as held using (asset, ticker, session)
where flow.session between '2025-08-04' and '2025-08-12'
group by flow.asset, flow.session
order by flow.asset, flow.session;
