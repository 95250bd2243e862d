-- What are the spot funds worth, by the newest count of their shares and the close of that day, and is the count recent?
-- One row per fund that has a count of shares and a close by its day.
with counted as (
    select ticker, asset, issuer, kind, observed_on, shares_outstanding
    from stg.etf_shares
    -- Of a day that has both, the one that Yahoo dates.
    qualify row_number() over (
        partition by ticker order by observed_on desc, kind = 'history' desc
    ) = 1
)

select
    counted.asset, counted.ticker, counted.issuer, counted.kind, counted.observed_on,
    counted.shares_outstanding, bar.session, bar.close_usd,
    counted.shares_outstanding * bar.close_usd as assets_usd,
    -- A quote that was asked for after midnight bears a day that has no close yet.
    greatest((select max(session) from stg.etf_bar) - counted.observed_on, 0) as days_old
from counted
asof inner join stg.etf_bar as bar
    on counted.ticker = bar.ticker and counted.observed_on >= bar.session
order by counted.asset, assets_usd desc;
