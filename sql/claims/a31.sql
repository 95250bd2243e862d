-- One row per definition.
-- claim: a31
-- event: eo-401k
-- article: A
-- statement: 401(k) plans exist since a law of 1978, and the order lets them hold crypto assets for
--   the first time
-- stated: 1978
-- unit: year
-- theme: pensions
--
-- part: document: the 401(k) was made by a law of 1978
-- main: enacted: day on which the Revenue Act that has the section was signed
-- reason: The Revenue Act that has section 401(k) was signed on {enacted}.
--
-- part: document: the order lets plans hold crypto assets for the first time
-- main: offered: year in which a plan first offered crypto assets
-- check: permits: whether the order itself permits anything
-- shown: ordered: year of the order
-- shown: days: days that the order gives the Department of Labor
-- reason: Plans offered crypto assets from {offered} on, the order is of {ordered}. It gives no
--   permission of its own; among other things it has the Department of Labor re-examine its
--   guidance within {days} days.
with law as (
    select
        published('section_401k_signed_day') as enacted,
        published('crypto_in_plans_forusall_year') as offered,
        published('order_14330_permits_by_itself') as permits,
        published('order_14330_days_to_re_examine') as days,
        year(nominal_at at time zone 'UTC') as ordered
    from seed.anchor
    where event = 'eo-401k' and anchor = 'day'
)

select
    'enacted' as definition,
    null as anchor,
    null as venue,
    enacted as value,
    null as low,
    null as high,
    'yyyymmdd' as unit,
    vote_if(floor(enacted / 10000) = stated('a31')) as vote,
    null as note
from law
union all
select
    'offered', null, null, offered, null, null, 'year', vote_if(offered >= ordered), null
from law
union all
select
    'permits', null, null, permits, null, null, 'yes_no', vote_if(permits = 1), null
from law
union all
select
    unnest(['ordered', 'days']), null, null, unnest([ordered, days]), null, null,
    unnest(['year', 'count']), null, null
from law
-- evidence
select * exclude (figure, as_of)
from reference_rows([
    'section_401k_signed_day', 'crypto_in_plans_forusall_year', 'order_14330_permits_by_itself',
    'order_14330_days_to_re_examine', 'crypto_in_plans_fidelity_day', 'crypto_in_401k_share_at_most'
])
