-- One row per definition.
-- claim: b13
-- event: crash-1929
-- article: B
-- statement: It was in the Great Depression that pension funds were first allowed to hold shares
-- stated: in the Great Depression
-- unit: words
-- theme: precedents
--
-- part: document: pension funds were allowed to hold shares in the Great Depression
-- main: dated: years in which the article itself dates the laws that allow shares
-- check: law: day from which New York let trustees buy shares
-- shown: ended: latest year in which the Depression is commonly said to end
-- reason: The article's own dates are {dated}; New York's law for trustees came into force on
--   {law}, and the Depression ended in {ended} at the latest.
select
    'dated' as definition,
    null as anchor,
    null as venue,
    null as value,
    stated('b03', 'year') as low,
    stated('b04', 'raised_year') as high,
    'year' as unit,
    vote_within(
        stated('b03', 'year'), stated('b04', 'raised_year'), stated('b01', 'crash_year'),
        stated('b13', 'ended')
    ) as vote,
    null as note
union all
select
    'law', null, null, published('new_york_trustee_stock_act_day'), null, null, 'yyyymmdd',
    vote_if(
        floor(published('new_york_trustee_stock_act_day') / 10000) <= stated('b13', 'ended')
    ),
    null
union all
select 'ended', null, null, stated('b13', 'ended'), null, null, 'year', null, null
-- evidence
select * exclude (figure, as_of)
from reference_rows(['new_york_trustee_stock_act_day'])
