-- One row per figure of the statement.
-- claim: b04
-- event: nc-equities-1961
-- article: B
-- statement: North Carolina let its pension fund hold corporate bonds in 1957, 10 % in shares
--   in 1961 and 15 % by 1964
-- stated: 1957; 1961: 10 %; by 1964: 15 %
-- unit: words
-- theme: precedents
--
-- part: document: corporate bonds from 1957 on
-- main: bonds: year from which corporate bonds were allowed
-- first: not testable
-- reason: Corporate bonds were allowed from {bonds} on.
-- otherwise: The history of section 128-29.1 of the General Statutes of North Carolina, its Session
--   Laws of 1961 and the replacement volume of 1964 would decide; none was found.
--
-- part: document: 10 % in shares from 1961 on
-- main: first_limit: share of the fund that the law of 1961 allows
-- tolerance: about_points
-- first: not testable
-- reason: The law of 1961 allows {first_limit:.0}.
-- otherwise: Of the law of 1961 only today's section was found, which allows shares.
--
-- part: document: 15 % in shares by 1964
-- main: raised_limit: share of the fund that was allowed in 1964
-- tolerance: about_points
-- first: not testable
-- reason: In 1964 {raised_limit:.0} was allowed.
-- otherwise: From which day the limit of 1964 applied is not known.
select
    definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    unit,
    vote_if(abs(value - stated_value) <= if(unit = 'year', 0, threshold('about_points'))) as vote,
    null as note
from (
    select definition, unit, stated_value, published(figure) as value
    from (
        values
        ('bonds', 'north_carolina_bonds_since', 'year', stated('b04', 'bonds_year')),
        (
            'first_limit', 'north_carolina_equity_limit_1961', 'fraction',
            stated('b04', 'equities_share')
        ),
        (
            'raised_limit', 'north_carolina_equity_limit_1964', 'fraction',
            stated('b04', 'raised_share')
        )
    ) as part(definition, figure, unit, stated_value)
)
-- evidence
select * exclude (figure, as_of)
from reference_rows([
    'north_carolina_bonds_since', 'north_carolina_equity_limit_1961',
    'north_carolina_equity_limit_1964'
])
