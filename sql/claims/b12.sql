-- One row per limit.
-- claim: b12
-- event: ny-prudent-1950
-- article: B
-- statement: To calm the dispute, the first limits for shares were set at no more than 10 to 20 %
-- stated: 10 to 20 %
-- unit: words
-- theme: precedents
--
-- part: document: the first limits were 10 to 20 %
-- main: own: the limit that the article itself gives for New York, by its account the first state
-- proxy: next: the limit that the article gives for North Carolina in 1961
-- proxy: law: the limit of New York's law of 1950, which is for trustees of private trusts
-- reason: For New York, by its account the first state, the article itself gives {own:.0}, for
--   North Carolina in 1961 {next:.0}; New York's law of 1950 allows {law:.0}, but to trustees of
--   private trusts, and no law of that year for public pension funds was found.
select
    'law' as definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'fraction' as unit,
    null as vote,
    null as note
from (select published('new_york_trustee_stock_cap') as value)
union all
select
    'own', null, null, stated('b03'), null, null, 'fraction',
    vote_within(stated('b03'), stated('b03'), stated('b12', 'least'), stated('b12', 'most')), null
union all
select
    'next', null, null, stated('b04', 'equities_share'), null, null, 'fraction', null,
    'the law itself was not found'
-- evidence
select * exclude (figure, as_of)
from reference_rows(['new_york_trustee_stock_cap'])
