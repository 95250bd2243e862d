-- One row per published series of municipal yields.
-- claim: b07
-- event: ny-prudent-1950
-- article: B
-- statement: After the war municipal yields fell as low as 1.2 %
-- stated: 0.012
-- unit: fraction
-- theme: precedents
--
-- part: document: municipal yields fell to 1.2 % at the lowest
-- main: average: lowest value of the index of twenty bonds
-- check: best: lowest monthly yield of bonds of the highest rating
-- tolerance: about_yield_points
-- first: mostly contradicted
-- reason: The Bond Buyer's index of twenty municipal bonds had its low of {average} on 14 February
--   1946; monthly yields of the highest rating went down to {best} in March 1946; no series with a
--   low of 1.2 % was found.
select
    definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'yield' as unit,
    vote_if(abs(value - stated('b07')) <= threshold('about_yield_points')) as vote,
    null as note
from (
    select definition, published(figure) as value
    from (
        values ('average', 'municipal_yield_low'), ('best', 'municipal_yield_aaa_low')
    ) as series(definition, figure)
)
-- evidence
select * exclude (figure, as_of) replace ('yield' as unit)
from reference_rows(['municipal_yield_low', 'municipal_yield_aaa_low'])
