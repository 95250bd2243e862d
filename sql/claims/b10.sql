-- One row per estimate.
-- claim: b10
-- event: crash-1929
-- article: B
-- statement: In the Depression unemployment rose to 25 %
-- stated: 0.25
-- unit: fraction
-- theme: precedents
--
-- part: document: unemployment rose to 25 %
-- main: bureau: rate of 1933 of the Bureau of Labor Statistics
-- check: revised: rate of 1933 on another base
-- shown: relief: rate of 1933 with relief workers counted as employed
-- tolerance: about_points
-- reason: For 1933 the Bureau of Labor Statistics has {bureau}, Historical Statistics, on another
--   base, {revised}; with relief workers counted as employed it was {relief}.
select
    definition,
    null as anchor,
    null as venue,
    value,
    null as low,
    null as high,
    'fraction' as unit,
    if(
        definition = 'relief', null,
        vote_if(abs(value - stated('b10')) <= threshold('about_points'))
    ) as vote,
    null as note
from (
    select definition, published(figure) as value
    from (
        values ('bureau', 'unemployment_rate_1933'),
        ('revised', 'unemployment_rate_1933_of_1975_base'),
        ('relief', 'unemployment_rate_1933_relief_workers_employed')
    ) as estimate(definition, figure)
)
-- evidence
select * exclude (figure, as_of)
from reference_rows([
    'unemployment_rate_1933', 'unemployment_rate_1933_of_1975_base',
    'unemployment_rate_1933_relief_workers_employed', 'unemployment_rate_month_peak'
])
