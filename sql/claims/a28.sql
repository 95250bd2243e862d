-- One row per definition.
-- claim: a28
-- event: eo-401k
-- article: A
-- statement: Nearly three in five American households have a 401(k) account
-- stated: 0.6
-- unit: fraction
-- theme: pensions
--
-- part: document: nearly three in five households have a 401(k)
-- main: any_account: households with any retirement account, an IRA included, which is more than
--   have a 401(k)
-- tolerance: almost_points
-- reason: In the Survey of Consumer Finances of 2022 {any_account:.0} of households had a
--   retirement account of any kind, an IRA included; those with a 401(k) are fewer.
-- otherwise: The share of households with a 401(k) itself would decide. With any retirement account
--   there are {any_account:.0}.
select
    'any_account' as definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'fraction' as unit,
    -- More than have a 401(k): a bound that can speak against the claim only.
    if(value < stated('a28') - threshold('almost_points'), 'no', null) as vote,
    'an upper bound' as note
from (select published('households_with_plan_or_ira_share') as value)
-- evidence
select * exclude (figure, as_of)
from reference_rows(['households_with_plan_or_ira_share'])
