-- What did the bitcoin and ether funds take in each session around the order, and how unusual was it?
-- One row per session from five before the order to five after it.
select
    session,
    sum(net_flow_usd) filter (where asset = 'BTC') / 1e6 as btc_million_usd,
    sum(net_flow_usd) filter (where asset = 'ETH') / 1e6 as eth_million_usd,
    max(net_flow_rank) filter (where asset = 'BTC') as btc_rank,
    max(net_flow_rank) filter (where asset = 'ETH') as eth_rank,
    max(year_to_date_usd) filter (where asset = 'ETH') / 1e6 as eth_year_to_date_million_usd
from mart.etf_flow_daily
where session between '2025-07-31' and '2025-08-14'
group by session
order by session;
