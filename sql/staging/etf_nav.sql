-- One row per fund and day: the current version.
create or replace view stg.etf_nav as
select
    nav.ticker,
    fund.asset,
    fund.issuer,
    nav.dated_on,
    nav.shares_outstanding,
    nav.nav_usd,
    nav.net_assets_usd,
    (cast(nav.dated_on as timestamp) + available_after('etf_nav')) at time zone 'UTC'
        as available_at,
    nav.recorded_at
from raw.etf_nav as nav
left join seed.fund as fund using (ticker)
where nav.superseded_at is null;
comment on view stg.etf_nav is
    'Shares and net asset value of funds by their issuers as they stand now; public the morning '
    'after the day that they are dated, whatever the hour we stored them.';
