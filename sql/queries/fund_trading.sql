-- How much was traded in the spot funds of each asset, beside what came or went?
-- One row per asset and session.
-- default: first = 2025-08-04
-- default: last = infinity
-- not before: last = first
-- no rows: select coalesce(
--   format('bars of funds are held from {} to {}, none from {} to {}',
--   min(session), max(session), $first, $last), 'no bars of funds are held') from stg.etf_bar
select
    bar.asset, bar.session, count(*) as funds, sum(bar.volume_usd) as volume_usd,
    any_value(flow.net_flow_usd) as net_flow_usd,
    round(100 * abs(any_value(flow.net_flow_usd)) / nullif(sum(bar.volume_usd), 0), 1)
        as flow_percent_of_volume,
    greatest(max(bar.available_at), any_value(flow.available_at)) as available_at
from stg.etf_bar as bar
left join mart.etf_flow_daily as flow
    on flow.asset = bar.asset and flow.session = bar.session
where bar.session between cast($first as date) and cast($last as date)
group by bar.asset, bar.session
order by bar.session, bar.asset;
