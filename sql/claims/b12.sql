-- One row per limit.
-- claim: b12
-- event: ny-prudent-1950
-- article: B
-- statement: To calm the dispute, the first limits for shares were set at no more than 10 to 20 %
-- stated: 10 to 20 %
-- unit: words
--
-- part: document: the first limits were 10 to 20 %
-- main: earliest: the limit for trustees of New York's law of 1950, by the article the first state
-- proxy: next: the limit that the article gives for North Carolina in 1961
-- reason: New York's law of 1950 allows trustees of private trusts {earliest:.0}, which the article
--   itself gives for pension funds; no law of that year for public pension funds was found. The
--   {next:.0} that it gives for North Carolina in 1961 fits.
-- otherwise: New York's law of 1950 would decide. The {next:.0} that the article gives for North
--   Carolina in 1961 fits.
select
    'earliest' as definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'fraction' as unit,
    vote_within(value, value, stated('b12', 'least'), stated('b12', 'most')) as vote,
    null as note
from (select published('new_york_trustee_stock_cap') as value)
union all
select
    'next', null, null, stated('b04', 'equities_share'), null, null, 'fraction', null,
    'the law itself was not found'
-- evidence
select * exclude (figure, as_of)
from reference_rows(['new_york_trustee_stock_cap'])
