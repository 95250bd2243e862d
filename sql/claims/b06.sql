-- One row per figure of the statement.
-- claim: b06
-- event: ny-prudent-1950
-- article: B
-- statement: By 1960 public pensions held over 40 % in securities that were not the government's;
--   the share of municipal bonds in New York's pension fund went from 32.3 % in 1955 to 1.7 % in
--   1966
-- stated: 0.4
-- unit: fraction
-- theme: precedents
--
-- part: document: over 40 % of public pensions in other than government securities by 1960
-- main: other: share in the census of 1959, the last before
-- tolerance: almost_points
-- first: not testable
-- reason: The census of 1959 has {other:.0}; a figure for 1960 was not found, and up to two points
--   below 40 % are counted as unclear.
-- otherwise: The Census of Governments would decide.
--
-- part: document: New York's municipal bonds from 32.3 % to 1.7 %
-- main: later: share of municipal bonds in 1966
-- check: earlier: share of municipal bonds in 1955
-- tolerance: about_points
-- first: not testable
-- reason: New York's pension fund had {earlier} of municipal bonds in 1955 and {later} in 1966.
-- otherwise: Accounts of New York's pension fund would decide. Historians write that it sold its
--   municipal bonds in those years; the two shares were not found.
select
    definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'fraction' as unit,
    case definition
        -- A little below "over" is neither.
        when 'other' then case
            when value > stated then 'yes'
            when value >= stated - threshold('almost_points') then 'unclear'
            when value is not null then 'no' end
        else vote_if(abs(value - stated) <= threshold('about_points'))
    end as vote,
    null as note
from (
    select definition, stated, published(figure, day) as value
    from (
        values
        ('other', 'public_pension_non_government_share', '1959-12-31', stated('b06')),
        ('later', 'new_york_municipal_share', '1966-12-31', stated('b06', 'municipal_1966')),
        ('earlier', 'new_york_municipal_share', '1955-12-31', stated('b06', 'municipal_1955'))
    ) as part(definition, figure, day, stated)
)
-- evidence
select * exclude (figure, as_of)
from reference_rows([
    'public_pension_non_government_share', 'state_pension_private_security_share',
    'new_york_municipal_share'
])
