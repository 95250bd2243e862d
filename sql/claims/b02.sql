-- One row per definition.
-- claim: b02
-- event: ssa-1935
-- article: B
-- statement: The Social Security Act became law in 1935
-- stated: 1935
-- unit: year
-- theme: precedents
--
-- part: document: the Social Security Act is of 1935
-- main: approved: day on which the act was approved
-- first: not testable
-- reason: The act was approved on {approved}.
select
    'approved' as definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'yyyymmdd' as unit,
    vote_if(floor(value / 10000) = stated('b02')) as vote,
    null as note
from (select published('social_security_act_day') as value)
-- evidence
select * exclude (figure, as_of)
from reference_rows(['social_security_act_day'])
