-- One row per fund and session: the current version.
create or replace view stg.etf_bar as
select
    bar.ticker,
    fund.asset,
    fund.issuer,
    bar.session,
    bar.close_usd,
    bar.volume_shares,
    bar.volume_shares * bar.close_usd as volume_usd,
    (cast(bar.session as timestamp) + available_after('etf_bar')) at time zone 'UTC'
        as available_at,
    bar.recorded_at
from raw.etf_bar as bar
left join seed.fund as fund using (ticker)
where bar.superseded_at is null;
comment on view stg.etf_bar is
    'Trading of the funds as it stands now; volume_usd values the whole session at its close; '
    'public when New York has closed.';
