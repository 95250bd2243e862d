-- One row per asset, fund and session: every US spot fund from a year before the order's
-- publication to two weeks after the order.
select asset, ticker, session, net_flow_usd
from raw.etf_flow
where superseded_at is null and session between '2024-08-12' and '2025-08-22'
order by asset, ticker, session;
