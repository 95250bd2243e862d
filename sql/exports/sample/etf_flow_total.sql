-- One row per asset and session: the published totals of the sessions that etf_flow covers.
select asset, session, net_flow_usd
from raw.etf_flow_total
where superseded_at is null and session between '2024-08-12' and '2025-08-22'
order by asset, session;
