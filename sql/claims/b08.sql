-- One row per definition.
-- claim: b08
-- event: erisa-1974
-- article: B
-- statement: The Employee Retirement Income Security Act of 1974 put public pensions under the
--   standard of the prudent investor
-- stated: 1974
-- unit: year
-- theme: precedents
--
-- part: document: the act put public pensions under the standard of the prudent investor
-- main: covers: whether its rules apply to the plans of states, cities and their agencies
-- shown: approved: day on which the act was approved
-- first: not testable
-- reason: The act was approved on {approved}. Its rules leave out governmental plans, those of
--   states, cities and their agencies (29 U.S.C. 1003(b)(1)); they are for private plans.
-- otherwise: The text of the act (29 U.S.C. 1003) would decide.
select
    'covers' as definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'yes_no' as unit,
    vote_if(value = 1) as vote,
    null as note
from (select published('erisa_covers_governmental_plans') as value)
union all
select 'approved', null, null, published('erisa_signed_day'), null, null, 'yyyymmdd', null, null
-- evidence
select * exclude (figure, as_of)
from reference_rows(['erisa_covers_governmental_plans', 'erisa_signed_day'])
