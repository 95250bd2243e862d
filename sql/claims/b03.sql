-- One row per figure of the statement.
-- claim: b03
-- event: ny-prudent-1950
-- article: B
-- statement: In 1950 New York adopted part of the prudent man rule and let pension funds put up to
--   35 % into shares
-- stated: 0.35
-- unit: fraction
-- theme: precedents
--
-- part: document: New York adopted part of the rule in 1950
-- main: in_force: day from which trustees could buy shares
-- first: not testable
-- reason: Chapter 464 of the Laws of New York of 1950, which let trustees buy shares, came into
--   force on {in_force}.
--
-- part: document: it let pension funds hold shares
-- main: private: whom the law is for
-- first: not testable
-- reason: Chapter 464 speaks of private trustees, those of estates and trusts; no law of that year
--   for public pension funds was found.
-- otherwise: The text of chapter 464 would decide whom it speaks of.
--
-- part: document: up to 35 %
-- main: limit: the greatest share of a fund that the law allows
-- tolerance: about_points
-- first: not testable
-- reason: Chapter 464 lets a trustee put up to {limit:.0} of a fund, at market value, into common
--   stock.
-- otherwise: The text of chapter 464 would decide.
with law as (
    select
        published('new_york_trustee_stock_act_day') as in_force,
        published('new_york_trustee_stock_act_is_for_private_trusts') as private,
        published('new_york_trustee_stock_cap') as share
)

select
    'in_force' as definition,
    null as anchor,
    null as venue,
    in_force as value,
    null as low,
    null as high,
    'yyyymmdd' as unit,
    vote_if(floor(in_force / 10000) = stated('b03', 'year')) as vote,
    null as note
from law
union all
select
    'private', null, null, private, null, null, 'private_trusts_only', vote_if(private = 0), null
from law
union all
select
    'limit', null, null, share, null, null, 'fraction',
    vote_if(abs(share - stated('b03')) <= threshold('about_points')), null
from law
-- evidence
select * exclude (figure, as_of)
from reference_rows([
    'new_york_trustee_stock_act_day', 'new_york_trustee_stock_act_is_for_private_trusts',
    'new_york_trustee_stock_cap'
])
