-- One row per definition, and index where there is one.
-- claim: b09
-- event: gfc-2008
-- article: B
-- statement: In 2008 pension funds lost heavily
-- stated: 2008
-- unit: year
-- theme: precedents
--
-- part: document: pension funds lost heavily in 2008
-- main: funds: loss of US pension funds over 2008
-- proxy: shares: fall from the highest close of the year before the failure of Lehman Brothers to
--   the lowest of the year after it
-- tolerance: heavy_loss
-- first: supported
-- reason: In 2008 US pension funds, most of them private, lost about {funds:.0}.
-- otherwise: A return of pension funds would decide. Shares, which are a part of what they hold,
--   fell by {shares}.
with bar as (
    select
        bar.symbol, bar.session, bar.close,
        cast(clock.nominal_at at time zone 'UTC' as date) as failed_on
    from stg.index_bar as bar
    inner join seed.anchor as clock on clock.event = 'gfc-2008'
    where bar.symbol in ('^GSPC', '^DJI') and bar.bar_interval = '1d'
)

select
    'funds' as definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'fraction' as unit,
    vote_if(value >= threshold('heavy_loss')) as vote,
    null as note
from (select -published('pension_fund_return_us', '2008-12-31') as value)
union all
select
    'shares', null, symbol,
    1 - min(close) filter (where session between failed_on and failed_on + interval 1 year)
    / max(close) filter (where session between failed_on - interval 1 year and failed_on),
    null, null, 'fraction', null, null
from bar
group by symbol
-- evidence
select * exclude (figure, as_of)
from reference_rows(['pension_fund_return_us'])
union all
select * exclude (session)
from index_rows('^GSPC', '1d')
where session between date '2007-09-15' and date '2009-09-15'
qualify value in (max(value) over (), min(value) over ())
