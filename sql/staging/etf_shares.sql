-- One row per fund, kind of answer and day: the current version.
create or replace view stg.etf_shares as
select
    shares.ticker,
    fund.asset,
    fund.issuer,
    shares.kind,
    shares.observed_on,
    shares.shares_outstanding,
    case shares.kind
        when 'quote'
            then (cast(shares.observed_on as timestamp) + available_after('etf_shares')) at time zone 'UTC'
        else shares.recorded_at
    end as available_at,
    shares.recorded_at
from raw.etf_shares as shares
left join seed.fund as fund using (ticker)
where shares.superseded_at is null;
comment on view stg.etf_shares is
    'Counts of shares as they stand now. A quoted count is public by the end of its day; when one '
    'of a history came out is not known, so it counts from when it was stored.';
