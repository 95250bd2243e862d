-- One row per figure of the statement.
-- claim: b06
-- article: B
-- statement: 1960: non-government securities over 40 % of public pensions; New York's municipal bonds 32.3 % (1955) to 1.7 % (1966)
-- stated: 0.4
-- unit: fraction
select
    null as anchor,
    null as venue,
    part.definition,
    published.value,
    null as low,
    null as high,
    'fraction' as unit,
    abs(published.value - part.stated) <= threshold('about_points') as agrees,
    coalesce(
        published.publisher || ', as of ' || published.as_of,
        'no figures on what public pensions held are in the data; the Census of Governments and New York''s reports would decide'
    ) as note
from (
    values
    ('non-government securities in public pensions, 1960', 'public_pension_non_government_share', 1960, stated('b06')),
    ('municipal bonds in New York''s pensions, 1955', 'new_york_pension_municipal_share', 1955, stated('b06', 'municipal_1955')),
    ('municipal bonds in New York''s pensions, 1966', 'new_york_pension_municipal_share', 1966, stated('b06', 'municipal_1966'))
) as part(definition, figure, year, stated)
left join stg.reference_figure as published
    on part.figure = published.figure and year(published.as_of) = part.year
