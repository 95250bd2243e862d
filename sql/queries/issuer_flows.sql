-- Do the issuers' own shares bear out Farside's flows of single funds?
-- One row per fund and session of a window, with what the issuer's shares and NAV make of it.
-- default: first_session = 2025-08-01
-- default: last_session = 2025-08-22
-- not before: last_session = first_session
-- no rows: select coalesce(
--   format('flows of issuers are held from {} to {}, none from {} to {}',
--   min(session), max(session), $first_session, $last_session), 'no flows of issuers are held')
--   from mart.etf_flow_issuer
select
    ticker, session, step,
    shares_after - shares_before as shares_change,
    nav_usd,
    net_flow_usd / 1e6 as issuer_million_usd,
    farside_usd / 1e6 as farside_million_usd,
    difference_usd / 1e6 as difference_million_usd
from mart.etf_flow_issuer
where session between $first_session::date and $last_session::date
order by ticker, session;
