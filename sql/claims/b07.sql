-- One row per published series of municipal yields and reading of 'fell to'.
-- claim: b07
-- article: B
-- statement: municipal yields fell to 1.2 %
-- stated: 0.012
-- unit: fraction
with low as (
    select series.name, published.value, published.publisher, published.as_of
    from (values ('20-Bond Index', 'municipal_yield_low'), ('highest rating', 'municipal_yield_aaa_low')) as series(name, figure)
    left join stg.reference_figure as published using (figure)
    qualify row_number() over (partition by series.name order by published.value, published.as_of) = 1
)

select
    null as anchor,
    null as venue,
    reading.name || ', ' || low.name as definition,
    low.value,
    null as low,
    null as high,
    'fraction' as unit,
    case reading.name
        when 'the lowest yield'
            then abs(low.value - stated('b07')) <= threshold('about_yield_points')
        else low.value <= stated('b07')
    end as agrees,
    coalesce(low.publisher || ', ' || strftime(low.as_of, '%Y-%m'), 'no published low of this series is in the data') as note
from low
cross join (values ('the lowest yield'), ('a yield that was reached')) as reading(name)
