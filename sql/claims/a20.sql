-- One row per sum and per scale that it is held against.
-- claim: a20
-- event: eo-401k
-- article: A
-- statement: Five per cent of some 9 T USD of plan money is 0.45 T
-- stated: 450000000000
-- unit: usd
-- theme: pensions
--
-- part: arithmetic: five per cent of 9 T USD is 0.45 T
-- main: product: the share times the assets that the article names
-- shown: of_401k: the share of the 401(k) assets alone
-- shown: of_market: the sum as a share of the market value of all bitcoin and ether
-- shown: valued_on: day at whose beginning that market value was taken, UTC
-- shown: of_flow: the sum over a year of net flow into the US funds of both
-- tolerance: about_share
-- first: supported
-- reason: The product is {product}; of the 401(k) assets alone it would be {of_401k}. This is
--   arithmetic, no forecast; for scale, the sum is {of_market} of the market value of bitcoin and
--   ether on {valued_on}, and {of_flow} times a year of net flow into their US funds.
select
    'product' as definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'usd' as unit,
    vote_if(abs(value / stated('a20') - 1) <= threshold('about_share')) as vote,
    null as note
from (select stated('a20', 'share') * stated('a20', 'assets') as value)
union all
select
    'of_401k', null, null, stated('a20', 'share') * stated('a19', 'plans_401k'), null, null, 'usd',
    null, 'the article calls 8.7 T USD about nine'
union all
select
    if(is_yearly, 'of_flow', 'of_market'), null, null, stated('a20') / scale_usd, null, null,
    if(is_yearly, 'ratio', 'fraction'), null, 'a scale, not part of the claim'
from mart.scenario_scale
where scale in ('market value of bitcoin and ether', 'a year of net flow into US spot funds')
union all
select
    'valued_on', null, null, cast(strftime(nominal_at at time zone 'UTC', '%Y%m%d') as double),
    null, null, 'yyyymmdd', null, null
from seed.anchor
where event = 'eo-401k' and anchor = 'publication'
-- evidence
select * exclude (figure, as_of)
from reference_rows(['plan_assets_401k'])
